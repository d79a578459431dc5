//! What every endpoint knows of the API that it is part of.

use super::{ConfigError, optional};

/// Settings of the request pipeline.
#[derive(Clone, Debug, Default)]
pub struct ApiConfig {
    /// `PUBLIC_URL`: where callers reach the API, without a trailing slash. Empty: links are relative.
    pub public_url: String,
}

impl ApiConfig {
    /// Reads `PUBLIC_URL`.
    ///
    /// # Errors
    /// None today; the signature is that of its siblings.
    pub fn from_env() -> Result<Self, ConfigError> {
        let public_url = optional("PUBLIC_URL").unwrap_or_default();
        Ok(Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
        })
    }

    /// Where the API reference is served.
    #[must_use]
    pub fn docs_url(&self) -> String {
        format!("{}/docs", self.public_url)
    }
}
