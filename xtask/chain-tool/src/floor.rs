//! The least that copying a chain's logs takes: bare `eth_getLogs`, and `COPY` of the raw rows into a
//! table without an index. No checks, no meaning, no retries.

use std::time::Instant;

use alloy_primitives::U64;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::chain::rpc::WireLog;
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::{Failure, database_url, say};

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Measures both, and says how long each took.
pub async fn measure(url: &str, range: [&str; 3]) -> Result<bool, Failure> {
    let [mut from, to, step]: [u64; 3] = [range[0].parse()?, range[1].parse()?, range[2].parse()?];
    let mut connection = PgConnection::connect(&database_url()?).await?;
    connection
        .execute(
            "DROP TABLE IF EXISTS bench_floor; CREATE TABLE bench_floor (
                 block_number bigint, log_index bigint, block_hash bytea, transaction_hash bytea,
                 transaction_index bigint, address bytea, topics bytea, data bytea)",
        )
        .await?;
    let client = Client::new();
    let (mut logs, mut fetching, mut copying) = (0, 0, 0);
    while from <= to {
        let end = to.min(from + step - 1);
        let began = Instant::now();
        let fetched = fetch(&client, url, from, end).await?;
        fetching += began.elapsed().as_micros();
        let began = Instant::now();
        copy(&mut connection, &fetched).await?;
        copying += began.elapsed().as_micros();
        logs += fetched.len();
        from = end + 1;
    }
    connection.execute("DROP TABLE bench_floor").await?;
    say(&json!({ "logs": logs, "fetchMicros": fetching, "copyMicros": copying }));
    Ok(true)
}

#[derive(Deserialize)]
struct Reply {
    result: Vec<WireLog>,
}

async fn fetch(client: &Client, url: &str, from: u64, to: u64) -> Result<Vec<WireLog>, Failure> {
    let filter = json!({ "fromBlock": format!("{from:#x}"), "toBlock": format!("{to:#x}") });
    let call: Value =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [filter] });
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .body(call.to_string());
    let body = request.send().await?.bytes().await?;
    Ok(serde_json::from_slice::<Reply>(&body)?.result)
}

async fn copy(connection: &mut PgConnection, logs: &[WireLog]) -> Result<(), Failure> {
    let mut rows = HEADER.to_vec();
    for log in logs {
        rows.extend_from_slice(&8_i16.to_be_bytes());
        let topics = log.topics.concat();
        let number = |number: Option<U64>| number.unwrap_or_default().to_be_bytes::<8>();
        put(&mut rows, &number(log.block_number))?;
        put(&mut rows, &number(log.log_index))?;
        put(&mut rows, log.block_hash.unwrap_or_default().as_slice())?;
        put(
            &mut rows,
            log.transaction_hash.unwrap_or_default().as_slice(),
        )?;
        put(&mut rows, &number(log.transaction_index))?;
        put(&mut rows, log.address.as_slice())?;
        put(&mut rows, &topics)?;
        put(&mut rows, &log.data)?;
    }
    rows.extend_from_slice(&(-1_i16).to_be_bytes());
    let mut copy = connection
        .copy_in_raw("COPY bench_floor FROM STDIN (FORMAT BINARY)")
        .await?;
    for message in rows.chunks(1 << 20) {
        copy.send(message).await?;
    }
    copy.finish().await?;
    Ok(())
}

fn put(rows: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Failure> {
    rows.extend_from_slice(&i32::try_from(bytes.len())?.to_be_bytes());
    rows.extend_from_slice(bytes);
    Ok(())
}
