//! The gates of `infra/`: what must hold before anything is deployed.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::process::Command;

use super::{Target, cdk, folder, local, log, manifest, node, packages};
use crate::fingerprint;
use crate::run;
use crate::steps::{Step, seconds};
use crate::tools::folders;

/// What Python brings, of these versions.
const REQUIREMENTS: [&str; 2] = ["cfn-lint==1.58.0", "checkov==3.3.30"];
/// What the gates look at, in `infra/`.
const INPUTS: [&str; 10] = [
    ".cfnlintrc.yaml",
    ".checkov.yaml",
    "bin",
    "cdk.json",
    "functions.json",
    "generated",
    "lib",
    "package-lock.json",
    "test",
    "tsconfig.json",
];
/// The environments whose templates are checked; `edge` is prod as large as it gets.
const ENVIRONMENTS: [&str; 4] = ["dev", "staging", "prod", "edge"];

/// A check of `infra/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// The TypeScript compiler.
    Types,
    /// Assertions on the templates, and snapshots of them.
    Tests,
    /// The templates of every environment, with cdk-nag.
    Synthesis,
    /// The templates against the schemas of CloudFormation.
    CfnLint,
    /// The templates against checkov's policies.
    Checkov,
}

/// Lanes run at once, the gates of a lane one after the other.
const LANES: [&[Gate]; 2] = [
    &[Gate::Types, Gate::Tests],
    &[Gate::Synthesis, Gate::CfnLint, Gate::Checkov],
];

/// What became of a gate.
pub type Outcome = (&'static str, Result<String>, Duration);

/// Whether nothing changed since the gates passed.
///
/// # Errors
///
/// When what they look at cannot be read.
pub fn have_passed() -> Result<bool> {
    let inputs = inputs()?;
    Ok(fs::read_to_string(mark()).is_ok_and(|passed| passed == inputs))
}

/// Runs the gates; one that fails does not keep others from being run.
///
/// # Errors
///
/// When what they need cannot be installed.
pub async fn run(update: bool, step: &Step) -> Result<Vec<Outcome>> {
    let inputs = inputs()?;
    let note = |line: &str| step.note(line);
    packages(&note).await?;
    folders::python(&venv(), &REQUIREMENTS, &log("pip"), &note).await?;
    placeholders()?;
    let [one, other] = LANES;
    let (mut outcomes, others) = tokio::join!(lane(one, update, step), lane(other, update, step));
    outcomes.extend(others);
    if outcomes.iter().all(|(_, result, _)| result.is_ok()) {
        fs::write(mark(), inputs)?;
    }
    Ok(outcomes)
}

async fn lane(gates: &[Gate], update: bool, step: &Step) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for gate in gates {
        let begun = Instant::now();
        let result = gate.run(update, &|line| step.note(line)).await;
        let time = begun.elapsed();
        let words = if result.is_ok() { "ok" } else { "FAILED" };
        step.say(&format!("{}: {words} ({})", gate.name(), seconds(time)));
        outcomes.push((gate.name(), result, time));
    }
    outcomes
}

impl Gate {
    const fn name(self) -> &'static str {
        match self {
            Self::Types => "types",
            Self::Tests => "tests",
            Self::Synthesis => "synthesis",
            Self::CfnLint => "cfn-lint",
            Self::Checkov => "checkov",
        }
    }

    async fn run(self, update: bool, note: &dyn Fn(&str)) -> Result<String> {
        for (number, command) in self.commands(update)?.into_iter().enumerate() {
            let name = match number {
                0 => self.name().to_owned(),
                more => format!("{}-{more}", self.name()),
            };
            run::logged(command, &log(&name), note).await?;
        }
        Ok(String::new())
    }

    fn commands(self, update: bool) -> Result<Vec<Command>> {
        Ok(match self {
            Self::Types => {
                let mut command = node("tsc");
                command.arg("--noEmit");
                vec![command]
            }
            Self::Tests => {
                let mut command = Command::new("node");
                command
                    .args(["--import", "tsx", "--test", "test/index.ts"])
                    .current_dir(folder());
                if update {
                    command.env("UPDATE_SNAPSHOTS", "1");
                }
                vec![command]
            }
            Self::Synthesis => {
                let synth = |name: &&str| synthesis(name);
                ENVIRONMENTS.iter().map(synth).collect::<Result<_>>()?
            }
            Self::CfnLint => {
                let mut command = python("cfn-lint");
                command.arg("--template").args(templates()?);
                vec![command]
            }
            Self::Checkov => {
                let mut command = python("checkov");
                command
                    .args(["--config-file", ".checkov.yaml", "--directory"])
                    .arg(synthesized(""));
                vec![command]
            }
        })
    }
}

fn synthesis(name: &str) -> Result<Command> {
    let mut target = Target {
        environment: name.to_owned(),
        change: None,
        zips: local().join("placeholders"),
        output: synthesized(name),
        release: None,
    };
    if name == "edge" {
        let change = fs::read_to_string(folder().join("test/edge.json"))?;
        target.change = Some(serde_json::from_str::<Value>(&change).context("test/edge.json")?);
        "prod".clone_into(&mut target.environment);
    }
    let mut command = cdk("synth", &target);
    // Findings are errors; and whoever would ask AWS has nothing to ask with.
    command
        .args(["--quiet", "--lookups=false"])
        .env_remove("AWS_PROFILE")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    Ok(command)
}

fn synthesized(name: &str) -> PathBuf {
    local().join("synthesized").join(name)
}

fn templates() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for name in ENVIRONMENTS {
        for entry in fs::read_dir(synthesized(name)).context("synthesis comes first")? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(".template.json") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Synthesis takes the hash of each zip; what is in it is nobody's business there.
fn placeholders() -> Result<()> {
    let folder = local().join("placeholders");
    fs::create_dir_all(&folder)?;
    for entry in manifest::read()? {
        fs::write(folder.join(format!("{}.zip", entry.name)), &entry.name)?;
    }
    Ok(())
}

/// What the gates look at, in short.
///
/// # Errors
///
/// When a file cannot be read.
pub fn inputs() -> Result<String> {
    let files = fingerprint::of(INPUTS.iter().map(|input| folder().join(input)))?;
    Ok(format!("{files} {}", REQUIREMENTS.join(" ")))
}

fn mark() -> PathBuf {
    local().join("passed")
}

fn venv() -> PathBuf {
    local().join("checks")
}

fn python(program: &str) -> Command {
    let mut command = Command::new(venv().join("bin").join(program));
    command.current_dir(folder());
    command
}
