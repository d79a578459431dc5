//! `cargo xtask dump`.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::Dump;
use crate::{dump, paths};

/// Makes the project's own dump, or compares it.
pub fn run(args: &Dump) -> Result<ExitCode> {
    if args.check {
        dump::check(paths::root())?;
        println!("{} is what the generator makes", dump::PATH);
    } else {
        dump::write(paths::root())?;
        println!("{} (seed: {:?})", dump::PATH, dump::SEED);
    }
    Ok(ExitCode::SUCCESS)
}
