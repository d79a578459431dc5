//! Counting feedback out again that a reorg took back, without folding the rest once more.

use super::Agent;
use super::stats::count_tag;

/// What feedback said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The value in units of `10^-decimals`.
    pub value: i128,
    /// The value's scale.
    pub decimals: u8,
    /// What is rated.
    pub tag1: String,
    /// A qualifier of it.
    pub tag2: String,
}

impl Agent {
    /// The feedback was never given.
    pub fn forget_feedback(&mut self, words: &Words, was_revoked: bool) {
        if was_revoked {
            self.forget_revocation(words);
        }
        let (value, decimals, tag1, tag2) = words.parts();
        self.stats.count(-1, value, decimals, tag1, tag2);
        count_tag(&mut self.tags, -1, value, decimals, tag1, tag2);
        self.add_to_revoked_tag(words, -1);
    }

    /// The feedback was never revoked.
    pub fn forget_revocation(&mut self, words: &Words) {
        let (value, decimals, tag1, tag2) = words.parts();
        self.stats.count(1, value, decimals, tag1, tag2);
        self.stats.revoked -= 1;
        count_tag(&mut self.tags, 1, value, decimals, tag1, tag2);
        self.add_to_revoked_tag(words, -1);
    }

    fn add_to_revoked_tag(&mut self, words: &Words, count: i64) {
        let key = (super::tag_hash(&words.tag1, &words.tag2), words.decimals);
        if let Some(tag) = self.tags.get_mut(&key) {
            tag.revoked += count;
        }
    }
}

impl Words {
    fn parts(&self) -> (i128, u8, &str, &str) {
        (self.value, self.decimals, &self.tag1, &self.tag2)
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, U256};
    use uuid::Uuid;

    use super::super::super::AgentKey;
    use super::super::Stats;
    use super::*;

    #[test]
    fn what_is_forgotten_leaves_no_trace() {
        let words = Words {
            value: 87,
            decimals: 0,
            tag1: "starred".to_owned(),
            tag2: String::new(),
        };
        let key = AgentKey {
            registry: Address::ZERO,
            agent_id: U256::ZERO,
        };
        for was_revoked in [false, true] {
            let mut agent = Agent::loaded(key, Uuid::nil());
            let (value, decimals, tag1, tag2) = words.parts();
            agent.stats.count(1, value, decimals, tag1, tag2);
            count_tag(&mut agent.tags, 1, value, decimals, tag1, tag2);
            if was_revoked {
                agent.stats.count(-1, value, decimals, tag1, tag2);
                agent.stats.revoked += 1;
                count_tag(&mut agent.tags, -1, value, decimals, tag1, tag2);
            }
            agent.forget_feedback(&words, was_revoked);
            assert_eq!(agent.stats, Stats::default());
            let tag = agent.tags.values().next().unwrap();
            assert_eq!((tag.feedback, tag.revoked), (0, 0));
            assert!(tag.sum.is_zero());
        }
    }
}
