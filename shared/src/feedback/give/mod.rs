//! Feedback that is handed in here: from what a client says to a stored row, a hosted file, and the transaction that
//! brings the same on chain.

pub(super) mod call;
mod canonical;
mod request;
mod store;
mod typed_data;

use futures_util::future::join;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use request::{A2a, Malformed, Mcp, NewFeedback, Oasf, ProofOfPayment, Signature};

use super::{Feedback, FeedbackSource, SignatureProof, file};
use crate::agents::AgentPath;
use crate::cache::Cache;
use crate::chain::rpc::RpcUrls;
use crate::chain::transaction::UnsignedTransaction;
use crate::db::{Isolation, ScopedFutureExt as _, Writer};
use crate::decimal;
use crate::hex::Hex;
use crate::http::{Created, JsonBody, Nothing, Problem, Reply, Write, WriteResult};
use canonical::Canonical;
use store::Row;

/// The request of `submit-feedback`.
pub type SubmitFeedback = Write<AgentPath, Nothing, JsonBody<NewFeedback>>;

/// Feedback that is stored, and the transaction that brings it on chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubmittedFeedback {
    /// The feedback. It keeps its `id` when it comes on chain.
    pub feedback: Feedback,
    /// `giveFeedback` of the reputation registry, for the client to sign and send, or not.
    pub transaction: UnsignedTransaction,
}

/// Stores what the caller's wallet says of an agent.
///
/// # Errors
/// `AGENT_NOT_FOUND`, `CHAIN_NOT_SUPPORTED`, `AGENT_SUSPENDED`; `UNAUTHORIZED_OPERATION` for the agent's own people;
/// `FEEDBACK_TOO_SOON`; `VALIDATION_ERROR` for a signature that is not the client's over this.
pub async fn submit(
    (writer, rpc, cache): (&Writer, &RpcUrls, &Cache),
    write: SubmitFeedback,
) -> WriteResult<Created<SubmittedFeedback>> {
    let JsonBody(said) = &write.body;
    let (client, now) = (write.meta.caller.holder()?.wallet, write.meta.now);
    let subject = store::subject(writer, &write.path.agent, client).await?;
    let created_at = said
        .signature
        .as_ref()
        .map_or(now, |signature| signature.issued_at);
    let canonical = Canonical::of(&subject, client, created_at, said)?;
    let id = Uuid::new_v4();
    let uri = file::url(&write.meta.config, id)?;
    let checked = typed_data::check(rpc, &subject, client, said, (canonical.hash, now));
    let transaction = async {
        let (data, work) = call::give(&subject, said, &uri, canonical.hash);
        // Chains are configured with ids above 0.
        let chain_id = u64::try_from(subject.chain_id).unwrap_or_default();
        let ends = (client, subject.reputation_registry);
        UnsignedTransaction::new(rpc, chain_id, ends, data, work).await
    };
    let (checked, transaction) = join(checked, transaction).await;
    checked?;
    let row = Row {
        id,
        subject: &subject,
        client,
        said,
        uri: &uri,
        file: &canonical,
        now,
    };
    let (row, transaction) = (&row, &transaction);
    let commit = write
        .once
        .commit(writer, Isolation::ReadCommitted, |atomic| {
            async move {
                let paid = store::insert(atomic.connection(), row).await?;
                Ok::<_, Problem>(Reply::created(SubmittedFeedback {
                    feedback: feedback(row, paid),
                    transaction: transaction.clone(),
                }))
            }
            .scope_boxed()
        });
    let committed = commit.await?;
    cache.forget_agents(vec![subject.changed()]).await;
    Ok(committed)
}

/// The row as lists show it, without asking for it.
fn feedback(row: &Row<'_>, paid: bool) -> Feedback {
    let said = row.said;
    let value = said.value.to_string();
    Feedback {
        id: row.id,
        client: row.client,
        feedback_index: None,
        decimal_value: decimal::scaled(&value, usize::from(said.value_decimals)),
        value,
        value_decimals: i16::from(said.value_decimals),
        tag1: said.tag1.clone(),
        tag2: said.tag2.clone(),
        endpoint: said.endpoint.clone(),
        feedback_uri: row.uri.to_owned(),
        feedback_hash: Hex(row.file.hash.to_vec()),
        file: None,
        source: FeedbackSource::Api,
        signature: said.signature.as_ref().map(|signature| SignatureProof {
            signature: Hex(signature.signature.to_vec()),
            issued_at: signature.issued_at,
            expires_at: signature.expires_at,
        }),
        paid,
        created_at: row.now,
        block: None,
        transaction_hash: None,
        revoked_at: None,
        response_count: 0,
        responses: Vec::new(),
        truncated: Vec::new(),
    }
}
