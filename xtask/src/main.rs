//! `cargo xtask`; `cargo xtask --help` lists what it can do.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    xtask::main().await
}
