//! The transport: JSON-RPC over HTTP with a bound on the reply, which a provider may make as long
//! as it likes.

use std::task::{Context, Poll};
use std::time::Duration;

use alloy::rpc::json_rpc::{RequestPacket, ResponsePacket};
use alloy::transports::{TransportError, TransportErrorKind, TransportFut};
use reqwest::{Client, Url};
use tower_service::Service;

use super::RpcError;
use crate::deadline;
use crate::telemetry::{Part, TRACE_HEADER, parts, timed};

/// An endpoint that takes longer is as good as none.
const REPLY_TIMEOUT: Duration = Duration::from_secs(20);
/// What a request that has waited for an endpoint keeps, to say so itself and to leave nothing behind.
const RESERVE: Duration = Duration::from_millis(100);

#[derive(Clone, Debug)]
pub(super) struct Http {
    client: Client,
    url: Url,
    reply_bytes_max: usize,
}

impl Http {
    pub(super) fn new(client: Client, url: Url, reply_bytes_max: usize) -> Self {
        Self {
            client,
            url,
            reply_bytes_max,
        }
    }

    async fn post(self, packet: RequestPacket) -> Result<ResponsePacket, TransportError> {
        let body = serde_json::to_vec(&packet).map_err(TransportError::ser_err)?;
        let mut request = self
            .client
            .post(self.url)
            .timeout(deadline::patience(REPLY_TIMEOUT, RESERVE))
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body);
        if let Some(trace) = parts::trace() {
            request = request.header(TRACE_HEADER, trace);
        }
        let mut reply = request.send().await.map_err(unavailable)?;
        let status = reply.status();
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(unavailable)? {
            if body.len() + chunk.len() > self.reply_bytes_max {
                let text = format!("the reply has over {} bytes", self.reply_bytes_max);
                return Err(TransportErrorKind::custom(RpcError::TooMuch(text)));
            }
            body.extend_from_slice(&chunk);
        }
        match serde_json::from_slice(&body) {
            // Many providers send their JSON-RPC errors under a status of 4xx.
            Ok(packet) => Ok(packet),
            Err(_) if !status.is_success() => Err(TransportErrorKind::http_error(
                status.as_u16(),
                String::new(),
            )),
            Err(error) => Err(TransportError::deser_err(error, "")),
        }
    }
}

impl Service<RequestPacket> for Http {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        Box::pin(timed(Part::Chain, self.clone().post(packet)))
    }
}

fn unavailable(error: reqwest::Error) -> TransportError {
    TransportErrorKind::custom(if error.is_connect() {
        RpcError::Unavailable("no connection".to_owned())
    } else if error.is_timeout() {
        RpcError::Slow("the request timed out".to_owned())
    } else {
        RpcError::Unavailable(error.without_url().to_string())
    })
}
