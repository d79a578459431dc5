//! What is taken off tables while they are filled, and put back as it was: building an index over all rows at once costs
//! a fraction of adding each.

use anyhow::{Result, ensure};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

/// A row-level trigger would count each payment by itself.
const TRIGGERED: &str = "payments";

/// Indexes and constraints that were taken off, and what the schema was before.
#[derive(Debug)]
pub struct TakenOff {
    /// Each is one statement, in the order in which they depend on each other.
    put_back: Vec<String>,
    before: Vec<String>,
}

impl TakenOff {
    /// Takes indexes, keys and foreign keys off `tables`. All within a transaction: a run that does not come to its end
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn from(connection: &mut PgConnection, tables: &[&str]) -> Result<Self> {
        let before = shape(connection).await?;
        let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
        // Foreign keys depend on keys, so they go first and come back last.
        let references = constraints(connection, &tables, "f").await?;
        let keys = constraints(connection, &tables, "pu").await?;
        let indexes: Vec<(String, String)> = sqlx::query_as(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
             WHERE indrelid = ANY($1::text[]::regclass[])
               AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
             ORDER BY 1",
        )
        .bind(&tables)
        .fetch_all(&mut *connection)
        .await?;
        for (table, name, _) in references.iter().chain(&keys) {
            let sql = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
            connection.execute(AssertSqlSafe(sql)).await?;
        }
        for (name, _) in &indexes {
            let sql = format!("DROP INDEX {name}");
            connection.execute(AssertSqlSafe(sql)).await?;
        }
        let sql = format!("ALTER TABLE {TRIGGERED} DISABLE TRIGGER USER");
        connection.execute(AssertSqlSafe(sql)).await?;
        let add = |(table, name, definition): &(String, String, String)| {
            format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        };
        let mut put_back: Vec<String> = keys.iter().map(add).collect();
        put_back.extend(indexes.into_iter().map(|(_, definition)| definition));
        put_back.extend(references.iter().map(add));
        put_back.push(format!("ALTER TABLE {TRIGGERED} ENABLE TRIGGER USER"));
        Ok(Self { put_back, before })
    }

    /// Puts all of it back, and holds the schema against what it was.
    ///
    /// # Errors
    ///
    /// When rows break a constraint, or the schema is not what it was.
    pub async fn put_back(
        self,
        connection: &mut PgConnection,
        note: &dyn Fn(&str),
    ) -> Result<usize> {
        let count = self.put_back.len();
        for (place, statement) in self.put_back.into_iter().enumerate() {
            note(&format!("{} of {count}: {statement}", place + 1));
            connection.execute(AssertSqlSafe(statement)).await?;
        }
        let after = shape(connection).await?;
        let lost: Vec<&String> = self
            .before
            .iter()
            .filter(|line| !after.contains(line))
            .collect();
        let new: Vec<&String> = after
            .iter()
            .filter(|line| !self.before.contains(line))
            .collect();
        ensure!(
            lost.is_empty() && new.is_empty(),
            "the schema is not what it was: lost {lost:?}, new {new:?}"
        );
        Ok(count)
    }
}

/// Table, name and definition of constraints of some kinds, on these tables or on their keys.
async fn constraints(
    connection: &mut PgConnection,
    tables: &[String],
    kinds: &str,
) -> Result<Vec<(String, String, String)>> {
    let rows = sqlx::query_as(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
         WHERE strpos($2, contype::text) > 0
           AND (conrelid = ANY($1::text[]::regclass[]) OR confrelid = ANY($1::text[]::regclass[]))
         ORDER BY 1, 2",
    )
    .bind(tables)
    .bind(kinds)
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// Every column, constraint, index and trigger of the schema, a line each.
async fn shape(connection: &mut PgConnection) -> Result<Vec<String>> {
    let lines = sqlx::query_scalar(
        "SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace
         UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
         UNION ALL SELECT format('%s %s', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
         UNION ALL SELECT format('%s %s %s %s', c.oid::regclass, attname, format_type(atttypid, atttypmod), attnotnull)
         FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm') AND attnum > 0 AND NOT attisdropped
         ORDER BY 1",
    )
    .fetch_all(connection)
    .await?;
    Ok(lines)
}
