//! `events/<function>.<case>.json`: every event against its function, every reply against its
//! reviewed snapshot in `tests/snapshots/events/`.

pub mod access;
mod declarations;
mod feedback;
mod payments;
mod prepared;
pub mod redact;
mod snapshot;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Chain, Reply, World, functions, settings};
use snapshot::Snapshots;

/// An event file.
#[derive(Debug)]
struct Sample {
    /// `<function>.<case>`
    name: String,
    event: Value,
}

#[tokio::test]
async fn every_event_gets_the_reply_of_its_reviewed_snapshot() {
    let mut snapshots = Snapshots::open("tests/snapshots/events");
    for (function, samples) in samples() {
        let world = world(&function).await;
        for Sample { name, event } in samples {
            let actual = if event.get("requestContext").is_some() {
                reply(&world.answer(&function, &event).await)
            } else {
                report(&world, &function, &event).await
            };
            snapshots.check(&name, &redact::redact(actual));
        }
    }
    snapshots.finish();
}

/// What a function needs to have something to do: a scheduled one meets the state before its work.
async fn world(function: &str) -> World {
    match function {
        "sync-chain" => World::unsynced(Chain::own().await).await,
        "refresh-views" | "warm-cache" => World::synced().await,
        "health" | "not-found" | "migrate" | "resolve-registrations" | "verify-domains" => {
            World::empty().await
        }
        "create-challenge" | "create-api-key" | "list-api-keys" | "revoke-api-key" => {
            let world = World::unsynced(Chain::own().await).await;
            access::prepare(&world).await;
            world
        }
        "link-payment" | "list-payments" | "get-payment" | "refund-payment"
        | "confirm-payments" => payments::world(function).await,
        "register-agent" => {
            let world = World::synced().await;
            access::prepare(&world).await;
            world
        }
        "get-registration-file" => {
            let world = World::synced().await;
            prepared::prepare(&world).await;
            world
        }
        "submit-feedback" | "revoke-feedback" | "get-feedback-file" | "list-all-feedback" => {
            let world = World::indexed().await;
            access::prepare(&world).await;
            feedback::prepare(&world).await;
            world
        }
        _ => World::indexed().await,
    }
}

fn reply(reply: &Reply) -> Value {
    let body = match std::str::from_utf8(&reply.body) {
        Ok("") => Value::Null,
        Ok(text) if reply.header("content-type").contains("json") => {
            serde_json::from_str(text).unwrap_or_else(|_| text.into())
        }
        Ok(text) => text.into(),
        Err(_) => json!({ "bytes": reply.body.len() }),
    };
    json!({ "status": reply.status, "headers": reply.headers, "body": body })
}

async fn report(world: &World, function: &str, event: &Value) -> Value {
    match world.start(function).await.invoke(event, World::RUN).await {
        Ok(report) => json!({ "report": report }),
        Err(xtask::lambda::Failure::Reported(error)) => json!({ "error": error }),
        Err(failure) => panic!("{function}: {failure}"),
    }
}

/// The samples of each function, both sorted.
fn samples() -> BTreeMap<String, Vec<Sample>> {
    let mut samples: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    for (name, text) in files(&settings::root().join("events"), "json") {
        let Some((function, _)) = name.split_once('.') else {
            panic!("events/{name}.json is not named <function>.<case>.json");
        };
        let event = serde_json::from_str(&text);
        let event = event.unwrap_or_else(|error| panic!("events/{name}.json: {error}"));
        samples
            .entry(function.to_owned())
            .or_default()
            .push(Sample { name, event });
    }
    samples
}

/// The files of a folder that have an extension, by name without it.
fn files(dir: &Path, extension: &str) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

#[test]
fn every_function_has_an_event_and_every_event_a_function() {
    let samples = samples();
    let functions: Vec<&str> = functions::all().iter().map(|f| f.folder.as_str()).collect();
    let mute: Vec<&&str> = functions
        .iter()
        .filter(|f| !samples.contains_key(**f))
        .collect();
    assert!(
        mute.is_empty(),
        "no events/<function>.<case>.json for {mute:?}"
    );
    let stray: Vec<&String> = samples
        .keys()
        .filter(|f| !functions.contains(&f.as_str()))
        .collect();
    assert!(stray.is_empty(), "events without a function: {stray:?}");
}
