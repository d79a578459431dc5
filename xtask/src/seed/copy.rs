//! Fills a table by COPY: one thread makes rows while the database takes in those before.

use std::sync::Arc;
use std::thread;

use anyhow::{Result, anyhow};
use sqlx::PgConnection;
use tokio::sync::mpsc;

use super::agent::Agent;
use super::random::Purpose;
use super::rows::Rows;
use super::tables::Table;
use super::world::{END, World};

/// How much is sent at once, and how much may wait.
const CHUNK_BYTES: usize = 1 << 20;
const CHUNKS_WAITING_MAX: usize = 4;

/// Fills a table with the rows of all agents; returns how many.
///
/// # Errors
///
/// When the database refuses a row.
pub async fn agents(
    connection: &mut PgConnection,
    table: Table,
    world: &Arc<World>,
    note: &dyn Fn(&str),
) -> Result<u64> {
    let Table { name, columns, add } = table;
    let (sender, chunks) = mpsc::channel(CHUNKS_WAITING_MAX);
    let world = Arc::clone(world);
    let maker = thread::spawn(move || {
        let mut rows = Rows::default();
        for number in 0..world.size.agents {
            add(&world, &Agent::of(&world, number), &mut rows);
            if rows.len() >= CHUNK_BYTES && sender.blocking_send(rows.take()).is_err() {
                // Nobody takes them: the other side has failed, and says why.
                return;
            }
        }
        let _ = sender.blocking_send(rows.take());
    });
    let copied = send(connection, name, columns, chunks, note).await;
    maker
        .join()
        .map_err(|_| anyhow!("making rows of {name} failed"))?;
    copied
}

/// Fills the table of domains; returns how many there are. None is due ever, so nobody looks them up.
///
/// # Errors
///
/// When the database refuses a row.
pub async fn domains(connection: &mut PgConnection, world: &World) -> Result<u64> {
    let mut rows = Rows::default();
    for number in 0..world.domains() {
        let answers = world.random(Purpose::Domain, number).in_percent(70);
        rows.text(&world.domain(number))
            .plain(answers)
            .time(END)
            .plain("infinity")
            .end();
    }
    let (sender, chunks) = mpsc::channel(1);
    sender.send(rows.take()).await?;
    drop(sender);
    let columns = "domain, reachable, checked_at, next_attempt_at";
    send(connection, "endpoint_domains", columns, chunks, &|_| ()).await
}

async fn send(
    connection: &mut PgConnection,
    table: &str,
    columns: &str,
    mut chunks: mpsc::Receiver<(Vec<u8>, u64)>,
    note: &dyn Fn(&str),
) -> Result<u64> {
    let statement = format!("COPY {table} ({columns}) FROM STDIN (FREEZE)");
    let mut copy = connection.copy_in_raw(&statement).await?;
    let mut sent = 0;
    while let Some((text, count)) = chunks.recv().await {
        copy.send(text).await?;
        sent += count;
        note(&format!("{sent} rows"));
    }
    Ok(copy.finish().await?)
}
