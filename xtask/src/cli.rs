//! The command line.

pub mod chain;
pub mod contracts;
pub mod infra;
pub mod scale;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the whole system here: stores, chain, functions, synced data
    Up(Up),
    /// Stop what `up` started; data stays
    Down,
    /// Show what runs where, and what is indexed
    Status,
    /// Show the logs of the stack, or of one part
    Logs(Logs),
    /// Stop the stack and delete its data (tools and builds stay)
    Reset,
    /// Run every check and test, on a stack of their own
    Test(Test),
    /// Write openapi.json, infra/functions.json and the API reference from what the functions declare
    #[command(name = "openapi")]
    OpenApi(Generate),
    /// Write dashboards, alarms and rules to infra/generated/ from the list of metrics
    Dashboards(Generate),
    /// Write .sqlx/, what the compiler knows of the database, from the migrations and queries
    SqlxPrepare,
    /// Ask a deployment what is wrong with it, and say where to read what to do
    Doctor(Doctor),
    /// Open psql on the database of the running stack
    Psql(Psql),
    /// Measure the functions as they are built for the cloud
    #[command(subcommand)]
    Bench(Bench),
    /// Fill the running stack's database with a made-up registry of any size
    Seed(scale::Seed),
    /// Send an API the requests of many callers, and report how it bears them
    Load(scale::Load),
    /// Ask the seeded database for everything once, and judge how it finds the answers
    Plans,
    /// Show one agent's way from sign-in to statistics, against the running stack
    Demo(Demo),
    /// Manage who may call: the tiers of wallets
    #[command(subcommand)]
    Keys(Keys),
    /// Build, test, measure and deploy the registries in contracts/
    #[command(subcommand)]
    Contracts(contracts::Contracts),
    /// Check the stacks in infra/
    #[command(subcommand)]
    Infra(infra::Infra),
    /// Build the functions and pack them for Lambda
    Package(infra::Package),
    /// Deploy an environment: shows what would change, and asks
    Deploy(infra::Deploy),
    /// Take an environment away
    Destroy(infra::Destroy),
    /// Ask a deployment what it must answer; nothing is written
    Smoke(infra::Smoke),
    /// Fold every event again and hold the result against the tables: there must be no difference
    Rebuild(chain::Rebuild),
    /// Tell the database of a network that has the canonical registries
    AddChain(chain::AddChain),
    /// Copy a chain's history to its head, outside of the functions, with a progress bar
    Backfill(chain::Backfill),
    /// Run the sync against simulated chains on which everything goes wrong
    Simulate(chain::Simulate),
    /// Make the project's own dump of logs anew
    Dump(Dump),
    /// Invoke the scheduled functions of a running stack (`up --detach` starts this)
    #[command(hide = true)]
    Schedule,
}

/// Start the whole system on this machine.
///
/// Installs what is missing into `.local/`, starts PostgreSQL, Valkey, a DynamoDB emulator and two
/// chains on free ports of 127.0.0.1 (a dump of agents, and the registries of `contracts/`, deployed
/// and used), migrates, builds the functions, serves them with `cargo lambda watch`, syncs the
/// chains and shows what is there. Every step is skipped when it is done already. Ctrl-C stops
/// everything.
#[derive(Args, Debug, Default)]
pub struct Up {
    /// Sync a dump of logs as `eth_getLogs` returns them, instead of the project's own chains
    #[arg(long, value_name = "LOGS.json", conflicts_with = "rpc")]
    pub replay: Option<PathBuf>,
    /// Sync a real network from this endpoint, from the canonical registries
    #[arg(long, value_name = "URL", requires = "chain")]
    pub rpc: Option<String>,
    /// The network behind --rpc, such as `base` or `ethereum-sepolia`
    #[arg(long, value_name = "NAME", requires = "rpc")]
    pub chain: Option<String>,
    /// Begin at this block instead of the one in which the network's registry was made
    #[arg(long, value_name = "BLOCK", requires = "rpc")]
    pub from_block: Option<u64>,
    /// Leave the stack running in the background and return
    #[arg(long, short)]
    pub detach: bool,
    /// Serve functions built as for the cloud (slow to build, fast to run)
    #[arg(long)]
    pub release: bool,
}

/// Show logs.
#[derive(Args, Debug)]
pub struct Logs {
    /// A part of the stack, as `status` names it; all of them when left out
    pub part: Option<String>,
    /// Keep showing what is added
    #[arg(long, short)]
    pub follow: bool,
    /// How many lines of each log to begin with
    #[arg(long, short = 'n', default_value_t = 20)]
    pub lines: usize,
}

/// Make tests/dumps/agents.json anew. The same file comes out every time.
#[derive(Args, Debug)]
pub struct Dump {
    /// Only say whether the committed file is the one that would be made
    #[arg(long)]
    pub check: bool,
}

/// Run every check and test.
///
/// Starts stores of its own on free ports of 127.0.0.1, which do not meet those of `up`, and stops
/// them at the end. Goes on after a check that failed, and ends with a table of all.
#[derive(Args, Debug)]
pub struct Test {
    /// Run only tests whose names contain one of these, and no other check
    pub filters: Vec<String>,
    /// Only build and test: no formatting, clippy, deny and drift
    #[arg(long)]
    pub quick: bool,
    /// Run the tests that FILTERS name with the functions behind the pooler
    #[arg(long, requires = "filters")]
    pub pooler: bool,
    /// Take the replies as they are for the reviewed snapshots; look at the difference afterwards
    #[arg(long)]
    pub accept: bool,
}

/// Write what is generated from the functions.
#[derive(Args, Debug)]
pub struct Generate {
    /// Write nothing, and fail when something is stale
    #[arg(long)]
    pub check: bool,
}

/// Ask a deployment what is wrong with it.
///
/// Reads `/health/live`, `/health` and `/metrics`, and prints each finding with its section of
/// docs/TROUBLESHOOTING.md; fails where there is one. `METRICS_TOKEN` in the environment opens
/// metrics that are closed. Needs curl.
#[derive(Args, Debug)]
pub struct Doctor {
    /// The API's base URL; that of `up` when left out
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9000")]
    pub url: String,
    /// Judge requests and runs by what is counted for so long from now; by all that was ever counted when 0
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub seconds: u16,
}

/// Open psql.
#[derive(Args, Debug)]
pub struct Psql {
    /// Passed on to psql, such as `-c 'SELECT 1'`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}

/// Show one agent's way, request by request.
///
/// Runs against the stack of `up`: two accounts of its chain sign in, one registers an agent, the
/// other pays and rates it. Every request and reply is printed. It can be run again and again.
#[derive(Args, Debug)]
pub struct Demo {
    /// Show this chain (EIP-155), in place of the one with the project's own registries
    #[arg(long, value_name = "CHAIN_ID", default_value_t = 31_337)]
    pub chain: u64,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// How many reads a second, how fast, and how long functions take to start
    Read(BenchRead),
    /// How fast registrations, feedback and payments are written, and by how many round trips
    Write(BenchWrite),
    /// How fast a chain is copied, beside the least that copying it takes
    Sync(chain::BenchSync),
}

/// Measure reads and starts of functions.
///
/// Builds every function as for the cloud (slow the first time), serves them on a stack of their
/// own with the project's own dump, and prints requests per second and latencies at 1 and 16
/// connections beside those of an empty function behind the same gateway, and of a bare one that
/// makes one `UpdateItem` and one `GET`; who spent processor time on them; then, for each function,
/// the time from the start of its process to its first poll of the Lambda Runtime API, and its
/// first request's time beside its second's. Everything stays on 127.0.0.1.
#[derive(Args, Debug)]
pub struct BenchRead {
    /// How long to measure each function at each number of connections
    #[arg(long, value_name = "SECONDS", default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub seconds: u64,
    /// How often to start each function
    #[arg(long, value_name = "TIMES", default_value_t = 15)]
    pub starts: usize,
}

/// Measure the three writes.
///
/// Builds every function as for the cloud (slow the first time), serves them on a stack of their
/// own with the project's own dump, and prints the latencies of registrations, feedback and
/// payments at 1 and 8 connections beside those of an empty function behind the same gateway; then
/// how often a warm function asks the database, the cache, the buckets and the chain for one write.
/// Everything stays on 127.0.0.1.
#[derive(Args, Debug)]
pub struct BenchWrite {
    /// How many writes of each kind to measure at each number of connections
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=55))]
    pub writes: usize,
    /// Serve the functions as `up` does: to try this out, not to measure
    #[arg(long)]
    pub unoptimised: bool,
}

/// Manage who may call.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Set the tier of a wallet: of all its API keys, those to come included
    SetTier(SetTier),
}

/// Set the tier of a wallet. It shows within a minute.
#[derive(Args, Debug)]
pub struct SetTier {
    /// The wallet, 0x and 40 hex digits
    #[arg(value_name = "WALLET")]
    pub wallet: String,
    /// What its plan allows
    #[arg(value_enum)]
    pub tier: Tier,
    /// The database; that of `up` when left out
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

/// What a plan allows.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Tier {
    /// The quota of anonymous callers
    Free,
    /// Ten times that
    Pro,
    /// A hundred times that
    Enterprise,
}

impl Tier {
    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Enterprise => "enterprise",
        }
    }
}
