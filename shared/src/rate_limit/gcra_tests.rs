//! The decision against a token bucket that knows nothing of it.

use super::{Rate, Verdict};
use crate::testing::Random;

const SCHEDULES: u32 = 1_000_000;
/// Noon of a day in 2026: schedules run at times of the size that real ones have.
const START_US: u64 = 1_795_435_200_000_000;

/// The bucket of textbooks: a level, and the time when it was last filled. What is in it is counted in
/// microseconds of refill, so that nothing is rounded.
pub(super) struct TokenBucket {
    capacity: u64,
    token: u64,
    level: u64,
    filled_at_us: u64,
}

impl TokenBucket {
    pub(super) fn full(tokens: u64, token: u64, now_us: u64) -> Self {
        Self {
            capacity: tokens * token,
            token,
            level: tokens * token,
            filled_at_us: now_us,
        }
    }

    pub(super) fn take(&mut self, now_us: u64) -> bool {
        let refill_us = now_us - self.filled_at_us;
        self.level = (self.level + refill_us).min(self.capacity);
        self.filled_at_us = now_us;
        let admitted = self.level >= self.token;
        if admitted {
            self.level -= self.token;
        }
        admitted
    }

    fn tokens(&self) -> u64 {
        self.level / self.token
    }

    /// The time until there is one token more; `None` when it is full.
    fn next_us(&self) -> Option<u64> {
        (self.level < self.capacity).then(|| self.token - self.level % self.token)
    }
}

/// A pause between two calls: none, around one interval to the microsecond, well below, well above.
pub(super) fn pause_us(random: &mut Random, rate: Rate) -> u64 {
    match random.below(6) {
        0 => 0,
        1 => rate.interval_us,
        2 => rate.interval_us - 1,
        3 => rate.interval_us + 1,
        4 => random.below(rate.interval_us / 4 + 1),
        _ => random.below(rate.window_us() * 3 / 2),
    }
}

pub(super) fn random_rate(random: &mut Random) -> Rate {
    let quota = 1 + random.below(8);
    match random.below(4) {
        0 => Rate::new(quota, 3_600_000_000),
        1 => Rate::new(quota, 7),
        _ => Rate::new(quota, 1 + random.below(1_000_000)),
    }
}

#[test]
fn it_admits_what_a_token_bucket_admits() {
    let mut random = Random::new();
    for schedule in 0..SCHEDULES {
        let rate = random_rate(&mut random);
        let mut now_us = START_US + random.below(3_600_000_000);
        let mut bucket = TokenBucket::full(rate.quota, rate.interval_us, now_us);
        let mut tat_us = None;
        for call in 0..2 + random.below(14) {
            let verdict = rate.decide(tat_us, now_us);
            let expected = bucket.take(now_us);
            let at = format!("seed {}, schedule {schedule}, call {call}", random.seed);
            match verdict {
                Verdict::Admit { tat_us: next } => {
                    assert!(expected, "{at}: above burst and refill");
                    assert!(tat_us < Some(next), "{at}: tat did not move forward");
                    tat_us = Some(next);
                }
                Verdict::Deny { wait_us } => {
                    assert!(!expected, "{at}: the bucket would admit");
                    assert_eq!(Some(wait_us), bucket.next_us(), "{at}: wrong wait");
                }
            }
            let tat_us = tat_us.expect("the first call is admitted");
            assert_eq!(rate.remaining(tat_us, now_us), bucket.tokens(), "{at}");
            if let Some(next_us) = bucket.next_us() {
                assert_eq!(rate.next_us(tat_us, now_us), next_us, "{at}");
            }
            now_us += pause_us(&mut random, rate);
        }
    }
}

#[test]
fn a_caller_slower_than_the_refill_is_never_denied_and_keeps_a_full_bucket() {
    let rate = Rate::new(10, 3_600_000_000);
    let mut tat_us = None;
    for call in 0..10_000 {
        let now_us = START_US + call * (rate.interval_us + 1);
        let Verdict::Admit { tat_us: next } = rate.decide(tat_us, now_us) else {
            panic!("call {call} was denied");
        };
        assert_eq!(rate.remaining(next, now_us), rate.quota - 1);
        tat_us = Some(next);
    }
}

#[test]
fn a_denied_call_is_admitted_after_exactly_its_wait() {
    let mut random = Random::new();
    for _ in 0..10_000 {
        let rate = random_rate(&mut random);
        let tat_us = Some(START_US + random.below(rate.window_us() * 3));
        if let Verdict::Deny { wait_us } = rate.decide(tat_us, START_US) {
            let admitted = |wait_us| {
                matches!(
                    rate.decide(tat_us, START_US + wait_us),
                    Verdict::Admit { .. }
                )
            };
            assert!(
                admitted(wait_us) && !admitted(wait_us - 1),
                "{}",
                random.seed
            );
        }
    }
}

#[test]
fn an_interval_that_is_not_whole_never_gives_more_than_the_quota_back() {
    assert_eq!(Rate::new(7, 100).interval_us, 15);
    assert_eq!(Rate::new(1_000_000, 100).interval_us, 1);
    assert_eq!(Rate::new(0, 100), Rate::new(1, 100));
}
