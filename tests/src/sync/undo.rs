//! A reorg that takes only feedback from an agent leaves its other rows alone: it may have a million.

use std::collections::BTreeMap;

use super::chain::Log;
use super::contracts::Contracts;
use super::history::account;
use super::{History, World};
use crate::harness::random::Random;

/// Blocks of one agent's feedback: as many clients, some of it revoked and answered.
fn rate(state: &mut Contracts, random: &mut Random) -> Vec<Log> {
    let client = account(random.place(4));
    let mut logs = state.rate(
        0,
        client,
        70 + i128::from(random.next() % 30),
        0,
        "starred",
        "",
    );
    let given = state.ratings[&(0, client)].len();
    if given > 2 && random.once_in(3) && !state.ratings[&(0, client)][given - 2].revoked {
        logs.extend(state.revoke(0, client, given - 1));
    }
    if random.once_in(4) {
        logs.extend(state.respond(0, client, given, account(5)));
    }
    logs
}

fn mine(history: &mut History, blocks: usize) {
    for _ in 0..blocks {
        let mut state = history.state().clone();
        let logs = rate(&mut state, &mut history.random);
        history.chain.push(vec![logs]);
        history.states.push(state);
    }
}

/// The rows' places on disk, which change when they are written.
async fn places(world: &World, before: i64) -> BTreeMap<uuid::Uuid, String> {
    let rows: Vec<(uuid::Uuid, String)> = sqlx::query_as(
        "SELECT id, ctid::text FROM feedback
         WHERE block_number < $1 AND coalesce(revoked_block, 0) < $1",
    )
    .bind(before)
    .fetch_all(&world.pool)
    .await
    .unwrap();
    rows.into_iter().collect()
}

#[tokio::test]
async fn feedback_that_stays_is_not_written_again() {
    let mut history = History::new(31_337, 61);
    let mut state = history.state().clone();
    let logs = state.register(account(0), "", &[], None);
    history.chain.push(vec![logs]);
    history.states.push(state);
    mine(&mut history, 120);
    let world = World::new(&history.chain).await;
    world.catch_up().await;
    for depth in [1, 7, 40] {
        let fork = i64::try_from(history.chain.blocks.len() - depth).unwrap();
        let before = places(&world, fork).await;
        history.chain.cut(depth);
        history.states.truncate(history.chain.blocks.len());
        mine(&mut history, depth + 3);
        world.serve(&history);
        let report = world.catch_up().await;
        assert_eq!(report.reorgs.len(), 1, "{report:?}");
        let after = places(&world, fork).await;
        let rewritten = before
            .iter()
            .filter(|(id, place)| after.get(*id).is_some_and(|now| now != *place));
        assert_eq!(rewritten.count(), 0, "after a reorg of {depth}");
        assert!(before.len() > 30);
        world
            .assert_exact(&history, &format!("reorg of {depth}"))
            .await;
    }
}
