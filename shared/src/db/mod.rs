//! The database pools, sized for an execution environment.

mod columns;
mod pools;
mod transaction;

use sqlx::postgres::PgPool;

pub(crate) use pools::doubt;
pub use pools::pool;
pub use scoped_futures::ScopedFutureExt;
pub use transaction::{Atomic, Conflict, Isolation, Work, atomically};

use crate::capability::{Capability, Name};
use crate::config::{ConfigError, DatabaseConfig};

/// Reads only.
#[derive(Clone, Debug)]
pub struct Reader(PgPool);

/// Reads and writes.
#[derive(Clone, Debug)]
pub struct Writer(PgPool);

impl Reader {
    /// The pool to query.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.0
    }
}

impl Writer {
    /// On a pool that is there already.
    #[must_use]
    pub const fn from_pool(pool: PgPool) -> Self {
        Self(pool)
    }

    /// The pool to query.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.0
    }
}

impl Capability for Reader {
    const NAME: Name = Name::DatabaseRead;

    fn connect() -> Result<Self, ConfigError> {
        pools::shared(&DatabaseConfig::reader_from_env()?).map(Self)
    }
}

impl Capability for Writer {
    const NAME: Name = Name::DatabaseWrite;

    fn connect() -> Result<Self, ConfigError> {
        pools::shared(&DatabaseConfig::writer_from_env()?).map(Self)
    }
}
