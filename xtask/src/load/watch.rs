//! What is seen of the system from beside: what its metrics say, what its database and its processes use.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use sqlx::PgConnection;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot::Receiver;
use tokio::time::{MissedTickBehavior, interval};

use crate::doctor::Scraped;
use crate::stack::process::{descendants, memory_kib};
use crate::stack::{Stack, database, gateway, http, valkey};

/// Counters of answers that were or were not kept.
const CACHE_REQUESTS: &str = "erc8004_cache_requests_total";
const RESULTS: [&str; 4] = ["hit", "miss", "early", "error"];

/// What was used at most, while somebody looked.
#[derive(Clone, Debug, Default)]
pub struct Used {
    /// Connections of the functions to the database, and how many it takes.
    pub connections: i64,
    /// How many the database takes.
    pub connections_max: i64,
    /// Those that were at work at one time.
    pub connections_active: i64,
    /// Resident memory of one process in KiB, by function.
    pub memory_kib: BTreeMap<String, u64>,
    /// Memory of the cache, as it says it.
    pub cache_memory: Option<String>,
}

/// Looks once a second until told to stop.
pub async fn watch(stack: &Stack, mut stop: Receiver<()>) -> Used {
    let mut used = Used::default();
    let Ok(mut connection) = database::connect(stack).await else {
        return used;
    };
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = &mut stop => break,
            _ = ticks.tick() => {}
        }
        look(&mut connection, &mut used).await;
        memory(stack, &mut used);
    }
    used.cache_memory = cache_memory(stack).await;
    used
}

async fn look(connection: &mut PgConnection, used: &mut Used) {
    let counts = sqlx::query_as::<_, (i64, i64, i64)>(
        "SELECT count(*), count(*) FILTER (WHERE state <> 'idle'), current_setting('max_connections')::bigint
         FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND backend_type = 'client backend'",
    );
    // One look that fails is one that is missing.
    if let Ok((all, active, most)) = counts.fetch_one(connection).await {
        used.connections = used.connections.max(all);
        used.connections_active = used.connections_active.max(active);
        used.connections_max = most;
    }
}

fn memory(stack: &Stack, used: &mut Used) {
    let Some(part) = stack.running(gateway::NAME) else {
        return;
    };
    for (pid, _) in descendants(part.process.pid) {
        // The kernel cuts names in `status` to 15 bytes; the program's path is whole.
        let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let program = command.split('\0').next().unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or_default();
        if let Some(kib) = memory_kib(pid, "VmRSS").filter(|_| !matches!(name, "" | "sh")) {
            let most = used.memory_kib.entry(name.to_owned()).or_default();
            *most = kib.max(*most);
        }
    }
}

async fn cache_memory(stack: &Stack) -> Option<String> {
    let port = stack.port(valkey::NAME).ok()?;
    let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.ok()?);
    stream.write_all(b"INFO memory\r\n").await.ok()?;
    let mut lines = stream.lines();
    while let Some(line) = lines.next_line().await.ok()? {
        if let Some(size) = line.strip_prefix("used_memory_human:") {
            return Some(size.to_owned());
        }
    }
    None
}

/// Answers by operation and by whether they were kept: hit, miss, early, error.
pub type Kept = BTreeMap<String, [f64; 4]>;

/// What the API says of its cache; nothing where it does not say it.
pub async fn kept(url: &str) -> Kept {
    let mut kept = Kept::new();
    let Ok((200, text)) = http::get(&format!("{url}/metrics")).await else {
        return kept;
    };
    for sample in Scraped::read(&text).of(CACHE_REQUESTS) {
        let result = sample.label("result");
        // Keys are kept in another way, and found nearly always.
        if sample.label("operation") == "api-key" {
            continue;
        }
        if let Some(place) = RESULTS.iter().position(|known| *known == result) {
            kept.entry(sample.label("operation").to_owned())
                .or_default()[place] += sample.value;
        }
    }
    kept
}

/// What was counted between two moments.
pub fn between(before: &Kept, after: &Kept) -> Kept {
    let mut difference = after.clone();
    for (operation, counts) in &mut difference {
        let before = before.get(operation).copied().unwrap_or_default();
        for (count, before) in counts.iter_mut().zip(before) {
            *count = (*count - before).max(0.0);
        }
    }
    difference.retain(|_, counts| counts.iter().sum::<f64>() > 0.0);
    difference
}

/// Hits among all that asked, in percent; none where nobody asked.
pub fn hit_percent<'a>(kept: impl Iterator<Item = &'a [f64; 4]>) -> Option<f64> {
    let (mut hits, mut all) = (0.0, 0.0);
    for counts in kept {
        hits += counts[0];
        all += counts.iter().sum::<f64>();
    }
    (all > 0.0).then(|| hits * 100.0 / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_meanwhile_counts() {
        let kept = |hits, misses| Kept::from([("get-agent".to_owned(), [hits, misses, 0.0, 0.0])]);
        let meanwhile = between(&kept(10.0, 10.0), &kept(19.0, 11.0));
        let percent = hit_percent(meanwhile.values()).unwrap();
        assert!((percent - 90.0).abs() < 1e-9, "{percent}");
        assert_eq!(hit_percent(Kept::new().values()), None);
    }
}
