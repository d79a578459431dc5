//! Who may act for an agent.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::address::Address;

/// Whether a wallet owns the agent, is approved for it, or is an operator of its owner: what `isAuthorizedOrOwner` of
/// the identity registry answers as of the block that is indexed. The reputation registry takes no feedback from such
/// a wallet. An agent that is not on chain has no owner, so nobody is.
///
/// An approval ends at the agent's next transfer (ERC-721); an operator acts for whatever its owner owns at the time.
/// The wallet that the agent is paid at (`agentWallet`) is another matter.
///
/// # Errors
/// When the database does not answer.
pub async fn is_authorized_or_owner(
    database: impl PgExecutor<'_>,
    agent: Uuid,
    wallet: Address,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM agents a
               WHERE a.id = $1 AND ($2 IN (a.owner, a.approved) OR EXISTS (
                   SELECT FROM owner_operators o
                   WHERE o.chain_id = a.chain_id AND o.identity_registry = a.identity_registry
                     AND o.owner = a.owner AND o.operator = $2 AND o.to_block IS NULL))
           ) AS "is_authorized!""#,
        agent,
        wallet.as_bytes(),
    )
    .fetch_one(database)
    .await
}
