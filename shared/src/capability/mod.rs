//! What a function can call.
//!
//! A client is only to be had through a capability, and a function's capabilities are the first parameter of its
//! handler. The declaration that `--describe` prints, and the role that the stack gives the function, follow from
//! that type: what a function can call is what its role allows.

use serde::Serialize;

use crate::config::ConfigError;

/// The capabilities that exist. The stack knows what each needs: network, permissions, secrets, environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// Reads the database, from the reader endpoint where there is one.
    DatabaseRead,
    /// Reads and writes the database.
    DatabaseWrite,
    /// Owns the schema: migrates it, and makes the roles that read and write.
    Schema,
    /// Reads and writes the cache.
    Cache,
    /// Asks the configured chain endpoints.
    ChainRpc,
    /// Checks API keys: reads the cache and the database, and notes there when a key was last used. Derived from an
    /// endpoint's `auth`; only the endpoint that revokes keys names it.
    ApiKeys,
    /// Asks the open web for files that strangers named, under a guard.
    OpenWeb,
    /// Writes the table of rate-limit buckets. Derived from an endpoint's limit class, never named by a handler.
    RateLimit,
    /// Puts gauges into CloudWatch.
    PutMetrics,
}

/// A function that has the database counts in the cache, too. One without a store does not, so that it depends on none.
pub(crate) fn add_counts(names: &mut Vec<Name>) {
    let has = |name| names.contains(&name);
    let has_database = has(Name::DatabaseRead) || has(Name::DatabaseWrite);
    if has_database && !has(Name::Cache) && !has(Name::ApiKeys) {
        names.push(Name::Cache);
    }
}

/// A client that a function may hold. Connecting is lazy: nothing is sent before the first use.
pub trait Capability: Clone + Send + Sync + 'static {
    /// What it is called.
    const NAME: Name;

    /// Makes the client from the environment.
    ///
    /// # Errors
    /// When a setting is missing or malformed.
    fn connect() -> Result<Self, ConfigError>;
}

/// The capabilities of a function: none, one, or a tuple.
pub trait Capabilities: Clone + Send + Sync + 'static {
    /// Their names.
    fn names() -> Vec<Name>;

    /// Makes the clients.
    ///
    /// # Errors
    /// When a setting is missing or malformed.
    fn connect() -> Result<Self, ConfigError>;
}

impl Capabilities for () {
    fn names() -> Vec<Name> {
        Vec::new()
    }

    fn connect() -> Result<Self, ConfigError> {
        Ok(())
    }
}

impl<A: Capability> Capabilities for A {
    fn names() -> Vec<Name> {
        vec![A::NAME]
    }

    fn connect() -> Result<Self, ConfigError> {
        A::connect()
    }
}

macro_rules! tuple {
    ($($name:ident),+) => {
        impl<$($name: Capability),+> Capabilities for ($($name,)+) {
            fn names() -> Vec<Name> {
                vec![$($name::NAME),+]
            }

            fn connect() -> Result<Self, ConfigError> {
                Ok(($($name::connect()?,)+))
            }
        }
    };
}

tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
