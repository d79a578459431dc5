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
///
/// A statement may take as long as the longest run of a function that has the role, and no transaction is left open by an
/// environment that was frozen in it.
const WRITE: &[&str] = &[
    "ALTER ROLE {role} SET statement_timeout = '300s'",
    "ALTER ROLE {role} SET idle_in_transaction_session_timeout = '60s'",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
];
/// Its statements are those of requests: see [`crate::limits::REQUEST_DURATION_MAX`].
const READ: &[&str] = &[
    "ALTER ROLE {role} SET statement_timeout = '20s'",
    "ALTER ROLE {role} SET idle_in_transaction_session_timeout = '60s'",
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

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions as _;

    use super::*;
    use crate::secret::Secret;
    use crate::testing::database;

    /// A connection of a role that is made for it, twice, as two deployments do.
    async fn connection(privileges: Privileges) -> Option<(PgConnection, PgConnection, String)> {
        let database = database().await?;
        let mut owner = database.pool().acquire().await.unwrap().detach();
        let name = format!("test_{privileges:?}_{}", std::process::id()).to_lowercase();
        let who = Credentials {
            username: name.clone(),
            password: Secret::new("it's \"secret\""),
        };
        for _ in 0..2 {
            ensure(&mut owner, &who, privileges).await.unwrap();
        }
        let options = database.pool().connect_options().as_ref().clone();
        let options = options.username(&name).password(who.password.expose());
        Some((options.connect().await.unwrap(), owner, name))
    }

    async fn may(connection: &mut PgConnection, statement: &'static str) -> bool {
        match connection.execute(statement).await {
            Ok(_) => true,
            Err(error) => {
                let denied = error.as_database_error().unwrap().code();
                assert_eq!(denied.as_deref(), Some("42501"), "{statement}: {error}");
                false
            }
        }
    }

    async fn drop_role(mut owner: PgConnection, name: &str) {
        let drop = format!("DROP OWNED BY {name}; DROP ROLE {name}");
        owner.execute(AssertSqlSafe(drop)).await.unwrap();
    }

    #[tokio::test]
    async fn the_reader_reads_what_is_public_and_writes_nothing() {
        let Some((mut reader, owner, name)) = connection(Privileges::Read).await else {
            return;
        };
        assert!(may(&mut reader, "SELECT FROM agents").await);
        for statement in [
            "SELECT FROM api_keys",
            "SELECT FROM sign_in_challenges",
            "SELECT FROM wallet_tiers",
            "SELECT FROM idempotency_keys",
            "DELETE FROM agents",
            "UPDATE chains SET status = status",
            "REFRESH MATERIALIZED VIEW mv_agent_reputation",
            "CREATE TABLE own ()",
        ] {
            assert!(!may(&mut reader, statement).await, "{statement}");
        }
        assert_eq!(setting(&mut reader, "SHOW statement_timeout").await, "20s");
        drop_role(owner, &name).await;
    }

    #[tokio::test]
    async fn the_writer_reads_and_writes_and_changes_no_schema() {
        let Some((mut writer, owner, name)) = connection(Privileges::Write).await else {
            return;
        };
        for statement in [
            "SELECT FROM api_keys",
            "DELETE FROM agents",
            "REFRESH MATERIALIZED VIEW mv_agent_reputation",
        ] {
            assert!(may(&mut writer, statement).await, "{statement}");
        }
        for statement in [
            "CREATE TABLE own ()",
            "DROP TABLE agents",
            "TRUNCATE agents",
        ] {
            assert!(!may(&mut writer, statement).await, "{statement}");
        }
        let idle = setting(&mut writer, "SHOW idle_in_transaction_session_timeout").await;
        assert_eq!(idle, "1min");
        drop_role(owner, &name).await;
    }

    async fn setting(connection: &mut PgConnection, show: &'static str) -> String {
        sqlx::query_scalar(show)
            .fetch_one(connection)
            .await
            .unwrap()
    }
}
