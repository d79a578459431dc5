//! The functions of this checkout, as they declare themselves with `--describe`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use super::settings;

/// What a function says of itself.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The name of its folder, package and binary.
    pub folder: String,
    /// Everything that it prints.
    pub json: Value,
}

impl Declaration {
    /// One member, as text; empty where there is none.
    pub fn text(&self, member: &str) -> &str {
        self.json[member].as_str().unwrap_or_default()
    }

    /// Whether it answers requests.
    pub fn is_endpoint(&self) -> bool {
        self.text("kind") == "http"
    }

    /// How well its route fits a request: the number of literal segments; `None` where it does not.
    fn fits(&self, method: &str, path: &str) -> Option<usize> {
        let matches = self.is_endpoint() && self.text("method") == method;
        if matches {
            literals(self.text("path"), path)
        } else {
            None
        }
    }
}

/// Every function, sorted by name. Asked once a run.
pub fn all() -> &'static [Declaration] {
    static ALL: LazyLock<Vec<Declaration>> =
        LazyLock::new(|| names().into_iter().map(describe).collect());
    &ALL
}

/// The built binary of a function.
pub fn binary(name: &str) -> PathBuf {
    let binary = settings::functions_dir().join(name);
    assert!(
        binary.is_file(),
        "{} is not built: run `cargo xtask test`",
        binary.display()
    );
    binary
}

/// The function that API Gateway would hand a request to.
pub fn route(method: &str, path: &str) -> &'static str {
    let best = all()
        .iter()
        .max_by_key(|function| function.fits(method, path));
    match best {
        Some(function) if function.fits(method, path).is_some() => &function.folder,
        _ => "not-found",
    }
}

fn names() -> Vec<String> {
    let dir = std::fs::read_dir(settings::root().join("functions")).unwrap();
    let dirs = dir.map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = dirs
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn describe(folder: String) -> Declaration {
    // Without an environment: a declaration depends on nothing.
    let output = Command::new(binary(&folder))
        .arg("--describe")
        .env_clear()
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{folder} --describe: {}",
        output.status
    );
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{folder} --describe: {error}"));
    Declaration { folder, json }
}

fn literals(template: &str, path: &str) -> Option<usize> {
    let (expected, actual): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    if expected.len() != actual.len() {
        return None;
    }
    expected
        .iter()
        .zip(actual)
        .try_fold(0, |count, (expected, actual)| {
            if expected.starts_with('{') && !actual.is_empty() {
                Some(count)
            } else if *expected == actual {
                Some(count + 1)
            } else {
                None
            }
        })
}
