//! Where the endpoints are: `CHAIN_RPC_URLS`, a JSON object from chain id to URLs in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Url};

use super::{Endpoint, Rpc};
use crate::capability::{Capability, Name};
use crate::config::{ConfigError, required};

const VARIABLE: &str = "CHAIN_RPC_URLS";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How often an endpoint that is asked something must show that it is there.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(5);

/// The endpoints of every configured chain.
#[derive(Clone, Debug)]
pub struct RpcUrls {
    urls: Arc<BTreeMap<u64, Vec<Url>>>,
    client: Client,
}

impl RpcUrls {
    /// Reads the JSON object.
    ///
    /// # Errors
    ///
    /// Says what is wrong without quoting it: URLs hold keys.
    pub fn parse(json: &str) -> Result<Self, ConfigError> {
        let invalid = |reason: &str| ConfigError::Invalid {
            name: VARIABLE,
            reason: reason.to_owned(),
        };
        let urls: BTreeMap<u64, Vec<Url>> =
            serde_json::from_str::<BTreeMap<u64, Vec<String>>>(json)
                .map_err(|_| invalid("is not a JSON object from chain id to an array of URLs"))?
                .into_iter()
                .map(|(chain, urls)| {
                    let urls = urls
                        .iter()
                        .map(|url| Url::parse(url))
                        .collect::<Result<_, _>>();
                    Ok((
                        chain,
                        urls.map_err(|_| invalid("holds a text that is not a URL"))?,
                    ))
                })
                .collect::<Result<_, ConfigError>>()?;
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // One connection carries all questions in HTTP/2: one that fell silent would fail each of them in turn.
            .http2_keep_alive_interval(KEEP_ALIVE_EVERY)
            .http2_keep_alive_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| invalid("is of no use: the HTTP client cannot be made"))?;
        Ok(Self {
            urls: Arc::new(urls),
            client,
        })
    }

    /// The endpoints of a chain; `None` where none is configured.
    #[must_use]
    pub fn chain(&self, chain_id: u64) -> Option<Rpc> {
        let urls = self.urls.get(&chain_id).filter(|urls| !urls.is_empty())?;
        let endpoints = urls.iter().map(|url| Endpoint::new(&self.client, url));
        Some(Rpc::new(endpoints.collect()))
    }
}

impl Capability for RpcUrls {
    const NAME: Name = Name::ChainRpc;

    fn connect() -> Result<Self, ConfigError> {
        Self::parse(&required(VARIABLE)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_has_its_endpoints_and_no_others() {
        let urls = RpcUrls::parse(r#"{"1": ["https://a.example/key", "https://b.example"]}"#);
        let urls = urls.expect("it is valid");
        assert!(urls.chain(1).is_some());
        assert!(urls.chain(8453).is_none());
    }

    #[test]
    fn an_error_does_not_quote_what_it_read() {
        for json in [r#"{"1": ["s3cret"]}"#, r#"{"1": "s3cret"}"#, "s3cret"] {
            let error = RpcUrls::parse(json).expect_err("it is not valid");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
