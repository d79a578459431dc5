//! A list read page by page: what was asked, and how far it was read.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::problem::FieldError;
use super::{Cursor, Problem};

/// What a cursor holds: the filters and order of a list, and the last row that was shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scan<F, K> {
    /// What was asked; its serialisation leaves out what was not, and the page's size and cursor.
    #[serde(rename = "f")]
    pub filter: F,
    /// The key of the last row shown; `None` before the first page.
    #[serde(rename = "k")]
    pub after: Option<K>,
}

impl<F, K> Scan<F, K>
where
    F: Serialize + DeserializeOwned,
    K: Serialize + DeserializeOwned,
{
    /// Begins a scan, or goes on with that of a cursor. Filters beside a cursor repeat the cursor's or are absent:
    /// a scan whose filters change half-way would be no list at all.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` at the cursor when it is not one of `operation`, or at each filter that contradicts it.
    pub fn resume(operation: &str, asked: F, cursor: Option<&Cursor>) -> Result<Self, Problem> {
        let Some(cursor) = cursor else {
            return Ok(Self {
                filter: asked,
                after: None,
            });
        };
        let scan: Self = cursor.open(operation)?;
        let contradictions: Vec<FieldError> = fields(&asked)
            .into_iter()
            .filter(|(name, value)| fields(&scan.filter).get(name) != Some(value))
            .map(|(name, _)| FieldError {
                pointer: format!("/query/{name}"),
                detail: "is not what the cursor's list was asked with".to_owned(),
            })
            .collect();
        if contradictions.is_empty() {
            Ok(scan)
        } else {
            Err(Problem::invalid(contradictions))
        }
    }

    /// The scan that goes on after a row.
    #[must_use]
    pub fn after(self, key: K) -> Self {
        Self {
            after: Some(key),
            ..self
        }
    }
}

/// For `skip_serializing_if`: the size of a page and its cursor are of the page, not of the scan. (The reference
/// would leave out what is `skip_serializing`.)
#[must_use]
pub fn of_the_page<T>(_: &T) -> bool {
    true
}

fn fields(filter: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(filter) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Filter {
        #[serde(skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        active: Option<bool>,
    }

    fn filter(owner: Option<&str>, active: Option<bool>) -> Filter {
        Filter {
            owner: owner.map(str::to_owned),
            active,
        }
    }

    #[test]
    fn a_cursor_alone_carries_the_filters_and_a_different_one_beside_it_is_pointed_at() {
        let begun: Scan<Filter, u8> =
            Scan::resume("list", filter(Some("a"), None), None).expect("it is the first page");
        let cursor = Cursor::seal("list", &begun.after(7)).expect("it serialises");
        for asked in [filter(None, None), filter(Some("a"), None)] {
            let scan: Scan<Filter, u8> =
                Scan::resume("list", asked, Some(&cursor)).expect("it agrees");
            assert_eq!(scan.filter, filter(Some("a"), None));
            assert_eq!(scan.after, Some(7));
        }
        let refused =
            Scan::<Filter, u8>::resume("list", filter(Some("b"), Some(true)), Some(&cursor));
        assert_eq!(
            refused.expect_err("it contradicts").detail(),
            "2 values are invalid"
        );
    }
}
