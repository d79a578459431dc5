//! What is wrong with a deployment, as far as it says so itself, and where to read what to do.

mod findings;
mod scraped;

use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::cli;
use crate::infra::manifest;
use crate::stack::sync;
use findings::Finding;
pub use scraped::Scraped;

/// How long an answer may take, in seconds: `/health` is bounded to 2.
const ANSWER_S_MAX: &str = "10";

/// Asks the deployment and prints findings; fails where there is one.
///
/// # Errors
///
/// When curl is missing, or the URL is none.
pub async fn run(args: &cli::Doctor) -> Result<ExitCode> {
    let url = args.url.trim_end_matches('/');
    let token = std::env::var("METRICS_TOKEN").ok();
    let token = token.as_deref().filter(|token| !token.is_empty());
    let live = ask(&format!("{url}/health/live"), None).await?;
    let (health_url, metrics_url) = (format!("{url}/health"), format!("{url}/metrics"));
    let (health, metrics) = if live.is_ok_and(|reply| reply.status == 200) {
        let (health, metrics) = tokio::try_join!(ask(&health_url, None), ask(&metrics_url, token))?;
        let health = health
            .ok()
            .and_then(|reply| serde_json::from_str::<Value>(&reply.body).ok());
        (health, metrics.ok().filter(|reply| reply.status == 200))
    } else {
        let all = [Finding::unreachable(url)];
        print(&all);
        sum_up(&all);
        return Ok(ExitCode::FAILURE);
    };
    let mut all = findings::of_health(health.as_ref());
    print(&all);
    if let Some(reply) = &metrics {
        let now = Scraped::read(&reply.body);
        let counted = of_metrics(now, &metrics_url, token, args.seconds).await?;
        print(&counted);
        all.extend(counted);
    } else {
        out!("/metrics is not open from here; METRICS_TOKEN opens it.");
    }
    sum_up(&all);
    Ok(if all.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is counted from now on, where it may be waited for: what went wrong before and is mended is no finding.
async fn of_metrics(
    now: Scraped,
    url: &str,
    token: Option<&str>,
    seconds: u16,
) -> Result<Vec<Finding>> {
    if seconds == 0 {
        return Ok(findings::of_metrics(&now));
    }
    out!("Requests and runs are counted for {seconds} s ...");
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    let reply = ask(url, token).await?.ok();
    let reply = reply.filter(|reply| reply.status == 200);
    let reply = reply.context("/metrics does not answer any more")?;
    let counted = Scraped::read(&reply.body).since(&now);
    let mut found = findings::of_metrics(&counted);
    let time = Duration::from_secs(seconds.into());
    found.extend(findings::missing(&counted, time, schedules()?));
    Ok(found)
}

/// The scheduled functions and their rates.
fn schedules() -> Result<Vec<(String, Duration)>> {
    let mut schedules = Vec::new();
    for function in manifest::read()? {
        if let Some(rate) = function.rest.get("rate").and_then(Value::as_str) {
            schedules.push((function.name, sync::rate(rate)?));
        }
    }
    Ok(schedules)
}

fn print(findings: &[Finding]) {
    for finding in findings {
        out!(
            "- {}\n  docs/TROUBLESHOOTING.md#{}",
            finding.what,
            finding.runbook
        );
    }
}

fn sum_up(findings: &[Finding]) {
    match findings.len() {
        0 => out!("Nothing is wrong."),
        1 => out!("1 finding."),
        count => out!("{count} findings."),
    }
}

struct Reply {
    status: u16,
    body: String,
}

/// By curl, which speaks TLS. A token goes by its standard input, where no list of processes shows it.
///
/// Returns an error inside where nothing answers.
async fn ask(url: &str, token: Option<&str>) -> Result<Result<Reply, String>> {
    ensure!(
        url.starts_with("http://") || url.starts_with("https://"),
        "{url} is not the URL of an API"
    );
    let mut curl = Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", ANSWER_S_MAX])
        .args(["--write-out", "\n%{http_code}", "--config", "-", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("curl is missing (Debian, Ubuntu: apt-get install curl)")?;
    if let Some(mut input) = curl.stdin.take() {
        if let Some(token) = token {
            let header = format!("header = \"Authorization: Bearer {token}\"\n");
            input.write_all(header.as_bytes()).await?;
        }
        drop(input);
    }
    let output = curl.wait_with_output().await?;
    if !output.status.success() {
        return Ok(Err(String::from_utf8_lossy(&output.stderr)
            .trim()
            .to_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let Some((body, status)) = text.rsplit_once('\n') else {
        bail!("curl printed no status for {url}");
    };
    Ok(Ok(Reply {
        status: status.parse().context("curl printed no status")?,
        body: body.to_owned(),
    }))
}
