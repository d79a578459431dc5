//! What this process knows of buckets without asking the table.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Bucket, Rate, Verdict};

/// Buckets remembered at most. Forgetting one costs a write, never a wrong answer.
const BUCKETS_MAX: usize = 10_000;

/// The last state seen of each bucket.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<Bucket, Seen>>);

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// The table's `tat` when it was last seen. The table only ever moves it forward, so this is a lower bound: what
    /// it denies, the table denies too.
    table_us: u64,
    /// The `tat` of the local floor, which the table knows nothing of.
    local_us: u64,
}

impl Memory {
    /// The last `tat` that the table showed.
    pub(super) fn table_us(&self, bucket: &Bucket) -> Option<u64> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(bucket).map(|seen| seen.table_us)
    }

    /// Remembers what the table showed.
    pub(super) fn saw(&self, bucket: &Bucket, tat_us: u64, now_us: u64) {
        self.with(bucket, now_us, |seen| {
            seen.table_us = seen.table_us.max(tat_us);
        });
    }

    /// Decides without the table: the caller's own quota, counted by this process alone, from where the table was
    /// last seen. The verdict comes with the `tat` that it leaves.
    pub(super) fn decide(&self, bucket: &Bucket, rate: Rate, now_us: u64) -> (Verdict, u64) {
        self.with(bucket, now_us, |seen| {
            let tat_us = seen.table_us.max(seen.local_us);
            let verdict = rate.decide(Some(tat_us), now_us);
            if let Verdict::Admit { tat_us } = verdict {
                seen.local_us = tat_us;
            }
            (verdict, seen.table_us.max(seen.local_us))
        })
    }

    fn with<T>(&self, bucket: &Bucket, now_us: u64, change: impl FnOnce(&mut Seen) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = all.get_mut(bucket) {
            return change(seen);
        }
        if all.len() >= BUCKETS_MAX {
            // A full bucket says nothing that an absent one does not.
            all.retain(|_, seen| seen.table_us.max(seen.local_us) > now_us);
        }
        if all.len() >= BUCKETS_MAX {
            all.clear();
        }
        change(all.entry(bucket.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::LimitClass;

    #[test]
    fn memory_is_bounded() {
        let memory = Memory::default();
        for n in 0..=u32::try_from(BUCKETS_MAX).expect("it fits") {
            let ip = std::net::Ipv4Addr::from_bits(n).into();
            memory.saw(
                &Bucket::of_address(LimitClass::Lookup, Some(ip)),
                u64::MAX,
                0,
            );
        }
        let remembered = memory.0.lock().expect("nothing panicked").len();
        assert!(remembered <= BUCKETS_MAX, "{remembered}");
    }
}
