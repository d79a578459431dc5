//! The gates of `contracts/`: what must pass, each with a log of its own.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::process::Command;

use super::{folder, forge, inside, local, lock, log, packages, script};
use crate::fingerprint;
use crate::run;
use crate::steps::{Step, seconds};
use crate::tools::folders;

/// What Python brings, of these versions.
const REQUIREMENTS: [&str; 2] = ["slither-analyzer==0.11.6", "halmos==0.3.3"];
/// What the gates look at, in `contracts/`.
const INPUTS: [&str; 9] = [
    "abi",
    "foundry.toml",
    "package-lock.json",
    "script",
    "slither.config.json",
    "snapshots",
    "src",
    "storage-layout",
    "test",
];
/// The gates of a lane share what is compiled and run one after the other. The lanes run at once,
/// because the compiler keeps one core busy.
const LANES: [&[Gate]; 2] = [
    &[Gate::Formatting, Gate::Tests, Gate::Abi, Gate::Gas],
    &[Gate::Slither, Gate::Symbolic, Gate::Coverage],
];

/// A check of `contracts/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// `forge fmt`.
    Formatting,
    /// `forge test`: cases, fuzz tests and invariants.
    Tests,
    /// The committed ABIs and storage layouts are those of the build, and nothing is missing.
    Abi,
    /// The gas table: ceilings, and the committed figures.
    Gas,
    /// Coverage of `src/`.
    Coverage,
    /// slither's findings.
    Slither,
    /// halmos: arithmetic that holds for every input.
    Symbolic,
}

/// Which gates are run.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    /// All; `deep` fuzzes longer.
    All {
        /// Whether to take the deep profile.
        deep: bool,
    },
    /// Those of which something changed since they passed.
    Changed,
}

/// What became of a gate.
pub type Outcome = (Gate, Result<String>, Duration);

/// Runs the gates; says of each when it is through. A gate that fails does not keep others from
/// being run.
///
/// # Errors
///
/// When what they need cannot be installed, or what they look at cannot be read.
pub async fn run(which: Which, step: &Step) -> Result<Vec<Outcome>> {
    let _lock = lock().await?;
    let inputs = inputs()?;
    let deep = matches!(which, Which::All { deep: true });
    let wanted = |gate: &Gate| match which {
        Which::All { .. } => true,
        Which::Changed => !gate.has_passed(&inputs),
    };
    let lanes = LANES.map(|lane| lane.iter().copied().filter(wanted).collect::<Vec<_>>());
    if lanes.iter().all(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let note = |line: &str| step.note(line);
    packages(&note).await?;
    folders::python(&venv(), &REQUIREMENTS, &log("pip"), &note).await?;
    let [one, other] = &lanes;
    let (mut outcomes, others) = tokio::join!(
        lane(one, deep, &inputs, step),
        lane(other, deep, &inputs, step)
    );
    outcomes.extend(others);
    Ok(outcomes)
}

async fn lane(gates: &[Gate], deep: bool, inputs: &str, step: &Step) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for gate in gates {
        let begun = Instant::now();
        let result = gate.run(deep, inputs, step).await;
        let words = result.as_deref().unwrap_or("FAILED");
        let time = begun.elapsed();
        step.say(&format!("{}: {words} ({})", gate.name(), seconds(time)));
        outcomes.push((*gate, result, time));
    }
    outcomes
}

impl Gate {
    /// Its name in tables and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Formatting => "formatting",
            Self::Tests => "tests",
            Self::Abi => "ABI",
            Self::Gas => "gas",
            Self::Coverage => "coverage",
            Self::Slither => "slither",
            Self::Symbolic => "symbolic",
        }
    }

    /// Where its output is.
    #[must_use]
    pub fn log(self) -> PathBuf {
        log(self.name())
    }

    /// What stands in the line of its output that says how it went.
    fn verdict(self) -> &'static str {
        match self {
            Self::Formatting => "",
            Self::Tests => "total tests)",
            Self::Abi => "abi:",
            Self::Gas => "gas:",
            Self::Coverage => "coverage:",
            Self::Slither => "analyzed",
            Self::Symbolic => "Symbolic test result",
        }
    }

    fn command(self, deep: bool) -> Command {
        match self {
            Self::Formatting => forge(&["fmt", "--check"]),
            Self::Tests => {
                let mut command = forge(&["test"]);
                command.env("FOUNDRY_PROFILE", if deep { "deep" } else { "ci" });
                command
            }
            Self::Abi => script("abi.mjs", &["--check"]),
            Self::Gas => script("gas.mjs", &[]),
            Self::Coverage => script("coverage.mjs", &[]),
            Self::Slither => {
                let mut command = script("slither.mjs", &[]);
                command.env("SLITHER", venv().join("bin/slither"));
                command
            }
            Self::Symbolic => {
                let mut command = inside(&venv().join("bin/halmos"), &[]);
                command
                    .args(["--match-contract", "Check$"])
                    .args(["--forge-build-out", "cache/symbolic-out"])
                    // Loops over the 19 numbers of decimals are followed to their end.
                    .args(["--loop", "20", "--no-status"])
                    .env("FOUNDRY_PROFILE", "symbolic")
                    // It looks for forge there.
                    .env("PATH", path_with_forge());
                command
            }
        }
    }

    async fn run(self, deep: bool, inputs: &str, step: &Step) -> Result<String> {
        let said = RefCell::new(String::new());
        let listen = |line: &str| {
            if line.contains(self.verdict()) {
                line.clone_into(&mut said.borrow_mut());
            }
            step.note(line);
        };
        run::logged(self.command(deep), &self.log(), &listen).await?;
        fs::create_dir_all(local().join("passed"))?;
        fs::write(self.mark(), inputs)?;
        Ok(said.into_inner())
    }

    fn has_passed(self, inputs: &str) -> bool {
        fs::read_to_string(self.mark()).is_ok_and(|passed| passed == inputs)
    }

    fn mark(self) -> PathBuf {
        local().join("passed").join(self.name())
    }
}

/// What the gates look at, in short.
fn inputs() -> Result<String> {
    let files = fingerprint::of(INPUTS.iter().map(|input| folder().join(input)))?;
    Ok(format!("{files} {}", REQUIREMENTS.join(" ")))
}

fn path_with_forge() -> OsString {
    let mut path = folder().join("node_modules/.bin").into_os_string();
    if let Some(others) = std::env::var_os("PATH") {
        path.push(":");
        path.push(others);
    }
    path
}

fn venv() -> PathBuf {
    local().join("venv")
}
