//! The schema: migrations, and the roles that read and write what they made.
//!
//! A migration runs while the version before it still serves: it only adds (expand), and what nothing uses any more is
//! taken away by a later one (contract). So an older version may meet a newer schema, and is not refused.

mod chains;
mod roles;

use serde::{Deserialize, Serialize};
use sqlx::migrate::{Migrate, Migrator};
use sqlx::{Connection as _, PgConnection};

use crate::capability::{Capability, Name};
use crate::config::{ConfigError, Credentials, DatabaseConfig};
use crate::db;
pub use chains::NewChain;
use roles::Privileges;

/// Who owns the schema, and the roles that it is made for.
#[derive(Clone)]
pub struct Owner {
    config: DatabaseConfig,
    writer: Option<Credentials>,
    reader: Option<Credentials>,
}

impl Capability for Owner {
    const NAME: Name = Name::Schema;

    /// Without secrets of their own (`DATABASE_SECRET_ID`, `DATABASE_READER_SECRET_ID`) there are no other roles: locally
    /// the owner reads and writes as well.
    fn connect() -> Result<Self, ConfigError> {
        Ok(Self {
            config: DatabaseConfig::owner_from_env()?,
            writer: Credentials::of("DATABASE")?,
            reader: Credentials::of("DATABASE_READER")?,
        })
    }
}

/// What a run is told by whoever calls it by hand; CloudFormation says nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Order {
    /// Chains to copy from now on.
    #[serde(default)]
    pub chains: Vec<NewChain>,
}

/// What a run did.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The migrations that were applied now, in order; none where all had been.
    pub applied: Vec<i64>,
    /// The roles that read and write.
    pub roles: Vec<String>,
    /// How many chains it was told of.
    pub chains: usize,
}

/// Brings the schema up to date, then the roles, then the chains that it is told of. Two at once wait for each other.
///
/// # Errors
/// When a migration fails, which then has changed nothing, or one that was applied is another now; when a chain is none.
pub async fn migrate(
    owner: &Owner,
    order: &Order,
    mut migrations: Migrator,
) -> Result<Report, Box<dyn std::error::Error + Send + Sync>> {
    let pool = db::pool(&owner.config)?;
    let mut connection = pool.acquire().await?;
    let before = applied(&mut connection, &migrations).await?;
    migrations.set_ignore_missing(true).run(&pool).await?;
    let after = applied(&mut connection, &migrations).await?;
    let mut roles = Vec::new();
    let wanted = [
        (&owner.writer, Privileges::Write),
        (&owner.reader, Privileges::Read),
    ];
    for (who, privileges) in wanted {
        if let Some(who) = who {
            roles::ensure(&mut connection, who, privileges).await?;
            roles.push(who.username.clone());
        }
    }
    let mut transaction = connection.begin().await?;
    for chain in &order.chains {
        chains::add(&mut transaction, chain).await?;
    }
    transaction.commit().await?;
    Ok(Report {
        applied: after.into_iter().filter(|v| !before.contains(v)).collect(),
        roles,
        chains: order.chains.len(),
    })
}

async fn applied(
    connection: &mut PgConnection,
    migrations: &Migrator,
) -> Result<Vec<i64>, sqlx::migrate::MigrateError> {
    let table = &migrations.table_name;
    connection.ensure_migrations_table(table).await?;
    let applied = connection.list_applied_migrations(table).await?;
    Ok(applied.into_iter().map(|one| one.version).collect())
}
