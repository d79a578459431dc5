//! What is counted per agent. Differences are added to the tables; values never pass a float.

use alloy_primitives::map::HashMap;
use alloy_primitives::{B256, I256};
use sha2::{Digest as _, Sha256};

/// Sums of scores are in units of `10^-18`, the finest that the reference allows a value to have.
const SCORE_DECIMALS: u8 = 18;

/// A sum of values within 0–100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// How many.
    pub count: i64,
    /// Their sum, in units of `10^-18`.
    pub sum: i128,
    /// Those of at least 80.
    pub positive: i64,
    /// Those below 50.
    pub negative: i64,
}

/// Differences to an agent's row of statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Feedback on chain that is not revoked.
    pub feedback: i64,
    /// Revoked feedback.
    pub revoked: i64,
    /// Feedback that was handed in here and is not on chain.
    pub off_chain: i64,
    /// Clients with feedback that is not revoked.
    pub clients: i64,
    /// The largest count of a touched client.
    pub client_max: i64,
    /// A client's count fell: the largest must be looked up.
    pub client_max_fell: bool,
    /// Responses to feedback.
    pub responses: i64,
    /// Values tagged `starred`.
    pub starred: Score,
    /// Values without a tag.
    pub untagged: Score,
    /// The latest feedback, in seconds since 1970.
    pub last_feedback_s: Option<u64>,
    /// Validations asked for.
    pub validations: i64,
    /// Validations with a response.
    pub answered: i64,
    /// Of the latest response of each.
    pub response_sum: i64,
}

/// The hash of both tags, and the scale: values of different ones are never added together.
pub type TagKey = (B256, u8);

/// Differences to one row of an agent's statistics by tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The first tag.
    pub tag1: String,
    /// The second.
    pub tag2: String,
    /// Feedback that is not revoked.
    pub feedback: i64,
    /// Revoked feedback.
    pub revoked: i64,
    /// The raw values of what is not revoked.
    pub sum: I256,
}

/// SHA-256 over the first tag, a NUL byte and the second; neither holds NUL itself.
#[must_use]
pub fn tag_hash(tag1: &str, tag2: &str) -> B256 {
    let mut hash = Sha256::new();
    hash.update(tag1);
    hash.update([0]);
    hash.update(tag2);
    B256::new(hash.finalize().into())
}

impl Stats {
    /// Whether there is nothing to add.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Counts a value in (`sign` 1) or out (−1), where it counts toward a score at all.
    pub(super) fn count(&mut self, sign: i64, value: i128, decimals: u8, tag1: &str, tag2: &str) {
        self.feedback += sign;
        let score = match (tag1, tag2) {
            ("starred", _) => &mut self.starred,
            ("", "") => &mut self.untagged,
            _ => return,
        };
        let Some(scaled) = scaled(value, decimals) else {
            return;
        };
        let one = 10_i128.pow(u32::from(SCORE_DECIMALS));
        score.count += sign;
        score.sum += i128::from(sign) * scaled;
        score.positive += sign * i64::from(scaled >= 80 * one);
        score.negative += sign * i64::from(scaled < 50 * one);
    }
}

/// A value within 0–100 in units of `10^-18`; `None` for one outside, or finer than that.
fn scaled(value: i128, decimals: u8) -> Option<i128> {
    let finer = SCORE_DECIMALS.checked_sub(decimals)?;
    let one = 10_i128.pow(u32::from(decimals));
    (0..=100 * one)
        .contains(&value)
        .then(|| value * 10_i128.pow(u32::from(finer)))
}

/// Counts a value in or out of its tags' row.
pub(super) fn count_tag(
    rows: &mut HashMap<TagKey, Tag>,
    sign: i64,
    value: i128,
    decimals: u8,
    tag1: &str,
    tag2: &str,
) {
    let tag = rows
        .entry((tag_hash(tag1, tag2), decimals))
        .or_insert_with(|| Tag {
            tag1: tag1.to_owned(),
            tag2: tag2.to_owned(),
            feedback: 0,
            revoked: 0,
            sum: I256::ZERO,
        });
    let value = I256::try_from(value).unwrap_or_default();
    tag.feedback += sign;
    if sign > 0 {
        tag.sum += value;
    } else {
        tag.revoked += 1;
        tag.sum -= value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starred(value: i128, decimals: u8) -> Score {
        let mut stats = Stats::default();
        stats.count(1, value, decimals, "starred", "");
        stats.starred
    }

    #[test]
    fn only_values_within_0_and_100_count_toward_a_score() {
        assert_eq!(starred(100, 0).count, 1);
        assert_eq!(
            starred(0, 0),
            Score {
                count: 1,
                sum: 0,
                positive: 0,
                negative: 1
            }
        );
        assert_eq!(starred(101, 0).count, 0);
        assert_eq!(starred(-1, 0).count, 0);
        assert_eq!(starred(10_001, 2).count, 0);
        assert_eq!(starred(i128::MAX, 18).count, 0);
        assert_eq!(starred(i128::MIN, 0).count, 0);
        assert_eq!(starred(1, 255).count, 0);
    }

    #[test]
    fn sums_are_exact_at_every_scale() {
        assert_eq!(starred(9_977, 2).sum, 99_770_000_000_000_000_000);
        assert_eq!(starred(1, 18).sum, 1);
        assert_eq!(
            starred(100_000_000_000_000_000_000, 18).sum,
            100_000_000_000_000_000_000
        );
    }

    #[test]
    fn what_is_counted_out_leaves_nothing_behind() {
        let mut stats = Stats::default();
        stats.count(1, 875, 1, "", "");
        stats.count(-1, 875, 1, "", "");
        assert!(stats.is_empty());
    }
}
