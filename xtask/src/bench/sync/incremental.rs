//! How long after a run's start a new block is in the API's answers, when the tables are full.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use comfy_table::Table;
use serde_json::{Value, json};
use sqlx::Executor as _;

use super::super::latency::{Latencies, milliseconds};
use super::super::table;
use super::{INVOCATION, READ, SYNC, empty_database, made, tick};
use crate::lambda::{Function, event};
use crate::replay;
use crate::stack::{Stack, database, env, http};

/// Blocks that are measured.
const BLOCKS: u64 = 20;
const EVENTS_A_BLOCK: u64 = 20;
/// Beyond the clients of the chain that is there.
const FIRST_CLIENT: u64 = 1_000_000;

/// A thousand feedbacks to each of a thousand agents, with all that is counted of them. Their events
/// are there as well, so that what looks for events finds as many.
const FILL: [&str; 6] = [
    "INSERT INTO chain_events (chain_id, block_number, log_index, block_hash, block_time,
            transaction_hash, transaction_index, address, identity_registry, event, agent_id, topics, data)
     SELECT e.chain_id, e.block_number, e.log_index + 1000 * n, e.block_hash, e.block_time,
            e.transaction_hash, e.transaction_index, e.address, e.identity_registry, 'NewFeedback',
            e.agent_id, e.topics, e.data
     FROM chain_events e, generate_series(1, 1000) n WHERE e.event = 'Registered'",
    "INSERT INTO feedback (id, agent, chain_id, identity_registry, reputation_registry, client,
            feedback_index, value, value_decimals, tag1, tag2, endpoint, feedback_uri,
            feedback_hash, source, block_number, log_index, transaction_hash, created_at)
     SELECT md5(a.id::text || n)::uuid, a.id, a.chain_id, a.identity_registry, r.address,
            substr(sha256(int4send(n)), 1, 20), 1, 60 + n % 41, 0, 'starred', '',
            'https://agent.example/a2a', 'ipfs://bafkrei', sha256(int4send(n)), 'chain',
            a.registered_block, a.registered_log + 1000 * n, a.registered_tx, a.registered_at
     FROM agents a JOIN registries r ON r.chain_id = a.chain_id AND r.kind = 'reputation',
          generate_series(1, 1000) n",
    "INSERT INTO agent_client_stats (agent, client, feedback_count, last_index)
     SELECT agent, client, 1, 1 FROM feedback ON CONFLICT DO NOTHING",
    "UPDATE agent_stats SET feedback_count = 1000, client_count = 1000, client_max_count = 1,
            starred_count = 1000, starred_sum = 80000, starred_positive = 500,
            last_feedback_at = now()",
    "INSERT INTO agent_tag_stats (agent, tag_hash, value_decimals, tag1, tag2, feedback_count,
            revoked_count, value_sum)
     SELECT id, sha256('starred\\000'::bytea), 0, 'starred', '', 1000, 0, 80000 FROM agents
     ON CONFLICT DO NOTHING",
    "ANALYZE",
];

/// Fills the tables, and follows the chain block by block.
pub async fn measure(stack: &Stack, folder: &Path, note: &dyn Fn(&str)) -> Result<Table> {
    empty_database(stack).await?;
    let settings = env::functions(stack, 0)?;
    let sync = Function::start(&folder.join(SYNC), &settings).await?;
    sync.invoke(&tick()?, INVOCATION).await?;
    note("filling the tables");
    let mut connection = database::connect(stack).await?;
    for statement in FILL {
        connection.execute(statement).await?;
    }
    let read = Function::start(&folder.join(READ), &settings).await?;
    let chain = stack.state.chains.first().context("there is no chain")?;
    let path = format!("/v1/agents/{}:0/feedback?limit=1", chain.id);
    let request = event::request("GET", &path, &[], None);
    let (mut synced, mut seen) = (Latencies::default(), Latencies::default());
    // The first ones warm both functions up.
    for block in 0..BLOCKS + 3 {
        mine(&chain.rpc_url, block).await?;
        let began = Instant::now();
        let report = sync.invoke(&tick()?, INVOCATION).await?;
        let done = began.elapsed();
        let reply = read.invoke(&request, INVOCATION).await?;
        let visible = began.elapsed();
        check(&report, &reply)?;
        if block >= 3 {
            synced.push(done);
            seen.push(visible);
        }
    }
    Ok(shown(&synced, &seen))
}

/// One block with twenty feedbacks to as many agents.
async fn mine(url: &str, block: u64) -> Result<()> {
    let logs: Vec<replay::Log> = (0..EVENTS_A_BLOCK)
        .map(|agent| made::feedback(agent, FIRST_CLIENT + block, 1))
        .collect();
    let call = |method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let accounts = http::post_json(url, call("eth_accounts", json!([]))).await?;
    let transaction = json!({
        "from": accounts["result"][0],
        "to": format!("0x{}", hex::encode(replay::ROUTER)),
        "gas": "0x1000000",
        "gasPrice": "0x0",
        "input": format!("0x{}", hex::encode(replay::calldata(&logs))),
    });
    let sent = http::post_json(url, call("eth_sendTransaction", json!([transaction]))).await?;
    ensure!(sent["result"].is_string(), "anvil said {sent}");
    Ok(())
}

fn check(report: &Value, reply: &Value) -> Result<()> {
    let events = &report["chains"][0]["events"]["NewFeedback"];
    ensure!(*events == EVENTS_A_BLOCK, "the sync reported {report}");
    let body: Value = serde_json::from_str(reply["body"].as_str().unwrap_or_default())?;
    let shown = &body["items"][0]["block"];
    let block = &report["chains"][0]["toBlock"];
    ensure!(shown == block, "block {block} is not in {body}");
    Ok(())
}

fn shown(synced: &Latencies, seen: &Latencies) -> Table {
    let mut table = table(&[
        "one block of 20 events, a million feedbacks",
        "p50 ms",
        "p95 ms",
        "most ms",
    ]);
    let row = |name: &str, of: &Latencies| {
        let at = |percent| milliseconds(of.percentile(percent));
        [name.to_owned(), at(50), at(95), at(100)]
    };
    table.add_row(row("run's start to its end", synced));
    table.add_row(row("run's start to the API's answer", seen));
    table
}
