//! What a reorg takes back.

use sqlx::PgConnection;

/// Makes every payment pending again whose block is taken back, in the transaction of the rollback, and undoes refunds
/// whose block is. `confirm-payments` then asks the chain what has become of them. Gives the number of payments.
///
/// # Errors
/// Fails as the database does; the transaction must then be rolled back.
pub async fn take_back(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
) -> Result<u64, sqlx::Error> {
    let signed = |number| i64::try_from(number).unwrap_or(i64::MAX);
    let refunds = sqlx::query!(
        "UPDATE payments SET status = 'succeeded', refund_transaction = NULL, refund_log = NULL,
                refund_block = NULL, refunded_at = NULL
         WHERE chain_id = $1 AND refund_block >= $2",
        signed(chain_id),
        signed(from_block),
    )
    .execute(&mut *connection)
    .await?;
    let payments = sqlx::query!(
        "UPDATE payments SET status = 'pending', reason = 'The chain took its block back.',
                block_number = NULL, block_hash = NULL, paid_at = NULL, checked_at = NULL
         WHERE chain_id = $1 AND block_number >= $2 AND status <> 'withdrawn'",
        signed(chain_id),
        signed(from_block),
    )
    .execute(connection)
    .await?;
    Ok(refunds.rows_affected() + payments.rows_affected())
}
