//! Migrations, both ways.

use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::harness::database::migrator;
use crate::harness::{TestDatabase, World};

/// The schema as the catalog has it, a line a thing; but for sqlx's own table.
async fn schema(connection: &mut PgConnection) -> Vec<String> {
    let parts = [
        // Columns of tables, views and types, with types and defaults.
        "SELECT c.relkind::text || ' ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
             || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || a.attgenerated::text
             || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
           AND c.relkind IN ('r', 'v', 'm', 'c', 'p', 'f', 'S')",
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indrelid
         WHERE c.relnamespace = 'public'::regnamespace",
        "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "SELECT relname || ' ' || pg_get_viewdef(oid) FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')",
        "SELECT pg_get_functiondef(p.oid) FROM pg_proc p
         WHERE pronamespace = 'public'::regnamespace AND prokind <> 'a'
           AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')",
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT 'extension ' || extname FROM pg_extension",
    ];
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(part))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        lines.extend(found);
    }
    lines.retain(|line| !line.contains("_sqlx_migrations"));
    lines.sort();
    lines
}

#[tokio::test]
async fn each_migration_down_leaves_the_schema_that_was_there_before_it() {
    let database = TestDatabase::blank().await;
    let mut connection = database.connect().await;
    let migrator = migrator().await;
    let mut versions: Vec<i64> = migrator.iter().map(|migration| migration.version).collect();
    versions.sort_unstable();
    versions.dedup();

    let mut before = vec![(0, schema(&mut connection).await)];
    for version in &versions {
        migrator.run_to(*version, &mut connection).await.unwrap();
        before.push((*version, schema(&mut connection).await));
    }
    let (_, complete) = before.pop().unwrap();
    for (version, expected) in before.iter().rev() {
        migrator.undo(&mut connection, *version).await.unwrap();
        let actual = schema(&mut connection).await;
        pretty_assertions::assert_eq!(&actual, expected, "after going down to {version}");
    }
    migrator.run(&mut connection).await.unwrap();
    pretty_assertions::assert_eq!(schema(&mut connection).await, complete);
}

#[tokio::test]
async fn indexes_that_operators_know_by_name_are_there() {
    let database = TestDatabase::migrated().await;
    let names: Vec<String> = sqlx::query_scalar("SELECT indexname FROM pg_indexes")
        .fetch_all(&mut database.connect().await)
        .await
        .unwrap();
    for name in [
        "idx_erc8004_agents_active_covering",
        "idx_erc8004_reputation_agent_created",
        "idx_erc8004_agent_payments_agent",
        "idx_mv_agent_reputation_trust",
    ] {
        assert!(
            names.iter().any(|found| found == name),
            "there is no index {name}"
        );
    }
}

#[tokio::test]
async fn migrate_adds_the_chains_that_it_is_told_of_once_and_others_registries_beside_them() {
    let world = World::empty().await;
    let migrate = world.start("migrate").await;
    let address = |number: u8| format!("0x{number:040x}");
    let chain = |identity: u8, reputation: u8| {
        json!({ "chains": [{
            "chainId": 8453, "name": "base", "startBlock": 5, "confirmations": 64, "hasFinalizedTag": true,
            "blockTimeMs": 2000, "registries": [
                { "kind": "identity", "address": address(identity) },
                { "kind": "reputation", "address": address(reputation) },
            ],
        }] })
    };
    for (identity, reputation) in [(1, 2), (1, 2), (3, 4)] {
        let report = migrate
            .invoke(&chain(identity, reputation), World::RUN)
            .await;
        assert_eq!(report.unwrap()["chains"], 1);
    }
    let registries = sqlx::query_as::<_, (i32, i32, bool)>(
        "SELECT get_byte(address, 19), get_byte(identity_registry, 19), is_default FROM registries ORDER BY 1",
    );
    let registries = registries.fetch_all(&mut world.connect().await).await;
    let expected = [(1, 1, true), (2, 1, true), (3, 3, false), (4, 3, true)];
    assert_eq!(registries.unwrap(), expected);

    let mut without_identity = chain(1, 2);
    without_identity["chains"][0]["registries"][0]["kind"] = json!("validation");
    let mut misspelled = chain(1, 2);
    misspelled["chains"][0]["startBlok"] = json!(1);
    for (order, word) in [
        (without_identity, "identity registry"),
        (misspelled, "startBlok"),
    ] {
        let failure = migrate.invoke(&order, World::RUN).await.unwrap_err();
        assert!(format!("{failure:?}").contains(word), "{failure:?}");
    }
}
