//! The open web as a capability.

use std::sync::Arc;

use reqwest::Url;

use super::Fetcher;
use crate::capability::{Capability, Name};
use crate::config::{ConfigError, ResolverConfig};

/// What a function asks the open web with.
#[derive(Clone, Debug)]
pub struct OpenWeb {
    /// Asks under the guard.
    pub fetcher: Fetcher,
    /// Where `ipfs://` files are asked for, in order.
    pub ipfs_gateways: Arc<[Url]>,
}

impl OpenWeb {
    /// From settings.
    ///
    /// # Errors
    /// When no client can be made of them.
    pub fn new(config: &ResolverConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            fetcher: Fetcher::new(config)?,
            ipfs_gateways: config.ipfs_gateways.clone().into(),
        })
    }
}

impl Capability for OpenWeb {
    const NAME: Name = Name::OpenWeb;

    fn connect() -> Result<Self, ConfigError> {
        Self::new(&ResolverConfig::from_env()?)
    }
}
