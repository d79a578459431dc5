//! Everything that a database holds, to be compared with another.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};

/// What says when and how often something was done, not what came of it.
const VOLATILE: [(&str, &[&str]); 5] = [
    ("agent_identities", &["created_at"]),
    ("chains", &["created_at"]),
    ("data_versions", &["version"]),
    (
        "sync_cursors",
        &["updated_at", "last_error", "last_error_at"],
    ),
    (
        "view_refreshes",
        &[
            "data_version",
            "refreshed_at",
            "fresh_at",
            "duration_ms",
            "row_count",
        ],
    ),
];

/// The rows of every table and materialized view, sorted, without what may differ.
pub async fn all(connection: &mut PgConnection) -> BTreeMap<String, Vec<Value>> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
         AND relkind IN ('r', 'm') AND relname <> '_sqlx_migrations' ORDER BY 1",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    let mut tables = BTreeMap::new();
    for name in names {
        let volatile = VOLATILE.iter().find(|(table, _)| *table == name);
        let volatile: Vec<&str> = volatile
            .map(|(_, columns)| columns.to_vec())
            .unwrap_or_default();
        let sql = format!("SELECT to_jsonb(t) - $1::text[] AS row FROM {name} t ORDER BY 1");
        let rows = sqlx::query_scalar(AssertSqlSafe(sql)).bind(volatile);
        tables.insert(name, rows.fetch_all(&mut *connection).await.unwrap());
    }
    tables
}

/// Fails, naming the table and the first row, when two databases differ.
#[track_caller]
pub fn assert_same(actual: &BTreeMap<String, Vec<Value>>, expected: &BTreeMap<String, Vec<Value>>) {
    for (table, expected) in expected {
        let actual = &actual[table];
        for (index, row) in expected.iter().enumerate() {
            let found = actual.get(index);
            pretty_assertions::assert_eq!(found, Some(row), "row {index} of {table}");
        }
        assert_eq!(actual.len(), expected.len(), "rows of {table}");
    }
}
