//! Endpoints that fail, lag and lie: the cursor stays, the report says why, the next run goes on.

use serde_json::{Value, json};
use shared::chain::sync::Outcome;

use super::server::{Server, parse};
use super::{History, World};

type Lie = fn(&str, &Value, Value) -> Result<Value, (i64, String)>;

/// Changes the last log of a reply that has one.
fn with_log(method: &str, mut result: Value, change: impl FnOnce(&mut Value)) -> Value {
    if let ("eth_getLogs", Some(log)) = (method, result.as_array_mut().and_then(|l| l.last_mut())) {
        change(log);
    }
    result
}

/// Changes all logs of the last block of a reply that has any.
fn with_block(method: &str, mut result: Value, field: &str, value: &str) -> Value {
    if let ("eth_getLogs", Some(logs)) = (method, result.as_array_mut()) {
        let last = logs.last().map(|log| log["blockNumber"].clone());
        for log in logs
            .iter_mut()
            .filter(|log| Some(&log["blockNumber"]) == last.as_ref())
        {
            log[field] = value.into();
        }
    }
    result
}

const ZERO: &str = "0x0000000000000000000000000000000000000000000000000000000000000000";

/// What it does, what the report says of it.
const LIES: [(&str, &str, Lie); 17] = [
    (
        "another block's hash",
        "is not the block's",
        |method, _, result| Ok(with_block(method, result, "blockHash", ZERO)),
    ),
    (
        "a block that was not asked for",
        "in answer to",
        |method, _, result| {
            Ok(with_log(method, result, |log| {
                log["blockNumber"] = "0xffffff".into();
            }))
        },
    ),
    (
        "another contract",
        "which was not asked for",
        |method, _, result| {
            let other = "0x00000000000000000000000000000000000000aa";
            Ok(with_log(method, result, |log| {
                log["address"] = other.into();
            }))
        },
    ),
    (
        "another event",
        "a topic that was not asked for",
        |method, _, result| {
            Ok(with_log(method, result, |log| {
                log["topics"][0] = ZERO.into();
            }))
        },
    ),
    (
        "no topics",
        "a topic that was not asked for",
        |method, _, result| Ok(with_log(method, result, |log| log["topics"] = json!([]))),
    ),
    ("a log twice", "twice", |method, _, mut result| {
        if let ("eth_getLogs", Some(logs)) = (method, result.as_array_mut()) {
            let last = logs.last().cloned();
            logs.extend(last);
        }
        Ok(result)
    }),
    ("a removed log", "marked as removed", |method, _, result| {
        Ok(with_log(method, result, |log| log["removed"] = true.into()))
    }),
    ("a pending log", "without blockHash", |method, _, result| {
        Ok(with_log(method, result, |log| {
            log["blockHash"] = Value::Null;
        }))
    }),
    (
        "an index beyond all bounds",
        "has logIndex",
        |method, _, result| {
            Ok(with_log(method, result, |log| {
                log["logIndex"] = "0xffffffffff".into();
            }))
        },
    ),
    ("another time", "is not the block's", |method, _, result| {
        Ok(with_block(method, result, "blockTimestamp", "0x7fffffff"))
    }),
    (
        "another block",
        "in answer to",
        |method, params, mut result| {
            if method == "eth_getBlockByNumber" && params[0] != "latest" && result.is_object() {
                result["number"] = "0x1".into();
            }
            Ok(result)
        },
    ),
    (
        "blocks without a chain",
        "does not follow",
        |method, params, mut result| {
            let last = params[0].as_str().is_some_and(|number| number == "0x48");
            if method == "eth_getBlockByNumber" && last {
                result["parentHash"] = ZERO.into();
            }
            Ok(result)
        },
    ),
    ("another chain", "speaks for chain", |method, _, result| {
        Ok(if method == "eth_chainId" {
            "0x1".into()
        } else {
            result
        })
    }),
    ("no head", "no latest block", |method, params, result| {
        let head = method == "eth_getBlockByNumber" && params[0] == "latest";
        Ok(if head { Value::Null } else { result })
    }),
    ("not a list", "not the right JSON", |method, _, result| {
        Ok(if method == "eth_getLogs" {
            "nothing".into()
        } else {
            result
        })
    }),
    ("an error", "refuses", |method, _, result| {
        if method == "eth_getLogs" {
            return Err((-32602, "key-that-is-secret is not welcome".to_owned()));
        }
        Ok(result)
    }),
    (
        "too much, whatever is asked",
        "asked for too much",
        |method, _, result| {
            if method == "eth_getLogs" {
                return Err((-32005, "query returned more than 10000 results".to_owned()));
            }
            Ok(result)
        },
    ),
];

#[tokio::test]
async fn a_lie_leaves_the_cursor_where_it_was() {
    let mut history = History::new(31_337, 21);
    history.mine_many(50);
    let world = World::new(&history.chain).await;
    world.catch_up().await;
    history.mine_many(30);
    world.serve(&history);
    let mut connection = world.connection().await;
    for (name, words, lie) in LIES {
        world.server.temper(lie);
        let report = world.sync().await;
        assert_eq!(report.status, Outcome::Failed, "{name}: {report:?}");
        assert_eq!(
            report.to_block,
            report.head_block.and(Some(50)),
            "{name}: {report:?}"
        );
        let said = report.error.unwrap_or_default();
        assert!(said.contains(words), "{name}: {said}");
        assert!(
            said.contains("127.0.0.1"),
            "{name}: it is not named in: {said}"
        );
        assert!(!said.contains("secret"), "{name}: {said}");
        let (block, error): (i64, Option<String>) =
            sqlx::query_as("SELECT block_number, last_error FROM sync_cursors")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        assert_eq!((block, error), (50, Some(said)), "{name}");
    }
    world.server.honest();
    world.catch_up().await;
    world.assert_exact(&history, "after lies").await;
    let error: Option<String> = sqlx::query_scalar("SELECT last_error FROM sync_cursors")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(error, None);
}

#[tokio::test]
async fn another_endpoint_stands_in() {
    let mut history = History::new(31_337, 22);
    history.mine_many(40);
    let world = World::new(&history.chain).await;
    let other = Server::start(world.server.chain.clone()).await;
    world
        .server
        .temper(|method, _, result| Ok(with_block(method, result, "blockHash", ZERO)));
    let nobody = "http://127.0.0.1:1/";
    let report = world
        .sync_from(&[nobody, &world.server.url, &other.url])
        .await;
    assert!(report.caught_up, "{report:?}");
    world
        .assert_exact(&history, "from the third endpoint")
        .await;
}

#[tokio::test]
async fn a_window_shrinks_to_what_the_endpoint_allows() {
    let mut history = History::new(31_337, 23);
    history.mine_many(400);
    let world = World::new(&history.chain).await;
    world.server.temper(|method, params, result| {
        if method == "eth_getLogs" {
            let [from, to] =
                ["fromBlock", "toBlock"].map(|bound| parse(params[0][bound].as_str().unwrap()));
            if to - from > 99 {
                return Err((-32000, "block range is too wide: 100 at most".to_owned()));
            }
        }
        Ok(result)
    });
    let report = world.catch_up().await;
    assert!(report.ranges >= 4, "{report:?}");
    world.server.honest();
    world.assert_exact(&history, "in small windows").await;
}

#[tokio::test]
async fn logs_without_a_time_get_their_blocks() {
    let mut history = History::new(31_337, 24);
    history.chain.with_timestamps = false;
    history.mine_many(200);
    let world = World::new(&history.chain).await;
    world.catch_up().await;
    history.chain.with_timestamps = true;
    world.assert_exact(&history, "times from headers").await;
}

#[tokio::test]
async fn an_endpoint_that_lags_changes_nothing() {
    let mut history = History::new(31_337, 25);
    history.mine_many(60);
    let world = World::new(&history.chain).await;
    world.catch_up().await;
    world.server.chain.lock().unwrap().blocks.truncate(50);
    let report = world.sync().await;
    assert_eq!(
        (report.status, report.to_block),
        (Outcome::Behind, Some(60)),
        "{report:?}"
    );
    world.serve(&history);
    world.catch_up().await;
    world.assert_exact(&history, "after a lag").await;
}

#[tokio::test]
async fn a_reorg_below_the_window_halts_the_chain() {
    let mut history = History::new(31_337, 26);
    history.mine_many(400);
    let world = World::new(&history.chain).await;
    world.catch_up().await;
    history.reorg(300, 310);
    world.serve(&history);
    let report = world.sync().await;
    assert_eq!(report.status, Outcome::Halted, "{report:?}");
    assert!(
        report
            .error
            .is_some_and(|error| error.contains("deeper than"))
    );
    let again = world.sync().await;
    assert_eq!((again.status, again.ranges), (Outcome::Halted, 0));
}
