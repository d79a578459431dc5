//! `infra/`: its packages, the CDK, its gates, and the stacks on an emulator.

pub mod architecture;
pub mod deploy;
pub mod e2e;
pub mod gates;
pub mod manifest;
pub mod package;
pub mod smoke;
mod zip;

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;
use tokio::process::Command;

use crate::paths;
use crate::tools::folders;

/// The folder.
#[must_use]
pub fn folder() -> PathBuf {
    paths::root().join("infra")
}

/// Where the project's commands keep what belongs to the stacks and not to git.
#[must_use]
pub fn local() -> PathBuf {
    paths::local().join("infra")
}

/// Where the output of a step goes.
#[must_use]
pub fn log(name: &str) -> PathBuf {
    paths::local()
        .join("logs")
        .join(format!("infra-{name}.log"))
}

/// Installs the packages that the lock file names, where that is not done yet.
///
/// # Errors
///
/// When npm is missing or fails.
pub async fn packages(note: &dyn Fn(&str)) -> Result<()> {
    folders::node(&folder(), &log("packages"), note).await
}

/// A program of the packages.
#[must_use]
pub fn node(program: &str) -> Command {
    let mut command = Command::new(folder().join("node_modules/.bin").join(program));
    command.current_dir(folder());
    command
}

/// What a run of the CDK is about.
#[derive(Clone, Debug)]
pub struct Target {
    /// The environment's name.
    pub environment: String,
    /// In place of members of the environment.
    pub change: Option<Value>,
    /// The folder of the zips.
    pub zips: PathBuf,
    /// Where the templates go.
    pub output: PathBuf,
    /// Any text; another one makes new versions of functions where nothing else changed.
    pub release: Option<String>,
}

/// The CDK, which asks nobody but AWS: no news, no telemetry.
#[must_use]
pub fn cdk(verb: &str, target: &Target) -> Command {
    let mut command = node("cdk");
    command
        .args([verb, "--no-notices", "--output"])
        .arg(&target.output);
    let mut context = |name: &str, value: &str| {
        command.arg("--context").arg(format!("{name}={value}"));
    };
    context("environment", &target.environment);
    context("zips", &path(&target.zips));
    if let Some(change) = &target.change {
        context("change", &change.to_string());
    }
    if let Some(release) = &target.release {
        context("release", release);
    }
    command
        .env("CDK_DISABLE_CLI_TELEMETRY", "true")
        .env("CI", "true");
    command
}

fn path(path: &Path) -> String {
    path.display().to_string()
}
