//! What an endpoint is, as data. Routes, roles, limits and the API reference are derived from it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Code;

/// An HTTP endpoint. A function declares exactly one, as a constant.
#[derive(Debug)]
pub struct Endpoint {
    /// `<verb>-<noun>`, the function's and the package's name; use `env!("CARGO_PKG_NAME")`.
    pub name: &'static str,
    /// The method it answers.
    pub method: Method,
    /// The path template, `/v1/agents/{agent}`. `$default` takes what no other route matches.
    pub path: &'static str,
    /// The heading under which the reference lists it.
    pub tag: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    /// Markdown for the reference.
    pub description: &'static str,
    /// Whether a caller must, may or need not name itself.
    pub auth: Auth,
    /// The lowest tier that may call it.
    pub tier: Tier,
    /// The bucket that a call takes from; `None` is never limited.
    pub limit: Option<LimitClass>,
    /// How long callers and proxies may keep a reply.
    pub cache_control: CacheControl,
    /// Problems of its own, beside those that every endpoint can answer.
    pub problems: &'static [Code],
}

/// HTTP methods that the API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Safe and cacheable.
    Get,
    /// Creates or starts something.
    Post,
    /// Withdraws something.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Whether a caller names itself with an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Auth {
    /// Keys are not looked at: health, metrics, documents.
    None,
    /// A key is optional, but a wrong one is refused.
    Optional,
    /// A key is required.
    Required,
}

/// What a caller's plan allows, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Tier {
    /// Anonymous callers and free keys.
    Free,
    /// Ten times the free quota.
    Pro,
    /// A hundred times the free quota.
    Enterprise,
}

impl Tier {
    /// Its name on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Enterprise => "enterprise",
        }
    }

    /// The tier of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Free, Self::Pro, Self::Enterprise]
            .into_iter()
            .find(|tier| tier.as_str() == name)
    }
}

/// The rate-limit bucket that a call takes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum LimitClass {
    /// Registrations.
    Register,
    /// Feedback.
    Feedback,
    /// Payments.
    Payment,
    /// Reads of one thing.
    Lookup,
    /// Reads over many things.
    Search,
    /// Sign-in attempts.
    Auth,
}

/// The `Cache-Control` of an endpoint's successful replies (RFC 9111 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheControl {
    /// Never kept.
    NoStore,
    /// Kept by anyone for this long, then asked again with `If-None-Match`.
    Public(Duration),
}

impl CacheControl {
    /// May be kept by anyone for `seconds`.
    #[must_use]
    pub const fn public(seconds: u64) -> Self {
        Self::Public(Duration::from_secs(seconds))
    }

    /// The header's value.
    #[must_use]
    pub fn header(self) -> String {
        match self {
            Self::NoStore => "no-store".to_owned(),
            Self::Public(age) => format!("public, max-age={}", age.as_secs()),
        }
    }
}
