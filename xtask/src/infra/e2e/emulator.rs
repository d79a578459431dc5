//! ministack: an emulator of AWS, with an environment of its own.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::super::{local, log};
use super::aws::Aws;
use crate::stack::{Stack, http};
use crate::tools::folders;

/// The part's name in the stack.
pub const NAME: &str = "ministack";
const REQUIREMENTS: [&str; 1] = ["ministack==1.5.33"];

fn venv() -> PathBuf {
    local().join("ministack")
}

/// Installs it, unless it is there.
///
/// # Errors
///
/// When pip fails.
pub async fn install(note: &dyn Fn(&str)) -> Result<()> {
    folders::python(&venv(), &REQUIREMENTS, &log("ministack"), note).await
}

/// Starts it on a free port of 127.0.0.1. It keeps everything in memory.
///
/// # Errors
///
/// When it does not come up.
pub async fn start(stack: &mut Stack) -> Result<Aws> {
    let port = stack.choose_port(NAME, 0)?;
    let folder = stack.folder(NAME)?;
    let aws = Aws::new(port);
    let mut command = Command::new(venv().join("bin/ministack"));
    command
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        // Functions are told to find AWS there.
        .env("AWS_ENDPOINT_URL", aws.url())
        .env("AWS_REGION", super::aws::REGION)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("TMPDIR", &folder)
        .env("HOME", &folder)
        .current_dir(&folder);
    let process = stack.spawn(NAME, port, command)?;
    let health = format!("{}/_ministack/health", aws.url());
    let answers = async || {
        let (status, text) = http::get(&health).await?;
        ensure!(status == 200, "{text}");
        Ok(())
    };
    process.ready(Duration::from_mins(1), answers).await?;
    Ok(aws)
}
