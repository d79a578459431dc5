//! The chains of the local stack: where each comes from, and how the database learns of it.

mod networks;
mod rows;

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli;
use crate::contracts::devchain;
use crate::paths;
use crate::replay::{self, Role};
use crate::stack::Stack;
use crate::stack::process::Process;
use crate::stack::state::Part;
use crate::tools::ANVIL;

pub use rows::{Progress, add, configure, insert, progress};

/// The dump that is replayed when nothing else is asked for.
const OWN_DUMP: &str = "tests/dumps/agents.json";
/// The process that serves a replayed chain.
const REPLAY: &str = "replay";
/// The process that serves the chain of the project's own registries.
const DEVCHAIN: &str = "devchain";
/// Every process that may serve a chain.
pub const PARTS: [&str; 2] = [REPLAY, DEVCHAIN];
/// Their ports, where those are free: what the documents print is then what is there.
const REPLAY_PORT: u16 = 9545;
const DEVCHAIN_PORT: u16 = 8545;

/// Where a chain comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A dump of logs.
    Replay(PathBuf),
    /// The registries of `contracts/` on a chain of their own.
    Devchain,
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

impl Chain {
    /// As the database and the function `migrate` are told of it.
    #[must_use]
    pub fn row(&self) -> Value {
        json!({
            "chainId": self.id,
            "name": self.name,
            "startBlock": self.first_block,
            "confirmations": self.confirmations,
            "hasFinalizedTag": self.has_finalized_tag,
            "blockTimeMs": self.block_time_ms,
            "registries": self.registries,
        })
    }
}

/// A registry contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// `identity`, `reputation` or `validation`.
    pub kind: String,
    /// Its address, in hex.
    pub address: String,
}

impl Source {
    /// The process that serves the chain; none for one that is served elsewhere.
    fn part(&self) -> Option<&'static str> {
        match self {
            Self::Replay(_) => Some(REPLAY),
            Self::Devchain => Some(DEVCHAIN),
            Self::Rpc { .. } => None,
        }
    }
}

/// The dump that is replayed when nothing else is asked for.
#[must_use]
pub fn own_dump() -> PathBuf {
    paths::root().join(OWN_DUMP)
}

impl Registry {
    fn new(role: Role, address: String) -> Self {
        Self {
            kind: role.kind().to_owned(),
            address,
        }
    }
}

/// The sources that the command line asks for: by itself it means the project's own dump and the
/// project's own registries.
///
/// # Errors
///
/// When a file is not there or a network is not known.
pub fn sources(args: &cli::Up) -> Result<Vec<Source>> {
    let sources = match (&args.replay, &args.rpc) {
        (Some(dump), _) => vec![Source::Replay(dump.clone())],
        (None, Some(url)) => {
            let network = networks::find(args.chain.as_deref().unwrap_or_default())?;
            let first_block = args.from_block.or(network.first_block).with_context(|| {
                format!(
                    "for {} name the block to begin at: --from-block BLOCK",
                    network.name
                )
            })?;
            vec![Source::Rpc {
                url: url.clone(),
                network,
                first_block,
            }]
        }
        (None, None) => {
            let mut sources = vec![Source::Replay(own_dump())];
            // The lock file of contracts/ has a compiler for this architecture only.
            if cfg!(target_arch = "x86_64") {
                sources.push(Source::Devchain);
            }
            sources
        }
    };
    for source in &sources {
        if let Source::Replay(dump) = source {
            ensure!(dump.is_file(), "there is no file {}", dump.display());
        }
    }
    Ok(sources)
}

/// A network that has the canonical registries, as the database is told of it.
///
/// # Errors
///
/// When it is not known.
pub fn network(name: &str, from_block: Option<u64>) -> Result<Chain> {
    let network = networks::find(name)?;
    let first = from_block
        .or(network.first_block)
        .unwrap_or(network.not_before);
    Ok(real("", &network, first, String::new()))
}

/// Starts what must be started for `sources`, or finds it running, and stops what serves others.
///
/// # Errors
///
/// When one does not start, or the database holds the same chain from another source.
pub async fn start_all(
    stack: &mut Stack,
    sources: &[Source],
    note: &dyn Fn(&str),
) -> Result<Vec<Chain>> {
    for part in PARTS {
        if sources.iter().all(|source| source.part() != Some(part)) {
            stack.stop(part).await;
        }
    }
    let mut chains = Vec::new();
    for source in sources {
        chains.push(start(stack, source, note).await?);
    }
    Ok(chains)
}

async fn start(stack: &mut Stack, source: &Source, note: &dyn Fn(&str)) -> Result<Chain> {
    let stamp = stamp(source)?;
    let part = source.part();
    if let Some(chain) = stack.state.chains.iter().find(|chain| chain.stamp == stamp)
        && part.is_none_or(|part| stack.running(part).is_some())
    {
        return Ok(chain.clone());
    }
    if let Some(part) = part {
        stack.stop(part).await;
    }
    let chain = match source {
        Source::Replay(dump) => start_replay(stack, dump, stamp, note).await?,
        Source::Devchain => start_devchain(stack, stamp, note).await?,
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
        Source::Devchain => devchain::stamp()?,
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
    let dir = stack.folder(REPLAY)?;
    let replayed = replay::start(dump, &ANVIL.path(), &dir, REPLAY_PORT, note).await?;
    remember(stack, REPLAY, replayed.process, &replayed.rpc_url)?;
    let registries = replayed
        .registries
        .into_iter()
        .map(|registry| Registry::new(registry.role, registry.address));
    Ok(Chain {
        rpc_url: replayed.rpc_url,
        source: format!("{} logs of {}", replayed.logs, paths::shown(dump)),
        first_block: replayed.first_block,
        registries: registries.collect(),
        ..ours(replayed.chain_id, stamp)
    })
}

async fn start_devchain(stack: &mut Stack, stamp: String, note: &dyn Fn(&str)) -> Result<Chain> {
    note("deploying the registries of contracts/");
    let dir = stack.folder(DEVCHAIN)?;
    let started = devchain::start(DEVCHAIN, &ANVIL.path(), &dir, DEVCHAIN_PORT, None).await?;
    remember(stack, DEVCHAIN, started.process, &started.rpc_url)?;
    let deployed = started.deployed;
    Ok(Chain {
        rpc_url: started.rpc_url,
        source: "contracts/".to_owned(),
        first_block: deployed.block_number,
        registries: vec![
            Registry::new(Role::Identity, deployed.identity_registry),
            Registry::new(Role::Reputation, deployed.reputation_registry),
            Registry::new(Role::Validation, deployed.validation_registry),
        ],
        ..ours(devchain::ID, stamp)
    })
}

/// What all chains of ours have in common. Nothing is ever taken back there.
fn ours(id: u64, stamp: String) -> Chain {
    Chain {
        id,
        name: networks::name(id),
        rpc_url: String::new(),
        source: String::new(),
        stamp,
        first_block: 0,
        confirmations: 0,
        has_finalized_tag: false,
        block_time_ms: 12_000,
        registries: Vec::new(),
    }
}

fn remember(stack: &mut Stack, name: &str, mut process: Process, rpc_url: &str) -> Result<()> {
    let port = rpc_url
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok());
    name.clone_into(&mut process.name);
    stack.remember(Part {
        process,
        port: port.unwrap_or_default(),
    })
}
