//! The generic cell rate algorithm: the decision, without clock or store.
//!
//! It admits exactly what a token bucket of `quota` tokens, refilled by one every `interval_us`, admits, but its
//! state is one number, the theoretical arrival time `tat`: the time at which the bucket will be full again. One
//! number can be moved by one conditional write, which a level and a time of refill cannot.
//! <https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm> (virtual scheduling)

/// How much a bucket holds, and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The most calls at once.
    pub quota: u64,
    /// The time in which one call comes back, in microseconds. Microseconds, because a raised quota would round a
    /// coarser interval to nothing.
    pub interval_us: u64,
}

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on, and the bucket will be full again at `tat_us`.
    Admit {
        /// Microseconds since the epoch.
        tat_us: u64,
    },
    /// It does not.
    Deny {
        /// A call that waits this long, in microseconds, is admitted; one that waits less is not.
        wait_us: u64,
    },
}

impl Rate {
    /// `quota` calls in `window_us` microseconds. An interval that is not whole is rounded up, so that a window
    /// never gives more than its quota back.
    #[must_use]
    pub const fn new(quota: u64, window_us: u64) -> Self {
        let quota = if quota == 0 { 1 } else { quota };
        let interval_us = window_us.div_ceil(quota);
        Self {
            quota,
            interval_us: if interval_us == 0 { 1 } else { interval_us },
        }
    }

    /// The time that an empty bucket takes to fill, in microseconds.
    #[must_use]
    pub const fn window_us(self) -> u64 {
        self.quota.saturating_mul(self.interval_us)
    }

    /// The latest `tat` that still leaves room for one call at `now_us`.
    #[must_use]
    pub const fn latest_us(self, now_us: u64) -> u64 {
        now_us.saturating_add(self.window_us() - self.interval_us)
    }

    /// Decides on a call at `now_us`; `tat_us` is the bucket's state, `None` where it was never used.
    #[must_use]
    pub fn decide(self, tat_us: Option<u64>, now_us: u64) -> Verdict {
        let tat_us = tat_us.unwrap_or(0);
        match tat_us.checked_sub(self.latest_us(now_us)) {
            Some(wait_us) if wait_us > 0 => Verdict::Deny { wait_us },
            _ => Verdict::Admit {
                tat_us: tat_us.max(now_us).saturating_add(self.interval_us),
            },
        }
    }

    /// How many calls the bucket admits at `now_us`.
    #[must_use]
    pub const fn remaining(self, tat_us: u64, now_us: u64) -> u64 {
        self.level_us(tat_us, now_us) / self.interval_us
    }

    /// The time until the bucket admits one call more than at `now_us`, in microseconds.
    #[must_use]
    pub const fn next_us(self, tat_us: u64, now_us: u64) -> u64 {
        let full_us = now_us.saturating_add(self.window_us());
        if tat_us > full_us {
            return tat_us - full_us + self.interval_us;
        }
        self.interval_us - self.level_us(tat_us, now_us) % self.interval_us
    }

    /// What is in the bucket at `now_us`, in microseconds of refill.
    const fn level_us(self, tat_us: u64, now_us: u64) -> u64 {
        let tat_us = if tat_us > now_us { tat_us } else { now_us };
        now_us
            .saturating_add(self.window_us())
            .saturating_sub(tat_us)
    }
}
