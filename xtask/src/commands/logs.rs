//! `cargo xtask logs`

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};

use super::{UP, interrupted};
use crate::cli;
use crate::stack::Stack;
use crate::stack::process::tail;

/// Prints the ends of the logs, then what is added to them if that is asked for.
pub async fn run(args: &cli::Logs) -> Result<()> {
    let stack = Stack::open(UP)?;
    let mut logs: BTreeMap<String, PathBuf> = stack
        .state
        .parts
        .iter()
        .map(|(name, part)| (name.clone(), part.process.log.clone()))
        .collect();
    if let Some(wanted) = &args.part {
        if !logs.contains_key(wanted) {
            let names: Vec<String> = logs.into_keys().collect();
            bail!(
                "there is no part `{wanted}`; the parts are: {}",
                names.join(", ")
            );
        }
        logs.retain(|name, _| name == wanted);
    }
    let alone = logs.len() == 1;
    for (name, log) in &logs {
        print_lines(name, &tail(log, args.lines), alone);
    }
    if args.follow {
        tokio::select! {
            result = follow(&logs, alone) => result?,
            () = interrupted() => {}
        }
    }
    Ok(())
}

/// A log of many begins each line with its part's name.
fn print_lines(name: &str, text: &str, alone: bool) {
    for line in text.lines() {
        if alone {
            out!("{line}");
        } else {
            out!("{name:>9} | {line}");
        }
    }
}

async fn follow(logs: &BTreeMap<String, PathBuf>, alone: bool) -> Result<()> {
    let length = |log: &PathBuf| log.metadata().map_or(0, |metadata| metadata.len());
    let mut read: BTreeMap<&str, u64> = logs
        .iter()
        .map(|(name, log)| (name.as_str(), length(log)))
        .collect();
    loop {
        for (name, log) in logs {
            let (from, to) = (read[name.as_str()], length(log));
            if to > from {
                let mut added = String::new();
                let mut file = File::open(log)?;
                file.seek(SeekFrom::Start(from))?;
                file.take(to - from).read_to_string(&mut added)?;
                print_lines(name, &added, alone);
            }
            // Shorter than before: it was begun anew.
            read.insert(name, to);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
