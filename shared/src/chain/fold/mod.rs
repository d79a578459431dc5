//! What the events mean: present state in, one event after the other, changed state out.
//!
//! No I/O happens here. [`super::apply`] fills a [`Fold`] with what the events touch, pushes them
//! in log order and writes what changed. Whatever must be remembered between two blocks is part
//! of the stored state, so that a history folds to the same tables however it is cut into ranges.
//!
//! The log order needs two corrections, because the reference contract stores before it emits:
//! the wallet that `register` sets takes effect at the mint's `Transfer`, and the owner that
//! `Registered` names counts only where no `Transfer` was seen. In between, the receiver's
//! callback may already have moved the agent on.

mod agent;
mod feedback;
mod seat;
mod stats;
#[cfg(test)]
mod tests;
mod undo;
mod validation;

use alloy_primitives::Address;
use alloy_primitives::map::HashMap;

pub use self::agent::{Agent, Known, Metadata, Registered, Status};
pub use self::feedback::{Client, Feedback, FeedbackKey, HandedIn, HandedInKey, Response, Revoked};
pub use self::seat::{Seat, Span};
pub use self::stats::{Score, Stats, Tag, TagKey, tag_hash};
pub use self::undo::Words;
pub use self::validation::{Validation, ValidationKey, Verdict};

use super::AgentKey;
use super::events::{Event, EventLog};

/// Who may act for all agents of an owner, in one identity registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorKey {
    /// The identity registry.
    pub registry: Address,
    /// Who owns the agents.
    pub owner: Address,
    /// Who acts for them.
    pub operator: Address,
}

/// The state that a batch of events touches, and how it changed.
#[derive(Debug, Default)]
pub struct Fold {
    chain_id: u64,
    /// Every touched agent, in order of first sight.
    pub agents: Vec<Agent>,
    slots: HashMap<AgentKey, usize>,
    /// Touched operator grants.
    pub operators: HashMap<OperatorKey, Seat>,
    /// Touched feedback: new, revoked or answered.
    pub feedback: HashMap<FeedbackKey, Feedback>,
    /// Touched clients of an agent (by its slot).
    pub clients: HashMap<(usize, Address), Client>,
    /// Feedback that was handed in here and that its event may now bring on chain.
    pub handed_in: HashMap<HandedInKey, HandedIn>,
    /// New responses to feedback.
    pub responses: Vec<Response>,
    /// Touched validations.
    pub validations: HashMap<ValidationKey, Validation>,
    /// New answers of validators.
    pub verdicts: Vec<Verdict>,
}

impl Fold {
    /// Nothing is known yet of anything on this chain.
    #[must_use]
    pub fn new(chain_id: u64) -> Self {
        Self {
            chain_id,
            ..Self::default()
        }
    }

    /// Puts a loaded agent in.
    pub fn insert(&mut self, agent: Agent) {
        self.slots.insert(agent.key, self.agents.len());
        self.agents.push(agent);
    }

    /// Puts an agent that was prepared here in, in place of another that is on no chain.
    pub fn put(&mut self, agent: Agent) {
        match self.slot(agent.key) {
            Some(slot) => self.agents[slot] = agent,
            None => self.insert(agent),
        }
    }

    /// Whether any event of the agent was folded before.
    #[must_use]
    pub fn is_on_chain(&self, key: AgentKey) -> bool {
        self.slot(key)
            .is_some_and(|slot| self.agents[slot].status != Status::Prepared)
    }

    /// The agent's place in [`Self::agents`], if it is there.
    #[must_use]
    pub fn slot(&self, key: AgentKey) -> Option<usize> {
        self.slots.get(&key).copied()
    }

    /// Folds one event in. Events come in log order.
    pub fn push(&mut self, log: EventLog) {
        if let Event::ApprovalForAll {
            owner,
            operator,
            approved,
        } = log.event
        {
            let key = OperatorKey {
                registry: log.registry,
                owner,
                operator,
            };
            let holder = approved.then_some(operator);
            self.operators.entry(key).or_default().set(holder, log.at);
            return;
        }
        let Some(key) = log.agent() else { return };
        let slot = self.slot_of(key, &log);
        match log.event {
            Event::NewFeedback(feedback) => {
                self.new_feedback(
                    slot,
                    log.emitter,
                    log.at,
                    log.time_s,
                    log.transaction_hash,
                    *feedback,
                );
            }
            Event::FeedbackRevoked { client, index, .. } => {
                let key = FeedbackKey {
                    agent: slot,
                    registry: log.emitter,
                    client,
                    index,
                };
                self.feedback_revoked(
                    key,
                    Revoked {
                        at: log.at,
                        time_s: log.time_s,
                    },
                );
            }
            Event::ResponseAppended {
                client,
                index,
                responder,
                uri,
                hash,
                ..
            } => {
                let key = FeedbackKey {
                    agent: slot,
                    registry: log.emitter,
                    client,
                    index,
                };
                let (at, time_s, transaction_hash) = (log.at, log.time_s, log.transaction_hash);
                self.response_appended(key, |feedback| Response {
                    feedback,
                    at,
                    time_s,
                    transaction_hash,
                    responder,
                    uri,
                    hash,
                });
            }
            Event::ValidationRequest { .. } | Event::ValidationResponse { .. } => {
                self.validation(slot, log);
            }
            _ => self.agents[slot].push(log),
        }
    }

    fn slot_of(&mut self, key: AgentKey, log: &EventLog) -> usize {
        if let Some(slot) = self.slot(key) {
            // A prepared agent's first event on chain.
            let agent = &mut self.agents[slot];
            if agent.status == Status::Prepared {
                agent.seen(log.at, log.time_s);
            }
            return slot;
        }
        self.insert(Agent::first_seen(self.chain_id, key, log.at, log.time_s));
        self.agents.len() - 1
    }
}

/// The name that the UUIDs of things on chain are made from, and their namespace.
mod names {
    use alloy_primitives::{Address, U256};
    use uuid::{Uuid, uuid};

    /// Ours, fixed for ever: every agent's UUID depends on it.
    const NAMESPACE: Uuid = uuid!("8004a169-fb4a-5332-9136-eb29fa0ceb6d");

    /// The UUID of an agent that came from the chain.
    #[must_use]
    pub fn agent_uuid(chain_id: u64, registry: Address, agent_id: U256) -> Uuid {
        let registry = registry.to_checksum_buffer(None);
        Uuid::new_v5(
            &NAMESPACE,
            format!("eip155:{chain_id}:{registry}:{agent_id}").as_bytes(),
        )
    }

    /// The UUID of feedback that came from the chain.
    #[must_use]
    pub fn feedback_uuid(
        chain_id: u64,
        registry: Address,
        agent_id: U256,
        client: Address,
        index: u64,
    ) -> Uuid {
        let (registry, client) = (
            registry.to_checksum_buffer(None),
            client.to_checksum_buffer(None),
        );
        let name = format!("eip155:{chain_id}:{registry}:{agent_id}:{client}:{index}");
        Uuid::new_v5(&NAMESPACE, name.as_bytes())
    }
}
pub use names::{agent_uuid, feedback_uuid};
