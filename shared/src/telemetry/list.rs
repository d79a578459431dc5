//! Every metric there is.

use super::metric::{Kind, Metric, Unit};

macro_rules! metrics {
    ($($name:ident = $metric:expr;)*) => {
        $(
            /// What it is stands in its `help`.
            pub const $name: Metric = $metric;
        )*

        /// Every metric, in the order of `/metrics`.
        pub const ALL: &[Metric] = &[$($name),*];
    };
}

/// By route, and over all of them.
const ROUTES: &[&[&str]] = &[&[], &["method", "route"]];
/// Over everything.
const WHOLE: &[&[&str]] = &[&[]];
const FUNCTIONS: &[&[&str]] = &[&["function"]];
/// By chain, and over all of them: alarms watch the worst.
const CHAINS: &[&[&str]] = &[&[], &["chain_id"]];

metrics! {
    API_REQUESTS = Metric::counter(
        "erc8004_api_requests_total", &["method", "route", "status"],
        "Requests that were answered.",
    ).by(&[&["status_class"]]);
    API_REQUEST_DURATION = Metric::durations(
        "erc8004_api_request_duration_seconds", &["method", "route"],
        "From the arrival of a request in its function to the answer.",
    ).by(ROUTES);
    API_SERVER_ERRORS = Metric::share(
        "erc8004_api_server_error_ratio", ROUTES,
        "1 for a request that was answered with 5xx, else 0.",
    );
    API_THROTTLES = Metric::share(
        "erc8004_api_throttle_ratio", WHOLE,
        "1 for a request that was answered with 429, else 0.",
    );
    PROBLEMS = Metric::counter(
        "erc8004_problems_total", &["code"],
        "Problems that were answered, by code.",
    );
    COLD_STARTS = Metric::counter(
        "erc8004_cold_starts_total", &["function"],
        "Execution environments that answered their first event.",
    ).by(FUNCTIONS);
    AGENT_REGISTRATIONS = Metric::counter(
        "erc8004_agent_registrations_total", &["source"],
        "Agents that were prepared here (api) or first seen on a chain (chain).",
    );
    AGENT_REGISTRATION_DURATION = Metric::durations(
        "erc8004_agent_registration_duration_seconds", &[],
        "The work of preparing an agent, checks and estimate of gas included.",
    );
    AGENT_SEARCH_DURATION = Metric::durations(
        "erc8004_agent_search_duration_seconds", &[],
        "The work of a search.",
    );
    FEEDBACK_SUBMISSIONS = Metric::counter(
        "erc8004_feedback_submissions_total", &["source"],
        "Feedback that was handed in here (api) or first seen on a chain (chain).",
    );
    PAYMENT_LINKS = Metric::counter(
        "erc8004_payment_links_total", &[],
        "Transactions whose payments were linked to agents.",
    );
    CACHE_REQUESTS = Metric::counter(
        "erc8004_cache_requests_total", &["operation", "result"],
        "Questions to the cache: hit, miss, early (an answer made anew before it expired), warm (made anew before anybody \
         asked), or error where it did not answer. For `forget`, which outdates answers: ok, or error.",
    );
    RATE_LIMIT_DECISIONS = Metric::counter(
        "erc8004_rate_limit_decisions_total", &["class", "decision", "decided_by"],
        "Calls admitted and denied, by the table, from memory, or locally while the table is out of reach.",
    );
    RATE_LIMIT_FALLBACKS = Metric::share(
        "erc8004_rate_limit_fallback_ratio", WHOLE,
        "1 for a limited request that was decided without the table of buckets, else 0.",
    );
    SCHEDULED_RUNS = Metric::counter(
        "erc8004_scheduled_runs_total", &["function", "result"],
        "Runs of scheduled functions: ok or failed.",
    );
    SCHEDULED_RUN_DURATION = Metric::durations(
        "erc8004_scheduled_run_duration_seconds", &["function"],
        "How long the runs of scheduled functions took.",
    ).by(FUNCTIONS);
    SCHEDULED_FAILURES = Metric::share(
        "erc8004_scheduled_failure_ratio", FUNCTIONS,
        "1 for a run that failed, else 0; missing where nothing runs.",
    );
    RESOLVER_RESULTS = Metric::counter(
        "erc8004_resolver_results_total", &["result"],
        "Files that were asked for on the web, by what became of it.",
    );
    ACTIVE_AGENTS = Metric::gauge(
        "erc8004_active_agents_total", Unit::Count, &["chain_id"],
        "Agents on chain whose registration was seen, when the views were last refreshed.",
    ).of_kind(Kind::Untyped).by(CHAINS);
    SYNC_LAG_BLOCKS = Metric::gauge(
        "erc8004_sync_lag_blocks", Unit::Count, &["chain_id"],
        "Blocks between the indexed one and the chain's head, when the chain was last asked.",
    ).by(CHAINS);
    SYNC_LAG = Metric::gauge(
        "erc8004_sync_lag_seconds", Unit::Seconds, &["chain_id"],
        "Seconds between the indexed block and the chain's head, by the blocks' own clocks.",
    ).by(CHAINS);
    SYNC_AGE = Metric::gauge(
        "erc8004_sync_age_seconds", Unit::Seconds, &["chain_id"],
        "Seconds since the chain was last asked with success.",
    ).by(CHAINS);
    SYNC_FAILING = Metric::gauge(
        "erc8004_sync_failing", Unit::Count, &["chain_id"],
        "1 while the last run on the chain failed or the chain is halted, else 0.",
    ).by(CHAINS);
    REORGS = Metric::counter(
        "erc8004_reorgs_total", &["chain_id"],
        "Reorganisations that were followed.",
    ).read();
    REORG_DEPTH = Metric::gauge(
        "erc8004_reorg_depth_blocks", Unit::Count, &["chain_id"],
        "Blocks that the deepest reorganisation of the chain replaced.",
    ).by(CHAINS);
    SYNC_REORG_DEPTH = Metric::gauge(
        "erc8004_sync_reorg_depth_blocks", Unit::Count, &["chain_id"],
        "Blocks that a run of the sync took back, 0 where there was no reorganisation.",
    ).logged().by(CHAINS);
    VIEW_AGE = Metric::gauge(
        "erc8004_view_age_seconds", Unit::Seconds, &["view"],
        "Seconds since the materialized view was last known to hold all that its tables hold.",
    ).by(&[&[], &["view"]]);
    PAYMENTS_PENDING = Metric::gauge(
        "erc8004_payments_pending", Unit::Count, &["chain_id"],
        "Payments that wait for their confirmations.",
    ).by(CHAINS);
    DATABASE_CONNECTIONS = Metric::gauge(
        "erc8004_database_connections", Unit::Count, &[],
        "Connections to the database, of all instances.",
    ).by(WHOLE);
    DATABASE_CONNECTIONS_RATIO = Metric::gauge(
        "erc8004_database_connections_ratio", Unit::None, &[],
        "The share of the connections that the database allows.",
    ).by(WHOLE);
    UP = Metric::gauge(
        "erc8004_up", Unit::Count, &["dependency"],
        "1 while the dependency answers, else 0.",
    );
    BUILD = Metric::gauge(
        "erc8004_build_info", Unit::Count, &["version"],
        "Always 1; the version that answers.",
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::metric::Source;
    use super::*;

    #[test]
    fn names_are_unique_and_say_what_they_are() {
        let names: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
        for metric in ALL {
            assert!(metric.name.starts_with("erc8004_"), "{}", metric.name);
            let is_total = metric.name.ends_with("_total");
            let may_be = matches!(metric.kind, Kind::Counter | Kind::Untyped);
            assert_eq!(is_total, may_be, "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
    }

    #[test]
    fn a_metric_is_only_cut_by_what_its_lines_name() {
        for metric in ALL {
            for set in metric.dimensions {
                for dimension in *set {
                    let on_the_line = matches!(metric.source, Source::Logged | Source::Counted)
                        && ["method", "route", "function", "status_class"].contains(dimension);
                    let is_label = metric.labels.contains(dimension);
                    assert!(on_the_line || is_label, "{} by {dimension}", metric.name);
                }
            }
        }
    }
}
