//! Whether a payment counts yet, and the state of the index that decides it.

use alloy_primitives::{Address, B256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::PaymentStatus;
use super::evidence::Place;

/// What the index knows of an agent in a block, held still until the transaction ends.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The last block that is indexed; `None` before the first.
    pub indexed: Option<u64>,
    /// The hash that the index knows of the payment's block; only recent blocks are remembered.
    pub known_hash: Option<B256>,
    /// The agent's wallets and owners in that block.
    pub holders: Vec<Address>,
}

impl Ground {
    /// Looks, and keeps the sync from moving the chain's cursor meanwhile: what is taken back or added after this
    /// transaction sees its payments. `block` is the payment's; the present moment where it has none.
    ///
    /// # Errors
    /// Fails as the database does.
    pub async fn take(
        connection: &mut PgConnection,
        agent: Uuid,
        chain_id: i64,
        block: Option<u64>,
    ) -> Result<Self, sqlx::Error> {
        // A statement of its own: what is read after waiting for a lock must be read by a later one.
        let cursor = sqlx::query_scalar!(
            "SELECT block_number FROM sync_cursors WHERE chain_id = $1 FOR SHARE",
            chain_id,
        )
        .fetch_optional(&mut *connection)
        .await?;
        let block = block.map_or(i64::MAX, |block| i64::try_from(block).unwrap_or(i64::MAX));
        let row = sqlx::query!(
            r#"SELECT (SELECT block_hash FROM chain_blocks
                       WHERE chain_id = $2 AND block_number = $3) AS known_hash,
                      ARRAY(SELECT owner FROM agent_owners
                            WHERE agent = $1 AND from_block <= $3 AND coalesce(to_block, $3) >= $3
                            UNION
                            SELECT wallet FROM agent_wallets
                            WHERE agent = $1 AND from_block <= $3 AND coalesce(to_block, $3) >= $3
                      ) AS "holders!""#,
            agent,
            chain_id,
            block,
        )
        .fetch_one(connection)
        .await?;
        let address = |bytes: Vec<u8>| Address::try_from(bytes.as_slice()).ok();
        Ok(Self {
            indexed: cursor.and_then(|block| u64::try_from(block).ok()),
            known_hash: row
                .known_hash
                .and_then(|hash| B256::try_from(hash.as_slice()).ok()),
            holders: row.holders.into_iter().filter_map(address).collect(),
        })
    }

    /// Whether the block is indexed, so that all that is to be known of the agent in it is known.
    #[must_use]
    pub fn has_indexed(&self, block: u64) -> bool {
        self.indexed.is_some_and(|indexed| indexed >= block)
    }
}

/// Where a payment stands, and why it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Pending, succeeded or failed.
    pub status: PaymentStatus,
    /// Why it is pending.
    pub reason: Option<String>,
}

/// A payment counts when its block is as deep as the chain's confirmations, is indexed, and is the block that the index
/// has there.
#[must_use]
pub fn standing(place: Option<Place>, head: u64, confirmations: u64, ground: &Ground) -> Standing {
    let waits = |reason: String| Standing {
        status: PaymentStatus::Pending,
        reason: Some(reason),
    };
    let Some(Place { block, succeeded }) = place else {
        return waits("Its transaction is in no block yet.".to_owned());
    };
    let counts_from = block.number.saturating_add(confirmations);
    if head < counts_from {
        return waits(format!(
            "It counts from block {counts_from} on, which is {confirmations} blocks after its own."
        ));
    }
    if !ground.has_indexed(block.number) {
        return waits(format!("Its block {} is not indexed yet.", block.number));
    }
    if ground.known_hash.is_some_and(|known| known != block.hash) {
        return waits(format!("The chain is changing its block {}.", block.number));
    }
    Standing {
        status: if succeeded {
            PaymentStatus::Succeeded
        } else {
            PaymentStatus::Failed
        },
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::rpc::Header;

    fn at(succeeded: bool) -> Place {
        let block = Header {
            number: 100,
            hash: B256::repeat_byte(1),
            parent_hash: B256::ZERO,
            time_s: 0,
        };
        Place { block, succeeded }
    }

    fn ground(indexed: u64, known: Option<u8>) -> Ground {
        Ground {
            indexed: Some(indexed),
            known_hash: known.map(B256::repeat_byte),
            holders: Vec::new(),
        }
    }

    #[test]
    fn a_payment_counts_when_it_is_deep_enough_and_indexed() {
        use PaymentStatus::{Failed, Pending, Succeeded};
        for (place, head, ground, status) in [
            (Some(at(true)), 110, ground(100, None), Succeeded),
            (Some(at(true)), 110, ground(100, Some(1)), Succeeded),
            (Some(at(false)), 110, ground(100, None), Failed),
            (Some(at(true)), 109, ground(100, None), Pending),
            (Some(at(true)), 110, ground(99, None), Pending),
            (Some(at(true)), 110, ground(100, Some(2)), Pending),
            (None, 110, ground(110, None), Pending),
        ] {
            let found = standing(place, head, 10, &ground);
            assert_eq!(found.status, status, "{found:?}");
            assert_eq!(found.reason.is_some(), status == Pending);
        }
    }

    #[test]
    fn without_confirmations_to_wait_for_a_payment_counts_at_once() {
        let found = standing(Some(at(true)), 100, 0, &ground(100, Some(1)));
        assert_eq!(found.status, PaymentStatus::Succeeded);
    }
}
