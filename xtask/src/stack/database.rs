//! The project's database in the cluster: its role, its schema.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

use super::{Stack, postgres};
use crate::paths;

/// The database and the role that owns it. No superuser: as in the cloud, nothing may need one.
pub const NAME: &str = "erc8004";

/// The URL that functions use.
///
/// # Errors
///
/// When the server is not running.
pub fn url(stack: &Stack) -> Result<String> {
    let password = postgres::password(stack)?;
    Ok(postgres::url(
        NAME,
        &password,
        stack.port(postgres::NAME)?,
        NAME,
    ))
}

/// Opens a connection as the project's role.
///
/// # Errors
///
/// When the database is not there.
pub async fn connect(stack: &Stack) -> Result<PgConnection> {
    PgConnection::connect(&url(stack)?)
        .await
        .context("connecting to the database")
}

/// Creates role and database where they are missing.
///
/// # Errors
///
/// When the server refuses.
pub async fn create(stack: &Stack) -> Result<()> {
    let mut admin = PgConnection::connect(&postgres::admin_url(stack)?).await?;
    let password = postgres::password(stack)?;
    let role = sqlx::query("SELECT 1 FROM pg_roles WHERE rolname = $1").bind(NAME);
    let verb = if admin.fetch_optional(role).await?.is_some() {
        "ALTER"
    } else {
        "CREATE"
    };
    // Utility statements take no parameters; both values are of our own making, without quotes.
    admin
        .execute(sqlx::AssertSqlSafe(format!(
            "{verb} ROLE {NAME} LOGIN PASSWORD '{password}'"
        )))
        .await?;
    let database = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(NAME);
    if admin.fetch_optional(database).await?.is_none() {
        admin
            .execute(sqlx::AssertSqlSafe(format!(
                "CREATE DATABASE {NAME} OWNER {NAME}"
            )))
            .await?;
    }
    admin.close().await?;
    Ok(())
}

/// Removes the database, whoever is connected to it.
///
/// # Errors
///
/// When the server refuses.
pub async fn remove(stack: &Stack) -> Result<()> {
    let mut admin = PgConnection::connect(&postgres::admin_url(stack)?).await?;
    let sql = format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)");
    admin.execute(sqlx::AssertSqlSafe(sql)).await?;
    admin.close().await?;
    Ok(())
}

/// Where the migrations are.
#[must_use]
pub fn migrations() -> PathBuf {
    paths::root().join("migrations")
}

/// Reads `migrations/`.
///
/// # Errors
///
/// When a file there is not a migration.
pub async fn migrator() -> Result<Migrator> {
    Migrator::new(migrations())
        .await
        .context("reading migrations/")
}

/// Brings the schema up to date; says how many migrations that took.
///
/// # Errors
///
/// When a migration fails or one that was applied has changed since.
pub async fn migrate(stack: &Stack) -> Result<String> {
    let mut connection = connect(stack).await?;
    let before = applied(&mut connection).await?;
    let migrator = migrator().await?;
    migrator.run(&mut connection).await.context(
        "running the migrations (when one that was applied has changed: cargo xtask reset)",
    )?;
    let after = applied(&mut connection).await?;
    connection.close().await?;
    Ok(match after - before {
        0 => format!("{after} applied, none new"),
        new => format!("{after} applied, {new} of them now"),
    })
}

async fn applied(connection: &mut PgConnection) -> Result<i64> {
    let table = connection
        .fetch_one("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .await?;
    if !table.try_get::<bool, _>(0)? {
        return Ok(0);
    }
    let row = connection
        .fetch_one("SELECT count(*) FROM _sqlx_migrations WHERE success")
        .await?;
    Ok(row.try_get(0)?)
}
