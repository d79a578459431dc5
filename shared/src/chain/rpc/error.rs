//! Why an endpoint did not give what was asked. No text here holds an endpoint's URL: it is often
//! a secret.

use alloy::rpc::json_rpc::ErrorPayload;
use alloy::transports::{RpcError as AlloyError, TransportError, TransportErrorKind};

/// Text of a provider is cut here.
const MESSAGE_CHARS_MAX: usize = 200;

/// What went wrong, by what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// Ask for less.
    #[error("asked for too much: {0}")]
    TooMuch(String),
    /// Ask for less, or ask another.
    #[error("does not answer in time: {0}")]
    Slow(String),
    /// Ask again, or ask another.
    #[error("does not answer: {0}")]
    Unavailable(String),
    /// Asking again gives the same.
    #[error("refuses: {0}")]
    Refused(String),
    /// The answer contradicts itself, the question or an earlier answer.
    #[error("cannot be right: {0}")]
    Lie(String),
}

impl RpcError {
    /// Whether the same question may have an answer a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// The same failure with its text cut and the parts of a URL taken out.
    pub(super) fn redacted(self, secrets: &[String]) -> Self {
        let clean = |text: String| {
            let text = secrets
                .iter()
                .fold(text, |text, secret| text.replace(secret, "…"));
            text.chars()
                .filter(|c| !c.is_control())
                .take(MESSAGE_CHARS_MAX)
                .collect()
        };
        match self {
            Self::TooMuch(text) => Self::TooMuch(clean(text)),
            Self::Slow(text) => Self::Slow(clean(text)),
            Self::Unavailable(text) => Self::Unavailable(clean(text)),
            Self::Refused(text) => Self::Refused(clean(text)),
            Self::Lie(text) => Self::Lie(clean(text)),
        }
    }
}

impl From<TransportError> for RpcError {
    fn from(error: TransportError) -> Self {
        match error {
            AlloyError::ErrorResp(payload) => response(payload.code, &payload.message),
            AlloyError::NullResp => Self::Unavailable("no result".to_owned()),
            AlloyError::DeserError { err, .. } => Self::Lie(format!("not the right JSON: {err}")),
            AlloyError::Transport(kind) => transport(&kind),
            error => Self::Refused(error.to_string()),
        }
    }
}

fn transport(kind: &TransportErrorKind) -> RpcError {
    match kind {
        TransportErrorKind::HttpError(error)
        | TransportErrorKind::HttpErrorWithRetryAfter { error, .. } => {
            let text = format!("HTTP status {}", error.status);
            match error.status {
                413 => RpcError::TooMuch(text),
                408 | 504 => RpcError::Slow(text),
                425 | 429 | 500.. => RpcError::Unavailable(text),
                _ => RpcError::Refused(text),
            }
        }
        TransportErrorKind::Custom(error) => {
            let known = error.downcast_ref::<RpcError>();
            known
                .cloned()
                .unwrap_or_else(|| RpcError::Unavailable(error.to_string()))
        }
        TransportErrorKind::MissingBatchResponse(_) => {
            RpcError::Unavailable("an answer of the batch is missing".to_owned())
        }
        other => RpcError::Unavailable(other.to_string()),
    }
}

/// The words with which the common providers say that a range holds too much.
const TOO_MUCH: [&str; 16] = [
    "too many",
    "too wide",
    "max range",
    "maximum block",
    "maximum allowed",
    "too large",
    "too big",
    "more than",
    "limit exceeded",
    "limited to",
    "exceeds",
    "exceed maximum",
    "block range",
    "response size",
    "query timeout",
    "timed out",
];

/// The words with which they say that we ask too often, which some of the above also match.
const TOO_OFTEN: [&str; 5] = [
    "rate limit",
    "too many requests",
    "compute units",
    "throughput",
    "capacity",
];

/// Whether an endpoint says that we ask too often.
pub(super) fn is_too_often(payload: &ErrorPayload) -> bool {
    says_too_often(payload.code, &payload.message.to_ascii_lowercase())
}

fn says_too_often(code: i64, message: &str) -> bool {
    code == 429 || TOO_OFTEN.iter().any(|words| message.contains(words))
}

fn response(code: i64, message: &str) -> RpcError {
    let text = format!("{message} ({code})");
    let lower = message.to_ascii_lowercase();
    if says_too_often(code, &lower) {
        RpcError::Unavailable(text)
    } else if code == -32005 || TOO_MUCH.iter().any(|words| lower.contains(words)) {
        RpcError::TooMuch(text)
    } else if matches!(code, -32603 | -32000) {
        // Internal error, and the code for everything else.
        RpcError::Unavailable(text)
    } else {
        RpcError::Refused(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_common_providers_shrink_the_window() {
        for message in [
            "query returned more than 10000 results",
            "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range",
            "block range is too wide",
            "eth_getLogs is limited to a 10,000 range",
            "exceed maximum block range: 5000",
            "query timeout exceeded",
            "logs matched by query exceeds limit of 10000",
            "eth_getLogs block range too large, range: 20000, max: 10000",
            "Block range limit exceeded. See more details at our pricing page",
            "Try with this block range [0x1, 0x2].",
            "exceeded max range limit for eth_getLogs: 1024",
            "maximum block range: 50000",
            "range is too wide: 9001 blocks",
            "response is too big",
        ] {
            let error = response(-32000, message);
            assert!(
                matches!(error, RpcError::TooMuch(_)),
                "{message}: {error:?}"
            );
        }
    }

    #[test]
    fn being_too_fast_is_not_being_too_greedy() {
        for message in [
            "Too Many Requests",
            "daily request count exceeded, request rate limited: rate limit",
            "Your app has exceeded its compute units per second capacity",
        ] {
            let error = response(-32005, message);
            assert!(error.is_transient(), "{message}: {error:?}");
        }
    }

    #[test]
    fn an_error_shows_no_part_of_the_url() {
        let error = RpcError::Refused("invalid key s3cr3t-k3y-in-path\n".to_owned());
        let text = error
            .redacted(&["s3cr3t-k3y-in-path".to_owned()])
            .to_string();
        assert_eq!(text, "refuses: invalid key …");
    }
}
