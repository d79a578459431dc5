//! Where buckets are kept and how much they hold.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ConfigError, optional, parsed, required};
use crate::http::LimitClass;

/// Settings of the rate limiter.
#[derive(Clone, Debug)]
pub struct RateLimitConfig {
    /// `RATE_LIMIT_TABLE`: the DynamoDB table, whose key is the string `pk`.
    pub table: String,
    /// `RATE_LIMIT_TIMEOUT_MS`: a table that has not answered by then is out of reach.
    pub timeout: Duration,
    /// `RATE_LIMIT_QUOTAS`, such as `lookup=5000,search=1000`: calls an hour of a free caller, where they differ from
    /// the defaults.
    pub quotas: BTreeMap<&'static str, u64>,
}

impl RateLimitConfig {
    /// Reads the variables above.
    ///
    /// # Errors
    /// When the table is absent, or another setting malformed.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            table: required("RATE_LIMIT_TABLE")?,
            timeout: Duration::from_millis(parsed("RATE_LIMIT_TIMEOUT_MS", 50)?),
            quotas: quotas(&optional("RATE_LIMIT_QUOTAS").unwrap_or_default())?,
        })
    }

    /// The same for whoever checks whether the table answers at all: a first connection takes longer than a call may.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self {
            timeout: Duration::from_secs(1),
            ..self.clone()
        }
    }

    /// The defaults, with a table.
    #[must_use]
    pub fn for_testing(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            timeout: Duration::from_secs(5),
            quotas: BTreeMap::new(),
        }
    }
}

fn quotas(text: &str) -> Result<BTreeMap<&'static str, u64>, ConfigError> {
    let invalid = |reason: String| ConfigError::Invalid {
        name: "RATE_LIMIT_QUOTAS",
        reason,
    };
    text.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let (name, quota) = entry
                .split_once('=')
                .ok_or_else(|| invalid(format!("{entry} is not class=quota")))?;
            let class = LimitClass::ALL
                .into_iter()
                .find(|class| class.as_str() == name.trim())
                .ok_or_else(|| invalid(format!("{name} is not a class")))?;
            match quota.trim().parse() {
                Ok(quota) if quota > 0 => Ok((class.as_str(), quota)),
                _ => Err(invalid(format!("{quota} is not a quota"))),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_read_by_class() {
        let read = quotas("lookup=5000, search = 7").expect("they are quotas");
        assert_eq!(read, BTreeMap::from([("lookup", 5000), ("search", 7)]));
        for wrong in ["lookup", "lookup=0", "lookup=-1", "reads=5"] {
            assert!(quotas(wrong).is_err(), "{wrong}");
        }
    }
}
