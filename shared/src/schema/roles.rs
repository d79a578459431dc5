//! The roles of the functions: they can use the schema and not change it.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::config::Credentials;

/// What a role may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Privileges {
    /// Read, except who may call.
    Read,
    /// Read and write everything, and refresh views.
    Write,
}

/// Tables that say who may call. The reader has no part in that.
const ACCESS: &str = "api_keys, sign_in_challenges, wallet_tiers, idempotency_keys";

/// `MAINTAIN` is what refreshing a materialized view takes (PostgreSQL 17).
/// <https://www.postgresql.org/docs/17/ddl-priv.html>
const WRITE: &[&str] = &[
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
];
const READ: &[&str] = &[
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    "REVOKE ALL ON {access} FROM {role}",
];

/// Makes a role with the password of its secret where there is none, and grants it what it needs of the tables of today.
/// The password of a role that is there is left alone: rotation changes it, and may be at it now.
pub(super) async fn ensure(
    connection: &mut PgConnection,
    who: &Credentials,
    privileges: Privileges,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    // Utility statements take no parameters: the server quotes the values.
    let quoted: (bool, String, String) = sqlx::query_as(
        "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1), format('%I', $1), format('%L', $2)",
    )
    .bind(&who.username)
    .bind(who.password.expose())
    .fetch_one(&mut *transaction)
    .await?;
    let (exists, role, password) = quoted;
    if !exists {
        let create = format!("CREATE ROLE {role} LOGIN PASSWORD {password}");
        transaction.execute(AssertSqlSafe(create)).await?;
    }
    let statements = match privileges {
        Privileges::Read => READ,
        Privileges::Write => WRITE,
    };
    for statement in statements {
        let statement = statement
            .replace("{role}", &role)
            .replace("{access}", ACCESS);
        transaction.execute(AssertSqlSafe(statement)).await?;
    }
    transaction.commit().await
}
