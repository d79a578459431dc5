//! Requests to the emulator, as the SDKs send them; it checks no signature.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::stack::http;

/// The emulator's account.
pub const ACCOUNT: &str = "000000000000";
/// That of the environment that is deployed.
pub const REGION: &str = "us-east-1";
const PATIENCE: Duration = Duration::from_mins(1);

/// AWS, at a port of this machine.
#[derive(Clone, Debug)]
pub struct Aws {
    port: u16,
}

impl Aws {
    /// The emulator at a port.
    #[must_use]
    pub const fn new(port: u16) -> Self {
        Self { port }
    }

    /// Its endpoint.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Has a program take it for AWS.
    pub fn tell(&self, command: &mut tokio::process::Command) {
        command
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env_remove("AWS_PROFILE");
    }

    /// The JSON protocols: the operation in a header.
    ///
    /// # Errors
    ///
    /// When the reply is no success.
    pub async fn json(&self, service: &str, target: &str, body: Value) -> Result<Value> {
        let authorization = authorization(service);
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
            ("authorization", &authorization),
        ];
        let url = format!("{}/", self.url());
        let (status, text) = http::send(&url, &headers, body.to_string(), PATIENCE).await?;
        ensure!(status == 200, "{target} answered {status}: {text}");
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{target} answered {text}"))
    }

    /// The query protocol: operation and parameters as a form; the reply is XML.
    ///
    /// # Errors
    ///
    /// When the reply is no success.
    pub async fn query(&self, service: &str, parameters: &[(&str, &str)]) -> Result<String> {
        let authorization = authorization(service);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", &*authorization),
        ];
        let pairs = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let url = format!("{}/", self.url());
        let (status, text) = http::send(&url, &headers, body, PATIENCE).await?;
        ensure!(status == 200, "{service} answered {status}: {text}");
        Ok(text)
    }

    /// The REST protocol: what lies at a path.
    ///
    /// # Errors
    ///
    /// When the reply is no success.
    pub async fn get(&self, service: &str, path: &str) -> Result<Value> {
        let authorization = authorization(service);
        let headers = [("authorization", &*authorization)];
        let url = format!("{}{path}", self.url());
        let (status, text) = http::get_with(&url, &headers).await?;
        ensure!(status == 200, "{path} answered {status}: {text}");
        serde_json::from_str(&text).with_context(|| format!("{path} answered {text}"))
    }
}

/// Names service and region; the rest is not looked at.
fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_cannot_hold_is_encoded() {
        assert_eq!(encoded("arn:aws:sns:a/b c"), "arn%3Aaws%3Asns%3Aa%2Fb%20c");
    }
}
