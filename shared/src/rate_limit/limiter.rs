//! One call, one decision: from memory where memory is certain, from the table else, and without it when it is out of
//! reach.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;

use super::memory::Memory;
use super::table::{OutOfReach, Outcome, Table, Write};
use super::{Bucket, Rate, Verdict, quota};
use crate::capability::{Capability, Name};
use crate::config::{ConfigError, RateLimitConfig};
use crate::http::{LimitClass, Tier};

/// The limiter of a process. Clones share what they remember.
#[derive(Clone, Debug)]
pub struct RateLimiter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: RateLimitConfig,
    table: Table,
    /// The same table for those who have the time to wait for it.
    patient: Table,
    memory: Memory,
}

/// What became of one call, and what the caller may know of its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the call goes on.
    pub admitted: bool,
    /// The bucket's rate.
    pub rate: Rate,
    /// How many more calls it admits at once.
    pub remaining: u64,
    /// The time until it admits one more.
    pub next: Duration,
    /// Who decided.
    pub source: Source,
}

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The table.
    Table,
    /// A denial that this process remembers; the table was not asked.
    Memory,
    /// The local floor: the table was out of reach.
    Local,
}

impl Source {
    /// Its name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Memory => "memory",
            Self::Local => "local",
        }
    }
}

impl Capability for RateLimiter {
    const NAME: Name = Name::RateLimit;

    fn connect() -> Result<Self, ConfigError> {
        Ok(Self::new(RateLimitConfig::from_env()?))
    }
}

impl RateLimiter {
    /// A limiter; nothing is sent before the first call.
    #[must_use]
    pub fn new(config: RateLimitConfig) -> Self {
        Self::with_aws(config, None)
    }

    /// A limiter with an AWS configuration other than the process's own.
    #[must_use]
    pub fn with_aws(config: RateLimitConfig, aws: Option<SdkConfig>) -> Self {
        Self(Arc::new(Inner {
            patient: Table::new(&config.patient(), aws.clone()),
            table: Table::new(&config, aws),
            memory: Memory::default(),
            config,
        }))
    }

    /// The rate of a class for a tier.
    #[must_use]
    pub fn rate(&self, class: LimitClass, tier: Tier) -> Rate {
        quota::rate(&self.0.config, class, tier)
    }

    /// Takes one call from a bucket at `now_us`, in microseconds since the epoch.
    pub async fn take(&self, bucket: &Bucket, rate: Rate, now_us: u64) -> Decision {
        let seen = self.0.memory.table_us(bucket);
        if let Some(tat_us) = seen
            && let Verdict::Deny { .. } = rate.decide(seen, now_us)
        {
            return Decision::new(false, rate, tat_us, now_us, Source::Memory);
        }
        match self.ask(bucket, rate, now_us, seen).await {
            Ok((admitted, tat_us)) => {
                self.0.memory.saw(bucket, tat_us, now_us);
                Decision::new(admitted, rate, tat_us, now_us, Source::Table)
            }
            Err(error) => {
                let (verdict, tat_us) = self.0.memory.decide(bucket, rate, now_us);
                let admitted = matches!(verdict, Verdict::Admit { .. });
                tracing::warn!(%bucket, admitted, error = %error, "the rate-limit table is out of reach");
                Decision::new(admitted, rate, tat_us, now_us, Source::Local)
            }
        }
    }

    /// Asks whether the table takes writes, by one to a bucket that is nobody's.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check(&self, now_us: u64) -> Result<(), OutOfReach> {
        let rate = self.rate(LimitClass::Lookup, Tier::Free);
        let bucket = Bucket::of_health();
        let asked = self.0.patient.write(Write::Idle, &bucket, rate, now_us);
        asked.await.map(drop)
    }

    /// Which write is tried first follows the last `tat` that this process saw; a wrong guess costs one more write.
    /// Whether the call is admitted, and the `tat` that it left or met.
    async fn ask(
        &self,
        bucket: &Bucket,
        rate: Rate,
        now_us: u64,
        seen: Option<u64>,
    ) -> Result<(bool, u64), OutOfReach> {
        let in_use = seen.is_some_and(|tat_us| tat_us >= now_us);
        // `tat` only moves forward: a bucket found idle can be taken from by another before the second write, and is
        // then in use for good. Hence at most three.
        let writes: &[Write] = if in_use {
            &[Write::Hot, Write::Idle, Write::Hot]
        } else {
            &[Write::Idle, Write::Hot]
        };
        for write in writes {
            match self.0.table.write(*write, bucket, rate, now_us).await? {
                Outcome::Written(tat_us) => return Ok((true, tat_us)),
                Outcome::Refused(Some(tat_us))
                    if matches!(rate.decide(Some(tat_us), now_us), Verdict::Deny { .. }) =>
                {
                    return Ok((false, tat_us));
                }
                Outcome::Refused(_) => {}
            }
        }
        Err(OutOfReach::inconsistent())
    }
}

impl Decision {
    fn new(admitted: bool, rate: Rate, tat_us: u64, now_us: u64, source: Source) -> Self {
        Self {
            admitted,
            rate,
            remaining: rate.remaining(tat_us, now_us),
            next: Duration::from_micros(rate.next_us(tat_us, now_us)),
            source,
        }
    }
}
