//! What happens on chain is what the tables say.

use super::{History, World};

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
        let blocks = history.random.below(5);
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
            let depth = 1 + history.random.below(64);
            let blocks = 1 + history.random.below(70);
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
