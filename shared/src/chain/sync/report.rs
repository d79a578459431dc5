//! What a run did: its return value, one entry a chain.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::telemetry::exposition::Sample;
use crate::telemetry::{self, list};

/// How a chain's run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It did what there was time for.
    #[default]
    Ok,
    /// Another run is at work on this chain; nothing was done here.
    Busy,
    /// The endpoint's head is below what is indexed already; it lags or the chain was cut back.
    Behind,
    /// An operator paused the chain.
    Paused,
    /// The chain stopped itself: `error` says why, and an operator must decide.
    Halted,
    /// No endpoint is configured for it, or no registry.
    Unconfigured,
    /// An endpoint or the database failed or lied. The cursor is where the last whole range ended.
    Failed,
}

/// A reorg that was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reorg {
    /// The last block that both branches share.
    pub fork_block: u64,
    /// Blocks that were taken back.
    pub depth: u64,
    /// Agents that were folded again.
    pub agents: usize,
}

/// One chain's part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainReport {
    /// The chain.
    pub chain_id: u64,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub status: Outcome,
    /// The first block of this run.
    pub from_block: Option<u64>,
    /// The last block that is indexed now.
    pub to_block: Option<u64>,
    /// The chain's latest block as the endpoint gave it.
    pub head_block: Option<u64>,
    /// The latest block that counts as final.
    pub final_block: Option<u64>,
    /// Blocks between the indexed one and the head.
    pub lag_blocks: Option<u64>,
    /// Ranges that were committed.
    pub ranges: u64,
    /// Events by kind.
    pub events: BTreeMap<&'static str, u64>,
    /// Agents that they touched, counted anew in each range.
    pub agents_touched: u64,
    /// Agents that were not known before.
    pub agents_new: u64,
    /// Reorgs that were followed.
    pub reorgs: Vec<Reorg>,
    /// Whether the head was reached.
    pub caught_up: bool,
    /// What went wrong. Names an endpoint by its host only.
    pub error: Option<String>,
    /// Milliseconds that it took.
    pub duration_ms: u64,
}

/// All chains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// One entry a chain, by chain id.
    pub chains: Vec<ChainReport>,
}

impl Report {
    /// Adds what was found to the counters.
    pub fn count(&self) {
        let sum = |of: fn(&ChainReport) -> u64| self.chains.iter().map(of).sum();
        let registered = sum(|chain| chain.event_count("Registered"));
        telemetry::count(&list::AGENT_REGISTRATIONS, &["chain"], registered);
        let given = sum(|chain| chain.event_count("NewFeedback"));
        telemetry::count(&list::FEEDBACK_SUBMISSIONS, &["chain"], given);
    }

    /// The reorganisations of this run, for CloudWatch.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "no chain reorganises 2^52 blocks"
    )]
    pub fn samples(&self) -> Vec<Sample> {
        let chains = self.chains.iter();
        let depths = chains.map(|chain| {
            let label = Some(chain.chain_id.to_string());
            Sample::new(&list::SYNC_REORG_DEPTH, label, chain.reorg_depth() as f64)
        });
        depths.collect()
    }
}

impl ChainReport {
    fn reorg_depth(&self) -> u64 {
        let depths = self.reorgs.iter().map(|reorg| reorg.depth);
        depths.max().unwrap_or_default()
    }

    fn event_count(&self, kind: &str) -> u64 {
        self.events.get(kind).copied().unwrap_or_default()
    }
}
