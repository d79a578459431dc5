//! Outdating what is kept, after a change was committed.
//!
//! A writer that cannot reach the cache goes on trying beside its work, for as long as there may be an answer from
//! before the change. What an execution environment that ends meanwhile leaves behind expires with the answers.

use std::time::Duration;

use redis::{Cmd, RedisError};

use super::generation::{self, Changed, SEARCH_AGE_MAX, SETTLING};
use super::{Cache, milliseconds};
use crate::telemetry::{self, list};

/// Commands that are sent at once.
const BATCH: usize = 1_000;
/// The first and the longest pause between two tries.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// The longest life of an answer: then there is nothing left to outdate.
const TRY_MAX: Duration = Duration::from_mins(5);

/// What to outdate.
#[derive(Clone, Debug)]
enum Outdated {
    Agents(Vec<Changed>),
    Searches,
}

impl Cache {
    /// Outdates all that is kept of agents that have changed: whoever asks from here on gets an answer from after the
    /// change. Call it when the change is committed.
    pub async fn forget_agents(&self, changed: Vec<Changed>) {
        if !changed.is_empty() {
            self.forget(Outdated::Agents(changed)).await;
        }
    }

    /// Outdates all searches, at most once in the configured pause: for a busy writer must not keep them from being
    /// kept at all. A later change takes its effect when the pause is over.
    pub async fn forget_searches(&self) {
        self.forget(Outdated::Searches).await;
    }

    async fn forget(&self, outdated: Outdated) {
        let Err(error) = self.try_forget(&outdated).await else {
            return;
        };
        tracing::warn!(%error, "answers in the cache are not outdated yet");
        let cache = self.clone();
        tokio::spawn(async move {
            let mut pause = PAUSE_MIN;
            let mut left = TRY_MAX;
            while cache.try_forget(&outdated).await.is_err() && !left.is_zero() {
                tokio::time::sleep(pause).await;
                left = left.saturating_sub(pause);
                pause = (pause * 2).min(PAUSE_MAX);
            }
        });
    }

    async fn try_forget(&self, outdated: &Outdated) -> Result<(), RedisError> {
        let done = match outdated {
            Outdated::Agents(changed) => self.end_agents(changed).await,
            Outdated::Searches => self.end_search_generation().await,
        };
        let result = if done.is_ok() { "ok" } else { "error" };
        telemetry::count(&list::CACHE_REQUESTS, &["forget", result], 1);
        done
    }

    async fn end_agents(&self, changed: &[Changed]) -> Result<(), RedisError> {
        let settling = milliseconds(self.config().settling);
        let tags: Vec<_> = changed.iter().flat_map(Changed::tags).collect();
        let mut done = Ok(());
        for tags in tags.chunks(BATCH) {
            let commands = tags.iter().map(|tag| {
                let key = tag.generation();
                if settling == 0 {
                    let mut unlink = redis::cmd("UNLINK");
                    unlink.arg(key);
                    return unlink;
                }
                let mut set = redis::cmd("SET");
                set.arg(key).arg(SETTLING).arg("PX").arg(settling);
                set
            });
            // The shards that are there hear of all of it, whatever the others do.
            done = done.and(self.ask_each(commands.collect()).await);
        }
        done
    }

    /// A generation lives at least as long as the configured pause. How long it has lived follows from how long it has
    /// left. Nor does it end before the replicas have the change: nobody looks for a write of their own in a search.
    async fn end_search_generation(&self) -> Result<(), RedisError> {
        let key = generation::SEARCH_KEY;
        let left: i64 = self.ask(redis::cmd("PTTL").arg(key)).await?;
        let Ok(left_ms) = u64::try_from(left) else {
            return Ok(());
        };
        let age = SEARCH_AGE_MAX.saturating_sub(Duration::from_millis(left_ms));
        let config = self.config();
        let ends_in = config.search_pause.saturating_sub(age).max(config.settling);
        let mut end: Cmd = redis::cmd("PEXPIRE");
        // Only to an earlier end than it has.
        end.arg(key).arg(milliseconds(ends_in)).arg("LT");
        self.ask(&end).await
    }
}
