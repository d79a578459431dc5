//! What may be kept: the operations, and the question of one call.

use std::time::Duration;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::generation::{self, Tag};
use crate::agents::AgentRef;

/// How long an answer that there is no such thing is kept.
const NEGATIVE_AGE_MAX: Duration = Duration::from_secs(30);
/// Bytes of the hash that names a question: no two questions of a deployment ever share one.
const HASH_BYTES: usize = 16;

/// An operation whose answers are kept. None of them depends on who asks.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name in keys and metrics: the function's.
    pub name: &'static str,
    /// How long an answer is kept.
    pub age_max: Duration,
}

/// All that is known of one agent.
pub const AGENT: Operation = Operation::new("get-agent", 300);
/// What is counted of one agent.
pub const STATS: Operation = Operation::new("get-agent-stats", 300);
/// What is said of one agent, by tag.
pub const REPUTATION: Operation = Operation::new("get-agent-reputation", 300);
/// The payments of one agent.
pub const PAYMENTS: Operation = Operation::new("list-payments", 300);
/// The validations of one agent.
pub const VALIDATIONS: Operation = Operation::new("list-validations", 300);
/// Searches.
pub const SEARCH: Operation = Operation::new("search-agents", 60);

impl Operation {
    const fn new(name: &'static str, seconds: u64) -> Self {
        Self {
            name,
            age_max: Duration::from_secs(seconds),
        }
    }
}

/// One question: equal questions have equal answers, whoever asks.
#[derive(Clone, Debug)]
pub struct Question {
    pub(super) operation: &'static Operation,
    pub(super) subject: Subject,
    /// Where its answer is.
    pub(super) key: String,
    /// What it is counted under among the questions that are asked most; none where it need not be asked again.
    pub(crate) name: Option<String>,
    /// Whether nobody waits for its answer.
    pub(super) is_warming: bool,
}

/// Whose generation an answer belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// One agent's.
    Agent(Tag),
    /// That of all searches.
    Search,
}

impl Question {
    /// A question about one agent that has no other input. What is asked often is asked again by `warm-cache`.
    #[must_use]
    pub fn about(operation: &'static Operation, agent: &AgentRef) -> Self {
        Self {
            name: Some(format!("{} {agent}", operation.name)),
            ..Self::of_agent(operation, agent, &())
        }
    }

    /// A question about one agent. `input` is all else that the answer depends on.
    #[must_use]
    pub fn of_agent(
        operation: &'static Operation,
        agent: &AgentRef,
        input: &impl Serialize,
    ) -> Self {
        let tag = Tag::of(agent);
        let hash = hash(&(agent, input));
        Self {
            operation,
            key: format!("v1:{}:{tag}:{hash}", operation.name),
            subject: Subject::Agent(tag),
            name: None,
            is_warming: false,
        }
    }

    /// A question about all agents, in a form that is the same for all who ask the same.
    #[must_use]
    pub fn of_search(operation: &'static Operation, input: &impl Serialize) -> Self {
        Self {
            operation,
            key: format!("v1:{}:{{{}}}", operation.name, hash(input)),
            subject: Subject::Search,
            name: None,
            is_warming: false,
        }
    }

    /// The same, to be counted among what is asked most, as `input`.
    #[must_use]
    pub(crate) fn counted_as(self, input: &impl Serialize) -> Self {
        let input = serde_json::to_string(input).ok();
        Self {
            name: input.map(|input| format!("{} {input}", self.operation.name)),
            ..self
        }
    }

    /// The same, asked by nobody: it counts neither as a question nor as one that found no answer.
    #[must_use]
    pub(crate) fn warming(self) -> Self {
        Self {
            is_warming: true,
            ..self
        }
    }

    /// Where the lock of whoever makes the answer is: on the answer's shard.
    pub(super) fn lock(&self) -> String {
        format!("{}:lock", self.key)
    }

    pub(super) fn generation(&self) -> String {
        match &self.subject {
            Subject::Agent(tag) => tag.generation(),
            Subject::Search => generation::SEARCH_KEY.to_owned(),
        }
    }

    pub(super) const fn generation_age_max(&self) -> Duration {
        match self.subject {
            Subject::Agent(_) => generation::AGENT_AGE_MAX,
            Subject::Search => generation::SEARCH_AGE_MAX,
        }
    }

    /// How long an answer is kept.
    pub(super) fn age_max(&self, is_negative: bool) -> Duration {
        if is_negative {
            NEGATIVE_AGE_MAX.min(self.operation.age_max)
        } else {
            self.operation.age_max
        }
    }
}

fn hash(input: &impl Serialize) -> String {
    // Inputs were read from text, so they can be written as text.
    let bytes = serde_json::to_vec(input).unwrap_or_default();
    alloy_primitives::hex::encode(&Sha256::digest(bytes)[..HASH_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_its_own_key_on_the_shard_of_its_agent() {
        let agent = |name: &str| name.parse::<AgentRef>().expect("it is a name");
        let default = agent("1:22");
        let full = agent("eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432:22");
        let keys = [
            Question::of_agent(&AGENT, &default, &()),
            Question::of_agent(&AGENT, &full, &()),
            Question::of_agent(&STATS, &default, &()),
            Question::of_agent(&PAYMENTS, &default, &("pending", 20)),
            Question::of_agent(&PAYMENTS, &default, &("pending", 21)),
        ];
        for (index, question) in keys.iter().enumerate() {
            assert!(question.key.contains("{1:22}") && question.lock().contains("{1:22}"));
            assert_eq!(question.generation(), "v1:generation:{1:22}");
            let same = keys.iter().filter(|other| other.key == question.key);
            assert_eq!(same.count(), 1, "{index}");
        }
    }
}
