//! A caller with as many connections as it takes.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;

use crate::bench::load::{Request, connect};

/// An API, and connections to it that wait for a request.
#[derive(Debug)]
pub struct Client {
    host: String,
    port: u16,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl Client {
    /// Of the API at a URL.
    ///
    /// # Errors
    ///
    /// When it is not one that is spoken here, or elsewhere without the word that it may be.
    pub fn new(url: &str, is_owned: bool) -> Result<Self> {
        let Some(authority) = url.strip_prefix("http://") else {
            bail!(
                "{url}: only http:// is spoken; for https:// put a proxy on this machine before it"
            );
        };
        let authority = authority.trim_end_matches('/');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (
                host,
                port.parse().with_context(|| format!("{url}: its port"))?,
            ),
            None => (authority, 80),
        };
        let is_here = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        ensure!(
            is_here || is_owned,
            "{host} is not this machine: with --i-own-this-host it is asked all the same"
        );
        Ok(Self {
            host: host.to_owned(),
            port,
            idle: Mutex::default(),
        })
    }

    /// Sends a request and returns the status of the reply, which is read to its end.
    ///
    /// # Errors
    ///
    /// When there is no connection to be had, or it breaks.
    pub async fn send(&self, request: Request) -> Result<u16> {
        let mut sender = match self.waiting() {
            Some(sender) => sender,
            None => connect(self.host.trim_matches(['[', ']']), self.port).await?,
        };
        let response = sender.send_request(request.to(&self.host)?).await?;
        let status = response.status().as_u16();
        response.into_body().collect().await?;
        self.lock().push(sender);
        Ok(status)
    }

    /// A connection that the server has not closed meanwhile.
    fn waiting(&self) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.lock();
        while let Some(sender) = idle.pop() {
            if sender.is_ready() {
                return Some(sender);
            }
        }
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<SendRequest<Full<Bytes>>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked_unless_the_caller_owns_the_other() {
        for url in [
            "http://127.0.0.1:9000",
            "http://localhost:9000/",
            "http://[::1]:9000",
        ] {
            assert!(Client::new(url, false).is_ok(), "{url}");
        }
        for url in [
            "http://api.example:80",
            "http://127.0.0.1.example",
            "http://10.0.0.1:9000",
        ] {
            assert!(Client::new(url, false).is_err(), "{url}");
            assert!(Client::new(url, true).is_ok(), "{url}");
        }
        assert!(Client::new("https://127.0.0.1", true).is_err());
    }
}
