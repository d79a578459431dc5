//! Keys that this process checked a moment ago.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::KeyHash;
use super::keys::Found;

/// How long an answer is taken from memory. A revoked key works nowhere after 5 s; this leaves time for a request.
const AGE_MAX: Duration = Duration::from_secs(3);
/// Answers remembered at most.
const KEYS_MAX: usize = 1_000;

/// No such key works.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unknown;

/// When it was asked for a key, and the answer.
type Asked = (Instant, Result<Found, Unknown>);

/// The answers.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<KeyHash, Asked>>);

impl Known {
    /// The answer, if there is one that is young enough.
    pub(super) fn get(&self, hash: &KeyHash) -> Option<Result<Found, Unknown>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked, answer) = known.get(hash)?;
        (asked.elapsed() < AGE_MAX).then(|| answer.clone())
    }

    /// Remembers an answer to what was asked at `asked`: its age counts from the question, for what was true then may
    /// have changed by the time of the answer.
    pub(super) fn put(&self, hash: KeyHash, asked: Instant, answer: Result<Found, Unknown>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEYS_MAX {
            known.retain(|_, (asked, _)| asked.elapsed() < AGE_MAX);
        }
        if known.len() >= KEYS_MAX {
            known.clear();
        }
        known.insert(hash, (asked, answer));
    }

    /// Forgets a key.
    pub(super) fn remove(&self, hash: &KeyHash) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(hash);
    }
}
