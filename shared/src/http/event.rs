//! The edges of the pipeline: what is read of an event, and what is sent.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt, Response};

use super::request::RawRequest;
use crate::config::{ApiConfig, TrustedCdn};
use crate::{limits, runtime};

/// What is sent, before it is an HTTP response.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

fn gateway_context(event: &lambda_http::Request) -> Option<&ApiGatewayV2httpRequestContext> {
    match event.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => Some(context),
        _ => None,
    }
}

/// API Gateway's id where there is one, so that its access log and ours name a request alike.
pub(super) fn request_id(event: &lambda_http::Request) -> String {
    gateway_context(event)
        .and_then(|context| context.request_id.clone())
        .or_else(|| {
            event
                .lambda_context_ref()
                .map(|context| context.request_id.clone())
        })
        .unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
}

/// The earlier of our own limit and the end of the invocation, less what the answer itself needs.
pub(super) fn deadline(event: &lambda_http::Request, started: Instant) -> Instant {
    let left = event
        .lambda_context_ref()
        .and_then(|context| runtime::time_left(context.deadline));
    let left = left.map_or(limits::REQUEST_DURATION_MAX, |left| {
        left.saturating_sub(limits::ANSWER_RESERVE)
    });
    started + left.clamp(Duration::from_millis(1), limits::REQUEST_DURATION_MAX)
}

pub(super) fn raw_request(event: lambda_http::Request, config: &ApiConfig) -> RawRequest {
    let header = |name: &str| {
        event
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned)
    };
    let peer =
        gateway_context(&event).and_then(|context| context.http.source_ip.as_deref()?.parse().ok());
    let viewer = config
        .cdn
        .as_ref()
        .and_then(|cdn| viewer(cdn, event.headers()));
    RawRequest {
        method: event.method().as_str().to_owned(),
        path: event.raw_http_path().to_owned(),
        query: event.uri().query().unwrap_or_default().to_owned(),
        content_type: header("content-type"),
        authorization: header("authorization"),
        if_none_match: header("if-none-match"),
        source_ip: viewer.or(peer),
        body: match event.into_body() {
            Body::Text(text) => text.into_bytes(),
            Body::Binary(bytes) => bytes,
            _ => Vec::new(),
        },
    }
}

pub(super) fn response(answer: Answer) -> Response<Body> {
    // Text goes to the gateway as it is; base64 would cost a third more.
    let body = match String::from_utf8(answer.body) {
        Ok(text) if text.is_empty() => Body::Empty,
        Ok(text) => Body::Text(text),
        Err(bytes) => Body::Binary(bytes.into_bytes()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or_default();
    for (name, value) in answer.headers {
        if let Ok(value) = http::HeaderValue::from_str(&value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The address that the CDN vouches for: whoever does not know its secret could write any.
fn viewer(cdn: &TrustedCdn, headers: &http::HeaderMap) -> Option<IpAddr> {
    let proof = headers.get(TrustedCdn::PROOF_HEADER)?.to_str().ok()?;
    if !cdn.secret.matches(proof) {
        return None;
    }
    let value = headers.get(cdn.viewer_header.as_str())?.to_str().ok()?;
    if let Ok(address) = value.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    // CloudFront adds the port after a colon even to an IPv6 address, and without brackets.
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
    let ip = match value.rsplit_once(':') {
        Some((ip, _port)) if cdn.viewer_header == "cloudfront-viewer-address" => ip,
        _ => value,
    };
    ip.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn address(header: &str, value: &str, proof: &str) -> Option<IpAddr> {
        let cdn = TrustedCdn {
            viewer_header: header.to_owned(),
            secret: Secret::new("only-the-cdn-knows"),
        };
        let mut headers = http::HeaderMap::new();
        for (name, value) in [(header, value), (TrustedCdn::PROOF_HEADER, proof)] {
            let name = http::HeaderName::try_from(name).expect("a header name");
            headers.insert(name, value.parse().expect("a header value"));
        }
        viewer(&cdn, &headers)
    }

    #[test]
    fn a_viewer_is_believed_only_with_the_secret_of_the_cdn() {
        let viewer = |proof| address("x-viewer", "203.0.113.7", proof);
        assert_eq!(viewer("only-the-cdn-knows"), "203.0.113.7".parse().ok());
        assert_eq!(viewer("a guess"), None);
    }

    #[test]
    fn the_address_is_read_with_a_port_and_without() {
        let read = |header, value| address(header, value, "only-the-cdn-knows");
        let cloudfront = "cloudfront-viewer-address";
        for (header, value, ip) in [
            (cloudfront, "198.51.100.10:46532", "198.51.100.10"),
            (cloudfront, "2001:db8::1:4653", "2001:db8::1"),
            ("x-viewer", "2001:db8::1:4653", "2001:db8::1:4653"),
            ("x-viewer", "[2001:db8::1]:443", "2001:db8::1"),
        ] {
            assert_eq!(read(header, value), ip.parse().ok(), "{header}: {value}");
        }
        assert_eq!(read("x-viewer", "nobody"), None);
    }
}
