//! Replays a dump of `eth_getLogs` as a chain of its own: an anvil that has the dump's chain id and
//! block numbers, where small contracts at the dump's addresses emitted the same logs in the same
//! order. Whoever reads the chain afterwards cannot tell it from a node, save by hashes.

mod chain;
mod dump;
mod emitter;
mod plan;
mod registry;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;

pub use dump::Log;
pub use emitter::{EMITTER, ROUTER, ROUTER_CODE, calldata};
pub use registry::{Registry, Role};

use crate::stack::anvil;
use crate::stack::process::Process;
use chain::Chain;

const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A dump that runs as a chain.
#[derive(Debug)]
pub struct Replayed {
    /// The chain id of the dump.
    pub chain_id: u64,
    /// Where the chain answers.
    pub rpc_url: String,
    /// The block of the first log. The chain begins with the block before it.
    pub first_block: u64,
    /// The block of the last log, which is the last of the chain.
    pub last_block: u64,
    /// How many logs it holds.
    pub logs: usize,
    /// Whether the blocks have the numbers that they have in the dump. False when those lie more
    /// than 250,000 apart; then the longest gaps are shortened, and the order is kept.
    pub same_numbers: bool,
    /// The ERC-8004 registries among the emitters, by role.
    pub registries: Vec<Registry>,
    /// The anvil that serves it.
    pub process: Process,
}

/// Says whether `dump` could be replayed.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(dump: &serde_json::Value) -> Result<()> {
    plan::blocks(&dump::parse(dump)?.logs, plan::BLOCKS_MAX).map(drop)
}

/// Starts `anvil` in `dir`, on `port` where that is free, and gives it the logs of `dump`.
///
/// # Errors
///
/// When the dump cannot be read, anvil cannot be started, or what it then holds is not the dump.
pub async fn start(
    dump: &Path,
    anvil: &Path,
    dir: &Path,
    port: u16,
    progress: &dyn Fn(&str),
) -> Result<Replayed> {
    let read = dump::read(dump)?;
    let blocks = plan::blocks(&read.logs, plan::BLOCKS_MAX)
        .with_context(|| format!("{} is not a dump of eth_getLogs", dump.display()))?;
    let (first, last) = blocks
        .first()
        .zip(blocks.last())
        .context("the dump holds no logs")?;
    let dumped = read.logs.last().map(|log| log.block);
    progress(&format!(
        "{} logs of chain {} in blocks {} to {}",
        read.logs.len(),
        read.chain_id,
        first.number,
        last.number
    ));

    let arguments = chain::arguments(read.chain_id, first);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (process, rpc_url) = anvil::start("chain", anvil, dir, port, &arguments).await?;
    let chain = Chain::new(&rpc_url);
    let replay = async {
        chain.feed(&blocks, progress).await?;
        chain
            .verify(&blocks)
            .await
            .context("the chain does not hold what the dump does")
    };
    if let Err(error) = replay.await {
        process.stop(Signal::SIGTERM, STOP_WITHIN).await;
        return Err(error.context(format!("replaying {}", dump.display())));
    }

    Ok(Replayed {
        chain_id: read.chain_id,
        rpc_url,
        first_block: first.number,
        last_block: last.number,
        logs: read.logs.len(),
        same_numbers: dumped == Some(last.number),
        registries: registry::registries(&read.logs),
        process,
    })
}
