//! Events as AWS services send them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A request as API Gateway hands it on (HTTP API, payload format 2.0). `target` is the path with
/// its query; a body that is no text goes as base64, which the caller has made of it.
#[must_use]
pub fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: Option<(&str, bool)>,
) -> Value {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut all = BTreeMap::from([("host", "api.example.com"), ("accept", "*/*")]);
    all.extend(headers.iter().copied());
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": all,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "cargo-xtask",
            },
            "requestId": "AbCdEfGhIjKlMnO=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_u64,
        },
        "isBase64Encoded": false,
    });
    if let Some((text, is_base64)) = body {
        event["body"] = text.into();
        event["isBase64Encoded"] = is_base64.into();
    }
    event
}

/// What EventBridge Scheduler sends.
#[must_use]
pub fn scheduled() -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:scheduler:us-east-1:123456789012:schedule/default/a-schedule"],
        "detail": {}
    })
}
