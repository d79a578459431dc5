//! The place of the rate limiter in the pipeline.

use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;

use chrono::{DateTime, Utc};
use futures_util::future::{FutureExt as _, join};

use super::{Endpoint, LimitClass, Method, Problem, Tier};
use crate::auth::Caller;
use crate::limits;
use crate::rate_limit::{Bucket, Decision, RateLimiter, WINDOW_S};
use crate::telemetry::{Clock, Part};

/// One endpoint's limiter.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    class: LimitClass,
    limiter: RateLimiter,
    /// A read has no effect that a denial would have to undo, so it need not wait.
    is_read: bool,
}

impl Limit {
    pub(super) fn new(endpoint: &Endpoint, class: LimitClass, limiter: RateLimiter) -> Self {
        Self {
            class,
            limiter,
            is_read: endpoint.method == Method::Get,
        }
    }

    /// Does `work` within the caller's quota. A read runs beside the limiter, and its answer is dropped when the call
    /// is denied; a write waits for the limiter.
    pub(super) async fn within<T>(
        &self,
        caller: &Caller,
        now: DateTime<Utc>,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> (Result<T, Problem>, Said) {
        let (result, decision) = self.decide(caller, now, work).await;
        let class = self.class;
        (result, Said { class, decision })
    }

    async fn decide<T>(
        &self,
        caller: &Caller,
        now: DateTime<Utc>,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> (Result<T, Problem>, Decision) {
        let mut take = pin!(self.take(caller, now));
        // What the process knows at once, such as a denial that it remembers, costs a read nothing.
        let known = take.as_mut().now_or_never();
        if known.is_some() || !self.is_read {
            let decision = match known {
                Some(decision) => decision,
                None => take.await,
            };
            return match refusal(&decision) {
                Some(problem) => (Err(problem), decision),
                None => (work.await, decision),
            };
        }
        // Denied work is let to its end all the same: a query that is dropped leaves its connection out of step.
        let (decision, result) = join(take, work).await;
        (refusal(&decision).map_or(result, Err), decision)
    }

    async fn take(&self, caller: &Caller, now: DateTime<Utc>) -> Decision {
        let bucket = match caller {
            Caller::Anonymous(ip) => Bucket::of_address(self.class, *ip),
            Caller::Key(holder) => Bucket::of_wallet(self.class, holder.wallet),
        };
        let rate = self.limiter.rate(self.class, caller.tier());
        let _clock = Clock::start(Part::Limit);
        self.limiter.take(&bucket, rate, microseconds(now)).await
    }

    /// Counts an authentication that failed against the address that it came from. What the caller is told is
    /// `problem`, or that it has failed too often.
    pub(super) async fn fail(
        &self,
        ip: Option<IpAddr>,
        now: DateTime<Utc>,
        problem: Problem,
    ) -> (Problem, Said) {
        let class = LimitClass::Auth;
        let bucket = Bucket::of_address(class, ip);
        let rate = self.limiter.rate(class, Tier::Free);
        let decision = self.limiter.take(&bucket, rate, microseconds(now)).await;
        (
            refusal(&decision).unwrap_or(problem),
            Said { class, decision },
        )
    }
}

/// What the limiter said, and of which class.
pub(super) struct Said {
    pub(super) class: LimitClass,
    pub(super) decision: Decision,
}

impl Said {
    /// The class, whether the call was admitted, and who decided.
    pub(super) fn for_log(&self) -> (LimitClass, bool, &'static str) {
        let Decision {
            admitted, source, ..
        } = self.decision;
        (self.class, admitted, source.as_str())
    }

    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): `q` calls in `w` seconds, of which
    /// `r` are left, with one more in `t` seconds.
    pub(super) fn headers(&self) -> [(&'static str, String); 2] {
        let class = self.class.as_str();
        let Decision {
            rate, remaining, ..
        } = &self.decision;
        let next = limits::seconds_up(self.decision.next);
        [
            (
                "ratelimit-policy",
                format!(r#""{class}";q={};w={WINDOW_S}"#, rate.quota),
            ),
            ("ratelimit", format!(r#""{class}";r={remaining};t={next}"#)),
        ]
    }
}

fn microseconds(now: DateTime<Utc>) -> u64 {
    u64::try_from(now.timestamp_micros()).unwrap_or(0)
}

fn refusal(decision: &Decision) -> Option<Problem> {
    (!decision.admitted).then(|| Problem::over_quota(decision))
}
