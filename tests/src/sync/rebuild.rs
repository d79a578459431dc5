//! Folding everything again must give the tables that are there, and must see when it does not.

use shared::chain::apply::rebuild;
use sqlx::Executor as _;

use super::{History, World};

#[tokio::test]
async fn a_row_that_the_events_do_not_give_is_found() {
    let mut history = History::new(31_337, 51);
    history.mine_many(150);
    let world = World::new(&history.chain).await;
    world.catch_up().await;
    let whole = rebuild(world.connection().await, &|_, _| {}).await.unwrap();
    assert!(whole.is_same(), "{whole:#?}");
    assert!(whole.events > 100, "{whole:#?}");

    for (damage, table) in [
        (
            "UPDATE agents SET owner = agent_wallet WHERE agent_id = 0",
            "agents",
        ),
        (
            "DELETE FROM feedback_responses WHERE log_index =
          (SELECT min(log_index) FROM feedback_responses)",
            "feedback_responses",
        ),
        (
            "UPDATE agent_stats SET feedback_count = feedback_count + 1",
            "agent_stats",
        ),
    ] {
        let mut connection = world.connection().await;
        connection.execute(damage).await.unwrap();
        let rebuilt = rebuild(connection, &|_, _| {}).await.unwrap();
        let found = rebuilt
            .tables
            .iter()
            .find(|one| one.table == table)
            .unwrap();
        assert!(found.surplus + found.missing > 0, "{table}: {rebuilt:#?}");
        assert!(found.example.is_some());
    }
}

#[tokio::test]
async fn a_rebuild_changes_nothing() {
    let mut history = History::new(31_337, 52);
    history.mine_many(60);
    let world = World::new(&history.chain).await;
    world.catch_up().await;
    let before = super::tables::dump(&mut world.connection().await).await;
    rebuild(world.connection().await, &|_, _| {}).await.unwrap();
    let after = super::tables::dump(&mut world.connection().await).await;
    super::tables::assert_same(&before, &after, "a rebuild");
}
