//! `contracts/`: its packages, its artifacts, its scripts, and a chain to use it on.
//!
//! forge, anvil, the compiler and the libraries are node packages of one lock file; Python brings
//! what else the gates need. Both are installed when they are not what the lock file or the
//! version says, and stay in `contracts/node_modules` and `.local/contracts`.

pub mod devchain;
pub(crate) mod gates;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::tools::folders;
use crate::{paths, run};

/// What is deployed; tests are compiled only where they are run.
pub const DEPLOYED: [&str; 2] = ["src", "script/Proxy.sol"];

/// The folder.
#[must_use]
pub fn folder() -> PathBuf {
    paths::root().join("contracts")
}

/// Where the project's commands keep what belongs to the contracts and not to git.
#[must_use]
pub fn local() -> PathBuf {
    paths::local().join("contracts")
}

/// Where the output of a step goes.
#[must_use]
pub fn log(name: &str) -> PathBuf {
    paths::local()
        .join("logs")
        .join(format!("contracts-{name}.log"))
}

/// forge, of the version that the lock file names.
#[must_use]
pub fn forge(args: &[&str]) -> Command {
    inside(&folder().join("node_modules/.bin/forge"), args)
}

/// A script of `contracts/script/`.
#[must_use]
pub fn script(name: &str, args: &[&str]) -> Command {
    let mut command = inside(Path::new("node"), &[]);
    command.arg(Path::new("script").join(name)).args(args);
    command
}

/// A program that is run in the folder. forge and anvil keep caches below HOME: ours.
fn inside(program: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(folder())
        .env("HOME", local().join("home"));
    command
}

/// Installs packages and compiles what is deployed, where that is not done yet; says what it did.
///
/// # Errors
///
/// When npm is missing or fails, or the contracts do not compile.
pub async fn artifacts(note: &dyn Fn(&str)) -> Result<String> {
    let _lock = lock().await?;
    packages(note).await?;
    let before = newest_artifact();
    let mut args = vec!["build"];
    args.extend(DEPLOYED);
    run::logged(forge(&args), &log("artifacts"), note).await?;
    Ok(if newest_artifact() == before {
        "contracts compiled already".to_owned()
    } else {
        "contracts compiled".to_owned()
    })
}

/// Installs packages, where that is not done yet.
///
/// # Errors
///
/// When npm is missing or fails.
pub async fn install() -> Result<()> {
    let _lock = lock().await?;
    packages(&|_| ()).await
}

/// When the identity registry was compiled last; none before the first time.
fn newest_artifact() -> Option<std::time::SystemTime> {
    let artifact = artifact("AgentIdentityRegistry");
    artifact.metadata().and_then(|file| file.modified()).ok()
}

/// What the compiler made of a contract.
fn artifact(name: &str) -> PathBuf {
    folder().join(format!("out/{name}.sol/{name}.json"))
}

/// `up` and `test` may run at once, and both compile: one after the other.
async fn lock() -> Result<File> {
    fs::create_dir_all(local().join("home"))
        .with_context(|| format!("creating {}", local().display()))?;
    let file = File::create(local().join("lock"))?;
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
    Ok(waiting.await??)
}

async fn packages(note: &dyn Fn(&str)) -> Result<()> {
    folders::node(&folder(), &log("packages"), note).await
}
