//! Who may read `/metrics`.

use ipnet::IpNet;

use super::{ConfigError, optional};
use crate::secret::Secret;

/// To whom the metrics are open: to all where neither is set.
#[derive(Clone, Debug, Default)]
pub struct MetricsAccess {
    /// `METRICS_TOKEN`: what a scraper sends as a bearer token.
    pub token: Option<Secret>,
    /// `METRICS_NETWORKS`, such as `10.0.0.0/8,2001:db8::/32`: from where it need not.
    pub networks: Vec<IpNet>,
}

impl MetricsAccess {
    /// Reads the variables above.
    ///
    /// # Errors
    /// When a network is malformed.
    pub fn from_env() -> Result<Self, ConfigError> {
        let networks = super::api::list("METRICS_NETWORKS");
        let networks = networks.iter().map(|network| network.parse());
        Ok(Self {
            token: optional("METRICS_TOKEN").map(Secret::new),
            networks: networks.collect::<Result<_, _>>().map_err(
                |error: ipnet::AddrParseError| ConfigError::Invalid {
                    name: "METRICS_NETWORKS",
                    reason: error.to_string(),
                },
            )?,
        })
    }
}
