//! The command line of `cargo xtask contracts`.

use clap::{Args, Subcommand};

/// What can be done with the registries in `contracts/`.
#[derive(Debug, Subcommand)]
pub enum Contracts {
    /// Compile the registries and show how large they are
    Build,
    /// Run every gate, whether or not anything changed since it passed
    Test(Test),
    /// Measure the tests' coverage of src/; fails below 97 % of lines or 92 % of branches
    Coverage,
    /// Deploy the registries by CREATE2 and write what an explorer needs to verify them
    Deploy(Deploy),
    /// Measure and print the gas table; fails above a ceiling or off the snapshot
    Gas(Gas),
}

/// Run every gate: formatting, tests, ABIs and storage layouts, gas, coverage, slither, symbolic
/// checks.
///
/// Installs what they need into `contracts/node_modules` and `.local/contracts`. `cargo xtask test`
/// runs the same gates, except those of which nothing changed since they passed here.
#[derive(Args, Debug)]
pub struct Test {
    /// Fuzz with 10,000 cases each, and longer invariants: what to do before a release
    #[arg(long)]
    pub deep: bool,
}

/// Deploy the registries.
///
/// The key is read from `DEPLOYER_KEY`, which keeps it out of the list of processes; without it, name
/// a wallet as `forge script` takes it, after `--`. `SALT` and `ADMIN_DELAY` (seconds) are optional.
/// What is there already is left alone, so a run that broke is repeated as it was.
#[derive(Args, Debug)]
pub struct Deploy {
    /// The chain's endpoint
    #[arg(long, value_name = "URL")]
    pub rpc_url: String,
    /// Only simulate: send nothing and record nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Passed on to `forge script`, such as `--ledger` or `--account NAME`
    #[arg(last = true, value_name = "OPTIONS")]
    pub forge: Vec<String>,
}

/// Measure gas.
#[derive(Args, Debug)]
pub struct Gas {
    /// Take the figures as they are for the snapshot; commit it with its reason
    #[arg(long)]
    pub update: bool,
}
