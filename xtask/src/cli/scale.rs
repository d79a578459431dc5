//! Commands about size and load.

use clap::{Args, ValueEnum};

/// Fill the running stack's database with a made-up registry.
///
/// Agents with registration files, feedback, payments and validations, as unevenly spread as in real registries, on a
/// chain of their own (80048004) that the sync leaves alone; statistics and views fit. The same seed makes the same rows.
/// What was seeded before is replaced; everything else stays. The API waits until it is done.
#[derive(Args, Debug)]
pub struct Seed {
    /// How many agents
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub agents: u64,
    /// How much feedback to all of them; five times as much as agents when left out
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(0..=100_000_000))]
    pub feedback: Option<u64>,
    /// How many payments to all of them; as many as agents when left out
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(0..=100_000_000))]
    pub payments: Option<u64>,
    /// What decides all of it
    #[arg(long = "seed", value_name = "NUMBER", default_value_t = 8_004)]
    pub number: u64,
}

/// Send an API the requests of many callers, and report how it bears them.
///
/// Requests go out on a schedule, whether those before were answered or not, and each one's time counts from the moment
/// that it was due: a slow server does not hide its own slowness. Agents are asked for as unevenly as they are popular.
/// Sign in is by accounts of the local chain, whose wallets have the enterprise tier meanwhile; the limiter stays on.
/// Writes a report in Markdown, with a picture, to `.local/load/`.
#[derive(Args, Debug)]
pub struct Load {
    /// What is asked
    #[arg(long, value_enum, default_value_t = Profile::Mixed)]
    pub profile: Profile,
    /// Requests a second; what the profile is to bear when left out
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rate: Option<u32>,
    /// For how long
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub seconds: u32,
    /// The API; that of the running stack when left out
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Also where the API is not on this machine
    #[arg(long)]
    pub i_own_this_host: bool,
    /// What decides which agents are asked for
    #[arg(long, value_name = "NUMBER", default_value_t = 8_004)]
    pub seed: u64,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Searches
    Search,
    /// Statistics of agents
    Stats,
    /// Agents
    Lookup,
    /// 60 % agents and statistics, 25 % searches, 10 % lists, 5 % writes
    Mixed,
}
