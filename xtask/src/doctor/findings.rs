//! What counts as a finding. The limits are those of the alarms.

use std::time::Duration;

use serde_json::Value;

use super::scraped::{Sample, Scraped};

/// Of fewer requests a share says little.
const REQUESTS_MIN: f64 = 20.0;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In one sentence.
    pub what: String,
    /// The heading in the runbooks.
    pub runbook: &'static str,
}

impl Finding {
    fn new(runbook: &'static str, what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            runbook,
        }
    }

    /// Nothing answers.
    pub fn unreachable(url: &str) -> Self {
        Self::new(
            "no-answer",
            format!("{url} does not answer /health/live with 200."),
        )
    }
}

/// What `/health` says.
pub fn of_health(health: Option<&Value>) -> Vec<Finding> {
    let Some(health) = health else {
        let what = "/health does not answer with its document.";
        return vec![Finding::new("dependency-down", what)];
    };
    let list = |member: &str| health[member].as_array().into_iter().flatten();
    let mut found = Vec::new();
    for part in list("dependencies").filter(|part| part["status"] != "up") {
        let (name, impact) = (text(&part["name"]), text(&part["impact"]));
        found.push(Finding::new(
            "dependency-down",
            format!("{name} is down. {impact}"),
        ));
    }
    for chain in list("chains") {
        let id = &chain["chainId"];
        if chain.get("impact").is_some() {
            let age = &chain["ageSeconds"];
            let what =
                format!("Chain {id} is not followed; it was last asked with success {age} s ago.");
            found.push(Finding::new("sync-failing", what));
        } else if chain["lagSeconds"].as_i64().unwrap_or_default() > 300 {
            let what = format!(
                "Chain {id} is indexed {} s behind its head.",
                chain["lagSeconds"]
            );
            found.push(Finding::new("sync-lag", what));
        }
    }
    for view in list("views").filter(|view| view.get("impact").is_some()) {
        let what = format!("{} is {} s old.", text(&view["name"]), view["ageSeconds"]);
        found.push(Finding::new("view-age", what));
    }
    found
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What `/metrics` says: shares of what was counted, and the state of now.
pub fn of_metrics(scraped: &Scraped) -> Vec<Finding> {
    let requests = "erc8004_api_requests_total";
    let decisions = "erc8004_rate_limit_decisions_total";
    let shares = [
        (
            "server-errors",
            requests,
            "status",
            "5",
            0.01,
            "of requests were answered with 5xx",
        ),
        (
            "throttles",
            requests,
            "status",
            "429",
            0.2,
            "of requests were over their quota",
        ),
        (
            "rate-limit-table",
            decisions,
            "decided_by",
            "local",
            0.01,
            "of quotas were decided without the table",
        ),
    ];
    let mut found = Vec::new();
    for (runbook, metric, label, value, limit, what) in shares {
        let share = scraped.sum(metric, label, value) / scraped.sum(metric, "", "").max(1.0);
        if share > limit {
            found.push(Finding::new(
                runbook,
                format!("{:.1} % {what}.", share * 100.0),
            ));
        }
    }
    for sample in scraped.of("erc8004_database_connections_ratio") {
        if sample.value > 0.8 {
            let what = format!(
                "{:.0} % of the database's connections are in use.",
                sample.value * 100.0
            );
            found.push(Finding::new("pool-use", what));
        }
    }
    for sample in scraped.of("erc8004_reorg_depth_blocks") {
        let chain = sample.label("chain_id");
        let reorgs = scraped.sum("erc8004_reorgs_total", "chain_id", chain);
        if sample.value > 32.0 && reorgs > 0.0 {
            let what = format!(
                "Chain {chain} was reorganised; its deepest reorganisation replaced {} blocks.",
                sample.value
            );
            found.push(Finding::new("reorg-depth", what));
        }
    }
    found.extend(latencies(scraped));
    found.extend(runs(scraped));
    found
}

/// Routes of which more than one request in twenty took longer than it may.
fn latencies(scraped: &Scraped) -> Vec<Finding> {
    let buckets = scraped.of("erc8004_api_request_duration_seconds_bucket");
    let of = |all: &Sample, le: &str| {
        let mut samples = buckets.iter();
        let found = samples.find(|sample| {
            let is_same = |label| sample.label(label) == all.label(label);
            is_same("method") && is_same("route") && sample.label("le") == le
        });
        found.map_or(0.0, |sample| sample.value)
    };
    let all = buckets.iter().filter(|sample| sample.label("le") == "+Inf");
    let mut found = Vec::new();
    for all in all.filter(|all| all.value >= REQUESTS_MIN) {
        let (method, route) = (all.label("method"), all.label("route"));
        // The bound of the buckets that is next to the alarm's.
        let limit = if method == "GET" { "1" } else { "2.5" };
        let share = 1.0 - of(all, limit) / all.value;
        if share > 0.05 {
            let what = format!(
                "{:.0} % of {method} {route} took longer than {limit} s.",
                share * 100.0
            );
            found.push(Finding::new("latency", what));
        }
    }
    found
}

/// Scheduled functions (name, rate) of which no run was counted in a time that should have seen two.
pub fn missing(
    counted: &Scraped,
    time: Duration,
    schedules: impl IntoIterator<Item = (String, Duration)>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (function, rate) in schedules {
        let runs = counted.sum("erc8004_scheduled_runs_total", "function", &function);
        if time >= rate * 2 && runs < 1.0 {
            let what = format!("No run of {function} in {} s.", time.as_secs());
            found.push(Finding::new("runs-missing", what));
        }
    }
    found
}

/// Functions most of whose runs failed.
fn runs(scraped: &Scraped) -> Vec<Finding> {
    let runs = scraped.of("erc8004_scheduled_runs_total");
    let of = |function: &str, result: &str| {
        let mut samples = runs.iter();
        let found =
            samples.find(|run| run.label("function") == function && run.label("result") == result);
        found.map_or(0.0, |run| run.value)
    };
    let failed = runs.iter().filter(|run| run.label("result") == "failed");
    let failing = failed.filter(|run| run.value > of(run.label("function"), "ok"));
    failing
        .map(|run| {
            let what = format!("Most runs of {} failed.", run.label("function"));
            Finding::new("runs-failing", what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn runbooks(found: &[Finding]) -> Vec<&str> {
        found.iter().map(|finding| finding.runbook).collect()
    }

    #[test]
    fn a_healthy_deployment_has_no_finding() {
        let health = json!({
            "dependencies": [{ "name": "database", "status": "up" }],
            "chains": [{ "chainId": 1, "lagSeconds": 12, "ageSeconds": 30 }],
            "views": [{ "name": "mv_agent_ranking", "ageSeconds": 30 }],
        });
        assert_eq!(of_health(Some(&health)), []);
        let metrics = "erc8004_api_requests_total{status=\"200\"} 1000\nerc8004_api_requests_total{status=\"503\"} 1\n";
        assert_eq!(of_metrics(&Scraped::read(metrics)), []);
    }

    #[test]
    fn each_finding_leads_to_its_runbook() {
        let health = json!({
            "dependencies": [{ "name": "cache", "status": "down", "impact": "Slower." }],
            "chains": [
                { "chainId": 1, "lagSeconds": 12, "ageSeconds": 900, "impact": "Older." },
                { "chainId": 2, "lagSeconds": 301, "ageSeconds": 30 },
            ],
            "views": [{ "name": "mv_agent_ranking", "ageSeconds": 900, "impact": "Older." }],
        });
        let expected = ["dependency-down", "sync-failing", "sync-lag", "view-age"];
        assert_eq!(runbooks(&of_health(Some(&health))), expected);
        let metrics = "\
            erc8004_api_requests_total{status=\"200\"} 50\n\
            erc8004_api_requests_total{status=\"500\"} 10\n\
            erc8004_api_requests_total{status=\"429\"} 40\n\
            erc8004_rate_limit_decisions_total{decided_by=\"local\"} 2\n\
            erc8004_api_request_duration_seconds_bucket{method=\"GET\",route=\"/slow\",le=\"1\"} 90\n\
            erc8004_api_request_duration_seconds_bucket{method=\"GET\",route=\"/slow\",le=\"+Inf\"} 100\n\
            erc8004_api_request_duration_seconds_bucket{method=\"GET\",route=\"/fast\",le=\"1\"} 99\n\
            erc8004_api_request_duration_seconds_bucket{method=\"GET\",route=\"/fast\",le=\"+Inf\"} 100\n\
            erc8004_database_connections_ratio 0.9\n\
            erc8004_reorg_depth_blocks{chain_id=\"1\"} 40\n\
            erc8004_reorgs_total{chain_id=\"1\"} 1\n\
            erc8004_scheduled_runs_total{function=\"sync-chain\",result=\"failed\"} 5\n\
            erc8004_scheduled_runs_total{function=\"sync-chain\",result=\"ok\"} 4\n";
        let expected = [
            "server-errors",
            "throttles",
            "rate-limit-table",
            "pool-use",
            "reorg-depth",
            "latency",
            "runs-failing",
        ];
        assert_eq!(runbooks(&of_metrics(&Scraped::read(metrics))), expected);
    }

    #[test]
    fn a_function_without_a_run_in_twice_its_rate_is_missing() {
        let counted = "erc8004_scheduled_runs_total{function=\"sync-chain\",result=\"failed\"} 1\n\
            erc8004_scheduled_runs_total{function=\"refresh-views\",result=\"ok\"} 0\n";
        let counted = Scraped::read(counted);
        let rates = [
            ("sync-chain", 60),
            ("refresh-views", 60),
            ("verify-domains", 300),
        ];
        let rates = rates.map(|(name, s)| (name.to_owned(), Duration::from_secs(s)));
        let within = |s| missing(&counted, Duration::from_secs(s), rates.clone());
        assert_eq!(within(119), []);
        let [only] = within(120).try_into().unwrap();
        assert!(only.what.contains("refresh-views"), "{only:?}");
    }
}
