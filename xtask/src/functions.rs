//! The functions of this checkout, as they declare themselves.
//!
//! A function is a folder of `functions/`. What it is (its route, its schedule, its part of the
//! OpenAPI document) is known to its binary alone, which prints that with `--describe`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::process::Command;

use crate::dashboards::Metric;
use crate::{paths, run};

/// What a function says of itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Declaration {
    /// Its name, which is also that of its folder, package and binary.
    pub name: String,
    /// An endpoint, a scheduled function or a task.
    pub kind: Kind,
    /// The rest of the declaration, as it stands: what the infrastructure is derived from.
    pub settings: Map<String, Value>,
}

/// What starts a function.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// A request.
    Http(Box<Endpoint>),
    /// The clock.
    Schedule(Schedule),
    /// A deployment.
    Task,
}

/// An endpoint's route and its part of the OpenAPI document.
#[derive(Clone, Debug, Deserialize)]
pub struct Endpoint {
    /// `GET`, `POST`, ...
    pub method: String,
    /// `/v1/agents/{agent}`, or `$default`.
    pub path: String,
    /// Whether callers name themselves: `none`, `optional`, `required`.
    #[serde(default)]
    pub auth: String,
    /// The OpenAPI operation.
    #[serde(default)]
    pub operation: Map<String, Value>,
    /// The schemas that the operation names.
    #[serde(default)]
    pub schemas: BTreeMap<String, Value>,
    /// The catalogue of problems, which is the same for all.
    #[serde(default)]
    pub problems: Vec<Problem>,
    /// The list of metrics, which is the same for all.
    #[serde(default)]
    pub metrics: Vec<Metric>,
}

/// A code of the catalogue of problems.
#[derive(Clone, Debug, Deserialize)]
pub struct Problem {
    /// `AGENT_NOT_FOUND`
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// What it means.
    pub meaning: String,
}

/// A scheduled function's rate.
#[derive(Clone, Debug, Deserialize)]
pub struct Schedule {
    /// `rate(1 minute)`
    pub rate: String,
}

impl TryFrom<Map<String, Value>> for Declaration {
    type Error = serde_json::Error;

    fn try_from(mut settings: Map<String, Value>) -> Result<Self, Self::Error> {
        let name = String::deserialize(settings.get("name").unwrap_or(&Value::Null))?;
        let kind = Kind::deserialize(&Value::Object(settings.clone()))?;
        // What stands elsewhere in the OpenAPI document is not repeated there.
        for known in [
            "kind",
            "method",
            "path",
            "operation",
            "schemas",
            "problems",
            "metrics",
        ] {
            settings.remove(known);
        }
        Ok(Self {
            name,
            kind,
            settings,
        })
    }
}

impl Declaration {
    /// The endpoint, unless the function is a scheduled one.
    #[must_use]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match &self.kind {
            Kind::Http(endpoint) => Some(endpoint),
            Kind::Schedule(_) | Kind::Task => None,
        }
    }

    /// The schedule, unless the function is an endpoint.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        match &self.kind {
            Kind::Http(_) | Kind::Task => None,
            Kind::Schedule(schedule) => Some(schedule),
        }
    }
}

/// The names of all functions, sorted.
///
/// # Errors
///
/// When `functions/` cannot be read.
pub fn names() -> Result<Vec<String>> {
    let dir = paths::root().join("functions");
    let mut names: Vec<String> = fs::read_dir(&dir)
        .with_context(|| format!("reading {}", dir.display()))?
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// The folder of the binaries that [`build`] makes.
#[must_use]
pub fn folder(release: bool) -> PathBuf {
    paths::target().join(if release { "release" } else { "debug" })
}

/// Builds every function, and returns the folder of the binaries. The whole workspace is named, so
/// that dependencies are compiled with the same features as for the tests, once for both.
///
/// # Errors
///
/// When a function does not compile; the error quotes the compiler.
pub async fn build(release: bool, note: &dyn Fn(&str)) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command
        .args(["build", "--workspace", "--bins"])
        .current_dir(paths::root());
    command.env("SQLX_OFFLINE", "true");
    if release {
        as_release(&mut command);
    }
    run::logged(command, &paths::local().join("logs/build.log"), note).await?;
    Ok(folder(release))
}

/// Builds some programs of the workspace, with their dependencies compiled as for all of it.
///
/// # Errors
///
/// When one does not compile; the error quotes the compiler.
pub async fn build_only(names: &[&str], release: bool, note: &dyn Fn(&str)) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command
        .args(["build", "--workspace"])
        .current_dir(paths::root())
        .env("SQLX_OFFLINE", "true");
    for name in names {
        command.args(["--bin", name]);
    }
    if release {
        as_release(&mut command);
    }
    run::logged(command, &paths::local().join("logs/build.log"), note).await?;
    Ok(folder(release))
}

fn as_release(command: &mut Command) {
    command
        .args([
            "--release",
            "--exclude",
            "xtask",
            "--exclude",
            "integration-tests",
        ])
        .env(FLAGS, release_flags());
}

/// In what cargo takes flags of the compiler.
pub const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";

/// Those of every release build. Messages of panics name source files: without this a program would differ from the same
/// one that was built in another folder. Benchmark and package share them, and so what is built.
#[must_use]
pub fn release_flags() -> OsString {
    let folders = [
        (paths::cargo_home(), "/cargo"),
        (paths::root().to_owned(), "/erc8004"),
    ];
    let flags = folders.map(|(folder, name)| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder);
        flag.push("=");
        flag.push(name);
        flag
    });
    flags.join(OsStr::new("\u{1f}"))
}

/// Asks every built function what it is; sorted by name.
///
/// # Errors
///
/// When one does not answer, or calls itself by another name than its folder's.
pub async fn describe(folder: &Path) -> Result<Vec<Declaration>> {
    let mut declarations = Vec::new();
    for name in names()? {
        let mut command = Command::new(folder.join(&name));
        command.arg("--describe");
        let output = run::captured(command).await?;
        let declaration: Declaration = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("the declaration of {name} (`{name} --describe`)"))?;
        ensure!(
            declaration.name == name,
            "{name} declares itself as {}",
            declaration.name
        );
        declarations.push(declaration);
    }
    Ok(declarations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_names_no_folder_of_this_machine() {
        let flags = release_flags().into_string().unwrap();
        let from: Vec<&str> = flags
            .split('\u{1f}')
            .map(|flag| flag.strip_prefix("--remap-path-prefix=").unwrap())
            .filter_map(|pair| Some(pair.rsplit_once('=')?.0))
            .collect();
        let root = paths::root().to_str().unwrap();
        assert_eq!(from.len(), 2, "{flags}");
        assert!(from.contains(&root), "{flags}");
        assert!(
            from.iter().all(|folder| Path::new(folder).is_dir()),
            "{flags}"
        );
    }

    #[test]
    fn both_kinds_of_declaration_are_read() {
        let endpoint: Declaration = serde_json::from_str(
            r#"{"kind":"http","name":"get-agent","method":"GET","path":"/v1/agents/{agent}"}"#,
        )
        .unwrap();
        assert_eq!(endpoint.endpoint().unwrap().path, "/v1/agents/{agent}");
        let scheduled: Declaration = serde_json::from_str(
            r#"{"kind":"schedule","name":"sync-chain","rate":"rate(1 minute)","summary":""}"#,
        )
        .unwrap();
        assert_eq!(scheduled.schedule().unwrap().rate, "rate(1 minute)");
    }
}
