//! Challenges: nonces that a wallet signs, each good for one key.

use chrono::{DateTime, Utc};

use super::{Message, base62};
use crate::address::Address;
use crate::config::ApiConfig;
use crate::db::Writer;
use crate::http::{Code, Problem};
use crate::limits::CHALLENGE_AGE_MAX;

/// 143 bits: guessing one that is open is out of the question.
const NONCE_CHARS: usize = 24;

const STATEMENT: &str =
    "Sign in to create an API key. This request costs nothing and moves no funds.";

/// A nonce and the message to sign.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// What is to be signed.
    pub message: Message,
    /// When it can no longer be used.
    pub expires_at: DateTime<Utc>,
}

impl Challenge {
    /// Issues a challenge to a wallet.
    ///
    /// # Errors
    /// `CHAIN_NOT_SUPPORTED` for a chain that is not configured.
    pub async fn issue(
        writer: &Writer,
        config: &ApiConfig,
        wallet: Address,
        chain_id: u64,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let domain = config
            .sign_in_domains
            .first()
            .ok_or_else(|| Problem::internal("PUBLIC_URL is not set"))?;
        let not_supported = || {
            let detail = format!("Chain {chain_id} is not configured here.");
            Problem::new(Code::ChainNotSupported, detail)
        };
        let chain = i64::try_from(chain_id).map_err(|_| not_supported())?;
        let nonce = base62::random(NONCE_CHARS).map_err(Problem::internal)?;
        let expires_at = now + CHALLENGE_AGE_MAX;
        // What expired is cleared away by those who come after, a little at a time.
        let issued = sqlx::query!(
            "WITH expired AS (
                 DELETE FROM sign_in_challenges WHERE nonce IN (
                     SELECT nonce FROM sign_in_challenges WHERE expires_at < $4
                     ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED))
             INSERT INTO sign_in_challenges (nonce, wallet, chain_id, created_at, expires_at)
             SELECT $1, $2, chain_id, $4, $5 FROM chains WHERE chain_id = $3",
            nonce,
            wallet.as_bytes(),
            chain,
            now,
            expires_at,
        )
        .execute(writer.pool())
        .await?;
        if issued.rows_affected() == 0 {
            return Err(not_supported());
        }
        let message = Message {
            scheme: None,
            domain: domain.clone(),
            address: wallet,
            statement: Some(STATEMENT.to_owned()),
            uri: config.public_url.clone(),
            chain_id,
            nonce,
            issued_at: now,
            expiration_time: Some(expires_at),
            not_before: None,
        };
        Ok(Self {
            message,
            expires_at,
        })
    }
}

/// Whether the nonce is open for this wallet and chain. Nothing is used up: a contract wallet is still to be asked.
pub(super) async fn is_open(
    writer: &Writer,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let Ok(chain) = i64::try_from(message.chain_id) else {
        return Ok(false);
    };
    let found = sqlx::query_scalar!(
        r#"SELECT true AS "open!" FROM sign_in_challenges
         WHERE nonce = $1 AND wallet = $2 AND chain_id = $3 AND expires_at > $4"#,
        message.nonce,
        message.address.as_bytes(),
        chain,
        now,
    )
    .fetch_optional(writer.pool())
    .await?;
    Ok(found.is_some())
}
