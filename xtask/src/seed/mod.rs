//! `cargo xtask seed`: a registry as large as one likes, made up, straight into the tables.
//!
//! Everything follows from a seed and a size. Each agent is made by itself, so the rows of a table are made while the
//! database takes in those before them, and no table is held in memory. All of it is one transaction: whoever reads
//! waits, and a run that fails or is interrupted has changed nothing.
//!
//! The agents are on a chain of their own that is paused and has no endpoint: the sync leaves it alone, and nothing is
//! fetched. There are no `chain_events` of it, so there is nothing that a rebuild could fold again.

mod agent;
mod copy;
pub(crate) mod popularity;
pub mod random;
mod rows;
mod said;
mod schema;
mod tables;
pub(crate) mod words;
pub mod world;

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::chains;
use crate::cli::scale::Seed;
use crate::commands::UP;
use crate::stack::{Stack, database};
use crate::steps::{Step, Steps, seconds};
use schema::TakenOff;
use tables::TABLES;
use world::{CHAIN, CHAIN_NAME, DOMAIN, END, IDENTITY, REPUTATION, VALIDATION};

pub use world::{Size, World};

/// What is counted.
const STATS: &str = include_str!("stats.sql");
/// What is filled by other means than [`TABLES`], or has rows of an agent for other reasons.
const MORE_TABLES: [&str; 8] = [
    "agent_stats",
    "agent_tag_stats",
    "agent_client_stats",
    "agent_token_stats",
    "agent_approvals",
    "prepared_agents",
    "feedback_turns",
    "endpoint_domains",
];
/// In the order in which they read each other.
const VIEWS: [&str; 4] = [
    "mv_agent_reputation",
    "mv_agent_payments",
    "mv_agent_ranking",
    "mv_chain_totals",
];
/// Sorting and hashing millions of rows; and nobody waits for a reader for ever.
const SETTINGS: &str = "SET LOCAL maintenance_work_mem = '1GB'; SET LOCAL work_mem = '256MB';
    SET LOCAL lock_timeout = '60s'; SET LOCAL synchronous_commit = off; SET LOCAL client_min_messages = warning";

/// Fills the database of the running stack.
///
/// # Errors
///
/// When there is no stack, or the database refuses.
pub(crate) async fn run(args: &Seed) -> Result<()> {
    let stack = Stack::open(UP)?;
    let mut connection = database::connect(&stack)
        .await
        .context("`cargo xtask up` starts the database")?;
    let size = Size {
        agents: args.agents,
        feedback: args.feedback.unwrap_or(args.agents * 5),
        payments: args.payments.unwrap_or(args.agents),
    };
    out!("Seed {}. The API waits until this is done.", args.number);
    let steps = Steps::new(TABLES.len() + 6);
    fill_in_steps(&mut connection, World::new(size, args.number), &steps).await?;
    out!(
        "\nSeeded in {}. Agents are {CHAIN}:0 to {CHAIN}:{}.",
        steps.elapsed(),
        size.agents - 1
    );
    Ok(())
}

/// Puts a world into a database of this machine, in place of the one that was seeded there before.
///
/// # Errors
///
/// When the database is elsewhere, or refuses.
pub async fn fill(connection: &mut PgConnection, world: World) -> Result<()> {
    fill_in_steps(connection, world, &Steps::quiet()).await
}

async fn fill_in_steps(connection: &mut PgConnection, world: World, steps: &Steps) -> Result<()> {
    check_local(connection).await?;
    let world = Arc::new(world);
    let mut transaction = connection.begin().await?;
    let connection = &mut *transaction;
    sqlx::raw_sql(SETTINGS).execute(&mut *connection).await?;
    let names: Vec<&str> = TABLES
        .iter()
        .map(|table| table.name)
        .chain(MORE_TABLES)
        .collect();
    let taken_off = steps
        .run("room", async |_| {
            let taken_off = TakenOff::from(connection, &names).await?;
            let kept = keep_others(connection, &names).await?;
            Ok((format!("{kept} rows of others stay"), taken_off))
        })
        .await?;
    for table in TABLES {
        steps
            .run(table.name, async |step| {
                let rows = copy::agents(connection, table, &world, &|line| step.note(line)).await?;
                Ok((format!("{rows} rows"), ()))
            })
            .await?;
    }
    steps
        .run("domains", async |_| {
            Ok((
                format!("{} rows", copy::domains(connection, &world).await?),
                (),
            ))
        })
        .await?;
    steps
        .run("chain", async |_| {
            Ok((chain(connection, &world).await?, ()))
        })
        .await?;
    steps
        .run("statistics", async |_| Ok((count(connection).await?, ())))
        .await?;
    steps
        .run("indexes and keys", async |step| {
            restore_others(connection, &names).await?;
            let count = taken_off
                .put_back(connection, &|line| step.note(line))
                .await?;
            Ok((format!("{count}, and the schema is what it was"), ()))
        })
        .await?;
    steps
        .run("views and plans", async |step| {
            Ok((refresh(connection, &names, step).await?, ()))
        })
        .await?;
    Ok(transaction.commit().await?)
}

/// Nothing here is for a database with rows that somebody needs.
async fn check_local(connection: &mut PgConnection) -> Result<()> {
    let local = sqlx::query_scalar::<_, bool>(
        "SELECT coalesce(inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1', true)",
    );
    let is_local = local.fetch_one(&mut *connection).await?;
    ensure!(is_local, "the database is not on this machine");
    let taken = sqlx::query_scalar::<_, bool>(
        "SELECT EXISTS (SELECT FROM chains WHERE chain_id = $1 AND name <> $2)",
    );
    let is_taken = taken
        .bind(CHAIN)
        .bind(CHAIN_NAME)
        .fetch_one(connection)
        .await?;
    ensure!(!is_taken, "chain {CHAIN} is there, and is not a seeded one");
    Ok(())
}

/// Columns that can be written, and which rows are not of a world that was seeded before.
async fn shape_of(connection: &mut PgConnection, table: &str) -> Result<(String, String)> {
    let (columns, has_chain, has_agent): (String, bool, bool) = sqlx::query_as(
        "SELECT string_agg(attname, ', ' ORDER BY attnum), bool_or(attname = 'chain_id'), bool_or(attname = 'agent')
         FROM pg_attribute
         WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
    )
    .bind(table)
    .fetch_one(connection)
    .await?;
    let is_kept = if has_chain {
        format!("chain_id <> {CHAIN}")
    } else if has_agent {
        format!("agent NOT IN (SELECT id FROM agent_identities WHERE chain_id = {CHAIN})")
    } else {
        format!("domain NOT LIKE '%{DOMAIN}'")
    };
    Ok((columns, is_kept))
}

/// Empties the tables, with the rows of others put aside: a table that was emptied in the same transaction is filled
/// without a log and with its rows frozen.
async fn keep_others(connection: &mut PgConnection, tables: &[&str]) -> Result<u64> {
    let mut kept = 0;
    for table in tables {
        let (columns, is_kept) = shape_of(connection, table).await?;
        let sql = format!(
            "CREATE TEMPORARY TABLE kept_{table} ON COMMIT DROP AS SELECT {columns} FROM {table} WHERE {is_kept}"
        );
        kept += connection
            .execute(AssertSqlSafe(sql))
            .await?
            .rows_affected();
    }
    let sql = format!("TRUNCATE {}", tables.join(", "));
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(kept)
}

async fn restore_others(connection: &mut PgConnection, tables: &[&str]) -> Result<()> {
    for table in tables {
        let (columns, _) = shape_of(connection, table).await?;
        let sql = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table}");
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

/// The chain with its registries and tokens, paused and as far as it goes.
async fn chain(connection: &mut PgConnection, world: &World) -> Result<String> {
    let last = i64::try_from(world::block(END))?;
    let end = i64::try_from(END)?;
    let registry = |(kind, address): (&str, [u8; 20])| json!({ "kind": kind, "address": format!("0x{}", hex::encode(address)) });
    let registries = [
        ("identity", IDENTITY),
        ("reputation", REPUTATION),
        ("validation", VALIDATION),
    ];
    let row = json!({
        "chainId": CHAIN, "name": CHAIN_NAME, "startBlock": 0, "confirmations": 0, "hasFinalizedTag": false,
        "blockTimeMs": 12_000, "registries": registries.map(registry),
    });
    chains::insert(connection, &row).await?;
    sqlx::query("UPDATE chains SET status = 'paused' WHERE chain_id = $1")
        .bind(CHAIN)
        .execute(&mut *connection)
        .await?;
    for (address, symbol, decimals) in said::TOKENS {
        sqlx::query(
            "INSERT INTO payment_tokens (chain_id, address, symbol, decimals) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(CHAIN)
        .bind(&address[..])
        .bind(symbol)
        .bind(i16::from(decimals))
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query(
        "INSERT INTO sync_cursors (chain_id, block_number, block_time, head_block, head_time, final_block)
         VALUES ($1, $2, to_timestamp($3), $2, to_timestamp($3), $2) ON CONFLICT DO NOTHING",
    )
    .bind(CHAIN)
    .bind(last)
    .bind(end)
    .execute(&mut *connection)
    .await?;
    // What reads the views and the cache goes by these.
    sqlx::query(
        "INSERT INTO data_versions AS v (data, chain_id, version)
         SELECT data, $1, 1 FROM unnest(ARRAY['agents', 'feedback', 'payments']) AS data
         ON CONFLICT (data, chain_id) DO UPDATE SET version = v.version + 1",
    )
    .bind(CHAIN)
    .execute(connection)
    .await?;
    let Size { agents, .. } = world.size;
    Ok(format!("{CHAIN_NAME} ({CHAIN}): {agents} agents, paused"))
}

async fn count(connection: &mut PgConnection) -> Result<String> {
    let sql = STATS.replace("{chain}", &CHAIN.to_string());
    let done = sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await?;
    Ok(format!("{} rows", done.rows_affected()))
}

/// Refreshes the views, and has the planner look at everything.
async fn refresh(connection: &mut PgConnection, tables: &[&str], step: &Step) -> Result<String> {
    let mut times = Vec::new();
    for view in VIEWS {
        step.note(view);
        let began = std::time::Instant::now();
        let sql = format!("REFRESH MATERIALIZED VIEW {view}");
        connection.execute(AssertSqlSafe(sql)).await?;
        times.push(format!("{view} {}", seconds(began.elapsed())));
    }
    step.note("ANALYZE");
    let sql = format!("ANALYZE {}, {}", tables.join(", "), VIEWS.join(", "));
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(times.join(", "))
}
