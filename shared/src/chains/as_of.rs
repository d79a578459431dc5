//! The block that an answer is true as of.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// The block up to which the chain is indexed: an answer is what the registries said at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AsOf {
    /// The last block that is part of the answer.
    #[schema(example = 24_359_788)]
    pub block: i64,
    /// That block's time; absent before the first block was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<DateTime<Utc>>,
    /// Whether the chain calls that block final: no reorganisation can change the answer any more.
    #[serde(rename = "final")]
    pub is_final: bool,
}

impl AsOf {
    /// From the columns of `sync_cursors`; `None` where a chain has no cursor.
    #[must_use]
    pub fn from_cursor(
        block: Option<i64>,
        time: Option<DateTime<Utc>>,
        final_block: Option<i64>,
    ) -> Option<Self> {
        block.map(|block| Self {
            block,
            time,
            is_final: final_block.is_some_and(|last| block <= last),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_final_up_to_the_final_block_and_not_without_one() {
        let is_final = |last| {
            AsOf::from_cursor(Some(10), None, last)
                .expect("there is a cursor")
                .is_final
        };
        assert!(is_final(Some(10)));
        assert!(!is_final(Some(9)));
        assert!(!is_final(None));
        assert!(AsOf::from_cursor(None, None, None).is_none());
    }
}
