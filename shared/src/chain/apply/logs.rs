//! The table of events: our copy of the chain.

use sqlx::PgConnection;

use super::super::RawLog;
use super::super::events::EventLog;
use super::rows::{Hashes, Numeric, Rows, Time};
use super::{index, number};

/// Stores logs whole, each beside what it was decoded to.
///
/// # Errors
///
/// Fails as the database does, and where one of the logs is there already.
pub async fn store_logs(
    connection: &mut PgConnection,
    chain_id: u64,
    logs: &[RawLog],
    events: &[EventLog],
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "chain_events",
        "chain_id bigint, block_number bigint, log_index integer, block_hash bytea, \
         block_time timestamptz, transaction_hash bytea, transaction_index integer, \
         address bytea, identity_registry bytea, event text, agent_id numeric, \
         topics bytea[], data bytea",
    );
    let chain = number(chain_id);
    for (log, event) in logs.iter().zip(events) {
        rows.push(&[
            &chain,
            &number(log.at.block),
            &index(log.at.log),
            &log.block_hash,
            &Time(log.time_s),
            &log.transaction_hash,
            &index(log.transaction_index),
            &log.address,
            &event.registry,
            &event.event.kind().as_str(),
            &event.event.agent_id().map(Numeric::from),
            &Hashes(&log.topics),
            &log.data,
        ]);
    }
    rows.send(connection).await
}
