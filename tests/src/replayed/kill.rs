//! A sync that is killed, and two at once.

use std::time::Duration;

use xtask::lambda::Function;

use super::{behind, derived, only_chain, refuse_long_ranges};
use crate::harness::rpc_proxy::RpcProxy;
use crate::harness::{Chain, World, random::Random, tables};
use xtask::lambda::event::scheduled;

/// Makes a sync of the project's dump a dozen ranges long.
const RANGE_BLOCKS_MAX: u64 = 300;

/// Starts a sync, kills it at the moment that `moment` waits for, and tells whether it was under way.
async fn kill_at(world: &World, moment: impl Future<Output = ()>) -> bool {
    let function: Function = world.start("sync-chain").await;
    let event = scheduled();
    let was_under_way = tokio::select! {
        biased;
        result = function.invoke(&event, World::RUN) => {
            result.unwrap();
            false
        }
        () = moment => true,
    };
    function.kill().await;
    // PostgreSQL notices when it next writes to a client that is gone.
    world.database.wait_for_quiet().await;
    was_under_way
}

#[tokio::test]
async fn a_sync_killed_at_any_request_and_run_again_gives_the_same_tables() {
    let chain = Chain::own().await;
    let clean = World::synced().await;
    let expected = derived(&clean).await;
    let proxy = RpcProxy::start(chain).await;
    refuse_long_ranges(&proxy, RANGE_BLOCKS_MAX);
    let world = behind(&proxy, chain).await;
    // Killed at its first request, then at its second, …: each run comes one request further,
    // which is before, within and after the commit of some range.
    let mut kills = 0;
    for requests in 1.. {
        let moment = proxy.wait_for_call(proxy.calls() + requests);
        if !kill_at(&world, moment).await {
            break;
        }
        kills += 1;
    }
    assert!(kills > 10, "only {kills} runs were killed");
    tables::assert_same(&derived(&world).await, &expected);
}

#[tokio::test]
async fn a_sync_killed_at_random_times_and_run_again_gives_the_same_tables() {
    let mut random = Random::seeded();
    let chain = Chain::own().await;
    let clean = World::synced().await;
    let expected = derived(&clean).await;
    let proxy = RpcProxy::start(chain).await;
    refuse_long_ranges(&proxy, RANGE_BLOCKS_MAX);
    let world = behind(&proxy, chain).await;
    loop {
        // Between two requests a range is decoded, folded and committed.
        let calls = proxy.calls() + random.below(12);
        let pause = Duration::from_micros(random.below(30_000));
        let moment = async {
            proxy.wait_for_call(calls).await;
            tokio::time::sleep(pause).await;
        };
        if !kill_at(&world, moment).await {
            break;
        }
    }
    tables::assert_same(&derived(&world).await, &expected);
}

#[tokio::test]
async fn a_second_run_finds_nothing_to_do_and_changes_nothing() {
    let world = World::synced().await;
    let before = derived(&world).await;
    let report = world.sync().await;
    assert_eq!(only_chain(&report)["ranges"], 0, "{report}");
    tables::assert_same(&derived(&world).await, &before);
}

#[tokio::test]
async fn two_syncs_at_once_index_everything_once() {
    let chain = Chain::own().await;
    let clean = World::synced().await;
    let expected = derived(&clean).await;
    let proxy = RpcProxy::start(chain).await;
    refuse_long_ranges(&proxy, RANGE_BLOCKS_MAX);
    let world = behind(&proxy, chain).await;
    let runs = tokio::join!(world.run("sync-chain"), world.run("sync-chain"));
    let reports = [runs.0.unwrap(), runs.1.unwrap()];
    let caught_up = reports
        .iter()
        .filter(|report| only_chain(report)["caughtUp"] == true)
        .count();
    assert!(caught_up > 0, "neither reached the head: {reports:?}");
    tables::assert_same(&derived(&world).await, &expected);
}
