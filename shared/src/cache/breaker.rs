//! A cache that does not answer is not asked for a moment.
//!
//! With nobody there each request would wait for the same refusal, and with a slow one for the same time-out. After
//! [`FAILURES_MAX`] failures in a row, or one refused connection, nothing is asked for [`PAUSE`]; then one question
//! goes out, and its answer decides for all.
//!
//! Of a cluster one shard may be gone while the others answer. A refusal costs no time, so it does not count; and an
//! answer of another shard in between says nothing of the silent one: [`FAILURES_MAX`] time-outs within [`WINDOW`] count.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::RedisError;

/// So many failures open the breaker.
const FAILURES_MAX: u32 = 3;
/// How long a shard's time-out is remembered.
const WINDOW: Duration = Duration::from_secs(10);
/// How long nothing is asked.
const PAUSE: Duration = Duration::from_secs(1);

/// One a client.
#[derive(Debug)]
pub(super) struct Breaker {
    is_of_cluster: bool,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    failures: u32,
    /// When the first of them was.
    since: Option<Instant>,
    /// Until when nothing is asked; set where the breaker is open.
    until: Option<Instant>,
}

impl Breaker {
    /// Closed.
    pub(super) fn new(is_of_cluster: bool) -> Self {
        Self {
            is_of_cluster,
            state: Mutex::default(),
        }
    }

    /// Whether the cache may be asked. Of those that come when a pause is over one may: the others wait for what
    /// becomes of its question. `true` for that one.
    pub(super) fn check(&self, now: Instant) -> Result<bool, RedisError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.until {
            Some(until) if now < until => {
                let error = std::io::Error::new(
                    std::io::ErrorKind::NotConnected,
                    "the cache was out of reach a moment ago",
                );
                Err(error.into())
            }
            Some(_) => {
                state.until = Some(now + PAUSE);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// No connection could be made.
    pub(super) fn open(&self, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.until = Some(now + PAUSE);
    }

    /// Learns from an answer. An error that the cache itself sent is one, too.
    pub(super) fn learn<T>(&self, answer: &Result<T, RedisError>, now: Instant) {
        let is_silence =
            |error: &&RedisError| error.is_timeout() || (!self.is_of_cluster && is_unheard(error));
        let error = answer.as_ref().err().filter(is_silence);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(error) = error else {
            if !self.is_of_cluster || state.until.is_some() {
                *state = State::default();
            }
            return;
        };
        let is_old = |since| self.is_of_cluster && now.duration_since(since) > WINDOW;
        if state.since.is_none_or(is_old) {
            state.failures = 0;
            state.since = Some(now);
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES_MAX || error.is_connection_refusal() || state.until.is_some()
        {
            state.until = Some(now + PAUSE);
        }
    }
}

/// Whether nobody answered.
fn is_unheard(error: &RedisError) -> bool {
    error.is_io_error() || error.is_connection_dropped()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: std::io::ErrorKind) -> Result<(), RedisError> {
        Err(std::io::Error::from(kind).into())
    }

    #[test]
    fn after_failures_in_a_row_one_question_a_pause_goes_out_until_one_is_answered() {
        let breaker = Breaker::new(false);
        let start = Instant::now();
        let timeout = failed(std::io::ErrorKind::TimedOut);
        for _ in 1..FAILURES_MAX {
            breaker.learn(&timeout, start);
            assert!(breaker.check(start).is_ok());
        }
        breaker.learn(&timeout, start);
        assert!(breaker.check(start).is_err());
        let later = start + PAUSE;
        assert!(breaker.check(later).is_ok());
        assert!(breaker.check(later).is_err(), "one is on its way");
        breaker.learn(&timeout, later);
        assert!(breaker.check(later).is_err());
        let last = later + PAUSE;
        assert!(breaker.check(last).is_ok());
        breaker.learn(&Ok(()), last);
        assert!(breaker.check(last).is_ok() && breaker.check(last).is_ok());
    }

    #[test]
    fn a_refused_connection_opens_it_at_once_and_an_answer_between_failures_closes_it() {
        let start = Instant::now();
        let breaker = Breaker::new(false);
        breaker.learn(&failed(std::io::ErrorKind::ConnectionRefused), start);
        assert!(breaker.check(start).is_err());
        let breaker = Breaker::new(false);
        for _ in 0..FAILURES_MAX {
            breaker.learn(&failed(std::io::ErrorKind::TimedOut), start);
            breaker.learn(&Ok(()), start);
        }
        assert!(breaker.check(start).is_ok());
    }

    #[test]
    fn answers_of_other_shards_do_not_hide_a_silent_one_and_a_refusing_one_costs_the_others_nothing()
     {
        let start = Instant::now();
        let breaker = Breaker::new(true);
        for _ in 0..2 * FAILURES_MAX {
            breaker.learn(&failed(std::io::ErrorKind::ConnectionRefused), start);
        }
        for _ in 1..FAILURES_MAX {
            breaker.learn(&failed(std::io::ErrorKind::TimedOut), start);
            breaker.learn(&Ok(()), start);
        }
        assert!(breaker.check(start).is_ok());
        breaker.learn(&failed(std::io::ErrorKind::TimedOut), start);
        assert!(breaker.check(start).is_err());
        breaker.learn(&Ok(()), start + PAUSE);
        assert!(breaker.check(start + PAUSE).is_ok());
        // Now and then one is late.
        let mut now = start + PAUSE;
        for _ in 0..2 * FAILURES_MAX {
            breaker.learn(&failed(std::io::ErrorKind::TimedOut), now);
            assert!(breaker.check(now).is_ok());
            now += WINDOW;
        }
    }
}
