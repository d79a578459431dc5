//! What every endpoint knows of the API that it is part of.

use super::{ConfigError, MetricsAccess, optional, required};
use crate::secret::Secret;

/// Settings of the request pipeline.
#[derive(Clone, Debug, Default)]
pub struct ApiConfig {
    /// `PUBLIC_URL`: where callers reach the API, without a trailing slash. Empty: links are relative.
    pub public_url: String,
    /// `SIGN_IN_DOMAINS`: the authorities (host, and port where there is one) for which wallets may sign in, separated
    /// by commas; the first is that of our own challenges. By default that of `PUBLIC_URL`.
    pub sign_in_domains: Vec<String>,
    /// `CORS_ORIGINS`: the origins whose pages may read replies, separated by commas; `*` for all. By default none.
    pub cors_origins: Vec<String>,
    /// The CDN in front, where there is one.
    pub cdn: Option<TrustedCdn>,
    /// Who may read the metrics.
    pub metrics: MetricsAccess,
}

/// A CDN whose word on the viewer's address is taken, because it proves itself.
#[derive(Clone, Debug)]
pub struct TrustedCdn {
    /// `VIEWER_ADDRESS_HEADER`, in lower case: the header with the viewer's address, such as
    /// `cloudfront-viewer-address`.
    pub viewer_header: String,
    /// `ORIGIN_SECRET`: what the CDN sends in [`TrustedCdn::PROOF_HEADER`].
    pub secret: Secret,
}

impl TrustedCdn {
    /// The header in which the CDN sends its secret.
    pub const PROOF_HEADER: &str = "x-origin-secret";

    fn from_env() -> Result<Option<Self>, ConfigError> {
        let Some(header) = optional("VIEWER_ADDRESS_HEADER") else {
            return Ok(None);
        };
        Ok(Some(Self {
            viewer_header: header.to_ascii_lowercase(),
            secret: Secret::new(required("ORIGIN_SECRET")?),
        }))
    }
}

impl ApiConfig {
    /// Reads the variables above.
    ///
    /// # Errors
    /// When a header is to be trusted without a secret, or a network is malformed.
    pub fn from_env() -> Result<Self, ConfigError> {
        let public_url = optional("PUBLIC_URL").unwrap_or_default();
        let public_url = public_url.trim_end_matches('/').to_owned();
        let mut sign_in_domains = list("SIGN_IN_DOMAINS");
        if sign_in_domains.is_empty() {
            sign_in_domains.extend(authority(&public_url));
        }
        Ok(Self {
            public_url,
            sign_in_domains,
            cors_origins: list("CORS_ORIGINS"),
            cdn: TrustedCdn::from_env()?,
            metrics: MetricsAccess::from_env()?,
        })
    }

    /// Where a path of the API is reached for good: what a file is hosted at.
    ///
    /// # Errors
    /// When the API does not know where callers reach it.
    pub fn hosted(&self, path: &str) -> Result<String, ConfigError> {
        if self.public_url.is_empty() {
            return Err(ConfigError::Missing("PUBLIC_URL"));
        }
        Ok(format!("{}{path}", self.public_url))
    }

    /// Where the API reference is served.
    #[must_use]
    pub fn docs_url(&self) -> String {
        format!("{}/docs", self.public_url)
    }
}

/// The entries of a list that is separated by commas.
pub(super) fn list(name: &str) -> Vec<String> {
    let text = optional(name).unwrap_or_default();
    let entries = text.split(',').map(str::trim);
    entries
        .filter(|e| !e.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The authority of a URL (RFC 3986 section 3.2).
fn authority(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#']).next().map(str::to_owned)
}
