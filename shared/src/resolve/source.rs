//! From a URI to its file: https and http as they are, ipfs by way of gateways, in order.

use reqwest::Url;

use super::fetch::{FetchError, Fetched, Fetcher, Validators};
use super::guard::Refused;
use super::ipfs::{IpfsUri, Verdict};
use crate::agents::registration::AgentUri;

/// A file, or that it has not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What came.
    pub fetched: Fetched,
    /// Whether the URI's CID names this very content; `None` where there is no CID, or one of something around it.
    pub cid_verified: Option<bool>,
}

/// Fetches what a URI points to.
///
/// # Errors
/// Why there is nothing. Of several gateways the last one's reason.
pub async fn fetch(
    fetcher: &Fetcher,
    gateways: &[Url],
    uri: &str,
    known: &Validators,
) -> Result<Found, FetchError> {
    match AgentUri::parse(uri) {
        AgentUri::Https(url) | AgentUri::Http(url) => Ok(Found {
            fetched: fetcher.fetch(url, known).await?,
            cid_verified: None,
        }),
        AgentUri::Ipfs(uri) => {
            let uri = IpfsUri::parse(uri).ok_or(Refused::NotAUrl)?;
            from_gateways(fetcher, gateways, &uri).await
        }
        _ => Err(Refused::Scheme.into()),
    }
}

/// A gateway that is down, slow, or sends another content leaves the file to the next.
async fn from_gateways(
    fetcher: &Fetcher,
    gateways: &[Url],
    uri: &IpfsUri,
) -> Result<Found, FetchError> {
    let mut failure = FetchError::Unreachable;
    for url in gateways.iter().filter_map(|gateway| uri.at(gateway)) {
        // What a CID names never changes, so there is nothing to ask conditionally.
        match fetcher.fetch(url.as_str(), &Validators::default()).await {
            Ok(Fetched::File { content, .. }) => match uri.verify(&content) {
                Verdict::Other => failure = FetchError::OtherContent,
                verdict => {
                    return Ok(Found {
                        fetched: Fetched::File {
                            content,
                            validators: Validators::default(),
                        },
                        cid_verified: (verdict == Verdict::Same).then_some(true),
                    });
                }
            },
            Ok(Fetched::Unchanged) => failure = FetchError::Status(304),
            // A gateway that may not be asked is a fault of ours, not of the file.
            Err(FetchError::Refused(error)) => {
                tracing::error!(%error, "a gateway in IPFS_GATEWAYS is refused");
                failure = FetchError::Unreachable;
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}
