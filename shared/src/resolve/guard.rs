//! What the resolver may connect to. Anyone can put any URL on chain: the functions' own network is not theirs to ask.

use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;

use super::address::is_public;
use crate::config::ResolverConfig;

/// Ports of the open web.
const PORTS: [u16; 2] = [80, 443];

/// What may be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    ports: Vec<u16>,
    /// Networks that are allowed beside the open web: none, but on a machine of one's own.
    networks: Vec<IpNet>,
}

/// Why a URL is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The URL parser does not take it.
    #[error("it is not a URL")]
    NotAUrl,
    /// Not http, not https.
    #[error("its scheme is neither https nor http")]
    Scheme,
    /// `https://user:password@host`: nothing that belongs on chain, and a way to make one host look like another.
    #[error("it has a user name or password in it")]
    Credentials,
    /// Not 80, not 443.
    #[error("port {0} is not of the open web")]
    Port(u16),
    /// A host that is an address, of a network that is not open.
    #[error("its host is not of the open web")]
    Address,
}

impl Guard {
    /// The open web: http and https on ports 80 and 443, public addresses.
    #[must_use]
    pub fn open_web() -> Self {
        Self {
            ports: PORTS.to_vec(),
            networks: Vec::new(),
        }
    }

    /// The same with what a deployment adds.
    #[must_use]
    pub fn new(config: &ResolverConfig) -> Self {
        let mut guard = Self::open_web();
        guard.ports.extend(&config.ports);
        guard.networks.extend(&config.networks);
        guard
    }

    /// Whether a connection to this address may be made. Asked of each address that a name resolves to, by the resolver
    /// that the connection is made with: a name that changes its address in between changes nothing.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.networks.iter().any(|net| net.contains(&address))
    }

    /// Whether a URL may be asked, as far as the URL itself tells: a host that is a name is told by its addresses.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check(&self, url: &Url) -> Result<(), Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let port = url.port_or_known_default().ok_or(Refused::NotAUrl)?;
        if !self.ports.contains(&port) {
            return Err(Refused::Port(port));
        }
        match literal(url).ok_or(Refused::NotAUrl)? {
            Some(address) if !self.allows(address) => Err(Refused::Address),
            _ => Ok(()),
        }
    }

    /// Reads a URL and checks it.
    ///
    /// # Errors
    /// Why it may not be asked.
    pub fn parse(&self, text: &str) -> Result<Url, Refused> {
        let url = Url::parse(text.trim()).map_err(|_| Refused::NotAUrl)?;
        self.check(&url)?;
        Ok(url)
    }
}

/// The address that a host is, which no resolver is asked for. The parser has read every spelling of it by now:
/// `0x7f.1`, `2130706433` and `127.1` are `127.0.0.1` (<https://url.spec.whatwg.org/#host-parsing>).
#[allow(
    clippy::option_option,
    reason = "no host, a host that is a name, and one that is an address"
)]
fn literal(url: &Url) -> Option<Option<IpAddr>> {
    let host = url.host_str()?;
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    Some(bare.unwrap_or(host).parse().ok())
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
