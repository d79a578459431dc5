//! dynoxide: a `DynamoDB` emulator, for the rate-limit table.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{Stack, http};
use crate::tools::DYNOXIDE;

/// The part's name in `status` and `logs`.
pub const NAME: &str = "dynamodb";
/// The table of token buckets.
pub const RATE_LIMIT_TABLE: &str = "erc8004-rate-limits";

/// Starts the emulator unless it is running. Buckets live in memory: they fill up within the hour.
///
/// # Errors
///
/// When it does not come up.
pub async fn start(stack: &mut Stack) -> Result<String> {
    if let Some(part) = stack.running(NAME) {
        return Ok(format!("already on 127.0.0.1:{}", part.port));
    }
    let port = stack.choose_port(NAME, 0)?;
    let mut command = Command::new(DYNOXIDE.path());
    command
        .args([
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--log",
            "quiet",
        ])
        .current_dir(stack.folder(NAME)?);
    let process = stack.spawn(NAME, port, command)?;
    let at = format!("http://127.0.0.1:{port}");
    let list = || call(&at, "ListTables", json!({}));
    process
        .ready(Duration::from_secs(20), async || list().await.map(drop))
        .await?;
    Ok(format!("dynoxide {} on 127.0.0.1:{port}", DYNOXIDE.version))
}

/// Where functions find `DynamoDB`.
///
/// # Errors
///
/// When it is not running.
pub fn url(stack: &Stack) -> Result<String> {
    Ok(format!("http://127.0.0.1:{}", stack.port(NAME)?))
}

/// Creates the rate-limit table unless it is there.
///
/// # Errors
///
/// When the emulator refuses.
pub async fn create_table(stack: &Stack) -> Result<String> {
    let at = url(stack)?;
    let tables = call(&at, "ListTables", json!({})).await?;
    let there = tables["TableNames"]
        .as_array()
        .is_some_and(|names| names.contains(&json!(RATE_LIMIT_TABLE)));
    if there {
        return Ok(format!("{RATE_LIMIT_TABLE} is there"));
    }
    let table = json!({
        "TableName": RATE_LIMIT_TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
    });
    call(&at, "CreateTable", table).await?;
    Ok(format!("{RATE_LIMIT_TABLE} created"))
}

/// One call of the `DynamoDB` API. The emulator wants the header of a signature but checks none.
async fn call(at: &str, operation: &str, body: Value) -> Result<Value> {
    let target = format!("DynamoDB_20120810.{operation}");
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", target.as_str()),
        ("x-amz-date", "20260101T000000Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        ),
    ];
    let (status, text) = http::send(at, &headers, body.to_string(), Duration::from_secs(5)).await?;
    if status != 200 {
        bail!("{operation} answered {status}: {text}");
    }
    Ok(serde_json::from_str(&text)?)
}
