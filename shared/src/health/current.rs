//! How current the data is.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::telemetry::exposition::Sample;
use crate::telemetry::list;
use crate::telemetry::metric::Metric;

/// A chain that was not asked for so long is behind: five runs of its sync.
const SYNC_AGE_S_MAX: i64 = 300;
/// A view that is older is behind: ten runs of its refresh.
const VIEW_AGE_S_MAX: i64 = 600;

/// How far a chain is indexed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainHealth {
    /// EIP-155 chain id.
    #[schema(example = 8453)]
    pub chain_id: i64,
    /// Blocks between the indexed one and the chain's head, when the chain was last asked.
    #[schema(example = 2)]
    pub lag_blocks: i64,
    /// The same in seconds, by the blocks' own clocks.
    #[schema(example = 4)]
    pub lag_seconds: i64,
    /// Seconds since the chain was last asked with success.
    #[schema(example = 31)]
    pub age_seconds: i64,
    /// What callers notice; absent while the chain is followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<&'static str>,
}

/// How current a view is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ViewHealth {
    /// The materialized view.
    #[schema(example = "mv_agent_ranking")]
    pub name: String,
    /// Seconds since it was last known to hold all that its tables hold.
    #[schema(example = 31)]
    pub age_seconds: i64,
    /// What callers notice; absent while the view is current.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<&'static str>,
}

pub(super) fn chains(gauges: &[Sample]) -> Vec<ChainHealth> {
    let [lag_blocks, lag, age, failing] = [
        &list::SYNC_LAG_BLOCKS,
        &list::SYNC_LAG,
        &list::SYNC_AGE,
        &list::SYNC_FAILING,
    ]
    .map(|metric| by_label(gauges, metric));
    let of = |values: &BTreeMap<&str, i64>, chain: &str| values.get(chain).copied().unwrap_or(0);
    let chains = age.iter().filter_map(|(chain, age_seconds)| {
        let is_behind = of(&failing, chain) > 0 || *age_seconds > SYNC_AGE_S_MAX;
        Some(ChainHealth {
            chain_id: chain.parse().ok()?,
            lag_blocks: of(&lag_blocks, chain),
            lag_seconds: of(&lag, chain),
            age_seconds: *age_seconds,
            impact: is_behind
                .then_some("Answers are right as of the indexed block, and get older."),
        })
    });
    chains.collect()
}

pub(super) fn views(gauges: &[Sample]) -> Vec<ViewHealth> {
    let views = by_label(gauges, &list::VIEW_AGE).into_iter();
    let views = views.map(|(name, age_seconds)| ViewHealth {
        name: name.to_owned(),
        age_seconds,
        impact: (age_seconds > VIEW_AGE_S_MAX)
            .then_some("Searches and rankings do not show what happened since."),
    });
    views.collect()
}

/// Whether callers notice nothing of either; what could not be read is not judged.
pub(super) fn is_current(chains: Option<&[ChainHealth]>, views: Option<&[ViewHealth]>) -> bool {
    let chains = chains.unwrap_or_default();
    let views = views.unwrap_or_default();
    chains.iter().all(|chain| chain.impact.is_none())
        && views.iter().all(|view| view.impact.is_none())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "blocks and whole seconds, far below 2^52"
)]
fn by_label<'a>(gauges: &'a [Sample], metric: &Metric) -> BTreeMap<&'a str, i64> {
    let of_it = gauges
        .iter()
        .filter(|gauge| gauge.metric.name == metric.name);
    of_it
        .filter_map(|gauge| Some((gauge.labels.first()?.as_str(), gauge.value as i64)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(age: f64, failing: f64) -> ChainHealth {
        let label = || Some("8453".to_owned());
        let gauges = [
            Sample::new(&list::SYNC_AGE, label(), age),
            Sample::new(&list::SYNC_FAILING, label(), failing),
            Sample::new(&list::SYNC_LAG_BLOCKS, label(), 7.0),
        ];
        chains(&gauges).remove(0)
    }

    #[test]
    fn a_chain_is_behind_when_its_sync_fails_or_has_not_run() {
        assert!(chain(30.0, 0.0).impact.is_none());
        assert!(chain(30.0, 1.0).impact.is_some());
        assert!(chain(301.0, 0.0).impact.is_some());
        assert_eq!(chain(30.0, 0.0).lag_blocks, 7);
    }

    #[test]
    fn a_view_that_is_not_refreshed_makes_the_whole_old() {
        let view = |age| {
            let gauge = Sample::new(&list::VIEW_AGE, Some("mv_agent_ranking".to_owned()), age);
            views(&[gauge])
        };
        assert!(is_current(None, Some(&view(600.0))));
        assert!(!is_current(None, Some(&view(601.0))));
        assert!(is_current(None, None));
    }
}
