//! What stands before the handler: who asks, and how often.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::limit::{Limit, Said};
use super::{Auth, Endpoint, Input, Problem};
use crate::auth::{Authenticator, Caller, Refused};
use crate::cache::Cache;
use crate::capability::Capability;
use crate::config::{ApiConfig, ConfigError};
use crate::db::Writer;
use crate::rate_limit::RateLimiter;
use crate::secret::Secret;
use crate::telemetry::counters::cache as counts;

/// One endpoint's gate: only what it declares is connected.
pub(super) struct Gate {
    pub(super) config: Arc<ApiConfig>,
    pub(super) limit: Option<Limit>,
    /// Where leases are kept, for an endpoint whose writes can be sent again.
    pub(super) idempotency: Option<Writer>,
    authenticator: Option<Authenticator>,
    /// Where counts are kept, where there is such a place.
    pub(super) counts: Option<Cache>,
}

impl Gate {
    pub(super) fn connect<I: Input>(endpoint: &Endpoint) -> Result<Self, ConfigError> {
        let limiter = endpoint.limit.map(|class| {
            <RateLimiter as Capability>::connect()
                .map(|limiter| Limit::new(endpoint, class, limiter))
        });
        let needs_keys = endpoint.auth != Auth::None;
        let authenticator = needs_keys.then(<Authenticator as Capability>::connect);
        let idempotency = I::IS_IDEMPOTENT.then(<Writer as Capability>::connect);
        Ok(Self {
            idempotency: idempotency.transpose()?,
            config: Arc::new(ApiConfig::from_env()?),
            limit: limiter.transpose()?,
            authenticator: authenticator.transpose()?,
            counts: counts()?,
        })
    }

    /// With stores of a test, and without limits.
    #[cfg(test)]
    pub(super) fn for_testing(authenticator: Authenticator, writer: Writer) -> Self {
        Self {
            config: Arc::default(),
            limit: None,
            idempotency: Some(writer),
            authenticator: Some(authenticator),
            counts: None,
        }
    }

    /// Names the caller. A failure is counted against the address that it came from, and comes with what the limiter
    /// said of that.
    pub(super) async fn identify(
        &self,
        endpoint: &Endpoint,
        authorization: Option<&Secret>,
        ip: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<Caller, (Problem, Option<Said>)> {
        let Some(authenticator) = &self.authenticator else {
            return Ok(Caller::Anonymous(ip));
        };
        let identified = authenticator
            .identify(endpoint.auth, authorization, ip, now)
            .await;
        match (identified, &self.limit) {
            (Ok(caller), _) => Ok(caller),
            (Err(Refused::Failed(problem)), Some(limit)) => {
                let (problem, said) = limit.fail(ip, now, problem).await;
                Err((problem, Some(said)))
            }
            (Err(Refused::Failed(problem) | Refused::Undecided(problem)), _) => {
                Err((problem, None))
            }
        }
    }
}
