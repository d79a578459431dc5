//! A run may end anywhere; the next one goes on.

use std::time::Duration;

use shared::chain::sync::Outcome;
use sqlx::Executor as _;

use super::server::parse;
use super::{History, World};

/// Makes ranges small, so that a history has many commits.
pub fn small_ranges(world: &World, blocks: u64) {
    world.server.temper(move |method, params, result| {
        if method == "eth_getLogs" {
            let [from, to] =
                ["fromBlock", "toBlock"].map(|bound| parse(params[0][bound].as_str().unwrap()));
            if to - from >= blocks {
                return Err((-32005, "query returned more than 10000 results".to_owned()));
            }
        }
        Ok(result)
    });
}

/// The n-th commit from now on fails, when everything before it was done.
pub async fn fail_commit(world: &World, n: i32) {
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS crash (commits_left integer NOT NULL);
         DELETE FROM crash; INSERT INTO crash VALUES ({n});
         CREATE SEQUENCE IF NOT EXISTS crash_commits; SELECT setval('crash_commits', 1, false);
         CREATE OR REPLACE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('crash_commits') = (SELECT commits_left FROM crash) THEN
                 RAISE EXCEPTION 'the power went out';
             END IF;
             RETURN NULL;
         END $$;
         DROP TRIGGER IF EXISTS crash ON sync_cursors;
         CREATE CONSTRAINT TRIGGER crash AFTER UPDATE OF block_number ON sync_cursors
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION crash()"
    );
    world
        .connection()
        .await
        .execute(sqlx::AssertSqlSafe(sql))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_crash_at_every_commit() {
    let mut history = History::new(31_337, 11);
    history.mine_many(60);
    let mut before = history.clone();
    before.reorg(9, 12);
    let world = World::new(&before.chain).await;
    world.catch_up().await;
    // What is to come: the way back, then ranges of at most seven blocks.
    history.mine_many(40);
    world.serve(&history);
    small_ranges(&world, 7);
    let mut crashes = 0;
    loop {
        fail_commit(&world, 1).await;
        let report = world.sync().await;
        if report.caught_up {
            break;
        }
        assert_eq!(report.status, Outcome::Failed, "{report:?}");
        crashes += 1;
        // The same commit goes through the next time; the one after it fails.
        fail_commit(&world, 2).await;
        if world.sync().await.caught_up {
            break;
        }
        crashes += 1;
    }
    assert!(crashes >= 8, "only {crashes} commits failed");
    world.assert_exact(&history, "after crashes").await;
}

#[tokio::test]
async fn a_run_that_is_dropped_anywhere() {
    let mut history = History::new(31_337, 12);
    history.mine_many(120);
    let world = World::new(&history.chain).await;
    small_ranges(&world, 7);
    let mut drops = 0;
    for round in 0_u64.. {
        let time = Duration::from_micros(500 + 3_000 * round);
        match tokio::time::timeout(time, world.sync()).await {
            Ok(report) if report.caught_up => break,
            Ok(report) => assert_ne!(report.status, Outcome::Failed, "{report:?}"),
            Err(_) => drops += 1,
        }
        if round % 10 == 9 {
            history.reorg(3, 5);
            world.serve(&history);
        }
        assert!(round < 2_000, "it never arrives");
    }
    assert!(drops > 3, "{drops} drops");
    world.catch_up().await;
    world.assert_exact(&history, "after drops").await;
}

#[tokio::test]
async fn a_run_that_is_out_of_time_keeps_what_it_has_and_the_next_one_goes_on() {
    let mut history = History::new(31_337, 14);
    history.mine_many(400);
    let world = World::new(&history.chain).await;
    small_ranges(&world, 7);
    let (mut cut, mut last) = (0, 0);
    for round in 1_u32.. {
        let report = world.sync_for(Duration::from_millis(20) * round).await;
        let indexed = report.to_block.unwrap_or(last);
        assert!(indexed >= last, "{report:?} after {last}");
        last = indexed;
        if report.caught_up {
            break;
        }
        if report.ranges > 0 {
            assert_eq!(report.status, Outcome::Ok, "{report:?}");
            assert_eq!(report.error, None);
            cut += 1;
        }
        assert!(round < 500, "it never arrives");
    }
    assert!(cut > 0, "no run was cut after a range");
    world.assert_exact(&history, "after short runs").await;
}

#[tokio::test]
async fn two_runs_at_once() {
    let mut history = History::new(31_337, 13);
    let world = World::new(&history.chain).await;
    small_ranges(&world, 7);
    for _ in 0..6 {
        history.mine_many(25);
        if history.random.place(2) == 0 {
            history.reorg(6, 9);
        }
        world.serve(&history);
        let reports = tokio::join!(world.sync(), world.sync(), world.sync());
        for report in [&reports.0, &reports.1, &reports.2] {
            assert!(
                matches!(report.status, Outcome::Ok | Outcome::Busy),
                "{report:?}"
            );
        }
    }
    world.catch_up().await;
    world.assert_exact(&history, "after contention").await;
}
