//! From events to tables, by way of the fold, in the caller's transaction.
//!
//! Work is proportional to what the events touch: the present state of those agents, clients,
//! ratings and validations is loaded by a few queries, and what changed is written in bulk.

mod agents;
mod feedback;
mod fetched;
pub(crate) mod file;
mod files;
mod load;
mod logs;
mod pages;
pub(crate) mod prepared;
mod rebuild;
mod refold;
mod rows;
mod seats;
mod stats;
mod touched;
mod undo;
mod validations;

use sqlx::PgConnection;

pub use self::fetched::{apply_file, give_up_file};
pub use self::logs::store_logs;
pub use self::rebuild::{Compared, Rebuilt, rebuild};
pub use self::refold::refold;

use self::prepared::Prepared;
use super::events::EventLog;
use super::fold::Fold;
use crate::cache::Changed;

/// What a batch of events came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Agents that the events are about.
    pub agents: Vec<Changed>,
    /// Of those, the ones that were not known before.
    pub agents_new: usize,
    /// Whether any agent itself changed.
    pub agents_changed: bool,
    /// Whether any feedback or validation changed.
    pub feedback_changed: bool,
}

/// Folds events, in log order, into the tables of one chain.
///
/// The events must be all of their blocks' and later than whatever was applied before.
///
/// # Errors
///
/// Fails as the database does; the transaction must then be rolled back.
pub async fn apply_events(
    connection: &mut PgConnection,
    chain_id: u64,
    events: Vec<EventLog>,
) -> Result<Applied, sqlx::Error> {
    if events.is_empty() {
        return Ok(Applied::default());
    }
    let touched = touched::Touched::by(&events);
    let (mut fold, prepared) = load::load(connection, chain_id, &touched, &events).await?;
    for event in events {
        fold.push(event);
    }
    write(connection, chain_id, &fold, &prepared).await
}

async fn write(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
    prepared: &Prepared,
) -> Result<Applied, sqlx::Error> {
    agents::write(connection, chain_id, fold, prepared).await?;
    seats::write(connection, chain_id, fold).await?;
    feedback::write(connection, chain_id, fold).await?;
    validations::write(connection, chain_id, fold).await?;
    stats::write(connection, fold).await?;
    let applied = Applied {
        agents: fold
            .agents
            .iter()
            .map(|agent| Changed {
                id: agent.id,
                chain_id: number(chain_id),
                agent_id: Some(agent.key.agent_id.into()),
            })
            .collect(),
        agents_new: fold
            .agents
            .iter()
            .filter(|agent| !agent.is_stored())
            .count(),
        agents_changed: fold.agents.iter().any(|agent| agent.changed),
        feedback_changed: fold.agents.iter().any(|agent| !agent.stats.is_empty()),
    };
    bump_versions(connection, chain_id, &applied).await?;
    Ok(applied)
}

/// Tells the views that what they are built from moved.
async fn bump_versions(
    connection: &mut PgConnection,
    chain_id: u64,
    applied: &Applied,
) -> Result<(), sqlx::Error> {
    let mut data = Vec::new();
    if applied.agents_changed {
        data.push("agents".to_owned());
    }
    if applied.feedback_changed {
        data.push("feedback".to_owned());
    }
    sqlx::query!(
        "INSERT INTO data_versions (data, chain_id, version)
         SELECT data, $2, 1 FROM unnest($1::text[]) AS t (data)
         ON CONFLICT (data, chain_id) DO UPDATE SET version = data_versions.version + 1",
        &data,
        number(chain_id),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Chain ids, block numbers and counts fit a `bigint` on every chain that there is; what does not
/// is refused where it comes in.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A log's index fits an `integer` likewise.
pub(super) fn index(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// Seconds since 1970 as the driver has times.
pub(super) fn time(seconds: u64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(number(seconds), 0).unwrap_or_default()
}
