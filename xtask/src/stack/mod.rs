//! The servers that the local stack and the tests run on.
//!
//! A stack is a folder `.local/<name>/` with the data of its servers, their logs and a state file
//! that names the processes. Two stacks, `up` and `test`, can run at once and share nothing but the
//! tools.

pub mod anvil;
pub mod database;
pub mod dynamodb;
pub mod env;
pub mod gateway;
pub mod http;
pub mod pgbouncer;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod state;
pub mod strays;
pub mod sync;
pub mod valkey;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::Signal;

use crate::{chains, paths};
use process::Process;
use state::{Part, State};

/// How long a server may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(30);

/// A stack of servers.
#[derive(Debug)]
pub struct Stack {
    /// `up` or `test`.
    pub name: &'static str,
    /// Its folder.
    pub dir: PathBuf,
    /// What runs.
    pub state: State,
    /// What functions are told beside what [`env`] tells them.
    pub settings: BTreeMap<String, String>,
    /// The parts that this program started, which it stops when it fails or is interrupted.
    started_here: Vec<String>,
}

impl Stack {
    /// The stack called `name`, running or not.
    ///
    /// # Errors
    ///
    /// When its folder cannot be made.
    pub fn open(name: &'static str) -> Result<Self> {
        let dir = paths::local().join(name);
        fs::create_dir_all(&dir).with_context(|| format!("creating {}", dir.display()))?;
        let state = State::load(&dir);
        Ok(Self {
            name,
            dir,
            state,
            settings: BTreeMap::new(),
            started_here: Vec::new(),
        })
    }

    /// Holds off other commands that would start or stop parts of this stack, until dropped.
    ///
    /// # Errors
    ///
    /// When another command is at it.
    pub fn lock(&self) -> Result<File> {
        let file = File::create(self.dir.join("lock"))?;
        if file.try_lock().is_err() {
            bail!(
                "another cargo xtask is starting or stopping the stack `{}`; wait for it to end",
                self.name
            );
        }
        Ok(file)
    }

    /// The folder of the part `name`, made when missing.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let dir = self.dir.join(name);
        fs::create_dir_all(&dir).with_context(|| format!("creating {}", dir.display()))?;
        Ok(dir)
    }

    /// Where the part `name` logs.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{name}.log"))
    }

    /// The part `name` if it is running.
    #[must_use]
    pub fn running(&self, name: &str) -> Option<&Part> {
        self.state
            .parts
            .get(name)
            .filter(|part| part.process.is_alive())
    }

    /// The port of a part that must be running.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn port(&self, name: &str) -> Result<u16> {
        let part = self
            .running(name)
            .with_context(|| format!("{name} is not running"))?;
        Ok(part.port)
    }

    /// A port for the part `name`: the one that it had before, else `preferred`, else any.
    ///
    /// # Errors
    ///
    /// When the system has no port left.
    pub fn choose_port(&self, name: &str, preferred: u16) -> Result<u16> {
        let before = self
            .state
            .parts
            .get(name)
            .map_or(preferred, |part| part.port);
        ports::free_preferring(before)
    }

    /// Starts the part `name` and remembers it at once, so that it can be stopped whatever happens.
    ///
    /// # Errors
    ///
    /// When it cannot be started or the state cannot be written.
    pub fn spawn(&mut self, name: &str, port: u16, command: Command) -> Result<Process> {
        let process = Process::spawn(name, strays::mark(command, &self.dir), &self.log(name))?;
        self.remember(Part {
            process: process.clone(),
            port,
        })?;
        Ok(process)
    }

    /// Remembers a part that was started elsewhere.
    ///
    /// # Errors
    ///
    /// When the state cannot be written.
    pub fn remember(&mut self, part: Part) -> Result<()> {
        self.started_here.push(part.process.name.clone());
        self.state.parts.insert(part.process.name.clone(), part);
        self.state.save(&self.dir)
    }

    /// Stops the part `name` if it is running. Its port stays remembered.
    pub async fn stop(&mut self, name: &str) {
        if let Some(part) = self.state.parts.get(name) {
            // To PostgreSQL SIGINT means to end sessions and stop; the others take it as Ctrl-C.
            part.process.stop(Signal::SIGINT, GRACE).await;
        }
        self.started_here.retain(|started| started != name);
    }

    /// Stops every part, those that serve requests before those that they use.
    pub async fn stop_all(&mut self) {
        for name in self.state.names_in_stopping_order() {
            self.stop(&name).await;
        }
        self.clean_up().await;
    }

    /// Stops the parts that this program started, and leaves those that it found running.
    pub async fn stop_started_here(&mut self) {
        for name in self.state.names_in_stopping_order() {
            if self.started_here.contains(&name) {
                self.stop(&name).await;
            }
        }
        if !self
            .state
            .parts
            .values()
            .any(|part| part.process.is_alive())
        {
            self.clean_up().await;
        }
    }

    /// Ends processes that the state file does not know, and removes anvil's temporary folders.
    pub async fn clean_up(&mut self) {
        let known: Vec<i32> = self
            .state
            .parts
            .values()
            .map(|part| part.process.pid)
            .collect();
        strays::end(&self.dir, &known).await;
        for chain in chains::PARTS {
            if self.running(chain).is_none() {
                let _ = anvil::remove_leftovers(&self.dir.join(chain));
            }
        }
    }

    /// Removes the stopped stack with all its data.
    ///
    /// # Errors
    ///
    /// When a file cannot be removed.
    pub fn remove(&self) -> Result<()> {
        postgres::remove_data_elsewhere(self)?;
        fs::remove_dir_all(&self.dir).with_context(|| format!("removing {}", self.dir.display()))
    }
}
