//! Agents: their identities, their rows and their metadata.

use alloy_primitives::map::HashMap;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::fold::{Agent, Fold, Known};
use super::file::{self, File};
use super::prepared::{self, Prepared};
use super::rows::{Json, Numeric, Rows, Texts, Time};
use super::{files, index, number, time};

pub(super) async fn write(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
    prepared: &Prepared,
) -> Result<(), sqlx::Error> {
    let files: HashMap<Uuid, File> = fold
        .agents
        .iter()
        .filter_map(|agent| Some((agent.id, prepared.file(agent.uri.as_deref()?))))
        .collect();
    identities(connection, chain_id, fold).await?;
    insert(connection, chain_id, fold, &files).await?;
    prepared::bind(connection, fold).await?;
    update(connection, fold).await?;
    files::write(connection, fold, &files).await?;
    metadata(connection, fold).await
}

async fn identities(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "agent_identities",
        "id uuid, chain_id bigint, identity_registry bytea, agent_id numeric, \
         origin text",
    );
    let chain = number(chain_id);
    for agent in fold.agents.iter().filter(|agent| agent.known == Known::New) {
        let key = agent.key;
        rows.push(&[
            &agent.id,
            &chain,
            &key.registry,
            &Numeric::from(key.agent_id),
            &"chain",
        ]);
    }
    rows.send(connection).await
}

async fn insert(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
    files: &HashMap<Uuid, File>,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "agents",
        "id uuid, chain_id bigint, identity_registry bytea, agent_id numeric, \
         status text, owner bytea, agent_wallet bytea, approved bytea, agent_uri text, \
         uri_kind text, registration_state text, registration_file bytea, \
         registration jsonb, registration_faults jsonb, name text, description text, \
         image text, active boolean, x402_support boolean, supported_trust text[], \
         service_names text[], skills text[], domains text[], search_terms text, \
         registered_block bigint, registered_log integer, registered_tx bytea, \
         registered_at timestamptz, updated_block bigint, updated_at timestamptz, \
         created_at timestamptz",
    );
    let chain = number(chain_id);
    let none = file::read("");
    for agent in fold.agents.iter().filter(|agent| !agent.is_stored()) {
        let file = files.get(&agent.id).unwrap_or(&none);
        let registered = agent.registered;
        rows.push(&[
            &agent.id,
            &chain,
            &agent.key.registry,
            &Numeric::from(agent.key.agent_id),
            &agent.status.as_str(),
            &agent.owner.holder(),
            &agent.wallet.holder(),
            &agent.approved.holder(),
            &agent.uri.as_deref().unwrap_or_default(),
            &file.uri_kind,
            &file.state,
            &file.bytes.as_deref(),
            &file.registration.as_deref().map(Json),
            &Json(&file.faults),
            &file.name.as_deref(),
            &file.description.as_deref(),
            &file.image.as_deref(),
            &file.active,
            &file.x402_support,
            &Texts(&file.supported_trust),
            &Texts(&file.service_names),
            &Texts(&file.skills),
            &Texts(&file.domains),
            &file.search_terms.as_str(),
            &registered.map(|registered| number(registered.at.block)),
            &registered.map(|registered| index(registered.at.log)),
            &registered.map(|registered| registered.transaction_hash),
            &registered.map(|registered| Time(registered.time_s)),
            &number(agent.updated_block),
            &Time(agent.updated_s),
            &Time(agent.created_s),
        ]);
    }
    rows.send(connection).await
}

/// Agents that are there already and changed, whatever their file.
async fn update(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    let changed: Vec<&Agent> = fold
        .agents
        .iter()
        .filter(|agent| agent.is_stored() && agent.changed)
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changed.iter().map(|agent| agent.id).collect();
    let statuses: Vec<String> = changed
        .iter()
        .map(|agent| agent.status.as_str().to_owned())
        .collect();
    let [owners, wallets, approved] = [
        |agent: &Agent| agent.owner.holder(),
        |agent: &Agent| agent.wallet.holder(),
        |agent: &Agent| agent.approved.holder(),
    ]
    .map(|seat| {
        let bytes = |agent: &&Agent| seat(agent).map(|holder| holder.to_vec());
        changed.iter().map(bytes).collect::<Vec<Option<Vec<u8>>>>()
    });
    let registered: Vec<_> = changed.iter().map(|agent| agent.registered).collect();
    let blocks: Vec<_> = registered
        .iter()
        .map(|seen| seen.map(|at| number(at.at.block)))
        .collect();
    let logs: Vec<_> = registered
        .iter()
        .map(|seen| seen.map(|at| index(at.at.log)))
        .collect();
    let hashes: Vec<_> = registered
        .iter()
        .map(|seen| seen.map(|at| at.transaction_hash.to_vec()))
        .collect();
    let times: Vec<_> = registered
        .iter()
        .map(|seen| seen.map(|at| time(at.time_s)))
        .collect();
    let updated_blocks: Vec<_> = changed
        .iter()
        .map(|agent| number(agent.updated_block))
        .collect();
    let updated: Vec<_> = changed.iter().map(|agent| time(agent.updated_s)).collect();
    let created: Vec<_> = changed.iter().map(|agent| time(agent.created_s)).collect();
    sqlx::query!(
        "UPDATE agents SET status = t.status, owner = t.owner, agent_wallet = t.wallet,
                approved = t.approved, registered_block = t.registered_block,
                registered_log = t.registered_log, registered_tx = t.registered_tx,
                registered_at = t.registered_at, updated_block = t.updated_block,
                updated_at = t.updated_at, created_at = t.created_at
         FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bigint[],
                     $7::integer[], $8::bytea[], $9::timestamptz[], $10::bigint[],
                     $11::timestamptz[], $12::timestamptz[])
              AS t (id, status, owner, wallet, approved, registered_block, registered_log,
                    registered_tx, registered_at, updated_block, updated_at, created_at)
         WHERE agents.id = t.id",
        &ids,
        &statuses,
        &owners as _,
        &wallets as _,
        &approved as _,
        &blocks as _,
        &logs as _,
        &hashes as _,
        &times as _,
        &updated_blocks,
        &updated,
        &created,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn metadata(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "agent_metadata",
        "agent uuid, key_hash bytea, key text, value bytea, block_number bigint, \
         log_index integer, updated_at timestamptz",
    );
    let (mut agents, mut hashes) = (Vec::new(), Vec::new());
    for agent in &fold.agents {
        for (hash, entry) in &agent.metadata {
            if agent.is_stored() {
                agents.push(agent.id);
                hashes.push(hash.to_vec());
            }
            rows.push(&[
                &agent.id,
                hash,
                &entry.key.as_str(),
                &entry.value,
                &number(entry.at.block),
                &index(entry.at.log),
                &Time(entry.time_s),
            ]);
        }
    }
    if !agents.is_empty() {
        sqlx::query!(
            "DELETE FROM agent_metadata m USING unnest($1::uuid[], $2::bytea[]) AS t (agent, hash)
             WHERE m.agent = t.agent AND m.key_hash = t.hash",
            &agents,
            &hashes,
        )
        .execute(&mut *connection)
        .await?;
    }
    rows.send(connection).await
}
