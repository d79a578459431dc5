//! A function as a process, with the environment that Lambda gives it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use hyper::body::Bytes;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, watch};

use super::runtime_api::{Outcome, RuntimeApi};

/// How much longer than its deadline a function may take before it counts as hung.
const GRACE: Duration = Duration::from_secs(5);

/// Environment variables of a function beside those of Lambda.
pub type Settings = BTreeMap<String, String>;

/// A running function. Dropping it kills the process.
#[derive(Debug)]
pub struct Function {
    name: String,
    pid: Option<u32>,
    api: RuntimeApi,
    started: Instant,
    log: Arc<Mutex<String>>,
    kill: Arc<Notify>,
    ended: watch::Receiver<Option<ExitStatus>>,
    keeper: tokio::task::JoinHandle<()>,
}

/// Why an invocation has no answer.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The function reported an error.
    Reported(Value),
    /// The process ended.
    Died(String),
    /// The deadline passed.
    Late(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reported(error) => write!(f, "it reported {error}"),
            Self::Died(log) => write!(f, "the process ended; its log:\n{log}"),
            Self::Late(log) => write!(f, "it did not answer in time; its log:\n{log}"),
        }
    }
}

impl std::error::Error for Failure {}

impl Function {
    /// Starts `binary`. Nothing of this process's environment reaches it.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub async fn start(binary: &Path, settings: &Settings) -> Result<Self> {
        let name = binary.file_name().unwrap_or_default().to_string_lossy();
        let api = RuntimeApi::start(&name).await?;
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs(lambda_environment(&name, &api.address()))
            .envs(settings)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let started = Instant::now();
        let mut child = command
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let pid = child.id();
        let log = Arc::new(Mutex::new(String::new()));
        let out = child.stdout.take().map(|out| copy(out, log.clone()));
        let err = child.stderr.take().map(|err| copy(err, log.clone()));
        let kill = Arc::new(Notify::new());
        let (tell, ended) = watch::channel(None);
        let keeper = tokio::spawn({
            let kill = kill.clone();
            async move {
                let end = tokio::spawn(async move { tokio::join!(maybe(out), maybe(err)) });
                let status = keep(child, &kill).await;
                // The log is whole before the end is told.
                let _ = end.await;
                tell.send_replace(status);
            }
        });
        Ok(Self {
            name: name.into_owned(),
            pid,
            api,
            started,
            log,
            kill,
            ended,
            keeper,
        })
    }

    /// The function's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process's id.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// The time from the start of the process to its first poll of the Runtime API.
    ///
    /// # Errors
    ///
    /// When it ends before that.
    pub async fn start_up(&self) -> Result<Duration, Failure> {
        tokio::select! {
            Ok(first) = self.api.first_poll() => Ok(first - self.started),
            _ = self.end() => Err(Failure::Died(self.log())),
        }
    }

    /// Has the function answer `event` within `timeout`.
    ///
    /// # Errors
    ///
    /// When it reports an error, ends, or is late.
    pub async fn invoke(&self, event: &Value, timeout: Duration) -> Result<Value, Failure> {
        let event = Bytes::from(event.to_string());
        let outcome = tokio::select! {
            outcome = self.api.invoke(event, timeout) => outcome,
            _ = self.end() => return Err(Failure::Died(self.log())),
            () = tokio::time::sleep(timeout + GRACE) => return Err(Failure::Late(self.log())),
        };
        let (bytes, is_answer) = match outcome {
            Ok(Outcome::Response(bytes)) => (bytes, true),
            Ok(Outcome::Error(bytes)) => (bytes, false),
            Err(_) => return Err(Failure::Died(self.log())),
        };
        let value = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        if is_answer {
            Ok(value)
        } else {
            Err(Failure::Reported(value))
        }
    }

    /// Waits for the process to end by itself.
    pub async fn end(&self) -> Option<ExitStatus> {
        let mut ended = self.ended.clone();
        ended
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|status| *status)
    }

    /// Kills the process (SIGKILL) and waits until it is gone.
    pub async fn kill(&self) {
        self.kill.notify_one();
        self.end().await;
    }

    /// What it has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // The child goes with its keeper.
        self.keeper.abort();
    }
}

async fn keep(mut child: Child, kill: &Notify) -> Option<ExitStatus> {
    tokio::select! {
        status = child.wait() => status.ok(),
        () = kill.notified() => {
            let _ = child.kill().await;
            child.wait().await.ok()
        }
    }
}

async fn maybe(task: Option<impl Future<Output = ()>>) {
    if let Some(task) = task {
        task.await;
    }
}

async fn copy(from: impl AsyncRead + Unpin, to: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(from).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let mut log = to.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_str(&String::from_utf8_lossy(&line));
        log.push('\n');
    }
}

/// The variables that Lambda itself sets
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>).
fn lambda_environment(name: &str, api: &str) -> Vec<(&'static str, String)> {
    vec![
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
        ("AWS_LAMBDA_RUNTIME_API", api.to_owned()),
    ]
}
