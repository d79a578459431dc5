//! Answering from the cache, and keeping answers there.

use std::future::Future;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use redis::RedisError;
use serde::Serialize;

use super::entry::{Answer, Entry};
use super::generation::{SETTLING, Token};
use super::question::{Question, Subject};
use super::{Cache, milliseconds, popular};
use crate::http::{CachedResult, Problem, Ready, Reply};
use crate::telemetry::{self, list};

/// How long one caller may keep the others from making the same answer.
const LOCK_AGE_MAX: Duration = Duration::from_secs(5);
/// How long a caller waits for an answer that another one makes, before it makes its own.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// What a warming question leaves kept lives for so long: a little more than the time to the next one.
const WARM_MIN: Duration = Duration::from_secs(75);
const PAUSE_MIN: Duration = Duration::from_millis(1);
const PAUSE_MAX: Duration = Duration::from_millis(32);
const MAKING: &[u8] = b"1";
/// Left in place of a lock: making the answer failed a moment ago, so nobody need wait for it.
const FAILED: &[u8] = b"x";
const FAILED_AGE_MAX: Duration = Duration::from_secs(1);

/// What lies in the cache of a question.
struct Seen {
    entry: Option<Entry>,
    lock: Option<Vec<u8>>,
    generation: Option<Vec<u8>>,
}

/// How a question is answered.
enum Way {
    /// By what is kept.
    Kept(Answer),
    /// By making an answer, which is then kept under this generation.
    Make(Token),
    /// By making an answer for this caller only.
    Apart,
}

impl Cache {
    /// Answers from the cache, or by `work`, whose answer is kept for the next one who asks. At one time one caller of
    /// all instances does the work for a question; the others wait for it, a little. Whatever becomes of the cache, the
    /// worst is that each does its own work.
    ///
    /// # Errors
    /// Those of the work; that there is no such agent or chain is an answer, too, and kept.
    pub async fn answer<T, Fut>(
        &self,
        question: &Question,
        now: DateTime<Utc>,
        work: impl FnOnce() -> Fut,
    ) -> CachedResult<T>
    where
        T: Serialize,
        Fut: Future<Output = Result<T, Problem>>,
    {
        let began = Instant::now();
        if let Some(name) = question.name.as_deref().filter(|_| !question.is_warming) {
            popular::count(name);
        }
        let way = if self.config().answers {
            self.way(question, now, began).await
        } else {
            Way::Apart
        };
        let token = match way {
            Way::Kept(answer) => return answer.into_result().map(Ready::new).map(Reply::ok),
            Way::Make(token) => Some(token),
            Way::Apart => None,
        };
        let began = Instant::now();
        let body = work()
            .await
            .and_then(|found| serde_json::to_vec(&found).map_err(Problem::internal));
        if let Some(token) = token {
            let made = (token, now, began.elapsed());
            if let Err(error) = self.keep(question, made, &body).await {
                tracing::debug!(%error, "an answer was not kept");
            }
        }
        body.map(Ready::new).map(Reply::ok)
    }

    /// Finds out, and counts what was found.
    async fn way(&self, question: &Question, now: DateTime<Utc>, began: Instant) -> Way {
        let (way, result) = match self.look(question, now, began).await {
            Ok((way, result)) => (way, result),
            Err(error) => {
                tracing::debug!(%error, "the cache did not answer");
                (Way::Apart, "error")
            }
        };
        let result = match way {
            Way::Make(_) if question.is_warming => "warm",
            _ if question.is_warming => return way,
            _ => result,
        };
        telemetry::count(&list::CACHE_REQUESTS, &[question.operation.name, result], 1);
        way
    }

    async fn look(
        &self,
        question: &Question,
        now: DateTime<Utc>,
        began: Instant,
    ) -> Result<(Way, &'static str), RedisError> {
        let mut pause = PAUSE_MIN;
        loop {
            let seen = self.see(question).await?;
            let lock = seen.lock.as_deref();
            if seen.generation.as_deref() == Some(SETTLING) {
                return Ok((Way::Apart, "miss"));
            }
            if let Some(entry) = seen.current() {
                let is_due = lock.is_none() && question.is_due(&entry, now);
                return self.use_or_renew(question, entry, is_due).await;
            }
            if lock.is_none()
                && let Some(way) = self.take(question, None).await?
            {
                let result = match way {
                    Way::Kept(_) => "hit",
                    Way::Make(_) | Way::Apart => "miss",
                };
                return Ok((way, result));
            }
            if lock == Some(FAILED) || began.elapsed() > WAIT_MAX {
                return Ok((Way::Apart, "miss"));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// An answer that counts; where it is to be made anew early, by one caller, and the others take it as it is.
    async fn use_or_renew(
        &self,
        question: &Question,
        entry: Entry,
        is_due: bool,
    ) -> Result<(Way, &'static str), RedisError> {
        let renewed = if is_due {
            self.take(question, Some(entry.made_at)).await?
        } else {
            None
        };
        Ok(match renewed {
            Some(Way::Make(token)) => (Way::Make(token), "early"),
            Some(Way::Kept(answer)) => (Way::Kept(answer), "hit"),
            Some(Way::Apart) | None => (Way::Kept(entry.answer), "hit"),
        })
    }

    /// One round trip: all that there is of a question.
    async fn see(&self, question: &Question) -> Result<Seen, RedisError> {
        let (lock, generation) = (question.lock(), question.generation());
        let mut both = redis::cmd("MGET");
        both.arg(&question.key).arg(lock);
        let (entry, lock, generation): (Option<Vec<u8>>, _, _) = match question.subject {
            Subject::Agent(_) => self.ask(both.arg(generation)).await?,
            // On a shard of its own.
            Subject::Search => {
                let mut get = redis::cmd("GET");
                // Neither ends the other: one of them may be the trial of a cache that was gone.
                let answers = tokio::join!(self.ask(&both), self.ask(get.arg(generation)));
                let ((entry, lock), generation) = (answers.0?, answers.1?);
                (entry, lock, generation)
            }
        };
        Ok(Seen {
            entry: entry.as_deref().and_then(Entry::decode),
            lock,
            generation,
        })
    }

    /// One round trip: takes the lock and the generation, and looks whether somebody has made the answer since it was
    /// looked for; one that is not younger than `older_than` does not count. `None` where another has the lock.
    async fn take(
        &self,
        question: &Question,
        older_than: Option<DateTime<Utc>>,
    ) -> Result<Option<Way>, RedisError> {
        let fresh = Token::new().map_err(std::io::Error::other)?;
        let mut set_lock = redis::cmd("SET");
        set_lock.arg(question.lock()).arg(MAKING).arg("NX");
        set_lock.arg("PX").arg(milliseconds(LOCK_AGE_MAX));
        let mut set_generation = redis::cmd("SET");
        set_generation.arg(question.generation()).arg(&fresh.0);
        // What is there already comes back, and stays.
        set_generation.arg("NX").arg("GET").arg("PX");
        set_generation.arg(milliseconds(question.generation_age_max()));
        let mut get = redis::cmd("GET");
        get.arg(&question.key);
        let (locked, before, entry): (Option<()>, Option<Vec<u8>>, Option<Vec<u8>>) =
            match question.subject {
                Subject::Agent(_) => {
                    let mut pipe = redis::pipe();
                    for command in [set_lock, set_generation, get] {
                        pipe.add_command(command);
                    }
                    self.ask_all(&pipe).await?
                }
                Subject::Search => {
                    let mut pipe = redis::pipe();
                    pipe.add_command(set_lock).add_command(get);
                    let answers = tokio::join!(self.ask_all(&pipe), self.ask(&set_generation));
                    let ((locked, entry), before) = (answers.0?, answers.1?);
                    (locked, before, entry)
                }
            };
        if locked.is_none() {
            return Ok(None);
        }
        let token = match before.as_deref() {
            None => Some(fresh),
            Some(before) => Token::read(before),
        };
        let entry = entry.as_deref().and_then(Entry::decode);
        let entry = entry.filter(|entry| {
            Some(entry.token) == token && older_than.is_none_or(|old| entry.made_at > old)
        });
        match (entry, token) {
            (None, Some(token)) => return Ok(Some(Way::Make(token))),
            (None, None) => self.unlock(question).await?,
            (Some(entry), _) => {
                self.unlock(question).await?;
                return Ok(Some(Way::Kept(entry.answer)));
            }
        }
        Ok(Some(Way::Apart))
    }

    async fn unlock(&self, question: &Question) -> Result<(), RedisError> {
        self.ask(redis::cmd("UNLINK").arg(question.lock())).await
    }

    /// Keeps an answer and gives the lock back, in one round trip; the answer that others wait for is there before the
    /// lock is gone.
    async fn keep(
        &self,
        question: &Question,
        (token, made_at, cost): (Token, DateTime<Utc>, Duration),
        result: &Result<Vec<u8>, Problem>,
    ) -> Result<(), RedisError> {
        let mut pipe = redis::pipe();
        if let Some(answer) = Answer::of(result) {
            let age = question.age_max(matches!(answer, Answer::Missing(..)));
            let entry = Entry {
                token,
                made_at,
                cost,
                answer,
            };
            if let Some(bytes) = entry.encode() {
                let age = milliseconds(age);
                let set = pipe.cmd("SET").arg(&question.key).arg(bytes);
                set.arg("PX").arg(age).ignore();
            }
        }
        let failed = result
            .as_ref()
            .is_err_and(|problem| problem.code().status() >= 500);
        if failed {
            let age = milliseconds(FAILED_AGE_MAX);
            let set = pipe.cmd("SET").arg(question.lock()).arg(FAILED);
            set.arg("PX").arg(age).ignore();
        } else {
            pipe.cmd("UNLINK").arg(question.lock()).ignore();
        }
        self.ask_all(&pipe).await
    }
}

impl Seen {
    /// The answer, where it is of the present generation.
    fn current(&self) -> Option<Entry> {
        let token = Token::read(self.generation.as_deref()?)?;
        let entry = self.entry.as_ref()?;
        (entry.token == token).then(|| entry.clone())
    }
}

impl Question {
    fn is_due(&self, entry: &Entry, now: DateTime<Utc>) -> bool {
        let age_max = self.age_max(matches!(entry.answer, Answer::Missing(..)));
        // A warming question leaves nothing that expires before the next one.
        self.is_warming && entry.left(age_max, now) < WARM_MIN
            || entry.is_due(age_max, now, chance())
    }
}

/// Uniform in (0, 1].
fn chance() -> f64 {
    let mut bytes = [0; 4];
    if getrandom::fill(&mut bytes).is_err() {
        return 1.0;
    }
    (f64::from(u32::from_be_bytes(bytes)) + 1.0) / (f64::from(u32::MAX) + 1.0)
}
