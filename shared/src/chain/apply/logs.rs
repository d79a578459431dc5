//! The table of events: our copy of the chain.

use sqlx::PgConnection;

use super::super::RawLog;
use super::super::events::EventLog;
use super::copy::{Hashes, Numeric, Rows, Time};
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
        "COPY chain_events (chain_id, block_number, log_index, block_hash, block_time,
            transaction_hash, transaction_index, address, identity_registry, event, agent_id,
            topics, data)
         FROM STDIN (FORMAT BINARY)",
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
