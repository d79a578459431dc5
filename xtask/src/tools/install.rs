//! Installs one tool, all or nothing: into a folder beside its own, which is then renamed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::process::Command;

use super::{Source, Tool, debian, folder};
use crate::run;

/// Names what is missing to install `tools`, with the way to get it, before anything is begun.
pub async fn prerequisites(tools: &[&Tool]) -> Result<()> {
    let mut missing = Vec::new();
    let uses = |source: fn(&Source) -> bool| tools.iter().any(|tool| source(&tool.source));
    if uses(|source| *source == Source::Pypi)
        && !works("python3", &["-m", "pip", "--version"]).await
    {
        missing.push(
            "Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip; else python.org)",
        );
    }
    if uses(|source| *source == Source::Npm) && !works("npm", &["--version"]).await {
        missing
            .push("Node.js with npm (Debian, Ubuntu: apt-get install nodejs npm; else nodejs.org)");
    }
    if uses(|source| matches!(source, Source::Crate(_))) && !works("cc", &["--version"]).await {
        missing.push("a C compiler (Debian, Ubuntu: apt-get install build-essential)");
    }
    if tools
        .iter()
        .any(|tool| matches!(tool.source, Source::Debian(_)))
        && !works("apt-get", &["--version"]).await
    {
        missing.push("Debian's apt-get (run the tests on Debian 12 or later)");
    }
    ensure!(
        missing.is_empty(),
        "missing on this machine:\n  - {}",
        missing.join("\n  - ")
    );
    if !tools.is_empty() && !cfg!(target_os = "linux") {
        bail!("the local stack runs on Linux; on other systems use a Linux container or machine");
    }
    Ok(())
}

async fn works(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args);
    run::captured(command).await.is_ok()
}

/// Installs `tool` in its folder and removes other versions of it.
pub async fn install(tool: &Tool, note: &dyn Fn(&str)) -> Result<()> {
    let into = tool.folder();
    let partial = into.with_added_extension("partial");
    for left_over in [&into, &partial] {
        if left_over.exists() {
            fs::remove_dir_all(left_over)?;
        }
    }
    let log = into.with_added_extension("log");
    let installed = match tool.source {
        Source::Pypi => run::logged(pip(tool, &partial), &log, note).await,
        Source::Npm => run::logged(npm(tool, &partial), &log, note).await,
        Source::Crate(features) => run::logged(cargo(tool, features, &partial), &log, note).await,
        Source::Debian(binary) => debian::install(tool, binary, &partial, &log, note).await,
    };
    installed.with_context(|| format!("installing {} {}", tool.package, tool.version))?;
    fs::rename(&partial, &into)?;
    ensure!(
        tool.path().exists(),
        "{} {} has no {} for this machine",
        tool.package,
        tool.version,
        tool.program
    );
    remove_other_versions(tool)
}

/// No virtual environment: `--target` needs none of Debian's extra packages and leaves a folder
/// that can be moved. The programs inside are not Python.
fn pip(tool: &Tool, into: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--root-user-action=ignore",
        ])
        .args([
            "--no-deps",
            "--only-binary",
            ":all:",
            "--no-compile",
            "--target",
        ])
        .arg(into)
        .arg(format!("{}=={}", tool.package, tool.version));
    command
}

fn npm(tool: &Tool, into: &Path) -> Command {
    let mut command = Command::new("npm");
    command
        .args([
            "install",
            "--no-save",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ])
        .arg(into)
        .arg(format!("{}@{}", tool.package, tool.version));
    command
}

/// Built for a short wait: little optimisation, no LTO, and dependencies shared among the tools.
fn cargo(tool: &Tool, features: &str, into: &Path) -> Command {
    let mut command = Command::new("cargo");
    command
        .args([
            "install",
            "--locked",
            "--no-default-features",
            "--features",
            features,
            "--root",
        ])
        .arg(into)
        .args(["--version", tool.version, tool.package])
        .env("CARGO_TARGET_DIR", build_folder())
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_STRIP", "true")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .current_dir(folder());
    command
}

fn build_folder() -> PathBuf {
    folder().join("build")
}

/// Removes what the tools were built in: half a gigabyte that nothing reads again.
pub fn remove_build_folder() -> Result<()> {
    if build_folder().exists() {
        fs::remove_dir_all(build_folder())?;
    }
    Ok(())
}

fn remove_other_versions(tool: &Tool) -> Result<()> {
    let name = format!(
        "{}-",
        tool.package.trim_start_matches('@').replace('/', "-")
    );
    for entry in fs::read_dir(folder())?.flatten() {
        let file_name = entry.file_name();
        let other = file_name
            .to_str()
            .and_then(|file_name| file_name.strip_prefix(&name));
        let is_version = other.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if is_version && entry.path() != tool.folder() && entry.path().is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
