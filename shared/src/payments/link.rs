//! Linking: from the name of a transaction to payments.

use alloy_primitives::B256;
use chrono::{DateTime, Utc};

use super::book::{self, Entry, Payee};
use super::evidence::{Evidence, Terms, look_at, rejected};
use super::requests::{LinkPayment, LinkedPayments, hash};
use super::standing::{Ground, standing};
use crate::address::Address;
use crate::agents::AgentRef;
use crate::cache::Cache;
use crate::chain::rpc::RpcUrls;
use crate::db::{Atomic, Isolation, Reader, ScopedFutureExt as _, Writer};
use crate::http::{Code, Created, Meta, Problem, Reply, WriteResult};
use crate::idempotency::Once;

/// What a function that links calls.
pub type Parts<'a> = (&'a Reader, &'a Writer, &'a RpcUrls, &'a Cache);

/// Links what a transaction has paid to an agent, by payer or payee.
///
/// The agent is read while the chain is asked; the chain takes two round trips, whatever the transaction holds.
///
/// # Errors
/// `PAYMENT_NOT_FOUND` for a transaction that the chain does not know, `PAYMENT_REJECTED` for one that does not pay the
/// agent, `UNAUTHORIZED_OPERATION` for another's, `PAYMENT_ALREADY_LINKED`, and those of the agent's name.
pub async fn link(
    (reader, writer, rpc, cache): Parts<'_>,
    agent: &AgentRef,
    body: &LinkPayment,
    meta: &Meta,
    once: &Once,
) -> WriteResult<Created<LinkedPayments>> {
    let caller = meta.caller.holder()?.wallet;
    let transaction = hash(&body.transaction_hash);
    let (payee, seen) = tokio::join!(
        book::payee(reader, agent, body.chain_id),
        look_at(rpc, body.chain_id, transaction),
    );
    let linking = Linking {
        payee: payee?,
        transaction,
        evidence: seen?,
        index: body.log_index,
        caller,
        now: meta.now,
    };
    let linking = &linking;
    let commit = once.commit(writer, Isolation::ReadCommitted, |atomic| {
        async move { linking.write(atomic).await.map(Reply::created) }.scope_boxed()
    });
    let committed = commit.await?;
    cache.forget_agents(vec![linking.payee.changed()]).await;
    Ok(committed)
}

/// All that is known before the transaction.
struct Linking {
    payee: Payee,
    transaction: B256,
    evidence: Evidence,
    index: Option<i32>,
    caller: Address,
    now: DateTime<Utc>,
}

impl Linking {
    async fn write(&self, atomic: &mut Atomic) -> Result<LinkedPayments, Problem> {
        let connection = atomic.connection();
        let Self {
            payee, evidence, ..
        } = self;
        let block = evidence.place.map(|place| place.block.number);
        let ground = Ground::take(connection, payee.agent, payee.chain_id, block).await?;
        let terms = Terms {
            tokens: &payee.tokens,
            holders: &ground.holders,
            caller: self.caller.into(),
            index: self.index,
        };
        let found = evidence.payments(&terms);
        let transfers = found.map_err(|problem| not_yet(problem, &ground, block))?;
        let standing = standing(evidence.place, evidence.head, payee.confirmations, &ground);
        let entry = Entry {
            payee,
            transaction: self.transaction,
            place: evidence.place,
            standing: &standing,
            linked_by: self.caller,
            linked_at: self.now,
        };
        let items = book::insert(connection, &entry, &transfers).await?;
        if items.is_empty() {
            return Err(already_linked());
        }
        Ok(LinkedPayments { items })
    }
}

/// Who held the agent in a block that is not indexed yet is not known for sure: the same request may succeed then.
fn not_yet(problem: Problem, ground: &Ground, block: Option<u64>) -> Problem {
    let Some(block) = block.filter(|block| !ground.has_indexed(*block)) else {
        return problem;
    };
    if problem.code() != Code::PaymentRejected {
        return problem;
    }
    let detail = problem.detail();
    rejected(format!(
        "{detail} Its block {block} is not indexed yet: if the agent changed hands lately, ask again when it is."
    ))
}

/// Every transfer of the transaction to the agent is linked already.
pub(super) fn already_linked() -> Problem {
    Problem::new(
        Code::PaymentAlreadyLinked,
        "What the transaction has paid to the agent is linked already.",
    )
}
