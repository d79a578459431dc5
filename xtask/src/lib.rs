//! The project's own commands, and what the integration tests share with them.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line speaks by printing"
)]

/// Prints a line. Unlike `println!` it does not mind that nobody reads on: `cargo xtask status | head`.
macro_rules! out {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($argument)*);
    }};
}

mod bench;
pub mod chains;
mod cli;
mod commands;
pub mod contracts;
mod dashboards;
mod demo;
mod doctor;
mod dump;
mod fingerprint;
mod functions;
mod generated;
mod infra;
pub mod lambda;
mod load;
mod openapi;
mod paths;
pub mod plans;
pub mod replay;
mod run;
pub mod seed;
mod stack;
mod steps;
mod tools;
pub mod trips;

use std::process::ExitCode;

use clap::Parser as _;

pub use stack::process::Process;

/// Carries out the command line of this process.
pub async fn main() -> ExitCode {
    match commands::run(cli::Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether `cargo xtask` takes these arguments; documents are checked with it.
///
/// # Errors
///
/// When it does not: what it would say.
pub fn check_arguments(arguments: &[&str]) -> Result<(), String> {
    let all = std::iter::once(&"cargo xtask").chain(arguments);
    match cli::Cli::try_parse_from(all) {
        Err(error) if error.use_stderr() => Err(error.to_string()),
        // What --help and --version print comes as an error, too.
        _ => Ok(()),
    }
}
