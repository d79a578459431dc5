//! The present state of what a batch of events touches. Every query takes all keys at once.

use alloy_primitives::{Address, B256};
use sqlx::PgConnection;

use super::super::events::EventLog;
use super::super::fold::{
    Agent, Client, Feedback, FeedbackKey, Fold, HandedIn, HandedInKey, Known, Registered, Seat,
    Status, Validation, ValidationKey, agent_uuid,
};
use super::super::{AgentKey, Position};
use super::number;
use super::prepared::Prepared;
use super::touched::{Rating, Touched};

/// A fold that knows what the tables say of everything that is touched.
pub(super) async fn load(
    connection: &mut PgConnection,
    chain_id: u64,
    touched: &Touched,
    events: &[EventLog],
) -> Result<(Fold, Prepared), sqlx::Error> {
    let mut fold = Fold::new(chain_id);
    agents(connection, chain_id, &touched.agents, &mut fold).await?;
    let mut prepared = Prepared::load(connection, chain_id, events).await?;
    prepared.adopt(events, &mut fold);
    operators(connection, chain_id, touched, &mut fold).await?;
    clients(connection, touched, &mut fold).await?;
    feedback(connection, touched, &mut fold).await?;
    handed_in(connection, touched, &mut fold).await?;
    validations(connection, chain_id, touched, &mut fold).await?;
    Ok((fold, prepared))
}

async fn agents(
    connection: &mut PgConnection,
    chain_id: u64,
    keys: &[AgentKey],
    fold: &mut Fold,
) -> Result<(), sqlx::Error> {
    let registries: Vec<Vec<u8>> = keys.iter().map(|key| key.registry.to_vec()).collect();
    let ids: Vec<String> = keys.iter().map(|key| key.agent_id.to_string()).collect();
    let names: Vec<_> = keys
        .iter()
        .map(|key| agent_uuid(chain_id, key.registry, key.agent_id))
        .collect();
    // An agent that was taken off the chain while others had rows of it lost its id there, and is found by its name.
    let rows = sqlx::query!(
        r#"WITH touched AS (
               SELECT * FROM unnest($2::bytea[], $3::text[]::numeric[], $4::uuid[])
                   WITH ORDINALITY AS t (registry, agent_id, name, place)),
           found AS (
               SELECT t.place, i.id, true AS is_bound FROM touched t
               JOIN agent_identities i ON i.chain_id = $1 AND i.identity_registry = t.registry
                                      AND i.agent_id = t.agent_id
               UNION ALL
               SELECT t.place, i.id, false FROM touched t
               JOIN agent_identities i ON i.id = t.name AND i.agent_id IS NULL)
           SELECT f.place AS "place!", f.id AS "id!", f.is_bound AS "is_bound!",
                  a.status AS "status?", a.owner, a.agent_wallet,
                  a.approved, a.agent_uri <> '' AS has_uri, a.registered_block, a.registered_log,
                  a.registered_tx, a.registered_at, a.created_at AS "created_at?",
                  a.updated_block, a.updated_at AS "updated_at?"
           FROM found f LEFT JOIN agents a ON a.id = f.id"#,
        number(chain_id),
        &registries,
        &ids,
        &names,
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        let Some(key) = place(row.place).and_then(|place| keys.get(place)) else {
            continue;
        };
        let mut agent = Agent::loaded(*key, row.id);
        if let Some(status) = row.status {
            agent.status = Status::parse(&status).unwrap_or(Status::Incomplete);
            agent.owner = seat(row.owner.as_deref());
            agent.wallet = seat(row.agent_wallet.as_deref());
            agent.approved = seat(row.approved.as_deref());
            agent.has_uri = row.has_uri.unwrap_or(false);
            agent.registered = registered(
                row.registered_block,
                row.registered_log,
                row.registered_tx.as_deref(),
                row.registered_at,
            );
            agent.created_s = row.created_at.map_or(0, seconds);
            agent.updated_block = row.updated_block.map_or(0, positive);
            agent.updated_s = row.updated_at.map_or(0, seconds);
            if !row.is_bound {
                agent.known = Known::Prepared;
            }
        } else {
            agent.known = Known::Named;
        }
        fold.insert(agent);
    }
    Ok(())
}

async fn operators(
    connection: &mut PgConnection,
    chain_id: u64,
    touched: &Touched,
    fold: &mut Fold,
) -> Result<(), sqlx::Error> {
    if touched.operators.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = touched.operators.iter().copied().collect();
    let registries: Vec<Vec<u8>> = keys.iter().map(|key| key.registry.to_vec()).collect();
    let owners: Vec<Vec<u8>> = keys.iter().map(|key| key.owner.to_vec()).collect();
    let operators: Vec<Vec<u8>> = keys.iter().map(|key| key.operator.to_vec()).collect();
    let places = sqlx::query_scalar!(
        r#"SELECT t.place AS "place!"
           FROM unnest($2::bytea[], $3::bytea[], $4::bytea[]) WITH ORDINALITY
                    AS t (registry, owner, operator, place)
           JOIN owner_operators o ON o.chain_id = $1 AND o.identity_registry = t.registry
                AND o.owner = t.owner AND o.operator = t.operator AND o.to_block IS NULL"#,
        number(chain_id),
        &registries,
        &owners,
        &operators,
    )
    .fetch_all(connection)
    .await?;
    for key in places
        .into_iter()
        .filter_map(place)
        .filter_map(|place| keys.get(place))
    {
        fold.operators
            .insert(*key, Seat::loaded(Some(key.operator)));
    }
    Ok(())
}

async fn clients(
    connection: &mut PgConnection,
    touched: &Touched,
    fold: &mut Fold,
) -> Result<(), sqlx::Error> {
    let keys: Vec<(usize, Address)> = touched
        .clients
        .iter()
        .filter_map(|(agent, client)| Some((stored(fold, *agent)?, *client)))
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    let agents: Vec<_> = keys.iter().map(|(slot, _)| fold.agents[*slot].id).collect();
    let clients: Vec<Vec<u8>> = keys.iter().map(|(_, client)| client.to_vec()).collect();
    let rows = sqlx::query!(
        r#"SELECT t.place AS "place!", c.feedback_count, c.last_index::text AS "last_index!"
           FROM unnest($1::uuid[], $2::bytea[]) WITH ORDINALITY AS t (agent, client, place)
           JOIN agent_client_stats c ON c.agent = t.agent AND c.client = t.client"#,
        &agents,
        &clients,
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        let Some(key) = place(row.place).and_then(|place| keys.get(place)) else {
            continue;
        };
        let last_index = row.last_index.parse().unwrap_or(u64::MAX);
        let client = Client {
            stored: true,
            count: row.feedback_count,
            last_index,
            changed: false,
        };
        fold.clients.insert(*key, client);
    }
    Ok(())
}

async fn feedback(
    connection: &mut PgConnection,
    touched: &Touched,
    fold: &mut Fold,
) -> Result<(), sqlx::Error> {
    let keys: Vec<FeedbackKey> = touched
        .ratings
        .iter()
        .chain(
            touched
                .new_ratings
                .iter()
                .filter(|rating| maybe_there(fold, rating)),
        )
        .filter_map(|(agent, registry, client, index)| {
            let agent = stored(fold, *agent)?;
            Some(FeedbackKey {
                agent,
                registry: *registry,
                client: *client,
                index: *index,
            })
        })
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    let agents: Vec<_> = keys.iter().map(|key| fold.agents[key.agent].id).collect();
    let registries: Vec<Vec<u8>> = keys.iter().map(|key| key.registry.to_vec()).collect();
    let clients: Vec<Vec<u8>> = keys.iter().map(|key| key.client.to_vec()).collect();
    let indexes: Vec<String> = keys.iter().map(|key| key.index.to_string()).collect();
    let rows = sqlx::query!(
        r#"SELECT t.place AS "place!", f.id, f.value::text AS "value!", f.value_decimals, f.tag1,
                  f.tag2, f.revoked_block IS NOT NULL AS "revoked!"
           FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::text[]::numeric[])
                    WITH ORDINALITY AS t (agent, registry, client, index, place)
           JOIN feedback f ON f.agent = t.agent AND f.reputation_registry = t.registry
                          AND f.client = t.client AND f.feedback_index = t.index"#,
        &agents,
        &registries,
        &clients,
        &indexes,
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        let Some(key) = place(row.place).and_then(|place| keys.get(place)) else {
            continue;
        };
        let feedback = Feedback {
            id: row.id,
            value: row.value.parse().unwrap_or_default(),
            decimals: u8::try_from(row.value_decimals).unwrap_or(u8::MAX),
            tag1: row.tag1,
            tag2: row.tag2,
            new: None,
            was_revoked: row.revoked,
            revoked: None,
        };
        fold.feedback.insert(*key, feedback);
    }
    Ok(())
}

/// Feedback that was handed in here, in rows that nobody else changes until the events are written.
async fn handed_in(
    connection: &mut PgConnection,
    touched: &Touched,
    fold: &mut Fold,
) -> Result<(), sqlx::Error> {
    let keys: Vec<HandedInKey> = touched
        .hashes
        .iter()
        .filter_map(|(agent, registry, client, hash)| {
            Some(HandedInKey {
                agent: stored(fold, *agent)?,
                registry: *registry,
                client: *client,
                hash: *hash,
            })
        })
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    let agents: Vec<_> = keys.iter().map(|key| fold.agents[key.agent].id).collect();
    let registries: Vec<Vec<u8>> = keys.iter().map(|key| key.registry.to_vec()).collect();
    let clients: Vec<Vec<u8>> = keys.iter().map(|key| key.client.to_vec()).collect();
    let hashes: Vec<Vec<u8>> = keys.iter().map(|key| key.hash.to_vec()).collect();
    let rows = sqlx::query!(
        r#"SELECT t.place AS "place!", f.id, f.value::text AS "value!", f.value_decimals, f.tag1, f.tag2
           FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[])
                    WITH ORDINALITY AS t (agent, registry, client, hash, place)
           JOIN feedback f ON f.agent = t.agent AND f.reputation_registry = t.registry
                          AND f.client = t.client AND f.feedback_hash = t.hash
           WHERE f.source = 'api' AND f.feedback_index IS NULL AND f.revoked_at IS NULL
           FOR UPDATE OF f"#,
        &agents,
        &registries,
        &clients,
        &hashes,
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        let Some(key) = place(row.place).and_then(|place| keys.get(place)) else {
            continue;
        };
        let handed_in = HandedIn {
            id: row.id,
            value: row.value.parse().unwrap_or_default(),
            decimals: u8::try_from(row.value_decimals).unwrap_or(u8::MAX),
            tag1: row.tag1,
            tag2: row.tag2,
        };
        fold.handed_in.insert(*key, handed_in);
    }
    Ok(())
}

async fn validations(
    connection: &mut PgConnection,
    chain_id: u64,
    touched: &Touched,
    fold: &mut Fold,
) -> Result<(), sqlx::Error> {
    if touched.validations.is_empty() {
        return Ok(());
    }
    let keys: Vec<ValidationKey> = touched.validations.iter().copied().collect();
    let registries: Vec<Vec<u8>> = keys.iter().map(|key| key.registry.to_vec()).collect();
    let hashes: Vec<Vec<u8>> = keys.iter().map(|key| key.request_hash.to_vec()).collect();
    let rows = sqlx::query!(
        r#"SELECT t.place AS "place!", v.agent, v.validator, v.response
           FROM unnest($2::bytea[], $3::bytea[]) WITH ORDINALITY AS t (registry, hash, place)
           JOIN validations v ON v.chain_id = $1 AND v.validation_registry = t.registry
                             AND v.request_hash = t.hash"#,
        number(chain_id),
        &registries,
        &hashes,
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        let Some(key) = place(row.place).and_then(|place| keys.get(place)) else {
            continue;
        };
        let validation = Validation {
            agent: row.agent,
            validator: address(&row.validator).unwrap_or_default(),
            new: None,
            response: row
                .response
                .and_then(|response| u8::try_from(response).ok()),
            answers: 0,
        };
        fold.validations.insert(*key, validation);
    }
    Ok(())
}

/// The slot of an agent that the tables have; a new agent has no other rows either.
fn stored(fold: &Fold, key: AgentKey) -> Option<usize> {
    fold.slot(key).filter(|slot| fold.agents[*slot].is_stored())
}

/// Indexes only rise: one above the client's last cannot be in the table.
fn maybe_there(fold: &Fold, (agent, _, client, index): &Rating) -> bool {
    stored(fold, *agent)
        .and_then(|slot| fold.clients.get(&(slot, *client)))
        .is_some_and(|client| *index <= client.last_index)
}

/// `WITH ORDINALITY` counts from 1.
fn place(ordinality: i64) -> Option<usize> {
    usize::try_from(ordinality).ok()?.checked_sub(1)
}

fn seat(holder: Option<&[u8]>) -> Seat {
    Seat::loaded(holder.and_then(address))
}

fn address(bytes: &[u8]) -> Option<Address> {
    Address::try_from(bytes).ok()
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn seconds(time: chrono::DateTime<chrono::Utc>) -> u64 {
    positive(time.timestamp())
}

fn registered(
    block: Option<i64>,
    log: Option<i32>,
    transaction_hash: Option<&[u8]>,
    time: Option<chrono::DateTime<chrono::Utc>>,
) -> Option<Registered> {
    let at = Position {
        block: positive(block?),
        log: u32::try_from(log?).ok()?,
    };
    let transaction_hash = B256::try_from(transaction_hash?).ok()?;
    Some(Registered {
        at,
        transaction_hash,
        time_s: seconds(time?),
    })
}
