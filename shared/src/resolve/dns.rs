//! Names to addresses, with the guard inside: what a name resolves to is checked by the very resolver whose answer the
//! connection is made with, so a name that answers otherwise a moment later gets nowhere.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig as Servers};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::Guard;

/// The resolver of the HTTP client.
#[derive(Clone)]
pub(super) struct GuardedDns {
    resolver: TokioResolver,
    guard: Arc<Guard>,
}

/// A name that leads nowhere that may be asked.
#[derive(Debug, thiserror::Error)]
#[error("its name has no address of the open web")]
pub(super) struct NoPublicAddress;

impl GuardedDns {
    /// With these name servers, or those of the system where there is none.
    pub(super) fn new(guard: Arc<Guard>, servers: &[SocketAddr]) -> io::Result<Self> {
        let builder = if servers.is_empty() {
            TokioResolver::builder_tokio().map_err(io::Error::other)?
        } else {
            let servers = servers.iter().map(|server| name_server(*server));
            TokioResolver::builder_with_config(
                Servers::from_parts(None, Vec::new(), servers.collect()),
                TokioRuntimeProvider::default(),
            )
        };
        Ok(Self {
            resolver: builder.build().map_err(io::Error::other)?,
            guard,
        })
    }
}

impl Resolve for GuardedDns {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let found = this.resolver.lookup_ip(name.as_str()).await?;
            let allowed: Vec<SocketAddr> = found
                .iter()
                .filter(|address| this.guard.allows(*address))
                // Port 0 stands for the port of the URL.
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if allowed.is_empty() {
                return Err(NoPublicAddress.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// A server that answers over UDP, and over TCP what is too long for that.
fn name_server(server: SocketAddr) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = server.port();
    }
    NameServerConfig::new(server.ip(), true, connections)
}
