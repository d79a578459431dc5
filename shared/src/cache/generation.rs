//! Generations: what makes an answer outdated without looking for it.
//!
//! An agent has a generation, and all searches have one together. It is a random number that the first answer of the
//! generation is made under; each answer carries it, and one of another generation does not count. So outdating all
//! that is kept of an agent is one write, whatever that is. A counter would do as much, but one that expired, or had to
//! give way to other keys, would begin again and come by its old values.
//!
//! Of an agent that has just changed nothing is kept for a moment ([`SETTLING`]): a reader may be asking a replica that
//! does not have the change yet, and would keep the old answer.

use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use crate::agents::{AgentId, AgentRef};

/// What stands in place of a generation while an agent's change spreads to the replicas.
pub(super) const SETTLING: &[u8] = b"-";
/// How long an agent's generation lasts when nothing changes; longer than anything that is kept.
pub(super) const AGENT_AGE_MAX: Duration = Duration::from_hours(1);
/// How long that of the searches does.
pub(super) const SEARCH_AGE_MAX: Duration = Duration::from_hours(24);
/// Where the searches' generation is.
pub(super) const SEARCH_KEY: &str = "v1:generation:search";

/// A generation's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token(pub(super) [u8; 8]);

impl Token {
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// `None` for [`SETTLING`], and for whatever else is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// An agent that has changed, by all that it may be asked for under. Agents of two registries of a chain that have the
/// same agentId share a generation: what changes one outdates both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Changed {
    /// Our own id.
    pub id: Uuid,
    /// Its chain.
    pub chain_id: i64,
    /// Its id there; `None` while it is prepared only.
    pub agent_id: Option<AgentId>,
}

/// What the keys of one agent have in common, so that they lie on one shard (`{…}` is what Redis Cluster hashes).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tag(String);

impl Tag {
    pub(super) fn of(agent: &AgentRef) -> Self {
        Self(match agent {
            AgentRef::Id(id) => format!("{{{id}}}"),
            AgentRef::Default { chain_id, agent_id }
            | AgentRef::Full {
                chain_id, agent_id, ..
            } => format!("{{{chain_id}:{agent_id}}}"),
        })
    }

    /// Where its generation is.
    pub(super) fn generation(&self) -> String {
        format!("v1:generation:{self}")
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Changed {
    pub(super) fn tags(&self) -> impl Iterator<Item = Tag> {
        let by_id = Tag(format!("{{{}}}", self.id));
        let chain_id = self.chain_id;
        let on_chain = self
            .agent_id
            .map(|agent_id| Tag(format!("{{{chain_id}:{agent_id}}}")));
        std::iter::once(by_id).chain(on_chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_agent_is_found_under_each_of_its_names() {
        let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        let changed = Changed {
            id: id.parse().expect("it is a UUID"),
            chain_id: 1,
            agent_id: Some("22".parse().expect("it is an id")),
        };
        let outdated: Vec<Tag> = changed.tags().collect();
        for name in [
            id,
            "1:22",
            "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432:22",
        ] {
            let agent = name.parse().expect("it is a name");
            assert!(outdated.contains(&Tag::of(&agent)), "{name}");
        }
        let other = "1:23".parse().expect("it is a name");
        assert!(!outdated.contains(&Tag::of(&other)));
    }
}
