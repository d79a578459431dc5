//! The command line of what is deployed: `package`, `deploy`, `destroy`, `smoke` and `infra`.

use clap::{Args, Subcommand};

/// What can be done with the stacks in `infra/`.
#[derive(Debug, Subcommand)]
pub enum Infra {
    /// Check the stacks: types, assertions, snapshots, cdk-nag, cfn-lint, checkov
    Test(Test),
    /// Deploy the stacks to an emulator, with the real functions, use them, take them away
    E2e,
}

/// Check the stacks in `infra/`, without network and account.
///
/// Installs what that needs into `infra/node_modules` and `.local/infra`. `cargo xtask test` does the same, unless nothing
/// changed since it passed here.
#[derive(Args, Debug)]
pub struct Test {
    /// Take the templates as they are for the reviewed snapshots; look at the difference afterwards
    #[arg(long)]
    pub accept: bool,
}

/// Build the functions and pack them, into `.local/package/`.
///
/// The same sources make the same zips. Sizes are printed, and one that is too large, or that would not run on Lambda's
/// system, fails.
#[derive(Args, Clone, Debug)]
pub struct Package {
    /// The environment, one of infra/lib/environments.ts, which names Lambda's processor
    #[arg(long = "env", value_name = "NAME", default_value = "prod")]
    pub environment: String,
    /// The development build, stripped: nothing to compile after a test, and nothing to deploy
    #[arg(long)]
    pub fast: bool,
}

/// Deploy an environment: package first.
///
/// Shows what would change, asks, then deploys the stacks in their order: network, data, schema, api, schedules, edge,
/// observability. The account is that of the AWS credentials in use.
#[derive(Args, Debug)]
pub struct Deploy {
    /// The environment, one of infra/lib/environments.ts
    #[arg(long = "env", value_name = "NAME")]
    pub environment: String,
    /// Only these stacks, such as `api`
    #[arg(long = "stack", value_name = "STACK")]
    pub stacks: Vec<String>,
    /// Any text; another one makes new versions of functions where only a parameter's value has changed
    #[arg(long, value_name = "TEXT")]
    pub release: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Take an environment's stacks away. Data of environments that keep theirs stays, as do protected stacks.
#[derive(Args, Debug)]
pub struct Destroy {
    /// The environment
    #[arg(long = "env", value_name = "NAME")]
    pub environment: String,
    /// Only these stacks, such as `api`
    #[arg(long = "stack", value_name = "STACK")]
    pub stacks: Vec<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Ask a deployment what it must answer. Nothing is written.
#[derive(Args, Debug)]
pub struct Smoke {
    /// Where the API is
    #[arg(long, value_name = "URL")]
    pub url: String,
}
