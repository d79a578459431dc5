//! What is asked most, so that it can be asked again before callers do.
//!
//! A process counts in memory what it is asked and adds that to one sorted set, beside an answer and together with its
//! other counts: nobody waits for it. What nobody asks any more loses weight with each run of `warm-cache`.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use redis::RedisError;

use super::{Cache, milliseconds};

/// The sorted set: a question's name and its weight.
const KEY: &str = "v1:popular";
/// Different questions that a process counts between two reports.
const PENDING_MAX: usize = 1_000;
/// A question with a longer name is not worth its place.
const NAME_BYTES_MAX: usize = 512;
/// Questions that are remembered.
const KEPT_MAX: i64 = 10_000;
/// How long they are when nobody asks.
const AGE_MAX: Duration = Duration::from_hours(24);
/// What is left of a weight after a run.
const WEIGHT_LEFT: &str = "0.9";

static PENDING: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(Mutex::default);

/// Counts a question that a caller asked.
pub(super) fn count(name: &str) {
    let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(count) = pending.get_mut(name) {
        *count = count.saturating_add(1);
    } else if pending.len() < PENDING_MAX && name.len() <= NAME_BYTES_MAX {
        pending.insert(name.to_owned(), 1);
    }
}

impl Cache {
    /// Tells what this process was asked since it last told. Lost where the cache does not answer: it is a guess at what
    /// will be asked, and no more.
    pub(crate) async fn tell_popular(&self) {
        let asked = std::mem::take(&mut *PENDING.lock().unwrap_or_else(PoisonError::into_inner));
        if asked.is_empty() {
            return;
        }
        let mut pipe = redis::pipe();
        for (name, count) in asked {
            pipe.cmd("ZINCRBY").arg(KEY).arg(count).arg(name).ignore();
        }
        let trim = pipe.cmd("ZREMRANGEBYRANK").arg(KEY);
        trim.arg(0).arg(-KEPT_MAX - 1).ignore();
        let age_max = milliseconds(AGE_MAX);
        pipe.cmd("PEXPIRE").arg(KEY).arg(age_max).ignore();
        let told: Result<(), RedisError> = self.ask_all(&pipe).await;
        if let Err(error) = told {
            tracing::debug!(%error, "what was asked here is not known");
        }
    }

    /// The names of the questions that are asked most, the first one most often. They count less from now on, and newer
    /// ones more.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn most_asked(&self, count_max: usize) -> Result<Vec<String>, RedisError> {
        let mut pipe = redis::pipe();
        let most = pipe.cmd("ZRANGE").arg(KEY).arg(0);
        most.arg(count_max.saturating_sub(1)).arg("REV");
        let lighter = pipe.cmd("ZUNIONSTORE").arg(KEY).arg(1).arg(KEY);
        lighter.arg("WEIGHTS").arg(WEIGHT_LEFT).ignore();
        let age_max = milliseconds(AGE_MAX);
        pipe.cmd("PEXPIRE").arg(KEY).arg(age_max).ignore();
        let (names,) = self.ask_all(&pipe).await?;
        Ok(names)
    }
}
