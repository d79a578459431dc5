//! One file from the open web: guarded, bounded in bytes and time, redirected at most three times.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url};

use super::dns::{GuardedDns, NoPublicAddress};
use super::guard::{Guard, Refused};
use crate::config::{ConfigError, ResolverConfig};
use crate::limits;

const CONNECT_MAX: Duration = Duration::from_secs(4);
const REDIRECTS_MAX: u32 = 3;
const USER_AGENT: &str = concat!("erc8004-resolver/", env!("CARGO_PKG_VERSION"));

/// What was known of a file when it was fetched last (RFC 9110, section 13.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The file is the one that was known.
    Unchanged,
    /// The file, decompressed.
    File {
        /// Its bytes.
        content: Vec<u8>,
        /// For the next time.
        validators: Validators,
    },
}

/// Why there is no file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It is not to be asked.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// Its name has no address that may be asked.
    #[error("{NoPublicAddress}")]
    NoPublicAddress,
    /// No connection, or one that broke.
    #[error("it cannot be reached")]
    Unreachable,
    /// Not whole in time.
    #[error("it did not come in time")]
    Slow,
    /// More than 256 KiB.
    #[error("it has over 256 KiB")]
    TooLarge,
    /// Another status than 200.
    #[error("status {0}")]
    Status(u16),
    /// More than three, or one that leads nowhere.
    #[error("it redirects too often, or nowhere")]
    Redirects,
    /// Not the content that its CID names.
    #[error("its content is not that of its CID")]
    OtherContent,
}

impl FetchError {
    /// Whether asking again is of no use: the URL itself is at fault.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// Asks the open web.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    guard: Arc<Guard>,
    timeout: Duration,
}

impl Fetcher {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// When the system's name servers cannot be read, or no TLS configuration can be made.
    pub fn new(config: &ResolverConfig) -> Result<Self, ConfigError> {
        let invalid = |error: &dyn Error| ConfigError::Invalid {
            name: "RESOLVER_DNS",
            reason: error.to_string(),
        };
        let guard = Arc::new(Guard::new(config));
        let dns = GuardedDns::new(guard.clone(), &config.name_servers).map_err(|e| invalid(&e))?;
        let client = Client::builder()
            .dns_resolver(dns)
            // A proxy would resolve names itself.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_MAX)
            // A connection that is kept would be used without asking the guard again.
            .pool_max_idle_per_host(0)
            .user_agent(USER_AGENT)
            .build()
            .map_err(|e| invalid(&e))?;
        Ok(Self {
            client,
            guard,
            timeout: config.timeout,
        })
    }

    /// Fetches a file, unless it is the one that `known` tells of.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn fetch(&self, url: &str, known: &Validators) -> Result<Fetched, FetchError> {
        let url = self.guard.parse(url)?;
        tokio::time::timeout(self.timeout, self.follow(url, known))
            .await
            .unwrap_or(Err(FetchError::Slow))
    }

    async fn follow(&self, mut url: Url, known: &Validators) -> Result<Fetched, FetchError> {
        for _ in 0..=REDIRECTS_MAX {
            let response = self.ask(url.clone(), known).await?;
            match response.status() {
                StatusCode::OK => return read(response).await,
                StatusCode::NOT_MODIFIED => return Ok(Fetched::Unchanged),
                status if status.is_redirection() => {
                    url = target(&url, response.headers()).ok_or(FetchError::Redirects)?;
                    self.guard.check(&url)?;
                }
                status => return Err(FetchError::Status(status.as_u16())),
            }
        }
        Err(FetchError::Redirects)
    }

    async fn ask(&self, url: Url, known: &Validators) -> Result<Response, FetchError> {
        let mut headers = HeaderMap::new();
        let accept = HeaderValue::from_static("application/json, */*;q=0.5");
        headers.insert(header::ACCEPT, accept);
        for (name, value) in [
            (header::IF_NONE_MATCH, &known.etag),
            (header::IF_MODIFIED_SINCE, &known.last_modified),
        ] {
            if let Some(value) = value.as_deref().and_then(|value| value.parse().ok()) {
                headers.insert(name, value);
            }
        }
        let request = self.client.get(url).headers(headers);
        request.send().await.map_err(|error| failure(&error))
    }
}

/// Reads the body, and no further than the limit: what a server says of its length proves nothing.
async fn read(mut response: Response) -> Result<Fetched, FetchError> {
    let validators = Validators {
        etag: text(response.headers(), &header::ETAG),
        last_modified: text(response.headers(), &header::LAST_MODIFIED),
    };
    let mut content = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if content.len() + chunk.len() > limits::REGISTRATION_FILE_BYTES_MAX {
            return Err(FetchError::TooLarge);
        }
        content.extend_from_slice(&chunk);
    }
    Ok(Fetched::File {
        content,
        validators,
    })
}

fn target(base: &Url, headers: &HeaderMap) -> Option<Url> {
    let location = headers.get(header::LOCATION)?.to_str().ok()?;
    base.join(location).ok()
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Names no address and no port: an answer that did would be a port scanner.
fn failure(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<NoPublicAddress>() {
            return FetchError::NoPublicAddress;
        }
        cause = error.source();
    }
    if error.is_timeout() {
        FetchError::Slow
    } else {
        FetchError::Unreachable
    }
}
