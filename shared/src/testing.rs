//! What tests of several modules use.

use std::time::{SystemTime, UNIX_EPOCH};

/// Pseudo-random numbers with a printed seed (`SplitMix64`): a failing test is run again with `TEST_SEED`.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
    /// What it began with.
    pub(crate) seed: u64,
}

impl Random {
    /// Begins with `TEST_SEED`, or with the time.
    pub(crate) fn new() -> Self {
        let from_clock = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
        };
        let seed = std::env::var("TEST_SEED").map_or_else(
            |_| from_clock(),
            |seed| seed.parse().expect("TEST_SEED is a number"),
        );
        println!("TEST_SEED={seed}");
        Self { state: seed, seed }
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Moves on, for a stream of numbers of its own.
    pub(crate) fn skip(&mut self, by: u64) {
        self.state ^= by;
    }
}
