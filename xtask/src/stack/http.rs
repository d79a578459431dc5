//! Small JSON requests to servers on this machine.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use ureq::Agent;

const TIMEOUT: Duration = Duration::from_mins(1);

fn agent(timeout: Duration) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .build()
        .new_agent()
}

/// POSTs `body` and returns the JSON of a reply with a status of success.
///
/// # Errors
///
/// When the server cannot be reached, refuses, or does not answer in JSON.
pub async fn post_json(url: &str, body: Value) -> Result<Value> {
    let (status, text) = send(
        url,
        &[("content-type", "application/json")],
        body.to_string(),
        TIMEOUT,
    )
    .await?;
    if !(200..300).contains(&status) {
        bail!("{url} answered {status}: {text}");
    }
    serde_json::from_str(&text).with_context(|| format!("{url} answered no JSON: {text}"))
}

/// POSTs `body` as it is and returns status and text.
///
/// # Errors
///
/// When the server cannot be reached or does not answer in time.
pub async fn send(
    url: &str,
    headers: &[(&str, &str)],
    body: String,
    timeout: Duration,
) -> Result<(u16, String)> {
    let mut request = agent(timeout).post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let at = url.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut reply = request.send(body).with_context(|| format!("asking {at}"))?;
        let text = reply
            .body_mut()
            .read_to_string()
            .with_context(|| format!("reading from {at}"))?;
        Ok((reply.status().as_u16(), text))
    })
    .await?
}

/// GETs `url` and returns status and text.
///
/// # Errors
///
/// When the server cannot be reached or does not answer in time.
pub async fn get(url: &str) -> Result<(u16, String)> {
    get_with(url, &[]).await
}

/// The same with headers.
///
/// # Errors
///
/// As [`get`].
pub async fn get_with(url: &str, headers: &[(&str, &str)]) -> Result<(u16, String)> {
    let mut request = agent(TIMEOUT).get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let at = url.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut reply = request.call().with_context(|| format!("asking {at}"))?;
        let text = reply
            .body_mut()
            .read_to_string()
            .with_context(|| format!("reading from {at}"))?;
        Ok((reply.status().as_u16(), text))
    })
    .await?
}
