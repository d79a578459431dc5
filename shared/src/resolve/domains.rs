//! The domains that agents' services are at: whether they answer, and which agents they vouch for
//! (ERC-8004, "Endpoint Domain Verification").

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt as _;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use super::fetch::{FetchError, Fetched, Fetcher, Validators};

/// Asked at once. Each may hold 256 KiB.
const AT_ONCE: usize = 16;
/// Nothing is begun that could not end.
const TIME_MIN: Duration = Duration::from_secs(15);
/// Longer than asking one takes: an attempt that crashed is made again after this.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How long what a domain said is taken for true.
const FRESH: TimeDelta = TimeDelta::hours(6);
/// Pauses after failures; the last one again and again, because agents come back.
const PAUSES: [TimeDelta; 3] = [
    TimeDelta::minutes(15),
    TimeDelta::hours(1),
    TimeDelta::hours(6),
];
/// New domains that are taken up by one run.
const DISCOVERED_MAX: i64 = 5_000;
/// Entries of a file that are read.
const REGISTRATIONS_MAX: usize = 1_000;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainReport {
    /// Domains that nobody had asked yet.
    pub discovered: u64,
    /// Domains that answered.
    pub reachable: usize,
    /// Of these, the ones that list agents.
    pub vouching: usize,
    /// Domains that did not answer.
    pub unreachable: usize,
    /// Whether there was more to do than time.
    pub more: bool,
}

/// A domain whose turn it is.
#[derive(Clone, Debug)]
struct Due {
    domain: String,
    attempts: i32,
}

/// What a domain came to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Verdict {
    reachable: bool,
    registrations: Option<Vec<String>>,
    error: Option<String>,
}

/// Asks the domains whose turn it is, until none is left or the time is up. Several runs at once
/// share the work. The `scheme` is https, but where a test has no certificate.
///
/// # Errors
/// When the database does not answer. What was written down until then stays.
pub async fn verify_domains(
    pool: &PgPool,
    fetcher: &Fetcher,
    scheme: &str,
    now: DateTime<Utc>,
    deadline: Instant,
) -> Result<DomainReport, sqlx::Error> {
    let mut report = DomainReport {
        discovered: discover(pool, now).await?,
        ..DomainReport::default()
    };
    while deadline.saturating_duration_since(Instant::now()) > TIME_MIN {
        let due = claim(pool, now).await?;
        if due.is_empty() {
            return Ok(report);
        }
        let mut asked = stream::iter(due)
            .map(|due| async {
                let verdict = ask(fetcher, scheme, &due.domain).await;
                (due, verdict)
            })
            .buffer_unordered(AT_ONCE);
        while let Some((due, verdict)) = asked.next().await {
            settle(pool, &due, &verdict, now).await?;
            report.reachable += usize::from(verdict.reachable);
            report.unreachable += usize::from(!verdict.reachable);
            report.vouching += usize::from(verdict.registrations.is_some());
        }
    }
    report.more = true;
    Ok(report)
}

async fn ask(fetcher: &Fetcher, scheme: &str, domain: &str) -> Verdict {
    let url = format!("{scheme}://{domain}/.well-known/agent-registration.json");
    match fetcher.fetch(&url, &Validators::default()).await {
        Ok(Fetched::File { content, .. }) => Verdict {
            reachable: true,
            registrations: read(&content),
            error: None,
        },
        Ok(Fetched::Unchanged) => Verdict {
            reachable: true,
            registrations: None,
            error: None,
        },
        Err(error) => Verdict {
            reachable: answered(&error),
            registrations: None,
            error: Some(error.to_string()),
        },
    }
}

/// Whether something was there to fail.
fn answered(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Status(_) | FetchError::TooLarge | FetchError::Redirects
    )
}

#[derive(Deserialize)]
struct Published {
    registrations: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    agent_id: AgentId,
    agent_registry: String,
}

/// A number in the ERC, a text in files of those who know what JavaScript does to numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum AgentId {
    Number(serde_json::Number),
    Text(String),
}

/// The agents that a file lists; `None` where it lists none at all. Entries that break the rules
/// are no agent's.
fn read(content: &[u8]) -> Option<Vec<String>> {
    let published: Published = serde_json::from_slice(content).ok()?;
    let entries = published.registrations.into_iter().take(REGISTRATIONS_MAX);
    let names = entries.filter_map(|entry| {
        let entry: Registration = serde_json::from_value(entry).ok()?;
        let id = match entry.agent_id {
            AgentId::Number(number) => number.to_string(),
            AgentId::Text(text) => text,
        };
        let is_decimal = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        is_decimal.then(|| format!("{}:{id}", entry.agent_registry.trim().to_lowercase()))
    });
    Some(names.collect())
}

async fn discover(pool: &PgPool, now: DateTime<Utc>) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO endpoint_domains (domain, next_attempt_at)
         SELECT DISTINCT endpoint_domain(endpoint), $1::timestamptz FROM agent_services s
         WHERE endpoint_domain(endpoint) IS NOT NULL
             AND NOT EXISTS (SELECT FROM endpoint_domains d WHERE d.domain = endpoint_domain(s.endpoint))
         LIMIT $2
         ON CONFLICT DO NOTHING",
        now,
        DISCOVERED_MAX,
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}

/// Takes domains whose turn it is, the longest due first; another run takes others. A domain that no
/// service is at any more is forgotten instead.
async fn claim(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        "WITH due AS (
             SELECT domain FROM endpoint_domains WHERE next_attempt_at <= $1
             ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED),
         left_behind AS (
             DELETE FROM endpoint_domains d USING due
             WHERE d.domain = due.domain AND NOT EXISTS (
                 SELECT FROM agent_services s WHERE endpoint_domain(s.endpoint) = due.domain))
         UPDATE endpoint_domains d SET next_attempt_at = $2 FROM due
         WHERE d.domain = due.domain AND EXISTS (
             SELECT FROM agent_services s WHERE endpoint_domain(s.endpoint) = due.domain)
         RETURNING d.domain, d.attempts",
        now,
        now + LEASE,
        i64::try_from(AT_ONCE).unwrap_or(i64::MAX),
    )
    .fetch_all(pool)
    .await
}

async fn settle(
    pool: &PgPool,
    due: &Due,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let attempts = if verdict.reachable {
        0
    } else {
        due.attempts.saturating_add(1)
    };
    sqlx::query!(
        "UPDATE endpoint_domains SET reachable = $2, registrations = $3, checked_at = $4,
             last_error = $5, attempts = $6, next_attempt_at = $7
         WHERE domain = $1",
        due.domain,
        verdict.reachable,
        verdict.registrations.as_deref(),
        now,
        verdict.error,
        attempts,
        now + pause(attempts),
    )
    .execute(pool)
    .await
    .map(drop)
}

/// How long to wait after so many failures in a row.
fn pause(failures: i32) -> TimeDelta {
    let Ok(place) = usize::try_from(failures - 1) else {
        return FRESH;
    };
    let last = PAUSES.len() - 1;
    PAUSES[place.min(last)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lists_agents_by_number_and_by_text() {
        let file = br#"{"registrations": [
            {"agentId": 7, "agentRegistry": "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432"},
            {"agentId": "115792089237316195423570985008687907853269984665640564039457584007913129639935",
             "agentRegistry": "eip155:10:0x00000000000000000000000000000000000000AA"},
            {"agentId": -1, "agentRegistry": "eip155:1:0x00"}, {"agentId": 1.5, "agentRegistry": "x"},
            {"agentId": 1}, "eip155:1:0x00:1", null]}"#;
        let names = read(file).expect("it lists agents");
        assert_eq!(
            names,
            [
                "eip155:1:0x8004a169fb4a3325136eb29fa0ceb6d2e539a432:7",
                "eip155:10:0x00000000000000000000000000000000000000aa:\
                 115792089237316195423570985008687907853269984665640564039457584007913129639935",
            ]
        );
    }

    #[test]
    fn what_is_no_list_vouches_for_nobody() {
        for file in ["", "[]", "{}", r#"{"registrations": {}}"#, "<html>"] {
            assert_eq!(read(file.as_bytes()), None, "{file}");
        }
        assert_eq!(read(br#"{"registrations": []}"#), Some(Vec::new()));
    }

    #[test]
    fn a_domain_that_fails_is_asked_less_often_and_never_forgotten() {
        assert_eq!(pause(0), FRESH);
        assert_eq!(pause(1), PAUSES[0]);
        assert_eq!(pause(3), PAUSES[2]);
        assert_eq!(pause(1_000), PAUSES[2]);
    }
}
