//! Folding the whole copy of the chains once more, to hold the result against the live tables.
//!
//! It happens in temporary tables, which shadow the live ones on one connection, and in one
//! transaction that sees a single moment of the live ones and is rolled back: nothing is written,
//! nobody waits, and a sync may go on meanwhile. What started here and not on a chain (prepared
//! agents, feedback that was handed in, files that were fetched) is taken over as it is.

use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use super::pages::{Page, Pages, Row};
use super::refold::empty;
use super::{apply_events, apply_file, give_up_file};

/// The tables that follow from the chain, and their columns that do not.
const TABLES: [(&str, &[&str]); 16] = [
    ("agent_identities", &["created_at"]),
    ("agents", &[]),
    ("agent_owners", &[]),
    ("agent_wallets", &[]),
    ("agent_approvals", &[]),
    ("owner_operators", &[]),
    ("agent_services", &[]),
    ("agent_metadata", &[]),
    // Whether the client paid is known from payments.
    ("feedback", &["paid"]),
    ("feedback_responses", &[]),
    ("validations", &[]),
    ("validation_responses", &[]),
    ("agent_stats", &[]),
    ("agent_tag_stats", &[]),
    ("agent_client_stats", &[]),
    ("data_versions", &["version"]),
];

/// Of which agents others have rows: the fold finds them, and binds them to the chain again.
const KEPT: &str = "
    SELECT i.id FROM public.agent_identities i
    WHERE i.origin = 'prepared' OR i.agent_id IS NULL
       OR EXISTS (SELECT FROM public.payments p WHERE p.agent = i.id)
       OR EXISTS (SELECT FROM public.feedback f WHERE f.agent = i.id AND f.source = 'api')";

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rebuilt {
    /// Events that were folded.
    pub events: u64,
    /// The tables that were compared.
    pub tables: Vec<Compared>,
}

/// One table beside the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// Its name.
    pub table: &'static str,
    /// Rows of the live one.
    pub rows: i64,
    /// Rows of the live one that the fold does not give.
    pub surplus: i64,
    /// Rows that the fold gives and the live one does not have.
    pub missing: i64,
    /// One that differs, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

impl Rebuilt {
    /// Whether the live tables are what the events say.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.tables
            .iter()
            .all(|table| table.surplus == 0 && table.missing == 0)
    }
}

/// Folds all events again and compares. `progress` is told how many events of how many are folded.
/// The connection is closed in the end: what it has prepared means the temporary tables.
///
/// # Errors
///
/// Fails as the database does.
pub async fn rebuild(
    mut connection: PgConnection,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Rebuilt, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    transaction
        .execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL temp_buffers = '64MB'")
        .await?;
    shadow(&mut transaction).await?;
    let events = fold(&mut transaction, progress).await?;
    files(&mut transaction).await?;
    let mut rebuilt = Rebuilt {
        events,
        tables: Vec::new(),
    };
    for (table, without) in TABLES {
        let compared = compare(&mut transaction, table, without).await?;
        // Versions only say that something moved.
        if table != "data_versions" {
            rebuilt.tables.push(compared);
        }
    }
    transaction.rollback().await?;
    connection.close().await?;
    Ok(rebuilt)
}

/// Makes the temporary tables, with what started here in them.
async fn shadow(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    for (table, _) in TABLES {
        let sql = format!(
            "CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL) ON COMMIT DROP"
        );
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    let kept: Vec<Uuid> = sqlx::query_scalar(KEPT).fetch_all(&mut *connection).await?;
    for (table, filter) in [
        ("agent_identities", "id = ANY($1)"),
        ("agents", "id = ANY($1)"),
        ("agent_stats", "agent = ANY($1)"),
        ("feedback", "agent = ANY($1) AND source = 'api'"),
    ] {
        let columns = columns(connection, table, &[]).await?;
        let sql = format!(
            "INSERT INTO pg_temp.{table} ({columns}) SELECT {columns} FROM public.{table} WHERE {filter}"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(&kept)
            .execute(&mut *connection)
            .await?;
    }
    empty(connection, &kept).await
}

async fn fold(
    connection: &mut PgConnection,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<u64, sqlx::Error> {
    let chains = sqlx::query!(
        r#"SELECT chain_id, count(*) AS "events!" FROM chain_events WHERE event <> 'other'
           GROUP BY chain_id
           ORDER BY chain_id"#
    )
    .fetch_all(&mut *connection)
    .await?;
    let total = chains.iter().map(|chain| chain.events).sum::<i64>();
    let total = u64::try_from(total).unwrap_or_default();
    let (mut folded, mut analysed) = (0, 0);
    for chain in chains {
        let chain_id = u64::try_from(chain.chain_id).unwrap_or_default();
        let mut pages = Pages::default();
        while let Some(page) = pages.wanted() {
            let events = pages.take(rows(connection, chain.chain_id, page).await?);
            folded += events.len() as u64;
            apply_events(connection, chain_id, events).await?;
            progress(folded, total);
            // Nobody else does this for temporary tables, and plans for empty ones are bad for full.
            if folded > 2 * analysed {
                connection.execute("ANALYZE").await?;
                analysed = folded;
            }
        }
    }
    Ok(folded)
}

/// Events of a registry that has no part in them mean nothing, and are left out.
async fn rows(
    connection: &mut PgConnection,
    chain_id: i64,
    page: Page,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "SELECT block_number, log_index, block_hash, block_time, transaction_hash,
                transaction_index, address, identity_registry, topics, data
         FROM chain_events
         WHERE chain_id = $1 AND (block_number, log_index) > ($2, $3) AND event <> 'other'
         ORDER BY block_number, log_index LIMIT $4",
        chain_id,
        page.block,
        page.log,
        page.size,
    )
    .fetch_all(connection)
    .await
}

/// Gives agents the fetched files that their live rows have.
async fn files(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let files: Vec<(String, Option<Vec<u8>>)> = sqlx::query_as(
        "SELECT r.uri, r.content FROM remote_files r
         WHERE r.state <> 'waiting' AND EXISTS (
             SELECT FROM pg_temp.agents a JOIN public.agents live ON live.id = a.id
             WHERE a.registration_state = 'pending' AND a.agent_uri = r.uri
               AND live.registration_state <> 'pending')",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (uri, content) in files {
        match content {
            Some(content) => apply_file(connection, &uri, &content).await?,
            None => give_up_file(connection, &uri).await?,
        };
    }
    Ok(())
}

/// The columns that are stored as they come, separated by commas.
async fn columns(
    connection: &mut PgConnection,
    table: &str,
    without: &[&str],
) -> Result<String, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = ('public.' || $1)::regclass AND attnum > 0 AND NOT attisdropped
           AND attgenerated = '' AND attname <> ALL($2)",
    )
    .bind(table)
    .bind(without)
    .fetch_one(connection)
    .await
}

async fn compare(
    connection: &mut PgConnection,
    table: &'static str,
    without: &[&str],
) -> Result<Compared, sqlx::Error> {
    let columns = columns(connection, table, without).await?;
    let (live, fresh) = (
        format!("SELECT {columns} FROM public.{table}"),
        format!("SELECT {columns} FROM pg_temp.{table}"),
    );
    let sql = format!(
        "WITH surplus AS ({live} EXCEPT ALL {fresh}), missing AS ({fresh} EXCEPT ALL {live})
         SELECT (SELECT count(*) FROM public.{table}), (SELECT count(*) FROM surplus),
                (SELECT count(*) FROM missing),
                coalesce((SELECT to_jsonb(s)::text FROM surplus s LIMIT 1),
                         (SELECT to_jsonb(m)::text FROM missing m LIMIT 1))"
    );
    // Made of names that are in this module and in the catalogue.
    let (rows, surplus, missing, example) = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await?;
    Ok(Compared {
        table,
        rows,
        surplus,
        missing,
        example,
    })
}
