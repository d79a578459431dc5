//! What is known of a stack between two commands.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::process::Process;
use crate::chains::Chain;

const FILE: &str = "state.json";

/// The content of the state file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The servers by name, running or not.
    pub parts: BTreeMap<String, Part>,
    /// The `up` in whose terminal the stack runs; none when it runs in the background.
    pub supervisor: Option<Process>,
    /// What the gateway serves: changes when a function or its environment does.
    pub gateway: Option<String>,
    /// The chains that are synced.
    pub chains: Vec<Chain>,
    /// By chain id, what the database was filled from.
    pub filled: BTreeMap<u64, String>,
    /// The folder of the functions that are served.
    pub functions: Option<PathBuf>,
}

/// A server of the stack.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// The process.
    pub process: Process,
    /// The port that it listens on; 0 when it listens on none.
    pub port: u16,
}

impl State {
    /// Reads the state file. One that is missing or unreadable means that nothing is known;
    /// processes that nobody remembers are found by [`super::strays`].
    #[must_use]
    pub fn load(dir: &Path) -> Self {
        let text = fs::read_to_string(dir.join(FILE)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Writes the state file, whole or not at all.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn save(&self, dir: &Path) -> Result<()> {
        let partial = dir.join("state.json.partial");
        fs::write(&partial, serde_json::to_vec_pretty(self)?)
            .and_then(|()| fs::rename(&partial, dir.join(FILE)))
            .with_context(|| format!("writing {}", dir.join(FILE).display()))
    }

    /// The `up` in whose terminal the stack runs, if it still does.
    #[must_use]
    pub fn supervisor(&self) -> Option<&Process> {
        self.supervisor
            .as_ref()
            .filter(|process| process.is_alive())
    }

    /// Whether any server runs.
    #[must_use]
    pub fn any_running(&self) -> bool {
        self.parts.values().any(|part| part.process.is_alive())
    }

    /// Callers before what they call: the schedule, the functions, the chains, the stores.
    #[must_use]
    pub fn names_in_stopping_order(&self) -> Vec<String> {
        let mut names: Vec<String> = self.parts.keys().cloned().collect();
        names.sort_by_key(|name| match name.as_str() {
            "schedule" => 0,
            "gateway" => 1,
            "postgres" | "valkey" | "dynamodb" => 3,
            _ => 2,
        });
        names
    }
}
