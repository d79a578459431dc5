//! Agents that were prepared here: the registration that one waits for makes it the agent on chain.
//!
//! A registration is the one that is waited for if wallet and URI are those that were prepared. The first such
//! registration counts, and only where the agent was not seen in an earlier transaction; so it does not matter in
//! which portions the events come. A reorg that takes the registration back leaves the agent prepared again.

use alloy_primitives::map::{HashMap, HashSet};
use alloy_primitives::{Address, B256};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::AgentKey;
use super::super::events::{Event, EventLog};
use super::super::fold::{Agent, Fold, Known};
use super::file::{self, File};
use super::{files, number};

/// What the URIs of a batch of events have to do with agents that were prepared here.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// The files that are hosted here, by the URIs that lead to them.
    hosted: HashMap<String, Vec<u8>>,
    waiting: Vec<Waiting>,
}

/// An agent that waits for its registration.
#[derive(Debug)]
struct Waiting {
    agent: Uuid,
    registry: Address,
    owner: Address,
    uri: String,
    final_block: i64,
}

/// SHA-256 of a URI.
pub(crate) fn uri_hash(uri: &str) -> [u8; 32] {
    Sha256::digest(uri).into()
}

/// A URI that may have been prepared here.
fn uri_of(log: &EventLog) -> Option<&str> {
    match &log.event {
        Event::Registered { uri, .. } | Event::UriUpdated { uri, .. } if !uri.is_empty() => {
            Some(uri)
        }
        _ => None,
    }
}

impl Prepared {
    /// Looks up all URIs that the events set.
    pub(super) async fn load(
        connection: &mut PgConnection,
        chain_id: u64,
        events: &[EventLog],
    ) -> Result<Self, sqlx::Error> {
        let uris: HashSet<&str> = events.iter().filter_map(uri_of).collect();
        if uris.is_empty() {
            return Ok(Self::default());
        }
        let hashes: Vec<Vec<u8>> = uris.iter().map(|uri| uri_hash(uri).to_vec()).collect();
        let rows = sqlx::query!(
            r#"SELECT p.agent, p.chain_id, p.identity_registry, p.owner, p.agent_uri, p.registration_file, p.final_block,
                      i.agent_id IS NULL AS "waits!"
               FROM prepared_agents p JOIN agent_identities i ON i.id = p.agent
               WHERE p.uri_hash = ANY($1) ORDER BY p.created_at, p.agent"#,
            &hashes,
        )
        .fetch_all(connection)
        .await?;
        let mut prepared = Self::default();
        for row in rows {
            let address = |bytes: &[u8]| Address::try_from(bytes).ok();
            let (Some(registry), Some(owner)) =
                (address(&row.identity_registry), address(&row.owner))
            else {
                continue;
            };
            if row.waits && row.chain_id == number(chain_id) {
                prepared.waiting.push(Waiting {
                    agent: row.agent,
                    registry,
                    owner,
                    uri: row.agent_uri.clone(),
                    final_block: row.final_block,
                });
            }
            prepared.hosted.insert(row.agent_uri, row.registration_file);
        }
        Ok(prepared)
    }

    /// What a URI holds, or leads to where that is here.
    pub(super) fn file(&self, uri: &str) -> File {
        match self.hosted.get(uri) {
            Some(bytes) => file::hosted(uri, bytes.clone()),
            None => file::read(uri),
        }
    }

    /// Puts the agents that these events register, and that were waited for, into the fold.
    pub(super) fn adopt(&mut self, events: &[EventLog], fold: &mut Fold) {
        if self.waiting.is_empty() {
            return;
        }
        // The transaction in which each was seen first, until its registration was seen.
        let mut unseen: HashMap<AgentKey, Option<B256>> = HashMap::default();
        for log in events {
            let Some(key) = log.agent() else { continue };
            if fold.is_on_chain(key) {
                continue;
            }
            let first = unseen.entry(key).or_insert(Some(log.transaction_hash));
            let Event::Registered { owner, uri, .. } = &log.event else {
                continue;
            };
            if first.take() != Some(log.transaction_hash) {
                continue;
            }
            let found = self.waiting.iter().position(|one| {
                (one.registry, one.owner, &one.uri) == (key.registry, *owner, uri)
                    && number(log.at.block) > one.final_block
            });
            if let Some(found) = found {
                fold.put(Agent::prepared(key, self.waiting.swap_remove(found).agent));
            }
        }
    }
}

/// Gives agents their ids on chain that had none so far.
pub(super) async fn bind(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    let (mut agents, mut ids, mut transactions) = (Vec::new(), Vec::new(), Vec::new());
    for agent in fold
        .agents
        .iter()
        .filter(|agent| agent.known == Known::Prepared)
    {
        agents.push(agent.id);
        ids.push(agent.key.agent_id.to_string());
        transactions.push(agent.registered.map(|at| at.transaction_hash.to_vec()));
    }
    if agents.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "WITH bound AS (
             SELECT * FROM unnest($1::uuid[], $2::text[]::numeric[], $3::bytea[])
                 AS t (agent, agent_id, transaction_hash)),
         named AS (
             UPDATE agent_identities i
             SET agent_id = b.agent_id, registration_tx = b.transaction_hash
             FROM bound b WHERE i.id = b.agent)
         UPDATE agents a SET agent_id = b.agent_id FROM bound b WHERE a.id = b.agent",
        &agents,
        &ids,
        &transactions as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes agents prepared again whose registration was taken back, and those that others have rows of nobody's.
pub(super) async fn unbind(
    connection: &mut PgConnection,
    agents: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH named AS (
             UPDATE agent_identities SET agent_id = NULL, registration_tx = NULL WHERE id = ANY($1))
         UPDATE agents a
         SET status = 'prepared', agent_id = NULL, owner = NULL, agent_wallet = NULL,
             approved = NULL, registered_block = NULL, registered_log = NULL,
             registered_tx = NULL, registered_at = NULL, updated_block = NULL,
             created_at = coalesce(p.created_at, a.created_at),
             updated_at = coalesce(p.created_at, a.updated_at)
         FROM agents b LEFT JOIN prepared_agents p ON p.agent = b.id
         WHERE b.id = a.id AND a.id = ANY($1)",
        agents,
    )
    .execute(&mut *connection)
    .await?;
    let rows = sqlx::query!(
        r#"SELECT a.id AS "id!", p.agent_uri AS "agent_uri?", p.registration_file AS "registration_file?"
           FROM agents a LEFT JOIN prepared_agents p ON p.agent = a.id WHERE a.id = ANY($1)"#,
        agents,
    )
    .fetch_all(&mut *connection)
    .await?;
    // What an agent's URI was on chain does not stay with one that was not prepared.
    let restored: Vec<(Uuid, String, File)> = rows
        .into_iter()
        .map(|row| match (row.agent_uri, row.registration_file) {
            (Some(uri), Some(bytes)) => {
                let file = file::hosted(&uri, bytes);
                (row.id, uri, file)
            }
            _ => (row.id, String::new(), file::read("")),
        })
        .collect();
    let restored: Vec<files::Changed<'_>> = restored
        .iter()
        .map(|(agent, uri, file)| files::Changed {
            agent: *agent,
            uri,
            file,
        })
        .collect();
    files::update(connection, &restored).await
}
