//! What the documents print is true: their commands run, and answer as they say.
//!
//! | block | what becomes of it |
//! |---|---|
//! | `bash` | is run as it is printed, in the repository's root; it must succeed |
//! | `json` right after it | must be what it printed; `…` stands for whatever else is there |
//! | `sh` | `cargo xtask` command lines that do too much for a test: they must be valid ones |
//! | anything else | is only read |

mod blocks;
mod elision;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::events::redact;
use crate::harness::{Chain, Gateway, World, settings};
use blocks::Block;

/// Where `cargo xtask up` serves the API, and therefore what the documents print.
const PRINTED_URL: &str = "http://127.0.0.1:9000";
/// … and its chain.
const PRINTED_CHAIN_URL: &str = "http://127.0.0.1:9545";
/// No command of the documents takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn every_command_in_the_documents_runs_and_prints_what_they_say() {
    let (chain, mut world) = (chain().await, World::indexed().await);
    world.set_rpc(chain.id(), &[chain.url()]);
    let gateway = Gateway::start(world).await;
    let mut faults = Vec::new();
    for file in documents() {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(settings::root()).unwrap().display();
        for fault in faults_of(&text, &gateway.url()).await {
            faults.push(format!("{name}:{fault}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The own dump once more: the documents add to it.
async fn chain() -> &'static Chain {
    static CHAIN: OnceCell<Chain> = OnceCell::const_new();
    CHAIN.get_or_init(Chain::copy_of_own).await
}

/// `README.md` and every Markdown file below `docs/`.
fn documents() -> Vec<PathBuf> {
    fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let mut found = vec![settings::root().join("README.md")];
    collect(&settings::root().join("docs"), &mut found);
    found.retain(|path| path.is_file());
    found.sort();
    found
}

/// What is wrong with a document whose commands ask the API at `url`: `<line>: <fault>`.
async fn faults_of(text: &str, url: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut printed: Option<String> = None;
    for Block {
        line,
        language,
        code,
    } in blocks::of(text)
    {
        let before = printed.take();
        let fault = match (language.as_str(), before) {
            ("bash", _) => match run(&code, url).await {
                Ok(output) => {
                    printed = Some(output);
                    None
                }
                Err(fault) => Some(fault),
            },
            ("json", Some(output)) => compare(&output, &code, url).err(),
            ("sh", _) => command_lines(&code).err(),
            _ => None,
        };
        faults.extend(fault.map(|fault| format!("{line}: {fault}")));
    }
    faults
}

async fn run(script: &str, url: &str) -> Result<String, String> {
    let script = script
        .replace(PRINTED_URL, url)
        .replace(PRINTED_CHAIN_URL, chain().await.url());
    let mut command = Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(settings::root())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .map_err(|_| format!("it did not end within {PATIENCE:?}"))?
        .map_err(|error| format!("bash: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!(
            "{}: {}{}",
            output.status,
            text(&output.stdout),
            text(&output.stderr)
        ))
    }
}

fn compare(printed: &str, expected: &str, url: &str) -> Result<(), String> {
    let parse = |what: &str, text: &str| {
        serde_json::from_str::<Value>(text)
            .map_err(|error| format!("{what} is no JSON: {error}\n{text}"))
    };
    let actual = redact::redact(parse("what it prints", &printed.replace(url, PRINTED_URL))?);
    let expected = redact::redact(parse("this block", &elision::as_json(expected))?);
    elision::matches(&actual, &expected, "")
        .map_err(|at| format!("it prints otherwise at {at}:\n{actual:#}"))
}

fn command_lines(code: &str) -> Result<(), String> {
    for line in code
        .lines()
        .map(|line| line.split(" #").next().unwrap_or_default().trim())
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] | ["git", "clone", ..] | ["cd", _] => {}
            ["cargo", "xtask", arguments @ ..] => xtask::check_arguments(arguments)?,
            _ => return Err(format!("`{line}` can be run: mark the block `bash`")),
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_document_is_faulted_for_what_is_wrong_in_it_and_for_nothing_else() {
    let sample = include_str!("sample.md");
    let gateway = Gateway::start(World::empty().await).await;
    let faults = faults_of(sample, &gateway.url()).await;
    let lines: Vec<&str> = faults
        .iter()
        .filter_map(|fault| fault.split(':').next())
        .collect();
    let wrong = sample
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("Wrong:"));
    // The opening fence is two lines below.
    let wrong: Vec<String> = wrong.map(|(index, _)| (index + 3).to_string()).collect();
    assert_eq!(lines, wrong, "{faults:#?}");
}
