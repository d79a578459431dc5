//! The chains of the local stack: where each comes from, and how the database learns of it.

mod networks;
mod rows;

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::cli;
use crate::paths;
use crate::replay::{self, Role};
use crate::stack::Stack;
use crate::stack::state::Part;
use crate::tools::ANVIL;

pub use rows::{Progress, configure, progress};

/// The dump that is replayed when nothing else is asked for.
const OWN_DUMP: &str = "tests/dumps/agents.json";
/// The name of the process that serves a replayed chain.
const PART: &str = "chain";
/// Its port, where that is free: what the documents print is then what is there.
const PORT: u16 = 9545;

/// Where a chain comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A dump of logs.
    Replay(PathBuf),
    /// A real network.
    Rpc {
        /// Its endpoint.
        url: String,
        /// Which network it is.
        network: networks::Network,
        /// Where to begin.
        first_block: u64,
    },
}

/// A chain that answers, with all that the database must know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// EIP-155 chain id.
    pub id: u64,
    /// The name in the database.
    pub name: String,
    /// Where its blocks and logs are read.
    pub rpc_url: String,
    /// Where it comes from, in words.
    pub source: String,
    /// Changes when the source does: what one dump has filled, another must not go on with.
    stamp: String,
    /// The first block with a log.
    pub first_block: u64,
    /// Blocks behind the head after which a block counts as final.
    pub confirmations: u32,
    /// Whether the chain says itself which block is final.
    pub has_finalized_tag: bool,
    /// The time from one block to the next.
    pub block_time_ms: u32,
    /// The registries that are indexed.
    pub registries: Vec<Registry>,
}

/// A registry contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// `identity`, `reputation` or `validation`.
    pub kind: String,
    /// Its address, in hex.
    pub address: String,
}

/// The sources that the command line asks for.
///
/// # Errors
///
/// When a file is not there or a network is not known.
pub fn sources(args: &cli::Up) -> Result<Vec<Source>> {
    let source = match (&args.replay, &args.rpc) {
        (Some(dump), _) => Source::Replay(dump.clone()),
        (None, Some(url)) => {
            let network = networks::find(args.chain.as_deref().unwrap_or_default())?;
            let first_block = args.from_block.or(network.first_block).with_context(|| {
                format!(
                    "for {} name the block to begin at: --from-block BLOCK",
                    network.name
                )
            })?;
            Source::Rpc {
                url: url.clone(),
                network,
                first_block,
            }
        }
        (None, None) => Source::Replay(paths::root().join(OWN_DUMP)),
    };
    if let Source::Replay(dump) = &source {
        ensure!(dump.is_file(), "there is no file {}", dump.display());
    }
    Ok(vec![source])
}

/// Starts what must be started for `source`, or finds it running.
///
/// # Errors
///
/// When a dump cannot be replayed, or the database holds the same chain from another source.
pub async fn start(stack: &mut Stack, source: &Source, note: &dyn Fn(&str)) -> Result<Chain> {
    let stamp = stamp(source)?;
    if let Some(chain) = stack.state.chains.iter().find(|chain| chain.stamp == stamp)
        && (stack.running(PART).is_some() || matches!(source, Source::Rpc { .. }))
    {
        return Ok(chain.clone());
    }
    stack.stop(PART).await;
    let chain = match source {
        Source::Replay(dump) => start_replay(stack, dump, stamp, note).await?,
        Source::Rpc {
            url,
            network,
            first_block,
        } => real(url, network, *first_block, stamp),
    };
    let filled = stack
        .state
        .filled
        .entry(chain.id)
        .or_insert_with(|| chain.stamp.clone());
    ensure!(
        *filled == chain.stamp,
        "chain {} was filled from another source; `cargo xtask reset` empties the database",
        chain.id
    );
    Ok(chain)
}

/// What tells one source from another, and a dump from what it was before it was edited.
fn stamp(source: &Source) -> Result<String> {
    Ok(match source {
        Source::Rpc {
            network,
            first_block,
            ..
        } => format!("{} {first_block}", network.name),
        Source::Replay(dump) => {
            let text = fs::read(dump).with_context(|| format!("reading {}", dump.display()))?;
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            format!("dump {:016x}", hasher.finish())
        }
    })
}

fn real(url: &str, network: &networks::Network, first_block: u64, stamp: String) -> Chain {
    Chain {
        id: network.chain_id,
        name: network.name.to_owned(),
        rpc_url: url.to_owned(),
        source: "the network".to_owned(),
        stamp,
        first_block,
        confirmations: network.confirmations,
        has_finalized_tag: network.has_finalized_tag,
        block_time_ms: network.block_time_ms,
        registries: network.registries(),
    }
}

async fn start_replay(
    stack: &mut Stack,
    dump: &Path,
    stamp: String,
    note: &dyn Fn(&str),
) -> Result<Chain> {
    let dir = stack.folder(PART)?;
    let replayed = replay::start(dump, &ANVIL.path(), &dir, PORT, note).await?;
    let port = replayed
        .rpc_url
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok());
    stack.remember(Part {
        process: replayed.process,
        port: port.unwrap_or_default(),
    })?;
    let registries = replayed.registries.into_iter().map(|registry| {
        let kind = match registry.role {
            Role::Identity => "identity",
            Role::Reputation => "reputation",
            Role::Validation => "validation",
        };
        Registry {
            kind: kind.to_owned(),
            address: registry.address,
        }
    });
    Ok(Chain {
        id: replayed.chain_id,
        name: networks::name(replayed.chain_id),
        rpc_url: replayed.rpc_url,
        source: format!("{} logs of {}", replayed.logs, paths::shown(dump)),
        stamp,
        first_block: replayed.first_block,
        // Nothing is ever taken back on a chain of ours.
        confirmations: 0,
        has_finalized_tag: false,
        block_time_ms: 12_000,
        registries: registries.collect(),
    })
}
