//! Registration files of agents that are there already, and the services that a file names.

use alloy_primitives::map::HashMap;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::fold::Fold;
use super::file::File;
use super::rows::{Rows, Texts};

/// An agent that has another URI than before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed<'a> {
    pub(super) agent: Uuid,
    pub(super) uri: &'a str,
    pub(super) file: &'a File,
}

/// Writes what the URIs of a fold's agents hold or lead to.
pub(super) async fn write(
    connection: &mut PgConnection,
    fold: &Fold,
    files: &HashMap<Uuid, File>,
) -> Result<(), sqlx::Error> {
    let changed: Vec<Changed<'_>> = fold
        .agents
        .iter()
        .filter(|agent| agent.is_stored())
        .filter_map(|agent| {
            let (uri, file) = (agent.uri.as_deref()?, files.get(&agent.id)?);
            let agent = agent.id;
            Some(Changed { agent, uri, file })
        })
        .collect();
    update(connection, &changed).await?;
    let new = fold.agents.iter().filter(|agent| !agent.is_stored());
    let new = new.filter_map(|agent| Some((agent.id, files.get(&agent.id)?)));
    services(connection, new).await
}

/// A URI changes seldom, so this may go the slower way by JSON, which takes arrays of arrays.
pub(super) async fn update(
    connection: &mut PgConnection,
    changed: &[Changed<'_>],
) -> Result<(), sqlx::Error> {
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changed.iter().map(|one| one.agent).collect();
    let uris: Vec<String> = changed.iter().map(|one| one.uri.to_owned()).collect();
    let contents: Vec<Option<Vec<u8>>> = changed.iter().map(|one| one.file.bytes.clone()).collect();
    let columns: Vec<serde_json::Value> = changed.iter().map(|one| one.file.columns()).collect();
    sqlx::query!(
        "UPDATE agents SET agent_uri = t.uri, uri_kind = c.uri_kind, registration_state = c.state,
                registration_file = t.content, registration = c.registration::jsonb,
                registration_faults = c.faults::jsonb, name = c.name,
                description = c.description, image = c.image, active = c.active,
                x402_support = c.x402_support, supported_trust = c.supported_trust,
                service_names = c.service_names, skills = c.skills, domains = c.domains,
                search_terms = c.search_terms
         FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::jsonb[])
                  AS t (id, uri, content, columns),
              jsonb_to_record(t.columns) AS c (uri_kind text, state text, registration text,
                  faults text, name text, description text, image text, active boolean,
                  x402_support boolean, supported_trust text[], service_names text[],
                  skills text[], domains text[], search_terms text)
         WHERE agents.id = t.id",
        &ids,
        &uris,
        &contents as _,
        &columns,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("DELETE FROM agent_services WHERE agent = ANY($1)", &ids)
        .execute(&mut *connection)
        .await?;
    services(connection, changed.iter().map(|one| (one.agent, one.file))).await
}

async fn services(
    connection: &mut PgConnection,
    files: impl Iterator<Item = (Uuid, &File)>,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "agent_services",
        "agent uuid, position integer, name text, endpoint text, version text, \
         skills text[], domains text[]",
    );
    for (agent, file) in files {
        for (position, service) in (0_i32..).zip(&file.services) {
            rows.push(&[
                &agent,
                &position,
                &service.name.as_str(),
                &service.endpoint.as_deref(),
                &service.version.as_deref(),
                &Texts(&service.skills),
                &Texts(&service.domains),
            ]);
        }
    }
    rows.send(connection).await
}
