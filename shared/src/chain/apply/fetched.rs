//! Files that agents point to, once they came from elsewhere.

use sqlx::PgConnection;

use super::file::File;
use super::files::{self, Changed};
use crate::agents::AgentId;
use crate::agents::registration::{AgentUri, Document, Registration, State, judge};
use crate::cache;

/// Gives a file that came to every agent that points to it; says to which. In the caller's transaction.
///
/// # Errors
///
/// Fails as the database does.
pub async fn apply_file(
    connection: &mut PgConnection,
    uri: &str,
    content: &[u8],
) -> Result<Vec<cache::Changed>, sqlx::Error> {
    let document = judge(AgentUri::parse(uri).kind(), content.to_vec());
    write(connection, uri, document).await
}

/// Marks every agent that points to a file that the resolver gave up; says which.
///
/// # Errors
///
/// Fails as the database does.
pub async fn give_up_file(
    connection: &mut PgConnection,
    uri: &str,
) -> Result<Vec<cache::Changed>, sqlx::Error> {
    let document = Document {
        kind: AgentUri::parse(uri).kind(),
        state: State::Unreachable,
        bytes: None,
        json: None,
        registration: Registration::default(),
        faults: Vec::new(),
    };
    write(connection, uri, document).await
}

/// The agents are locked before they are written: the sync may be giving one another URI at this moment.
async fn write(
    connection: &mut PgConnection,
    uri: &str,
    document: Document,
) -> Result<Vec<cache::Changed>, sqlx::Error> {
    let agents = sqlx::query_as!(
        cache::Changed,
        r#"SELECT id, chain_id, agent_id::text AS "agent_id: AgentId" FROM agents
         WHERE md5(agent_uri) = md5($1) AND uri_kind IN ('https', 'http', 'ipfs') AND agent_uri = $1
         ORDER BY id FOR UPDATE"#,
        uri,
    )
    .fetch_all(&mut *connection)
    .await?;
    let file = File::from(document);
    let changed: Vec<_> = agents
        .iter()
        .map(|agent| Changed {
            agent: agent.id,
            uri,
            file: &file,
        })
        .collect();
    files::update(connection, &changed).await?;
    Ok(agents)
}
