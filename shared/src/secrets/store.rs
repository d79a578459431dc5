//! What was read, and when.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A secret that was refused is not read more often than this: the fault may lie elsewhere.
const DOUBT_EVERY: Duration = Duration::from_secs(5);

/// The secrets of a process, by variable.
#[derive(Default)]
pub(super) struct Store(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    values: BTreeMap<String, String>,
    read_at: Option<Instant>,
    is_doubted: bool,
    generation: u64,
}

impl Store {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was read; whether anything is another than before.
    pub(super) fn put(&self, values: BTreeMap<String, String>, now: Instant) -> bool {
        let mut inner = self.inner();
        let is_changed = inner.values != values;
        inner.values = values;
        inner.read_at = Some(now);
        inner.is_doubted = false;
        inner.generation += u64::from(is_changed);
        is_changed
    }

    /// Counts a read that failed as one, so that not every invocation waits for the next.
    pub(super) fn postpone(&self, now: Instant) {
        let mut inner = self.inner();
        inner.read_at = Some(now);
        inner.is_doubted = false;
    }

    pub(super) fn doubt(&self) {
        self.inner().is_doubted = true;
    }

    pub(super) fn renew(&self) {
        self.inner().generation += 1;
    }

    pub(super) fn is_due(&self, now: Instant, age_max: Duration) -> bool {
        let inner = self.inner();
        let wait = if inner.is_doubted {
            DOUBT_EVERY
        } else {
            age_max
        };
        let age = inner.read_at.map(|at| now.saturating_duration_since(at));
        age.is_none_or(|age| age >= wait)
    }

    pub(super) fn get(&self, variable: &str) -> Option<String> {
        self.inner().values.get(variable).cloned()
    }

    /// Grows whenever a secret is another than before, or clients are to be made anew for another reason.
    pub(super) fn generation(&self) -> u64 {
        self.inner().generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE_MAX: Duration = Duration::from_mins(5);

    fn values(password: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("DATABASE_SECRET_ID".to_owned(), password.to_owned())])
    }

    #[test]
    fn a_secret_is_read_again_when_it_is_old_or_was_refused() {
        let (store, start) = (Store::default(), Instant::now());
        assert!(store.is_due(start, AGE_MAX));
        store.put(values("one"), start);
        assert!(!store.is_due(start + AGE_MAX / 2, AGE_MAX));
        assert!(store.is_due(start + AGE_MAX, AGE_MAX));
        store.doubt();
        assert!(!store.is_due(start + DOUBT_EVERY / 2, AGE_MAX));
        assert!(store.is_due(start + DOUBT_EVERY, AGE_MAX));
    }

    #[test]
    fn clients_are_made_anew_for_another_secret_and_not_for_the_same() {
        let (store, now) = (Store::default(), Instant::now());
        assert!(store.put(values("one"), now));
        let before = store.generation();
        assert!(!store.put(values("one"), now));
        assert_eq!(store.generation(), before);
        assert!(store.put(values("two"), now));
        assert_ne!(store.generation(), before);
    }
}
