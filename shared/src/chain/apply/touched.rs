//! What a batch of events is about, so that it can be loaded before they are folded.

use alloy_primitives::map::HashSet;
use alloy_primitives::{Address, B256};

use super::super::AgentKey;
use super::super::events::{Event, EventLog};
use super::super::fold::{OperatorKey, ValidationKey};

/// Feedback by its agent, registry, client and index.
pub(super) type Rating = (AgentKey, Address, Address, u64);

#[derive(Default)]
pub(super) struct Touched {
    /// In order of first sight.
    pub(super) agents: Vec<AgentKey>,
    pub(super) operators: HashSet<OperatorKey>,
    pub(super) clients: HashSet<(AgentKey, Address)>,
    /// Feedback that is revoked or answered.
    pub(super) ratings: HashSet<Rating>,
    /// Feedback that the events say is new.
    pub(super) new_ratings: Vec<Rating>,
    /// The hashes of its files, by agent, registry and client.
    pub(super) hashes: Vec<(AgentKey, Address, Address, B256)>,
    pub(super) validations: HashSet<ValidationKey>,
}

impl Touched {
    pub(super) fn by(events: &[EventLog]) -> Self {
        let mut touched = Self::default();
        let mut seen: HashSet<AgentKey> = HashSet::default();
        for log in events {
            if let Some(agent) = log.agent() {
                if seen.insert(agent) {
                    touched.agents.push(agent);
                }
                touched.about(agent, log);
            } else if let Event::ApprovalForAll {
                owner, operator, ..
            } = log.event
            {
                touched.operators.insert(OperatorKey {
                    registry: log.registry,
                    owner,
                    operator,
                });
            }
        }
        touched
    }

    fn about(&mut self, agent: AgentKey, log: &EventLog) {
        match &log.event {
            Event::NewFeedback(new) => {
                self.clients.insert((agent, new.client));
                self.new_ratings
                    .push((agent, log.emitter, new.client, new.index));
                if !new.hash.is_zero() {
                    self.hashes.push((agent, log.emitter, new.client, new.hash));
                }
            }
            Event::FeedbackRevoked { client, index, .. } => {
                self.clients.insert((agent, *client));
                self.ratings.insert((agent, log.emitter, *client, *index));
            }
            Event::ResponseAppended { client, index, .. } => {
                self.ratings.insert((agent, log.emitter, *client, *index));
            }
            Event::ValidationRequest { request_hash, .. }
            | Event::ValidationResponse { request_hash, .. } => {
                self.validation(log.emitter, *request_hash);
            }
            _ => {}
        }
    }

    fn validation(&mut self, registry: Address, request_hash: B256) {
        self.validations.insert(ValidationKey {
            registry,
            request_hash,
        });
    }
}
