//! `application/problem+json` (RFC 9457), with two messages by construction: `detail` is for the caller, the
//! source is for the log.

use std::error::Error as StdError;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::Code;
use crate::db::{self, Conflict};
use crate::deadline::Unfinished;
use crate::limits;
use crate::rate_limit::Decision;
use crate::secrets;

type Source = Box<dyn StdError + Send + Sync>;

/// Why a request was not answered as asked.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    allow: Option<String>,
    quota: Option<Box<Quota>>,
    source: Option<Source>,
}

/// What a caller over its quota is told: problem members of our own (RFC 9457 section 3.2).
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct Quota {
    /// Over quota: the calls that the window allows.
    #[schema(example = 1000)]
    limit: u64,
    /// Over quota: how many of them are left.
    #[schema(example = 0)]
    remaining: u64,
    /// Over quota: the seconds until one more is admitted.
    #[schema(example = 4)]
    reset: u64,
}

/// One invalid value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into `{path, query, headers, body}`: `/query/limit`, `/body/services/0/name`.
    #[schema(example = "/query/limit")]
    pub pointer: String,
    /// What is wrong with it.
    #[schema(example = "is greater than 100")]
    pub detail: String,
}

/// The document that a caller gets (`application/problem+json`, RFC 9457).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub(super) struct ProblemBody<'a> {
    /// Where the code is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every occurrence of the code.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: &'a str,
    /// What went wrong, for programs.
    pub code: Code,
    /// Names this request in our logs; also in the `Request-Id` header.
    pub request_id: &'a str,
    /// Each invalid value, where the input was invalid.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [FieldError],
    /// `limit`, `remaining` and `reset`, where a quota is used up.
    #[serde(flatten)]
    quota: Option<&'a Quota>,
}

impl Problem {
    /// A problem whose `detail` the caller may read.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            allow: None,
            quota: None,
            source: None,
        }
    }

    /// The caller's quota is used up.
    pub(super) fn over_quota(decision: &Decision) -> Self {
        let reset = limits::seconds_up(decision.next);
        let detail = format!(
            "The quota of {} calls an hour is used up; the next is admitted in {reset} s.",
            decision.rate.quota
        );
        let mut problem = Self::new(Code::RateLimitExceeded, detail).retry_after(decision.next);
        problem.quota = Some(Box::new(Quota {
            limit: decision.rate.quota,
            remaining: decision.remaining,
            reset,
        }));
        problem
    }

    /// Invalid input: every fault at once.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::invalid_as(Code::ValidationError, errors)
    }

    /// Invalid input under a code of its own.
    #[must_use]
    pub fn invalid_as(code: Code, errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{} {}", one.pointer, one.detail),
            many => format!("{} values are invalid", many.len()),
        };
        Self {
            errors,
            ..Self::new(code, detail)
        }
    }

    /// Invalid input at one place.
    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        }])
    }

    /// A fault of ours: the caller learns nothing of it, the log everything.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::new(Code::InternalError, "The request could not be completed.").caused_by(source)
    }

    /// A part that the answer needs is out of reach.
    pub fn unavailable(part: &str, source: impl Into<Source>) -> Self {
        Self::new(
            Code::DependencyUnavailable,
            format!("The {part} is out of reach for the moment."),
        )
        .retry_after(Duration::from_secs(2))
        .caused_by(source)
    }

    /// Adds what the log gets.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The methods that the path takes (RFC 9110 section 10.2.1).
    #[must_use]
    pub fn allow(mut self, methods: impl Into<String>) -> Self {
        self.allow = Some(methods.into());
        self
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What the caller reads.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Where the input is invalid.
    pub fn pointers(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().map(|error| error.pointer.as_str())
    }

    /// What the log gets: the whole chain of causes.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        let mut next: Option<&(dyn StdError + 'static)> = Some(self.source.as_deref()?);
        let mut chain = Vec::new();
        while let Some(error) = next {
            chain.push(error.to_string());
            next = error.source();
        }
        chain.dedup();
        Some(chain.join(": "))
    }

    /// The document and its headers. `docs` is where the reference is served.
    pub(super) fn render(
        &self,
        docs: &str,
        request_id: &str,
    ) -> (Vec<u8>, Vec<(&'static str, String)>) {
        let body = ProblemBody {
            kind: format!("{docs}#{}", self.code.anchor()),
            title: self.code.title(),
            status: self.code.status(),
            detail: &self.detail,
            code: self.code,
            request_id,
            errors: &self.errors,
            quota: self.quota.as_deref(),
        };
        let mut headers = Vec::new();
        if let Some(wait) = self.retry_after {
            // Rounded up: a caller that waits exactly this long is admitted.
            headers.push(("retry-after", limits::seconds_up(wait).to_string()));
        }
        if let Some(methods) = &self.allow {
            headers.push(("allow", methods.clone()));
        }
        (serde_json::to_vec(&body).unwrap_or_default(), headers)
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => {
                db::doubt();
                Self::unavailable("database", error)
            }
            sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            // A connection that breaks while it is made is told as one that speaks another protocol.
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Tls(_) => Self::unavailable("database", error),
            // Class 57: operator intervention; 53: insufficient resources; 08: connection exception.
            // https://www.postgresql.org/docs/current/errcodes-appendix.html
            sqlx::Error::Database(ref e)
                if e.code().is_some_and(|c| {
                    ["57", "53", "08"].iter().any(|class| c.starts_with(class))
                }) =>
            {
                Self::unavailable("database", error)
            }
            // Class 28: who connects was refused. A rotation may have changed the password a moment ago.
            sqlx::Error::Database(ref e) if e.code().is_some_and(|c| c.starts_with("28")) => {
                secrets::doubt();
                Self::unavailable("database", error)
            }
            error => Self::internal(error),
        }
    }
}

impl From<Unfinished> for Problem {
    fn from(unfinished: Unfinished) -> Self {
        match unfinished {
            Unfinished::Late(late) => Self::unavailable("answer", late),
            Unfinished::Panicked(_) => Self::internal(unfinished),
        }
    }
}

impl Conflict for Problem {
    fn is_conflict(&self) -> bool {
        let cause = self.source.as_deref();
        let cause = cause.and_then(|cause| cause.downcast_ref::<sqlx::Error>());
        cause.is_some_and(Conflict::is_conflict)
    }
}

/// For logs: what the caller reads is rendered.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)?;
        self.cause().map_or(Ok(()), |cause| write!(f, " ({cause})"))
    }
}
