//! `cargo xtask openapi`

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::cli;
use crate::functions::{self, Declaration};
use crate::infra::manifest;
use crate::openapi::{self, document, reference};
use crate::paths;
use crate::steps::Steps;

/// Writes what is generated from the functions, or says what is stale.
pub async fn run(args: &cli::OpenApi) -> Result<()> {
    let steps = Steps::new(2);
    let functions = steps
        .run("build", async |step| {
            let folder = functions::build(false, &|line| step.note(line)).await?;
            let functions = functions::describe(&folder).await?;
            Ok((format!("{} functions", functions.len()), functions))
        })
        .await?;
    let name = if args.check { "compare" } else { "write" };
    steps
        .run(name, async |_| {
            Ok((
                if args.check {
                    check(&functions)?
                } else {
                    write(&functions)?
                },
                (),
            ))
        })
        .await
}

/// The generated files and what they should hold.
fn generated(functions: &[Declaration]) -> Result<[(PathBuf, String); 3]> {
    let document = document(functions)?;
    Ok([
        (openapi::file(), document.text()?),
        (manifest::file(), manifest::text(functions)?),
        (openapi::reference_file(), reference(&document)),
    ])
}

fn write(functions: &[Declaration]) -> Result<String> {
    let mut written = Vec::new();
    for (file, text) in generated(functions)? {
        // Untouched when it is the same: a newer file would have functions compiled again.
        if fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            fs::write(&file, text)?;
            written.push(paths::shown(&file));
        }
    }
    Ok(if written.is_empty() {
        "nothing to change".to_owned()
    } else {
        written.join(", ")
    })
}

/// Fails where a committed file is not what the functions declare.
pub fn check(functions: &[Declaration]) -> Result<String> {
    let mut stale = Vec::new();
    for (file, text) in generated(functions)? {
        let committed = fs::read_to_string(&file).unwrap_or_default();
        if committed != text {
            let line = committed
                .lines()
                .zip(text.lines())
                .take_while(|(old, new)| old == new)
                .count();
            stale.push(format!("{} from line {}", paths::shown(&file), line + 1));
        }
    }
    if !stale.is_empty() {
        bail!(
            "stale: {}; `cargo xtask openapi` writes what is declared",
            stale.join(" and ")
        );
    }
    Ok("as declared".to_owned())
}
