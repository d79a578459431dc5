//! Opaque, versioned page cursors.
//!
//! A cursor carries the whole scan (filters, order and the last row's key), so a page needs nothing but its
//! cursor, and a scan cannot change its filters half-way. It is opaque by contract, not secret: everything in it
//! is checked again and bound as a parameter.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::Problem;

/// Raised when the meaning of what cursors hold changes; older ones are then refused.
const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 6;
const CURSOR_CHARS_MAX: usize = 3072;

/// Where a scan goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "AXsiZmlsdGVyIjp7fX0")]
pub struct Cursor(String);

/// One page of a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The rows, in the order asked for.
    pub items: Vec<T>,
    /// Pass it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
}

// By hand: the derive would call every page `Page`, whatever it is a page of.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new()
            .description(Some("The rows, in the order asked for."))
            .items(Ref::from_schema_name(T::name()));
        let next = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "Pass it as `cursor` for the next page; absent on the last.",
            ))
            .examples(["AXsiZmlsdGVyIjp7fX0"]);
        ObjectBuilder::new()
            .description(Some("One page of a list."))
            .property("items", items)
            .required("items")
            .property("nextCursor", next)
            .build()
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Page", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T> Page<T> {
    /// A page from up to `size + 1` rows: one more row than the page holds says that there is a next one.
    /// `scan_after` makes the scan that follows the last row shown.
    ///
    /// # Errors
    /// When the scan cannot be serialised.
    pub fn from_rows<S: Serialize>(
        operation: &str,
        mut rows: Vec<T>,
        size: u16,
        scan_after: impl FnOnce(&T) -> S,
    ) -> Result<Self, Problem> {
        let more = rows.len() > usize::from(size);
        rows.truncate(usize::from(size));
        let next_cursor = match rows.last() {
            Some(last) if more => Some(Cursor::seal(operation, &scan_after(last))?),
            _ => None,
        };
        Ok(Self {
            items: rows,
            next_cursor,
        })
    }

    /// The same page with each row made into something else.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(make).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

impl Cursor {
    /// Seals the rest of a scan of `operation`.
    ///
    /// # Errors
    /// When the scan cannot be serialised.
    pub fn seal<S: Serialize>(operation: &str, scan: &S) -> Result<Self, Problem> {
        let payload = serde_json::to_vec(scan).map_err(Problem::internal)?;
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&checksum(operation, &payload));
        bytes.extend_from_slice(&payload);
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens a cursor that `operation` sealed.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` at `/query/cursor` when it was cut, changed, or made by another operation or version.
    pub fn open<S: DeserializeOwned>(&self, operation: &str) -> Result<S, Problem> {
        self.try_open(operation).ok_or_else(|| {
            Problem::at(
                "/query/cursor",
                "is not a cursor of this list; take it from `nextCursor` unchanged",
            )
        })
    }

    fn try_open<S: DeserializeOwned>(&self, operation: &str) -> Option<S> {
        if self.0.len() > CURSOR_CHARS_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).ok()?;
        let (head, payload) = bytes.split_at_checked(1 + CHECKSUM_BYTES)?;
        let intact = head[0] == VERSION && head[1..] == checksum(operation, payload);
        if intact {
            serde_json::from_slice(payload).ok()
        } else {
            None
        }
    }
}

/// Ties the payload to its operation, so that a list never reads another's cursor by accident.
fn checksum(operation: &str, payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = Sha256::new()
        .chain_update(operation)
        .chain_update([0])
        .chain_update(payload)
        .finalize();
    let mut short = [0; CHECKSUM_BYTES];
    short.copy_from_slice(&digest[..CHECKSUM_BYTES]);
    short
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_for_the_operation_that_sealed_it_and_only_unchanged() {
        let cursor = Cursor::seal("search-agents", &(7, "name")).expect("a tuple serialises");
        assert_eq!(
            cursor
                .open::<(u8, String)>("search-agents")
                .expect("it is whole"),
            (7, "name".to_owned())
        );
        assert!(cursor.open::<(u8, String)>("list-feedback").is_err());
        for cut in 0..cursor.0.len() {
            assert!(
                Cursor(cursor.0[..cut].to_owned())
                    .open::<(u8, String)>("search-agents")
                    .is_err()
            );
        }
    }

    #[test]
    fn a_page_has_a_next_one_only_when_a_further_row_was_read() {
        let page =
            Page::from_rows("numbers", vec![1, 2, 3], 2, |last| *last).expect("numbers serialise");
        assert_eq!(page.items, [1, 2]);
        assert_eq!(
            page.next_cursor
                .expect("3 follows")
                .open::<i32>("numbers")
                .expect("it is whole"),
            2
        );
        let last =
            Page::from_rows("numbers", vec![1, 2], 2, |last| *last).expect("numbers serialise");
        assert!(last.next_cursor.is_none());
    }
}
