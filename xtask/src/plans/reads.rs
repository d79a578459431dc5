//! The reads whose plans are looked at.

use super::Subject;
use super::judge::{MATCHES_SORTED_MAX, PAGE_ROWS_MAX};

/// A read.
#[derive(Debug)]
pub struct Read {
    /// What it is about.
    pub name: &'static str,
    /// The function that answers it.
    pub function: &'static str,
    /// Path and query.
    pub target: String,
    /// Rows that it may sort.
    pub sorted_max: f64,
}

/// Searches, by filters and order: what callers ask for.
pub const SEARCHES: [(&str, &str); 14] = [
    ("words", "q=weather+oracle"),
    ("a common word", "q=agent"),
    ("a word that is not spelled so", "q=wether+oracel"),
    ("words, by score", "q=trading+bot&sort=score"),
    (
        "words, by feedback, reachable",
        "q=onchain+markets&sort=feedback&reachable=true",
    ),
    ("active, newest", "active=true"),
    (
        "skill, active, by score",
        "skill=data_engineering/data_cleaning&active=true&sort=score",
    ),
    (
        "skill and service, newest",
        "skill=agent_orchestration/negotiation_resolution&service=mcp",
    ),
    (
        "domain, by feedback",
        "domain=energy/renewable_energy&sort=feedback",
    ),
    (
        "trust level, by score",
        "trustLevel=excellent&trustLevel=good&sort=score",
    ),
    ("least score and service", "minScore=90&service=a2a"),
    (
        "x402 and trust model",
        "x402=true&active=true&trust=tee-attestation",
    ),
    (
        "skill, by name",
        "sort=name&skill=governance_compliance/policy_mapping",
    ),
    ("by feedback", "sort=feedback"),
];

/// All of them, of a popular agent and of one that nobody asks for.
pub(super) fn all(subject: &Subject) -> Vec<Read> {
    let Subject {
        popular,
        quiet,
        missing,
        owner,
    } = subject;
    let of = |name, function, target: String| Read {
        name,
        function,
        target,
        // The off-chain feedback of one agent is summed when it is asked for.
        sorted_max: if name == "reputation" {
            MATCHES_SORTED_MAX
        } else {
            PAGE_ROWS_MAX
        },
    };
    let mut reads = vec![
        of("agent", "get-agent", format!("/v1/agents/{popular}")),
        of("quiet agent", "get-agent", format!("/v1/agents/{quiet}")),
        of(
            "no such agent",
            "get-agent",
            format!("/v1/agents/{missing}"),
        ),
        of(
            "stats",
            "get-agent-stats",
            format!("/v1/agents/{popular}/stats"),
        ),
        of(
            "stats of a quiet agent",
            "get-agent-stats",
            format!("/v1/agents/{quiet}/stats"),
        ),
        of(
            "reputation",
            "get-agent-reputation",
            format!("/v1/agents/{popular}/reputation"),
        ),
        of(
            "feedback",
            "list-feedback",
            format!("/v1/agents/{popular}/feedback"),
        ),
        of(
            "feedback of a tag",
            "list-feedback",
            format!("/v1/agents/{popular}/feedback?tag1=uptime&limit=50"),
        ),
        of(
            "payments",
            "list-payments",
            format!("/v1/agents/{popular}/payments"),
        ),
        of(
            "validations",
            "list-validations",
            format!("/v1/agents/{popular}/validations"),
        ),
        of("chains", "list-chains", "/v1/chains".to_owned()),
        of(
            "search: owner",
            "search-agents",
            format!("/v1/agents?owner={owner}"),
        ),
    ];
    for (name, query) in SEARCHES {
        reads.push(Read {
            name,
            function: "search-agents",
            target: format!("/v1/agents?{query}"),
            sorted_max: MATCHES_SORTED_MAX,
        });
    }
    reads
}
