//! Commands about the copy of the chains.

use clap::Args;

/// Fold every event again.
///
/// Reads all of `chain_events`, folds it into temporary tables that nobody else sees, and compares
/// those with the live ones, as of one moment. Writes nothing; a sync may go on meanwhile.
#[derive(Args, Debug)]
pub struct Rebuild {
    /// The database; that of `up` when left out
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Build quickly, run slowly
    #[arg(long)]
    pub unoptimised: bool,
}

/// Add a network.
///
/// Writes its row of `chains` and those of its canonical registries. The next run of sync-chain that
/// finds endpoints for it in `CHAIN_RPC_URLS` begins to copy it. A network that is there already is set
/// active and left where it is.
#[derive(Args, Debug)]
pub struct AddChain {
    /// Such as `base` or `ethereum-sepolia`
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Begin at this block: where its endpoints keep no history to find the first one in
    #[arg(long, value_name = "BLOCK")]
    pub from_block: Option<u64>,
    /// The database; that of `up` when left out
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Write nothing: print the event by which a deployment's function `migrate` does it
    #[arg(long, conflicts_with = "database_url")]
    pub event: bool,
}

/// Copy a chain's history.
///
/// Does what the function sync-chain does, without its deadline: goes on at the chain's cursor, or
/// where its registries begin, and ends at the head. It can be stopped and started at any time, and
/// the function may run meanwhile. The chain must be configured; its endpoints are those of
/// `CHAIN_RPC_URLS`, where that is set, else those of `up`.
#[derive(Args, Debug)]
pub struct Backfill {
    /// The chain, by its EIP-155 id
    #[arg(value_name = "CHAIN_ID")]
    pub chain: u64,
    /// How many ranges to fetch at once
    #[arg(long, value_name = "COUNT", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub ranges: u16,
    /// The database; that of `up` when left out
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Build quickly, run slowly
    #[arg(long)]
    pub unoptimised: bool,
}

/// Run the sync against simulated chains.
///
/// Each history is made from its seed: blocks that come and go, an endpoint that fails and lies, runs
/// that crash, are dropped or run two at once. In the end the tables must be those of a fresh sync, of
/// a rebuild, and of two reckonings that share no code with the fold.
#[derive(Args, Debug)]
pub struct Simulate {
    /// The first history; alone: the only one
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How many, from the first on
    #[arg(long, value_name = "COUNT")]
    pub histories: Option<u64>,
}

/// Measure the sync.
///
/// Makes three chains: 50,000 registrations over 5,000 blocks; 10,000 registrations with 10,000
/// metadata entries and 100,000 feedbacks over 1,200 blocks; and the next block of a chain of which
/// the tables hold a million feedbacks. Prints events per second and peak memory of the function
/// sync-chain as it is built for the cloud, and the least that the same logs take: bare
/// `eth_getLogs` calls and COPY into a table without an index. Everything stays on 127.0.0.1.
#[derive(Args, Debug)]
pub struct BenchSync {
    /// How often to measure each; the median counts
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=9))]
    pub rounds: usize,
    /// Build quickly, run slowly: to try this out, not to measure
    #[arg(long)]
    pub unoptimised: bool,
}
