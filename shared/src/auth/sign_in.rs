//! Signing in: from a signed message to a wallet that is proved.

use chrono::{DateTime, TimeDelta, Utc};

use super::signature::{Undecided, is_signed_by};
use super::{Message, challenges};
use crate::address::Address;
use crate::chain::rpc::RpcUrls;
use crate::config::ApiConfig;
use crate::db::Writer;
use crate::http::{Code, Problem};

/// Clocks differ: a message may be from a future as near as this.
const CLOCK_SKEW_MAX: TimeDelta = TimeDelta::minutes(1);

/// A wallet that is proved, and the nonce that is to be used up with what it proved itself for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Who signed.
    pub wallet: Address,
    /// The challenge.
    pub nonce: String,
}

/// Checks a signed message: its form, that it is for us and of now, its nonce, its signature, in this order, so that
/// what costs most comes last.
///
/// # Errors
/// `VALIDATION_ERROR` for what is not a message, `UNAUTHORIZED` for one that proves nothing here,
/// `DEPENDENCY_UNAVAILABLE` where a contract wallet cannot be asked.
pub async fn sign_in(
    (writer, rpc): (&Writer, &RpcUrls),
    config: &ApiConfig,
    text: &str,
    signature: &[u8],
    now: DateTime<Utc>,
) -> Result<SignIn, Problem> {
    let message =
        Message::parse(text).map_err(|fault| Problem::at("/body/message", fault.to_string()))?;
    check_origin(&message, config)?;
    check_times(&message, now)?;
    if !challenges::is_open(writer, &message, now).await? {
        return Err(refused(
            "The nonce is not open: it was not issued to this wallet and chain, was used, or has expired.",
        ));
    }
    match is_signed_by(message.address, text, signature, message.chain_id, rpc).await {
        Ok(true) => Ok(SignIn {
            wallet: message.address,
            nonce: message.nonce,
        }),
        // Without an endpoint only accounts with a key can sign in, and this one's key did not sign.
        Ok(false) | Err(Undecided::NoEndpoint(_)) => Err(refused(
            "The signature is not that of the message's address over this message.",
        )),
        Err(error) => Err(Problem::unavailable("chain", error)),
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(Code::Unauthorized, detail)
}

/// A message for another site proves nothing here: that site may have asked for it.
fn check_origin(message: &Message, config: &ApiConfig) -> Result<(), Problem> {
    let is_ours = |domain: &str| config.sign_in_domains.iter().any(|ours| ours == domain);
    if !is_ours(&message.domain) {
        return Err(refused("The message is for another domain."));
    }
    let authority = message
        .uri
        .split_once("://")
        .map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if !authority.is_some_and(is_ours) {
        return Err(refused("The message's URI is not of our domain."));
    }
    Ok(())
}

fn check_times(message: &Message, now: DateTime<Utc>) -> Result<(), Problem> {
    if message.issued_at > now + CLOCK_SKEW_MAX {
        return Err(refused("The message was issued in the future."));
    }
    if message.not_before.is_some_and(|begin| begin > now) {
        return Err(refused("The message is not valid yet."));
    }
    if message.expiration_time.is_some_and(|end| end <= now) {
        return Err(refused("The message has expired."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        let text = "api.example.com wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2


URI: https://api.example.com/v1
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2026-01-01T00:00:00Z";
        Message::parse(text).unwrap()
    }

    fn config() -> ApiConfig {
        ApiConfig {
            sign_in_domains: vec!["api.example.com".into(), "app.example.com:8443".into()],
            ..ApiConfig::default()
        }
    }

    #[test]
    fn a_message_for_another_domain_is_refused() {
        let check = |domain: &str, uri: &str| {
            let message = Message {
                domain: domain.into(),
                uri: uri.into(),
                ..message()
            };
            check_origin(&message, &config()).is_ok()
        };
        assert!(check("api.example.com", "https://api.example.com/v1"));
        assert!(check(
            "app.example.com:8443",
            "https://app.example.com:8443"
        ));
        assert!(!check("evil.example.com", "https://api.example.com/v1"));
        assert!(!check("api.example.com", "https://evil.example.com/v1"));
        assert!(!check(
            "api.example.com",
            "https://api.example.com@evil.example/"
        ));
        assert!(!check("api.example.com", "api.example.com"));
        assert!(!check("app.example.com", "https://api.example.com/v1"));
    }

    #[test]
    fn a_message_is_good_from_its_beginning_to_its_end() {
        let issued = message().issued_at;
        let minutes = TimeDelta::minutes;
        let message = Message {
            not_before: Some(issued + minutes(1)),
            expiration_time: Some(issued + minutes(5)),
            ..message()
        };
        let ok = |minute| check_times(&message, issued + minutes(minute)).is_ok();
        assert!(!ok(0) && ok(1) && ok(4) && !ok(5));
        let no_bounds = Message {
            not_before: None,
            expiration_time: None,
            ..message
        };
        assert!(check_times(&no_bounds, issued - minutes(1)).is_ok());
        assert!(check_times(&no_bounds, issued - minutes(2)).is_err());
    }
}
