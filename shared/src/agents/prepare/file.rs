//! The files of prepared agents, at the URLs that their registrations name.

use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::agents::RegistrationFile;
use crate::config::ApiConfig;
use crate::db::Reader;
use crate::http::{Code, Problem, Reply};

/// The file that a path names.
#[derive(Clone, Copy, Debug, Deserialize, Validate, IntoParams)]
pub struct FilePath {
    /// The id that the agent got when it was prepared.
    #[garde(skip)]
    #[param(example = "67e55044-10b1-426f-9247-bb680e5fe0c8")]
    pub id: Uuid,
}

/// Where the file of a prepared agent is hosted, for good.
///
/// # Errors
/// When the API does not know where callers reach it.
pub(super) fn url(config: &ApiConfig, agent: Uuid) -> Result<String, Problem> {
    config
        .hosted(&format!("/v1/registration-files/{agent}"))
        .map_err(Problem::internal)
}

/// Reads the file of an agent that was prepared here, whatever became of the agent.
///
/// # Errors
/// `AGENT_NOT_FOUND` where none was prepared with this id.
pub async fn hosted_file(reader: &Reader, agent: Uuid) -> Result<Reply<RegistrationFile>, Problem> {
    let file = sqlx::query_scalar!(
        "SELECT registration_file FROM prepared_agents WHERE agent = $1",
        agent
    )
    .fetch_optional(reader.pool())
    .await?;
    let Some(bytes) = file else {
        let detail = format!("No agent {agent} was prepared here.");
        return Err(Problem::new(Code::AgentNotFound, detail));
    };
    Ok(Reply::ok(RegistrationFile::json(bytes)).sandboxed())
}
