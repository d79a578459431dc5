//! The files of feedback: those that were handed in here, at the URLs that their transactions name, and those that were
//! fetched.

use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use uuid::Uuid;

use crate::config::ApiConfig;
use crate::db::Reader;
use crate::http::{Code, Output, Problem, Reply};

/// Which feedback.
#[derive(Clone, Copy, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FeedbackPath {
    /// The feedback's id.
    #[garde(skip)]
    #[param(example = "0b0f6a3c-5f3e-4b7e-9a58-2f0f3d6d4c11")]
    pub feedback: Uuid,
}

/// The bytes of a feedback file.
#[derive(Debug)]
pub struct FeedbackFile(Vec<u8>);

impl Output for FeedbackFile {
    fn into_body(self) -> Result<(Vec<u8>, String), Problem> {
        Ok((self.0, Self::media_type().to_owned()))
    }

    fn media_type() -> &'static str {
        "application/json"
    }

    fn schema(_: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "The feedback file of ERC-8004, byte for byte as `feedbackHash` (Keccak-256) has it.",
            ))
            .examples([serde_json::json!({
                "agentRegistry": "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432",
                "agentId": 22721,
                "clientAddress": "eip155:1:0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
                "createdAt": "2026-01-29T12:00:00Z",
                "value": 87,
                "valueDecimals": 0,
                "tag1": "starred"
            })]);
        Some(schema.into())
    }
}

/// Where the file of feedback is hosted, for good.
///
/// # Errors
/// When the API does not know where callers reach it.
pub(super) fn url(config: &ApiConfig, feedback: Uuid) -> Result<String, Problem> {
    config
        .hosted(&format!("/v1/feedback-files/{feedback}"))
        .map_err(Problem::internal)
}

/// Reads the file of feedback, revoked or not: the one that was handed in here, or the one that was fetched, if it is what
/// `feedbackHash` says.
///
/// # Errors
/// `FEEDBACK_NOT_FOUND` where there is no such file.
pub async fn hosted_file(reader: &Reader, feedback: Uuid) -> Result<Reply<FeedbackFile>, Problem> {
    let file = sqlx::query_scalar!(
        "SELECT coalesce(f.feedback_file, w.content) FROM feedback f
         LEFT JOIN remote_files w ON w.uri_hash = sha256(convert_to(f.feedback_uri, 'UTF8'))
             AND w.content_hash = f.feedback_hash
         WHERE f.id = $1",
        feedback,
    )
    .fetch_optional(reader.pool())
    .await?;
    let Some(bytes) = file.flatten() else {
        let detail = format!("There is no file of feedback {feedback} here.");
        return Err(Problem::new(Code::FeedbackNotFound, detail));
    };
    Ok(Reply::ok(FeedbackFile(bytes)))
}
