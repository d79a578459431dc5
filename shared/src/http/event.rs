//! The edges of the pipeline: what is read of an event, and what is sent.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::LambdaEvent;
use serde::{Deserialize, Serialize};

use super::request::RawRequest;
use crate::config::{ApiConfig, TrustedCdn};
use crate::idempotency::IdempotencyKey;
use crate::secret::Secret;
use crate::{limits, runtime};

/// What the pipeline reads of an API Gateway HTTP API event, payload format 2.0
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).
///
/// Read as it is, not by way of `lambda_http`: that makes a URI of the path and query and panics where a caller sent
/// what is none (`?q=<b>`), which the gateway lets through. What is absent may be null too: `cargo lambda watch` sends
/// null for a query that is not there, where the gateway sends the empty string.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    headers: Option<Headers>,
    request_context: Context,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    request_id: Option<String>,
    http: Http,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    method: String,
    source_ip: Option<String>,
}

/// By name; several of one name are joined by commas. The gateway sends names in lower case, its stand-ins in any.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Headers(HashMap<String, String>);

impl Headers {
    fn get(&self, name: &str) -> Option<&str> {
        let mut headers = self.0.iter();
        let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What the gateway makes an HTTP response of.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response {
    status_code: u16,
    headers: BTreeMap<Cow<'static, str>, String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    body: String,
    is_base64_encoded: bool,
    /// None, ever; `cargo lambda watch` wants the field.
    cookies: [String; 0],
}

/// What is sent, before it is an HTTP response.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(Cow<'static, str>, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Adds a header.
    pub(super) fn add(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        self.headers.push((name.into(), value.into()));
    }

    /// Adds headers.
    pub(super) fn extend(&mut self, headers: impl IntoIterator<Item = (&'static str, String)>) {
        for (name, value) in headers {
            self.add(name, value);
        }
    }
}

/// API Gateway's id where there is one, so that its access log and ours name a request alike.
pub(super) fn request_id(event: &LambdaEvent<Event>) -> String {
    let gateway = event.payload.request_context.request_id.clone();
    gateway.unwrap_or_else(|| event.context.request_id.clone())
}

/// The earlier of our own limit and the end of the invocation, less what the answer itself needs.
pub(super) fn deadline(event: &LambdaEvent<Event>, started: Instant) -> Instant {
    let left = runtime::time_left(event.context.deadline)
        .map_or(limits::REQUEST_DURATION_MAX, |left| {
            left.saturating_sub(limits::ANSWER_RESERVE)
        });
    started + left.clamp(Duration::from_millis(1), limits::REQUEST_DURATION_MAX)
}

pub(super) fn raw_request(event: Event, config: &ApiConfig) -> RawRequest {
    let headers = event.headers.unwrap_or_default();
    let header = |name: &str| headers.get(name).map(str::to_owned);
    let http = event.request_context.http;
    let peer = http.source_ip.as_deref().and_then(|ip| ip.parse().ok());
    let viewer = config.cdn.as_ref().and_then(|cdn| viewer(cdn, &headers));
    RawRequest {
        method: http.method,
        content_type: header("content-type"),
        authorization: header("authorization").map(Secret::new),
        origin: header("origin"),
        is_preflight: header("access-control-request-method").is_some(),
        if_none_match: header("if-none-match"),
        idempotency_key: header(IdempotencyKey::HEADER),
        source_ip: viewer.or(peer),
        path: event.raw_path.unwrap_or_default(),
        query: event.raw_query_string.unwrap_or_default(),
        body: body(
            event.body.unwrap_or_default(),
            event.is_base64_encoded.unwrap_or_default(),
        ),
    }
}

fn body(text: String, is_base64: bool) -> Vec<u8> {
    if !is_base64 {
        return text.into_bytes();
    }
    // The gateway encoded it itself; what cannot be decoded is refused as whatever it is.
    STANDARD.decode(&text).unwrap_or_else(|_| text.into_bytes())
}

pub(super) fn response(answer: Answer) -> Response {
    let mut headers: BTreeMap<Cow<'static, str>, String> = BTreeMap::new();
    for (name, value) in answer.headers {
        match headers.get_mut(&name) {
            Some(values) => {
                values.push_str(", ");
                values.push_str(&value);
            }
            None => {
                headers.insert(name, value);
            }
        }
    }
    // Text goes to the gateway as it is; base64 would cost a third more.
    let (body, is_base64_encoded) = match String::from_utf8(answer.body) {
        Ok(text) => (text, false),
        Err(bytes) => (STANDARD.encode(bytes.as_bytes()), true),
    };
    Response {
        status_code: answer.status,
        headers,
        body,
        is_base64_encoded,
        cookies: [],
    }
}

/// The address that the CDN vouches for: whoever does not know its secret could write any.
fn viewer(cdn: &TrustedCdn, headers: &Headers) -> Option<IpAddr> {
    let proof = headers.get(TrustedCdn::PROOF_HEADER)?;
    if !cdn.secret.matches(proof) {
        return None;
    }
    let value = headers.get(cdn.viewer_header.as_str())?;
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

    fn address(header: &str, value: &str, proof: &str) -> Option<IpAddr> {
        let cdn = TrustedCdn {
            viewer_header: header.to_owned(),
            secret: Secret::new("only-the-cdn-knows"),
        };
        let headers = [(header, value), (TrustedCdn::PROOF_HEADER, proof)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers = Headers(HashMap::from(headers));
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

    #[test]
    fn whatever_the_gateway_lets_through_is_read() {
        let event = r#"{
            "version": "2.0", "routeKey": "$default", "rawPath": "/v1/agents/\u0000 \u00e9",
            "rawQueryString": "q=<b>&x=\"%zz", "headers": { "host": "a b:x", "if-none-match": "*" },
            "requestContext": { "http": { "method": "GET", "path": "/", "sourceIp": "2001:db8::1" } },
            "body": "/w==", "isBase64Encoded": true
        }"#;
        let event: Event = serde_json::from_str(event).expect("it is an event");
        let raw = raw_request(event, &ApiConfig::default());
        assert_eq!(raw.query, "q=<b>&x=\"%zz");
        assert_eq!(raw.path, "/v1/agents/\0 \u{e9}");
        assert_eq!(raw.if_none_match.as_deref(), Some("*"));
        assert_eq!(raw.source_ip, "2001:db8::1".parse().ok());
        assert_eq!(raw.body, [0xff]);
    }

    #[test]
    fn what_is_absent_may_be_null() {
        let null = r#"{
            "rawPath": "/health", "rawQueryString": null, "headers": null,
            "requestContext": { "requestId": null, "http": { "method": "GET", "sourceIp": null } },
            "body": null, "isBase64Encoded": null
        }"#;
        let absent =
            r#"{ "rawPath": "/health", "requestContext": { "http": { "method": "GET" } } }"#;
        for event in [null, absent] {
            let event: Event = serde_json::from_str(event).expect("it is an event");
            let raw = raw_request(event, &ApiConfig::default());
            assert_eq!((raw.path.as_str(), raw.query.as_str()), ("/health", ""));
            assert_eq!((raw.source_ip, raw.body), (None, Vec::new()));
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_sent_as_base64() {
        let answer = |body: &[u8]| {
            response(Answer {
                status: 200,
                headers: vec![
                    ("allow".into(), "GET".to_owned()),
                    ("allow".into(), "POST".to_owned()),
                ],
                body: body.to_vec(),
            })
        };
        let text = answer(b"text");
        assert_eq!(
            (text.body.as_str(), text.is_base64_encoded),
            ("text", false)
        );
        assert_eq!(text.headers["allow"], "GET, POST");
        let bytes = answer(&[0xff]);
        assert_eq!(
            (bytes.body.as_str(), bytes.is_base64_encoded),
            ("/w==", true)
        );
    }
}
