//! What happens on chain is what the tables say.

use super::crashes::small_ranges;
use super::{History, World, tables};

#[tokio::test]
async fn a_whole_history_in_one_run() {
    for seed in 0..4 {
        let mut history = History::new(31_337, seed);
        history.mine_many(150);
        let world = World::new(&history.chain).await;
        let report = world.catch_up().await;
        assert_eq!(report.to_block, Some(150));
        world.assert_exact(&history, &format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn a_history_in_many_runs() {
    let mut history = History::new(31_337, 7);
    let world = World::new(&history.chain).await;
    for _ in 0..60 {
        let blocks = history.random.place(5);
        history.mine_many(blocks);
        world.serve(&history);
        world.catch_up().await;
    }
    world.assert_exact(&history, "many runs").await;
}

#[tokio::test]
async fn reorgs_of_every_depth() {
    for seed in 100..106 {
        let mut history = History::new(31_337, seed);
        history.mine_many(80);
        let world = World::new(&history.chain).await;
        world.catch_up().await;
        for _ in 0..12 {
            let depth = 1 + history.random.place(64);
            let blocks = 1 + history.random.place(70);
            history.reorg(depth, blocks);
            history.mine_many(65_usize.saturating_sub(history.chain.blocks.len()));
            world.serve(&history);
            let report = world.sync().await;
            assert!(report.error.is_none(), "{report:?}");
        }
        history.mine_many(80);
        world.serve(&history);
        world.catch_up().await;
        world.assert_exact(&history, &format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn many_rows_at_once_and_few_at_a_time_come_to_the_same() {
    let mut history = History::new(31_337, 31);
    for _ in 0..21 {
        history.mine_full(250);
    }
    let world = World::new(&history.chain).await;
    world.catch_up().await;
    let said = tables::agents(&mut world.connection().await).await;
    pretty_assertions::assert_eq!(said, tables::expected(history.state()));
    let portions = World::new(&history.chain).await;
    small_ranges(&portions, 1);
    portions.catch_up().await;
    let left = tables::dump(&mut world.connection().await).await;
    let right = tables::dump(&mut portions.connection().await).await;
    tables::assert_same(&left, &right, "in portions");
}
