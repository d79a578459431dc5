//! A chain's endpoints: asked in order, bounded in time and size, and never believed.

mod endpoint;
mod error;
mod http;
mod urls;
mod wire;

use std::sync::atomic::{AtomicUsize, Ordering};

pub use self::endpoint::{Endpoint, Mined, Sighting, Sightings, TRANSACTIONS_MAX, Tip};
pub use self::error::RpcError;
pub use self::urls::RpcUrls;
pub use self::wire::{Call, Header, WireLog};

/// The endpoints of one chain for one run.
#[derive(Debug)]
pub struct Rpc {
    endpoints: Vec<Endpoint>,
    current: AtomicUsize,
}

/// A failure and the endpoint that it came from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{endpoint} {error}")]
pub struct EndpointError {
    /// The endpoint's host.
    pub endpoint: String,
    /// What it did.
    pub error: RpcError,
}

impl Rpc {
    /// Endpoints in order of preference; there must be one.
    #[must_use]
    pub fn new(endpoints: Vec<Endpoint>) -> Self {
        Self {
            endpoints,
            current: AtomicUsize::new(0),
        }
    }

    /// Asks the endpoint that answered last, and the others in turn when it fails.
    ///
    /// All of `question` is asked of one endpoint, so that its parts fit together. An endpoint
    /// that lied is asked again only when all others fail.
    ///
    /// # Errors
    ///
    /// The last failure, or at once the one that says to ask for less.
    pub async fn ask<T, Fut>(&self, question: impl Fn(Endpoint) -> Fut) -> Result<T, EndpointError>
    where
        Fut: Future<Output = Result<T, RpcError>>,
    {
        let first = self.current.load(Ordering::Relaxed);
        let count = self.endpoints.len();
        let mut failure = EndpointError {
            endpoint: "the chain".to_owned(),
            error: RpcError::Refused("no endpoint is configured".to_owned()),
        };
        for place in (0..count).map(|step| (first + step) % count) {
            let endpoint = &self.endpoints[place];
            match question(endpoint.clone()).await {
                Ok(answer) => {
                    self.current.store(place, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) => {
                    let error = endpoint.redact(error);
                    tracing::warn!(endpoint = endpoint.name(), %error, "an endpoint failed");
                    let enough = matches!(error, RpcError::TooMuch(_));
                    failure = EndpointError {
                        endpoint: endpoint.name().to_owned(),
                        error,
                    };
                    if enough {
                        break;
                    }
                }
            }
        }
        Err(failure)
    }
}
