//! Packages of a folder: what its lock file or a list of versions names, and nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::{paths, run};

/// Installs the node packages that `folder/package-lock.json` names, and no others, unless they are there.
///
/// # Errors
///
/// When npm is missing or fails.
pub async fn node(folder: &Path, log: &Path, note: &dyn Fn(&str)) -> Result<()> {
    let lock_file = folder.join("package-lock.json");
    let wanted = fs::read_to_string(&lock_file)
        .with_context(|| format!("reading {}", paths::shown(&lock_file)))?;
    // Inside, so that it goes when they go.
    let mark = folder.join("node_modules/.installed-from");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder);
    run::logged(npm, log, note).await.with_context(|| {
        format!(
            "installing the packages of {}/ (Node.js with npm; Debian, Ubuntu: apt-get install nodejs npm)",
            paths::shown(folder)
        )
    })?;
    fs::write(mark, wanted)?;
    Ok(())
}

/// Installs Python programs of these versions into a virtual environment of their own, unless they are there.
///
/// # Errors
///
/// When Python's venv is missing or pip fails.
pub async fn python(
    venv: &Path,
    requirements: &[&str],
    log: &Path,
    note: &dyn Fn(&str),
) -> Result<()> {
    let wanted = requirements.join("\n");
    let mark = venv.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if venv.exists() {
        fs::remove_dir_all(venv)?;
    }
    let mut create = Command::new("python3");
    create.args(["-m", "venv"]).arg(venv);
    run::logged(create, log, note)
        .await
        .context("making a virtual environment (Debian, Ubuntu: apt-get install python3-venv)")?;
    let mut pip = Command::new(venv.join("bin/pip"));
    pip.args(["install", "--disable-pip-version-check"])
        .args(requirements);
    run::logged(pip, log, note).await?;
    fs::write(mark, wanted)?;
    Ok(())
}
