//! What is read when it is asked for: the state of chains, views, payments and connections, in one round trip.

use sqlx::PgPool;

use super::exposition::Sample;
use super::list;

struct Row {
    metric: String,
    label: Option<String>,
    value: f64,
}

/// Reads every gauge that the database knows.
///
/// # Errors
/// As the database does.
pub async fn read(pool: &PgPool) -> Result<Vec<Sample>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT g.metric AS "metric!", s.chain_id::text AS label, g.value::float8 AS "value!"
        FROM sync_cursors s JOIN chains c USING (chain_id) CROSS JOIN LATERAL (VALUES
            ('erc8004_sync_lag_blocks', greatest(s.head_block - s.block_number, 0)::float8),
            ('erc8004_sync_lag_seconds', extract(epoch FROM greatest(s.head_time - s.block_time, interval '0'))::float8),
            ('erc8004_sync_age_seconds', extract(epoch FROM now() - s.updated_at)::float8),
            ('erc8004_sync_failing', (s.last_error IS NOT NULL OR c.status = 'halted')::int::float8),
            ('erc8004_reorgs_total', s.reorg_count::float8),
            ('erc8004_reorg_depth_blocks', s.reorg_depth_max::float8)
        ) AS g (metric, value)
        WHERE g.value IS NOT NULL
        UNION ALL
        SELECT 'erc8004_active_agents_total', chain_id::text, agents::float8 FROM mv_chain_totals
        UNION ALL
        SELECT 'erc8004_view_age_seconds', view_name, extract(epoch FROM now() - fresh_at)::float8
        FROM view_refreshes WHERE fresh_at IS NOT NULL
        UNION ALL
        SELECT 'erc8004_payments_pending', c.chain_id::text,
               (SELECT count(*) FROM payments p WHERE p.chain_id = c.chain_id AND p.status = 'pending')::float8
        FROM chains c
        UNION ALL
        SELECT g.metric, NULL, g.value FROM (
            SELECT count(*)::float8 AS used, current_setting('max_connections')::float8 AS most
            FROM pg_stat_activity WHERE backend_type = 'client backend'
        ) AS connections CROSS JOIN LATERAL (VALUES
            ('erc8004_database_connections', used), ('erc8004_database_connections_ratio', used / most)
        ) AS g (metric, value)
        ORDER BY 1, 2
        "#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().filter_map(sample).collect())
}

fn sample(row: Row) -> Option<Sample> {
    let metric = list::ALL.iter().find(|metric| metric.name == row.metric)?;
    Some(Sample::new(metric, row.label, row.value))
}
