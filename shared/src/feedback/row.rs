//! One feedback as lists show it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::address::Address;
use crate::decimal;
use crate::hex::Hex;
use crate::http::shown;

/// The columns of [`Row`], of a row `f`.
pub(super) const COLUMNS: &str = "f.id, f.client, f.feedback_index::text, f.value::text, f.value_decimals, \
     left(f.tag1, 2049) AS tag1, left(f.tag2, 2049) AS tag2, left(f.endpoint, 2049) AS endpoint, \
     left(f.feedback_uri, 2049) AS feedback_uri, f.feedback_hash, f.source, f.signature, f.issued_at, f.expires_at, \
     f.paid, f.created_at, f.block_number, f.transaction_hash, f.revoked_at, \
     (SELECT count(*) FROM (SELECT FROM feedback_responses WHERE feedback = f.id LIMIT 1000) n) \
         AS response_count, \
     (SELECT coalesce(json_agg(json_build_object( \
          'responder', '0x' || encode(r.responder, 'hex'), 'responseUri', left(r.response_uri, 2048), \
          'responseHash', '0x' || encode(r.response_hash, 'hex'), 'block', r.block_number, \
          'transactionHash', '0x' || encode(r.transaction_hash, 'hex'), 'createdAt', r.created_at)), '[]') \
      FROM (SELECT * FROM feedback_responses WHERE feedback = f.id \
            ORDER BY block_number DESC, log_index DESC LIMIT 3) r) AS responses, \
     (SELECT json_build_object( \
          'state', CASE w.state WHEN 'waiting' THEN 'pending' WHEN 'fetched' THEN 'fetched' ELSE 'unreachable' END, \
          'verified', CASE WHEN w.content_hash IS NULL THEN NULL \
              WHEN f.feedback_hash = decode(repeat('00', 32), 'hex') THEN w.cid_verified \
              ELSE w.content_hash = f.feedback_hash END, \
          'fetchedAt', w.fetched_at) \
      FROM remote_files w WHERE f.feedback_file IS NULL AND octet_length(f.feedback_uri) <= 2048 \
          AND w.uri_hash = sha256(convert_to(f.feedback_uri, 'UTF8'))) AS file";

/// One client's word on an agent.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Feedback {
    /// Our own id: the same after every rebuild of the index.
    pub id: Uuid,
    /// Who gave it.
    pub client: Address,
    /// Its number among those of this client to this agent, from 1; absent for feedback that is not on chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "1")]
    pub feedback_index: Option<String>,
    /// The value: an int128 in units of 10^-`valueDecimals`.
    #[schema(example = "9977")]
    pub value: String,
    /// The value's scale.
    #[schema(example = 2)]
    pub value_decimals: i16,
    /// Both together, as a decimal.
    #[schema(example = "99.77")]
    pub decimal_value: String,
    /// What was measured; empty where nothing is said.
    #[schema(example = "uptime")]
    pub tag1: String,
    /// What was measured, closer; empty where nothing is said.
    #[schema(example = "")]
    pub tag2: String,
    /// The endpoint that was used.
    #[schema(example = "https://agent.example/GetPrice")]
    pub endpoint: String,
    /// Where more is said.
    #[schema(example = "ipfs://bafkreie4x2")]
    pub feedback_uri: String,
    /// Keccak-256 of the file there; zero where the URI names the content itself.
    pub feedback_hash: Hex,
    /// The file at `feedbackUri`, where that is on the web or in IPFS; absent for any other, and for one that is hosted
    /// here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileStatus>,
    /// Where it was given first.
    pub source: FeedbackSource,
    /// The client's own signature; absent where none was handed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<SignatureProof>,
    /// Whether it comes with a payment to the agent that was verified.
    pub paid: bool,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// Its block; absent for feedback that is not on chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 24_340_200)]
    pub block: Option<i64>,
    /// Its transaction; absent for feedback that is not on chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_hash: Option<Hex>,
    /// When its client revoked it; absent where that did not happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Responses to it, counted up to 1,000.
    #[schema(example = 1)]
    pub response_count: i64,
    /// The newest three of them.
    pub responses: Vec<Response>,
    /// Fields that were cut to 2,048 characters; absent where none was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub truncated: Vec<&'static str>,
}

/// What became of a feedback's file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileStatus {
    /// How far it is.
    pub state: FileState,
    /// Whether its Keccak-256 is `feedbackHash`, or its CID names it where that is zero; absent until it came, and where
    /// neither says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// When it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<DateTime<Utc>>,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum FileState {
    /// It did not come yet.
    Pending,
    /// It came. While it is `verified` by its hash, `/v1/feedback-files/{id}` has it.
    Fetched,
    /// It was given up.
    Unreachable,
}

/// Where feedback was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum FeedbackSource {
    /// On chain, in a reputation registry.
    Chain,
    /// Here, with the client's API key. It is on chain, too, where it has a `feedbackIndex`.
    Api,
}

/// A client's EIP-712 signature over its feedback.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignatureProof {
    /// As it was handed in.
    pub signature: Hex,
    /// When it was made.
    pub issued_at: DateTime<Utc>,
    /// Until when it could be handed in.
    pub expires_at: DateTime<Utc>,
}

/// A response to feedback: by the agent, or by anyone else.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Who responded.
    pub responder: Address,
    /// Where the response is; its first 2,048 characters.
    #[schema(example = "ipfs://bafkreid7qo")]
    pub response_uri: String,
    /// Keccak-256 of the file there; zero where the URI names the content itself.
    pub response_hash: Hex,
    /// Its block.
    #[schema(example = 24_340_300)]
    pub block: i64,
    /// Its transaction.
    pub transaction_hash: Hex,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

/// A row as statements with [`COLUMNS`] read it.
#[derive(FromRow)]
pub(super) struct Row {
    id: Uuid,
    client: Address,
    feedback_index: Option<String>,
    value: String,
    value_decimals: i16,
    tag1: String,
    tag2: String,
    endpoint: String,
    feedback_uri: String,
    feedback_hash: Hex,
    source: FeedbackSource,
    signature: Option<Hex>,
    issued_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    paid: bool,
    created_at: DateTime<Utc>,
    block_number: Option<i64>,
    transaction_hash: Option<Hex>,
    revoked_at: Option<DateTime<Utc>>,
    response_count: i64,
    responses: Json<Vec<Response>>,
    file: Option<Json<FileStatus>>,
}

impl From<Row> for Feedback {
    fn from(row: Row) -> Self {
        let mut truncated = Vec::new();
        let decimals = usize::try_from(row.value_decimals).unwrap_or_default();
        let signature = row.signature.zip(row.issued_at).zip(row.expires_at);
        Self {
            id: row.id,
            client: row.client,
            feedback_index: row.feedback_index,
            decimal_value: decimal::scaled(&row.value, decimals),
            value: row.value,
            value_decimals: row.value_decimals,
            tag1: shown(row.tag1, "tag1", &mut truncated),
            tag2: shown(row.tag2, "tag2", &mut truncated),
            endpoint: shown(row.endpoint, "endpoint", &mut truncated),
            feedback_uri: shown(row.feedback_uri, "feedbackUri", &mut truncated),
            feedback_hash: row.feedback_hash,
            file: row.file.map(|file| file.0),
            source: row.source,
            signature: signature.map(|((signature, issued_at), expires_at)| SignatureProof {
                signature,
                issued_at,
                expires_at,
            }),
            paid: row.paid,
            created_at: row.created_at,
            block: row.block_number,
            transaction_hash: row.transaction_hash,
            revoked_at: row.revoked_at,
            response_count: row.response_count,
            responses: row.responses.0,
            truncated,
        }
    }
}
