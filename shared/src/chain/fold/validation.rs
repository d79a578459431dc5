//! Validations: what an agent asked a validator, and what came back.

use alloy_primitives::{Address, B256};
use uuid::Uuid;

use super::super::Position;
use super::super::events::{Event, EventLog};
use super::Fold;

/// Which validation, within one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValidationKey {
    /// The validation registry.
    pub registry: Address,
    /// The request's hash, once for ever in its registry.
    pub request_hash: B256,
}

/// A validation as loaded or new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// The agent's UUID.
    pub agent: Uuid,
    /// Who was asked.
    pub validator: Address,
    /// What only a new one carries; a stored one has it in its row.
    pub new: Option<Request>,
    /// The latest response.
    pub response: Option<u8>,
    /// Responses in these events; the last of [`Fold::verdicts`] for this key is the latest.
    pub answers: i64,
}

/// The rest of a new validation's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The request's file.
    pub uri: String,
    /// The log.
    pub at: Position,
    /// Seconds since 1970.
    pub time_s: u64,
    /// The transaction.
    pub transaction_hash: B256,
}

/// One answer of a validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The validation.
    pub key: ValidationKey,
    /// The log.
    pub at: Position,
    /// Seconds since 1970.
    pub time_s: u64,
    /// The transaction.
    pub transaction_hash: B256,
    /// 0–100 in the reference.
    pub response: u8,
    /// The answer's file.
    pub uri: String,
    /// Its hash.
    pub hash: B256,
    /// A qualifier.
    pub tag: String,
}

impl Fold {
    pub(super) fn validation(&mut self, slot: usize, log: EventLog) {
        let EventLog {
            at,
            time_s,
            transaction_hash,
            emitter,
            event,
            ..
        } = log;
        let agent = &mut self.agents[slot];
        match event {
            Event::ValidationRequest {
                validator,
                uri,
                request_hash,
                ..
            } => {
                let key = ValidationKey {
                    registry: emitter,
                    request_hash,
                };
                if self.validations.contains_key(&key) {
                    return;
                }
                let new = Some(Request {
                    uri,
                    at,
                    time_s,
                    transaction_hash,
                });
                let validation = Validation {
                    agent: agent.id,
                    validator,
                    new,
                    response: None,
                    answers: 0,
                };
                self.validations.insert(key, validation);
                agent.stats.validations += 1;
            }
            Event::ValidationResponse {
                validator,
                request_hash,
                response,
                uri,
                hash,
                tag,
                ..
            } => {
                let key = ValidationKey {
                    registry: emitter,
                    request_hash,
                };
                let Some(validation) = self.validations.get_mut(&key) else {
                    return;
                };
                if validation.agent != agent.id || validation.validator != validator {
                    return;
                }
                agent.stats.answered += i64::from(validation.response.is_none());
                agent.stats.response_sum +=
                    i64::from(response) - i64::from(validation.response.unwrap_or(0));
                validation.response = Some(response);
                validation.answers += 1;
                self.verdicts.push(Verdict {
                    key,
                    at,
                    time_s,
                    transaction_hash,
                    response,
                    uri,
                    hash,
                    tag,
                });
            }
            _ => {}
        }
    }
}
