//! The local API: every function behind its route, served by `cargo lambda watch`.
//!
//! `cargo lambda watch` reads routes from a manifest, asks cargo for the manifest's binaries, and
//! starts each function with `cargo run --bin <name>`. It is given a manifest of our own making,
//! derived from what the functions declare, so that no committed file lists routes; and, by way of
//! `CARGO`, a small script in place of cargo, which starts the binaries that are built already.
//! (`cargo run` in each of a dozen processes would queue for cargo's lock and rebuild at will.)

mod manifest;

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{Stack, env, http};
use crate::functions::Declaration;
use crate::run;
use crate::tools::CARGO_LAMBDA;

/// The part's name in `status` and `logs`.
pub const NAME: &str = "gateway";
/// The port, where it is free: addresses in shell histories and bookmarks keep working.
const PORT: u16 = 9000;
/// How many instances of one function may run; each serves one request at a time, as on Lambda.
const INSTANCES_MAX: &str = "8";
/// How long an invocation may take: as long as Lambda allows.
const INVOCATION: Duration = Duration::from_mins(15);

/// Starts the API, or starts it again when a function or its environment has changed.
///
/// # Errors
///
/// When it does not come up.
pub async fn start(stack: &mut Stack, functions: &[Declaration]) -> Result<String> {
    let folder = stack
        .state
        .functions
        .clone()
        .context("no functions are built")?;
    let port = match stack.running(NAME) {
        Some(part) => part.port,
        None => stack.choose_port(NAME, PORT)?,
    };
    let dir = stack.folder(NAME)?;
    let manifest = manifest::manifest(functions);
    let variables = env::functions(stack, port)?;
    let now = fingerprint(&manifest, &variables, functions, &folder)?;
    if stack.running(NAME).is_some() && stack.state.gateway.as_ref() == Some(&now) {
        return Ok(format!("already on http://127.0.0.1:{port}"));
    }
    stack.stop(NAME).await;
    fs::write(dir.join("Cargo.toml"), manifest)?;
    fs::write(dir.join("none.rs"), "fn main() {}\n")?;
    fs::write(dir.join("metadata.json"), metadata(&dir).await?)?;
    let script = dir.join("cargo");
    fs::write(&script, manifest::SCRIPT)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;

    let mut command = Command::new(CARGO_LAMBDA.path());
    command
        .args([
            "lambda",
            "watch",
            "--ignore-changes",
            "--disable-cors",
            "--color",
            "never",
        ])
        .args([
            "--invoke-address",
            "127.0.0.1",
            "--invoke-port",
            &port.to_string(),
        ])
        .args(["--concurrency", INSTANCES_MAX])
        .current_dir(&dir)
        .env("CARGO", &script)
        .env("FUNCTIONS", &folder)
        .envs(&variables);
    stack.state.gateway = Some(now);
    let process = stack.spawn(NAME, port, command)?;
    let address = format!("http://127.0.0.1:{port}");
    process
        .ready(Duration::from_secs(30), async || answers(&address).await)
        .await?;
    Ok(format!("{} functions on {address}", functions.len()))
}

/// Any answer will do, from any function: it means that routes lead to processes.
async fn answers(address: &str) -> Result<()> {
    http::get(&format!("{address}/")).await.map(drop)
}

/// The API's base URL.
///
/// # Errors
///
/// When it is not running.
pub fn url(stack: &Stack) -> Result<String> {
    Ok(format!("http://127.0.0.1:{}", stack.port(NAME)?))
}

/// Invokes a function with an event, as a schedule or another service does, and returns its report. The endpoint is that
/// of Lambda's API, which the gateway has as well.
///
/// # Errors
///
/// When the function fails; the error is what it reported.
pub async fn invoke(endpoint: &str, function: &str, event: &str) -> Result<Value> {
    let url = format!("{endpoint}/2015-03-31/functions/{function}/invocations");
    let headers = [("content-type", "application/json")];
    let (status, text) = http::send(&url, &headers, event.to_owned(), INVOCATION).await?;
    let report: Value = serde_json::from_str(&text)
        .with_context(|| format!("{function} answered {status}: {text}"))?;
    if status != 200 || report.get("errorType").is_some() {
        let message = report
            .get("errorMessage")
            .and_then(Value::as_str)
            .unwrap_or(&text);
        bail!("{function} failed: {message}");
    }
    Ok(report)
}

/// What cargo says of the manifest. `cargo lambda watch` asks for it at every start of an instance.
async fn metadata(dir: &Path) -> Result<Vec<u8>> {
    let mut command = tokio::process::Command::new("cargo");
    command
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(dir);
    Ok(run::captured(command).await?.stdout)
}

/// Changes when anything does that a running function would not notice.
fn fingerprint(
    manifest: &str,
    variables: &std::collections::BTreeMap<String, String>,
    functions: &[Declaration],
    folder: &Path,
) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    (manifest, variables, folder).hash(&mut hasher);
    for function in functions {
        let file = folder.join(&function.name);
        let built =
            fs::metadata(&file).with_context(|| format!("looking at {}", file.display()))?;
        built.len().hash(&mut hasher);
        built
            .modified()?
            .duration_since(UNIX_EPOCH)?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
