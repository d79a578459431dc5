//! Reading one variable.

use std::fmt::Display;
use std::str::FromStr;

use crate::secrets;

/// A setting that is missing or malformed. Never holds the value: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It has no default.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// It cannot be read.
    #[error("{name} is not valid: {reason}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// Why, without the value.
        reason: String,
    },
}

/// A variable that may be absent; the empty string counts as absent. In its place there may be one that names the secret
/// with its value: `<name>_SECRET_ID`.
#[must_use]
pub fn optional(name: &str) -> Option<String> {
    let plain = std::env::var(name).ok();
    plain
        .or_else(|| Some(secrets::value(name)?.expose().to_owned()))
        .filter(|value| !value.is_empty())
}

/// A variable without which nothing goes.
///
/// # Errors
/// When it is absent.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    optional(name).ok_or(ConfigError::Missing(name))
}

/// A variable of a type, with a default.
///
/// # Errors
/// When it is present and malformed.
pub fn parsed<T>(name: &'static str, default: T) -> Result<T, ConfigError>
where
    T: FromStr,
    T::Err: Display,
{
    let Some(value) = optional(name) else {
        return Ok(default);
    };
    value.parse().map_err(|e: T::Err| ConfigError::Invalid {
        name,
        reason: e.to_string(),
    })
}
