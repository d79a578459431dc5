//! What the resolver of registration files may ask, and where.

use std::fmt::Display;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Url;

use super::{ConfigError, optional, parsed};

/// Public gateways, in order (<https://docs.ipfs.tech/concepts/public-utilities/>).
const IPFS_GATEWAYS: &str = "https://ipfs.io/ipfs/,https://dweb.link/ipfs/";

const TIMEOUT_MS: u64 = 10_000;

/// Settings of the resolver. Lists are separated by commas.
#[derive(Clone, Debug)]
pub struct ResolverConfig {
    /// `RESOLVER_PORTS`: ports beside 80 and 443.
    pub ports: Vec<u16>,
    /// `RESOLVER_NETWORKS`: networks (CIDR) beside the open web. None, but on a machine of one's own.
    pub networks: Vec<IpNet>,
    /// `RESOLVER_DNS`: name servers; those of the system where there is none.
    pub name_servers: Vec<SocketAddr>,
    /// `IPFS_GATEWAYS`: where `ipfs://` files are asked for, in order; each ends with `/`.
    pub ipfs_gateways: Vec<Url>,
    /// `RESOLVER_TIMEOUT_MS`: for one file, from the first byte asked to the last byte read, redirects included; 10 s by
    /// default.
    pub timeout: Duration,
}

impl Default for ResolverConfig {
    /// The open web, asked through the system's name servers; no gateway.
    fn default() -> Self {
        Self {
            ports: Vec::new(),
            networks: Vec::new(),
            name_servers: Vec::new(),
            ipfs_gateways: Vec::new(),
            timeout: Duration::from_millis(TIMEOUT_MS),
        }
    }
}

impl ResolverConfig {
    /// Reads the variables above.
    ///
    /// # Errors
    /// When one is malformed.
    pub fn from_env() -> Result<Self, ConfigError> {
        let gateways = optional("IPFS_GATEWAYS").unwrap_or_else(|| IPFS_GATEWAYS.to_owned());
        let set = |name| optional(name).unwrap_or_default();
        Ok(Self {
            ports: list("RESOLVER_PORTS", &set("RESOLVER_PORTS"))?,
            networks: list("RESOLVER_NETWORKS", &set("RESOLVER_NETWORKS"))?,
            name_servers: list("RESOLVER_DNS", &set("RESOLVER_DNS"))?,
            ipfs_gateways: list("IPFS_GATEWAYS", &gateways)?,
            timeout: Duration::from_millis(parsed("RESOLVER_TIMEOUT_MS", TIMEOUT_MS)?),
        })
    }
}

fn list<T: FromStr>(name: &'static str, text: &str) -> Result<Vec<T>, ConfigError>
where
    T::Err: Display,
{
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            item.parse().map_err(|error: T::Err| ConfigError::Invalid {
                name,
                reason: error.to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_item_by_item() {
        let ports: Vec<u16> = list("RESOLVER_PORTS", " 8080, 8443,").expect("they are ports");
        assert_eq!(ports, [8080, 8443]);
        assert!(list::<u16>("RESOLVER_PORTS", "80 81").is_err());
        assert!(list::<IpNet>("RESOLVER_NETWORKS", "127.0.0.1").is_err());
        let gateways: Vec<Url> = list("IPFS_GATEWAYS", IPFS_GATEWAYS).expect("they are URLs");
        assert!(gateways.iter().all(|url| url.path().ends_with('/')));
    }
}
