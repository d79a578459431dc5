//! A short series of readings: one text a minute, the newest ones kept.

use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::RedisError;

use super::{Cache, milliseconds};

impl Cache {
    /// Keeps a reading in place of another one of the same minute, and of all readings the newest `count_max`. They
    /// expire together, `age_max` after the last one.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn keep_reading(
        &self,
        (key, now): (&str, DateTime<Utc>),
        reading: &[u8],
        (count_max, age_max): (i64, Duration),
    ) -> Result<(), RedisError> {
        let minute = now.timestamp() / 60;
        let mut pipe = redis::pipe();
        pipe.cmd("ZREMRANGEBYSCORE")
            .arg(key)
            .arg(minute)
            .arg(minute);
        pipe.cmd("ZADD").arg(key).arg(minute).arg(reading);
        pipe.cmd("ZREMRANGEBYRANK")
            .arg(key)
            .arg(0)
            .arg(-count_max - 1);
        pipe.cmd("PEXPIRE").arg(key).arg(milliseconds(age_max));
        // In one step: two that write at once leave one reading.
        let _: [i64; 4] = self.ask_all(pipe.atomic()).await?;
        Ok(())
    }

    /// The readings, oldest first.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn readings(&self, key: &str) -> Result<Vec<Vec<u8>>, RedisError> {
        self.ask(redis::cmd("ZRANGE").arg(key).arg(0).arg(-1)).await
    }
}
