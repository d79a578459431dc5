//! From what was handed in to a prepared agent and its transaction.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::SubsecRound as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::check::Faults;
use super::request::{NewAgent, compact};
use super::store::{self, NaturalKey, Place, Row};
use super::{call, file};
use crate::address::Address;
use crate::agents::registration::{self, Document, UriKind};
use crate::agents::{Agent, AgentStatus, ProfileFile};
use crate::chain::apply::file::File;
use crate::chain::rpc::RpcUrls;
use crate::chain::transaction::UnsignedTransaction;
use crate::db::{Isolation, ScopedFutureExt as _, Writer};
use crate::http::{Code, Created, JsonBody, Meta, Nothing, Problem, Reply, Write, WriteResult};
use crate::limits::REGISTER_BODY_BYTES_MAX;

/// The request of `register-agent`.
pub type RegisterAgent = Write<Nothing, Nothing, JsonBody<NewAgent, { REGISTER_BODY_BYTES_MAX }>>;

/// An agent that waits for its registration, and the transaction that registers it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreparedAgent {
    /// The agent. It keeps its `id` when it comes on chain.
    pub agent: Agent,
    /// For its owner to sign and send.
    pub transaction: UnsignedTransaction,
}

/// What was handed in, found to be in order.
struct Checked {
    document: Document,
    key: NaturalKey,
    /// The URI, unless it leads here and so depends on the agent's id.
    data_uri: Option<String>,
}

/// Prepares an agent for its registration by the caller's wallet.
///
/// # Errors
/// `UNAUTHORIZED_OPERATION` for another wallet's agent; `REGISTRATION_FILE_INVALID`, `METADATA_LIMIT_EXCEEDED` and
/// `VALIDATION_ERROR` with every fault; `CHAIN_NOT_SUPPORTED`; `AGENT_ALREADY_EXISTS` where the wallet has prepared or
/// registered the same.
pub async fn register(
    (writer, rpc): (&Writer, &RpcUrls),
    write: RegisterAgent,
) -> WriteResult<Created<PreparedAgent>> {
    let JsonBody(body) = &write.body;
    let owner = owner(&write.meta, body)?;
    let checked = check(body, owner)?;
    let place = store::place(writer.pool(), body.chain_id, checked.key).await?;
    let id = Uuid::new_v4();
    let uri = match checked.data_uri {
        Some(uri) => uri,
        None => file::url(&write.meta.config, id)?,
    };
    let kind = registration::AgentUri::parse(&uri).kind();
    let transaction = transaction(rpc, body, &place, owner, &uri).await;
    let document = Document {
        kind,
        ..checked.document
    };
    let stored = File::from(document.clone());
    let (uri, document, stored, transaction) = (&uri, &document, &stored, &transaction);
    // The database keeps microseconds, and the reply is what it keeps.
    let now = write.meta.now.trunc_subsecs(6);
    write
        .once
        .commit(writer, Isolation::ReadCommitted, |atomic| {
            async move {
                let row = Row {
                    id,
                    place,
                    key: checked.key,
                    uri,
                    file: stored,
                    now,
                };
                store::insert(atomic.connection(), &row).await?;
                Ok(Reply::created(PreparedAgent {
                    agent: agent(&row, document),
                    transaction: transaction.clone(),
                }))
            }
            .scope_boxed()
        })
        .await
}

/// Nobody prepares an agent in another's name.
fn owner(meta: &Meta, body: &NewAgent) -> Result<Address, Problem> {
    let wallet = meta.caller.holder()?.wallet;
    match body.owner {
        Some(owner) if owner != wallet => {
            let detail =
                format!("The key is {wallet}'s, which cannot prepare an agent of {owner}.");
            Err(Problem::new(Code::UnauthorizedOperation, detail))
        }
        _ => Ok(wallet),
    }
}

fn check(body: &NewAgent, owner: Address) -> Result<Checked, Problem> {
    let mut faults = Faults::default();
    let bytes = compact(&body.registration);
    let file_hash = Sha256::digest(&bytes).into();
    faults.check_metadata(&body.metadata);
    let data_uri = body
        .onchain_file
        .then(|| format!("data:application/json;base64,{}", STANDARD.encode(&bytes)));
    if faults.check_size(bytes.len())
        && let Some(uri) = &data_uri
    {
        faults.check_uri(uri);
    }
    let document = registration::judge(UriKind::Data, bytes);
    faults.check_file(&document);
    faults.refuse()?;
    Ok(Checked {
        document,
        key: NaturalKey { owner, file_hash },
        data_uri,
    })
}

async fn transaction(
    rpc: &RpcUrls,
    body: &NewAgent,
    place: &Place,
    owner: Address,
    uri: &str,
) -> UnsignedTransaction {
    let data = call::data(uri, &body.metadata);
    let work = call::work(uri, &body.metadata);
    // Chains are configured with ids above 0.
    let chain_id = u64::try_from(place.chain_id).unwrap_or_default();
    UnsignedTransaction::new(rpc, chain_id, (owner, place.registry), data, work).await
}

/// The agent as it was just written, without asking for it.
fn agent(row: &Row<'_>, document: &Document) -> Agent {
    Agent {
        id: row.id,
        agent_ref: None,
        chain_id: row.place.chain_id,
        identity_registry: row.place.registry,
        agent_id: None,
        status: AgentStatus::Prepared,
        owner: None,
        agent_wallet: None,
        approved: None,
        agent_uri: row.uri.to_owned(),
        uri_kind: document.kind,
        registration: ProfileFile::of(row.file, document),
        metadata: Vec::new(),
        metadata_count: 0,
        registered_block: None,
        registered_at: None,
        registered_tx: None,
        updated_block: None,
        updated_at: row.now,
        as_of: None,
    }
}
