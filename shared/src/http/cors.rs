//! Cross-origin requests (<https://fetch.spec.whatwg.org/#http-cors-protocol>): which pages may read replies.
//!
//! No cookie and no session is involved, so credentials are never allowed; a page has what its script has.

use super::event::Answer;
use super::request::RawRequest;

const ALLOWED_HEADERS: &str = "authorization, content-type, idempotency-key, if-none-match";
const EXPOSED_HEADERS: &str =
    "etag, idempotency-replayed, ratelimit, ratelimit-policy, request-id, retry-after";
/// How long a browser keeps what it was told, in seconds; some keep it no longer than this.
const MAX_AGE_S: &str = "7200";

/// Adds what a browser needs to hand the answer to a page of `request`'s origin, where that is one of `origins`.
pub(super) fn add_headers(origins: &[String], request: &RawRequest, answer: &mut Answer) {
    if origins.is_empty() {
        return;
    }
    let any = origins.iter().any(|origin| origin == "*");
    let mut add = |name, value: &str| answer.add(name, value);
    if !any {
        // Said even where the origin is not allowed or absent: a shared cache must not mix them up.
        add("vary", "origin");
    }
    let Some(origin) = request.origin.as_ref() else {
        return;
    };
    if any {
        add("access-control-allow-origin", "*");
    } else if origins.contains(origin) {
        add("access-control-allow-origin", origin);
    } else {
        return;
    }
    if !request.is_preflight {
        add("access-control-expose-headers", EXPOSED_HEADERS);
        return;
    }
    add("access-control-allow-headers", ALLOWED_HEADERS);
    add("access-control-max-age", MAX_AGE_S);
    let allow = answer.headers.iter().find(|(name, _)| *name == "allow");
    if let Some(methods) = allow.map(|(_, methods)| methods.clone()) {
        answer.add("access-control-allow-methods", methods);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origins: &[&str], origin: Option<&str>, preflight: bool) -> Vec<String> {
        let request = RawRequest {
            origin: origin.map(str::to_owned),
            is_preflight: preflight,
            ..RawRequest::default()
        };
        let mut answer = Answer {
            status: 204,
            headers: vec![("allow".into(), "GET".to_owned())],
            body: Vec::new(),
        };
        let origins: Vec<String> = origins.iter().map(|&o| o.to_owned()).collect();
        add_headers(&origins, &request, &mut answer);
        answer.headers.drain(..1);
        answer
            .headers
            .into_iter()
            .map(|(name, _)| name.into_owned())
            .collect()
    }

    #[test]
    fn only_configured_origins_may_read() {
        let app = "https://app.example.com";
        assert!(headers(&[], Some(app), true).is_empty());
        assert_eq!(
            headers(&[app], Some("https://evil.example"), false),
            ["vary"]
        );
        assert_eq!(headers(&[app], None, false), ["vary"]);
        assert_eq!(
            headers(&[app], Some(app), false),
            [
                "vary",
                "access-control-allow-origin",
                "access-control-expose-headers"
            ]
        );
        assert_eq!(
            headers(&["*"], Some(app), false),
            [
                "access-control-allow-origin",
                "access-control-expose-headers"
            ]
        );
    }

    #[test]
    fn a_preflight_is_told_what_may_be_sent() {
        let app = "https://app.example.com";
        assert_eq!(
            headers(&[app], Some(app), true),
            [
                "vary",
                "access-control-allow-origin",
                "access-control-allow-headers",
                "access-control-max-age",
                "access-control-allow-methods"
            ]
        );
    }
}
