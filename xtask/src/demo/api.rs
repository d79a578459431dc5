//! Requests to the API, and what must come back.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::show;
use crate::stack::http;

const PATIENCE: Duration = Duration::from_secs(30);

/// The API of a stack.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
}

impl Api {
    /// The API at a URL.
    #[must_use]
    pub const fn new(base: String) -> Self {
        Self { base }
    }

    /// `GET`s a path; request and reply are printed.
    ///
    /// # Errors
    ///
    /// When the reply is no success.
    pub async fn get(&self, path: &str) -> Result<Value> {
        show::request("GET", path, None);
        let (status, text) = http::get(&format!("{}{path}", self.base)).await?;
        reply(path, status, &text)
    }

    /// `GET`s a path without printing anything.
    ///
    /// # Errors
    ///
    /// When the reply is no success.
    pub async fn peek(&self, path: &str) -> Result<Value> {
        let (status, text) = http::get(&format!("{}{path}", self.base)).await?;
        ensure!(status == 200, "GET {path} answered {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// `POST`s a body, with a key where there is one; request and reply are printed.
    ///
    /// # Errors
    ///
    /// When the reply is no success.
    pub async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Result<Value> {
        show::request("POST", path, Some(body));
        let (status, text) = self.hand_in(path, key, body).await?;
        reply(path, status, &text)
    }

    /// `POST`s a body without printing anything.
    ///
    /// # Errors
    ///
    /// When the reply is no success.
    pub async fn poke(&self, path: &str, body: &Value) -> Result<Value> {
        let (status, text) = self.hand_in(path, None, body).await?;
        ensure!(
            (200..300).contains(&status),
            "{path} answered {status}: {text}"
        );
        Ok(serde_json::from_str(&text)?)
    }

    async fn hand_in(&self, path: &str, key: Option<&str>, body: &Value) -> Result<(u16, String)> {
        let authorization = key.map(|key| format!("Bearer {key}"));
        let mut headers = vec![("content-type", "application/json")];
        if let Some(authorization) = &authorization {
            headers.push(("authorization", authorization));
        }
        let url = format!("{}{path}", self.base);
        http::send(&url, &headers, body.to_string(), PATIENCE).await
    }
}

fn reply(path: &str, status: u16, text: &str) -> Result<Value> {
    let body = serde_json::from_str(text)
        .with_context(|| format!("{path} answered {status} and no JSON: {text}"))?;
    show::reply(status, &body);
    ensure!(
        (200..300).contains(&status),
        "{path} answered {status}: {}",
        body["detail"]
    );
    Ok(body)
}
