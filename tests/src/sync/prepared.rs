//! Which agent becomes which prepared one does not depend on how its events came in.

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::contracts::IDENTITY;
use super::crashes::small_ranges;
use super::history::{URIS, account};
use super::{History, World, tables};

/// Prepares every URI of the histories for some of their accounts.
async fn prepare(connection: &mut PgConnection) {
    let mut number = 0;
    for owner in 0..4 {
        for uri in URIS.iter().filter(|uri| !uri.is_empty()) {
            number += 1;
            sqlx::query(
                "WITH identity AS (
                     INSERT INTO agent_identities (id, chain_id, identity_registry, origin)
                     VALUES ($1, 31337, $2, 'prepared')),
                 agent AS (
                     INSERT INTO agents (id, chain_id, identity_registry, status, updated_at, created_at)
                     VALUES ($1, 31337, $2, 'prepared', '2026-01-01', '2026-01-01')),
                 stats AS (INSERT INTO agent_stats (agent) VALUES ($1))
                 INSERT INTO prepared_agents (agent, chain_id, identity_registry, owner, agent_uri, uri_hash,
                     registration_file, file_hash, final_block, created_at)
                 VALUES ($1, 31337, $2, $3, $4, sha256(convert_to($4, 'UTF8')), $5,
                     sha256(convert_to($4, 'UTF8')), $6, '2026-01-01')",
            )
            .bind(Uuid::from_u128(number))
            .bind(IDENTITY.as_slice())
            .bind(account(owner).as_slice())
            .bind(uri)
            .bind(format!(r#"{{"name":"prepared {number}"}}"#).into_bytes())
            // One wallet prepared late: what it registered before is another agent.
            .bind(if owner == 3 { 40_i64 } else { -1 })
            .execute(&mut *connection)
            .await
            .unwrap();
        }
    }
}

async fn world(history: &History) -> World {
    let world = World::new(&history.chain).await;
    prepare(&mut world.connection().await).await;
    world
}

/// The prepared agents that are on chain, by id there.
async fn adopted(connection: &mut PgConnection) -> Vec<(String, Uuid)> {
    sqlx::query_as(
        "SELECT agent_id::text, id FROM agent_identities
         WHERE origin = 'prepared' AND agent_id IS NOT NULL ORDER BY agent_identities.agent_id",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

/// All tables; of agents only what is on chain, for the others were not written by the code in question.
async fn dump(world: &World) -> Vec<(&'static str, Vec<String>)> {
    let dumped = tables::dump(&mut world.connection().await).await;
    let on_chain = |row: &String| {
        let row: Value = serde_json::from_str(row).unwrap();
        !row["agent_id"].is_null()
    };
    let tables = dumped.into_iter().map(|(name, rows)| match name {
        "agents" => (name, rows.into_iter().filter(on_chain).collect()),
        _ => (name, rows),
    });
    tables.collect()
}

#[tokio::test]
async fn whatever_the_reorgs_and_portions_the_same_agents_are_adopted() {
    let (mut most, mut undone) = (0, 0);
    for seed in [21, 22, 23] {
        let mut history = History::new(31_337, seed);
        history.mine_many(80);
        let world = world(&history).await;
        world.catch_up().await;
        for round in 0..5 {
            let before = adopted(&mut world.connection().await).await;
            let depth = 1 + history.random.place(60);
            let blocks = depth + history.random.place(20);
            history.reorg(depth, blocks);
            world.serve(&history);
            world.catch_up().await;
            let after = adopted(&mut world.connection().await).await;
            most = most.max(after.len());
            undone += before.iter().filter(|one| !after.contains(one)).count();

            let fresh = self::world(&history).await;
            small_ranges(&fresh, 1 + history.random.place(30) as u64);
            fresh.catch_up().await;
            let (left, right) = (dump(&world).await, dump(&fresh).await);
            let about = format!("seed {seed}, round {round}");
            pretty_assertions::assert_eq!(left, right, "{about}");
        }
    }
    assert!(most > 3 && undone > 3, "{most} adopted, {undone} undone");
}
