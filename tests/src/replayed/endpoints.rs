//! Endpoints that are down, slow or lie: the cursor stays, the report says why, the next run goes on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{behind, cursor, derived, only_chain, refuse_long_ranges};
use crate::harness::indexed::Indexed;
use crate::harness::rpc_proxy::{Answer, RpcProxy};
use crate::harness::server::{refusing_address, silent_listener};
use crate::harness::{Chain, World, tables};
use xtask::lambda::event::scheduled;

/// A sync through `proxy` must fail, with `words` in its error, without moving the cursor; once the
/// endpoint is honest, the next run must bring the same tables as ever.
async fn assert_refused(proxy: &RpcProxy, words: &str) {
    let chain = Chain::own().await;
    let world = behind(proxy, chain).await;
    let report = world.run("sync-chain").await.unwrap();
    assert_failed(&report, words);
    assert_eq!(cursor(&world).await, None, "the cursor moved");
    let events = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM chain_events");
    assert_eq!(
        events.fetch_one(&mut world.connect().await).await.unwrap(),
        0
    );
    let told = last_error(&world).await;
    let told = told.as_str().unwrap_or_default();
    assert!(
        told.contains(words),
        "/v1/chains says {told:?}, without {words:?}"
    );

    proxy.be_honest();
    world.sync().await;
    assert_eq!(last_error(&world).await, Value::Null);
    tables::assert_same(
        &derived(&world).await,
        &derived(&World::synced().await).await,
    );
}

/// What callers of the API are told of the chain's sync.
async fn last_error(world: &World) -> Value {
    let chains = world.get("/v1/chains").await.expect(200);
    chains["items"][0]["sync"]["lastError"].clone()
}

#[track_caller]
fn assert_failed(report: &Value, words: &str) {
    let chain = only_chain(report);
    assert_eq!(chain["status"], "failed", "{report}");
    assert_eq!(chain["caughtUp"], false, "{report}");
    let error = chain["error"].as_str().unwrap_or_default();
    assert!(
        error.contains(words),
        "the error is {error:?}, without {words:?}"
    );
}

#[tokio::test]
async fn an_endpoint_that_refuses_connections_is_named_in_the_report() {
    let chain = Chain::own().await;
    let address = refusing_address();
    let mut world = World::unsynced(chain).await;
    world.set_rpc(chain.id(), &[&format!("http://{address}/v2/a-secret-key")]);
    let report = world.run("sync-chain").await.unwrap();
    assert_failed(&report, &address.to_string());
    assert!(!report.to_string().contains("a-secret-key"), "{report}");
    assert_eq!(cursor(&world).await, None);
    world.set_rpc(chain.id(), &[chain.url()]);
    world.sync().await;
}

#[tokio::test]
async fn a_silent_endpoint_ends_the_run_in_time_and_is_told() {
    let chain = Chain::own().await;
    let (_listener, address) = silent_listener();
    let mut world = World::unsynced(chain).await;
    world.set_rpc(chain.id(), &[&format!("http://{address}")]);
    let started = Instant::now();
    let invocation = Duration::from_secs(6);
    let report = world
        .start("sync-chain")
        .await
        .invoke(&scheduled(), invocation)
        .await
        .unwrap();
    assert!(
        started.elapsed() < invocation,
        "it took {:?}",
        started.elapsed()
    );
    let part = only_chain(&report);
    assert_ne!(part["status"], "ok", "{report}");
    assert_eq!(part["caughtUp"], false, "{report}");
    assert!(part["error"].is_string(), "{report}");
    assert_eq!(cursor(&world).await, None);
    world.set_rpc(chain.id(), &[chain.url()]);
    world.sync().await;
}

#[tokio::test]
async fn an_endpoint_that_answers_everything_but_logs_ends_the_run_in_time_and_is_told() {
    let chain = Chain::own().await;
    let proxy = RpcProxy::start(chain).await;
    proxy.behave(|call, reply| match call["method"].as_str() {
        Some("eth_getLogs") => Answer::Silence,
        _ => Answer::Reply(reply),
    });
    let world = behind(&proxy, chain).await;
    let invocation = Duration::from_secs(5);
    let report = world
        .start("sync-chain")
        .await
        .invoke(&scheduled(), invocation)
        .await
        .unwrap();
    assert_failed(&report, "too slow");
    assert_eq!(cursor(&world).await, None);
    proxy.be_honest();
    world.sync().await;
}

#[tokio::test]
async fn the_second_endpoint_is_asked_when_the_first_is_down() {
    let chain = Chain::own().await;
    let mut world = World::unsynced(chain).await;
    let down = format!("http://{}", refusing_address());
    world.set_rpc(chain.id(), &[&down, chain.url()]);
    world.sync().await;
    tables::assert_same(
        &derived(&world).await,
        &derived(&World::synced().await).await,
    );
}

#[tokio::test]
async fn an_endpoint_that_wants_shorter_ranges_gets_them() {
    let chain = Chain::own().await;
    let proxy = RpcProxy::start(chain).await;
    refuse_long_ranges(&proxy, 100);
    let world = behind(&proxy, chain).await;
    let report = world.sync().await;
    assert!(
        only_chain(&report)["ranges"].as_u64().unwrap() > 30,
        "{report}"
    );
    tables::assert_same(
        &derived(&world).await,
        &derived(&World::synced().await).await,
    );
}

#[tokio::test]
async fn an_endpoint_that_answers_with_errors_is_refused() {
    for (answer, words) in [
        (
            Answer::error(-32601, "the method is not available"),
            "the method is not available",
        ),
        (Answer::Text(500, "oops".to_owned()), "500"),
        (Answer::Text(200, "<html>".to_owned()), "JSON"),
    ] {
        let proxy = RpcProxy::start(Chain::own().await).await;
        proxy.behave(move |_, _| answer.clone());
        assert_refused(&proxy, words).await;
    }
}

#[tokio::test]
async fn an_endpoint_of_another_chain_is_refused() {
    let proxy = RpcProxy::start(Chain::own().await).await;
    proxy.behave(|call, mut reply| {
        if call["method"] == "eth_chainId" {
            reply["result"] = json!("0x5");
        }
        Answer::Reply(reply)
    });
    assert_refused(&proxy, "chain").await;
}

/// Has the endpoint change the logs of every range, and expects that to be found out.
async fn assert_lie_is_found(words: &str, lie: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) {
    let proxy = RpcProxy::start(Chain::own().await).await;
    proxy.change_logs(move |logs| {
        if !logs.is_empty() {
            lie(logs);
        }
    });
    assert_refused(&proxy, words).await;
}

#[tokio::test]
async fn a_log_of_a_contract_that_was_not_asked_for_is_a_lie() {
    assert_lie_is_found("not asked for", |logs| {
        logs[0]["address"] = json!(format!("0x{}", "66".repeat(20)));
    })
    .await;
}

#[tokio::test]
async fn a_log_from_outside_of_the_range_is_a_lie() {
    assert_lie_is_found("in answer to", |logs| {
        logs[0]["blockNumber"] = json!("0x1");
    })
    .await;
}

#[tokio::test]
async fn a_log_with_the_hash_of_another_block_is_a_lie() {
    assert_lie_is_found("hash", |logs| {
        logs[0]["blockHash"] = json!(format!("0x{}", "66".repeat(32)));
    })
    .await;
}

#[tokio::test]
async fn a_log_that_comes_twice_is_a_lie() {
    assert_lie_is_found("twice", |logs| {
        let first = logs[0].clone();
        logs.push(first);
    })
    .await;
}

#[tokio::test]
async fn a_log_without_its_index_is_a_lie() {
    assert_lie_is_found("logIndex", |logs| {
        logs[0]["logIndex"] = Value::Null;
    })
    .await;
}

#[tokio::test]
async fn logs_that_are_no_list_are_a_lie() {
    let proxy = RpcProxy::start(Chain::own().await).await;
    proxy.behave(|call, mut reply| {
        if call["method"] == "eth_getLogs" {
            reply["result"] = json!({ "logs": [] });
        }
        Answer::Reply(reply)
    });
    assert_refused(&proxy, "JSON").await;
}

#[tokio::test]
async fn what_was_committed_before_the_endpoint_failed_stays() {
    let chain = Chain::own().await;
    let proxy = RpcProxy::start(chain).await;
    // Ranges are short, and from half-way on there are no logs to be had.
    let half = chain.first_block().midpoint(chain.last_block());
    proxy.behave(move |call, reply| {
        let block = |member: &str| {
            let text = call["params"][0][member].as_str().unwrap_or("0x0");
            u64::from_str_radix(&text[2..], 16).unwrap_or_default()
        };
        if call["method"] != "eth_getLogs" {
            Answer::Reply(reply)
        } else if block("toBlock") - block("fromBlock") >= 200 {
            Answer::error(-32000, "block range exceeds the limit")
        } else if block("toBlock") > half {
            Answer::error(-32601, "no archive")
        } else {
            Answer::Reply(reply)
        }
    });
    let world = behind(&proxy, chain).await;
    let report = world.run("sync-chain").await.unwrap();
    assert_failed(&report, "no archive");
    let reached = u64::try_from(cursor(&world).await.unwrap()).unwrap();
    assert!(
        reached > chain.first_block() && reached <= half,
        "the cursor is at {reached}"
    );
    assert_eq!(only_chain(&report)["toBlock"], reached);
    proxy.be_honest();
    world.sync().await;
    tables::assert_same(
        &derived(&world).await,
        &derived(&World::synced().await).await,
    );
}

#[tokio::test]
async fn chains_whose_endpoints_are_silent_or_of_another_chain_delay_no_other() {
    let chain = Chain::own().await;
    let (_listener, silent) = silent_listener();
    let mut world = World::unsynced(chain).await;
    let mut connection = world.connect().await;
    let (mute, liar) = (7_001_u64, 7_002_u64);
    for copy in [mute, liar] {
        let name = format!("chain-{copy}");
        let copy = Indexed {
            id: copy,
            ..chain.indexed(&name)
        };
        copy.add(&mut connection, chain.registries()).await;
    }
    let urls = json!({
        chain.id().to_string(): [chain.url()],
        mute.to_string(): [format!("http://{silent}")],
        liar.to_string(): [chain.url()],
    });
    world.set("CHAIN_RPC_URLS", urls.to_string());
    let function = world.start("sync-chain").await;
    let report = function.invoke(&scheduled(), Duration::from_secs(6)).await;
    let report = report.unwrap();
    let part = |id: u64| {
        let mut parts = report["chains"].as_array().unwrap().iter();
        parts.find(|part| part["chainId"] == id).unwrap().clone()
    };
    let well = part(chain.id());
    assert_eq!(
        (&well["status"], &well["caughtUp"]),
        (&json!("ok"), &json!(true)),
        "{report}"
    );
    for other in [mute, liar] {
        assert_ne!(part(other)["status"], "ok", "{report}");
        assert!(part(other)["error"].is_string(), "{report}");
    }
    let cursors = sqlx::query_as::<_, (i64, i64)>(
        "SELECT chain_id, block_number FROM sync_cursors WHERE block_hash IS NOT NULL",
    );
    let (id, last) = (chain.id(), chain.last_block());
    let expected = (i64::try_from(id).unwrap(), i64::try_from(last).unwrap());
    assert_eq!(
        cursors.fetch_all(&mut connection).await.unwrap(),
        [expected]
    );
}
