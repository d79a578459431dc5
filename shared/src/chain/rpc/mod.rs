//! A chain's endpoints: asked in order, bounded in time and size, and never believed.

mod endpoint;
mod error;
mod http;
mod urls;
mod wire;

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;

pub use self::endpoint::{Endpoint, Mined, Sighting, Sightings, TRANSACTIONS_MAX, Tip};
pub use self::error::RpcError;
pub use self::urls::RpcUrls;
pub use self::wire::{Call, Filtered, Header, WireLog};

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

    /// Whether so many endpoints have this very block. The question is put to all at once.
    ///
    /// # Errors
    ///
    /// Names an endpoint that does not, where too few do.
    pub async fn confirm(&self, block: &Header, quorum: usize) -> Result<(), EndpointError> {
        if quorum <= 1 {
            return Ok(());
        }
        let number = [block.number];
        let asked = self
            .endpoints
            .iter()
            .map(|endpoint| endpoint.headers(&number));
        let answers = join_all(asked).await;
        let mut agreeing = 0;
        let mut against = None;
        for (endpoint, answer) in self.endpoints.iter().zip(answers) {
            let error = match answer.as_deref() {
                Ok([header]) if header.hash == block.hash => {
                    agreeing += 1;
                    continue;
                }
                Ok(_) => RpcError::Lie(format!("has another block {}", block.number)),
                Err(error) => error.clone(),
            };
            against = Some(EndpointError {
                endpoint: endpoint.name().to_owned(),
                error: endpoint.redact(error),
            });
        }
        if agreeing >= quorum {
            return Ok(());
        }
        Err(against.unwrap_or_else(|| EndpointError {
            endpoint: "the chain".to_owned(),
            error: RpcError::Refused(format!("{agreeing} endpoints are configured, not {quorum}")),
        }))
    }
}
