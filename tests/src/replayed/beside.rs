//! Registries of one's own and the canonical ones, side by side on one chain.

use serde_json::{Value, json};

use crate::harness::{Chain, World, settings};

/// The dump with everything that happened in it once more, at registries with other addresses.
fn doubled() -> Value {
    let dump = settings::root().join("tests/dumps/agents.json");
    let mut dump: Value = serde_json::from_slice(&std::fs::read(dump).unwrap()).unwrap();
    let logs = dump["logs"].as_array_mut().unwrap();
    let copies: Vec<Value> = logs.iter().cloned().map(elsewhere).collect();
    logs.extend(copies);
    dump
}

/// The same log in the same block, in a transaction after all others.
fn elsewhere(mut log: Value) -> Value {
    let number = |value: &Value| {
        let digits = value.as_str().unwrap().trim_start_matches("0x");
        u64::from_str_radix(digits, 16).unwrap()
    };
    for (member, more) in [("transactionIndex", 0x1_000), ("logIndex", 0x10_000)] {
        log[member] = json!(format!("{:#x}", number(&log[member]) + more));
    }
    for member in ["address", "transactionHash"] {
        log[member] = json!(other(log[member].as_str().unwrap()));
    }
    log
}

/// Another value of the same kind: its last digit is one more.
fn other(hex: &str) -> String {
    let (head, last) = hex.split_at(hex.len() - 1);
    let last = u8::from_str_radix(last, 16).unwrap();
    format!("{head}{:x}", (last + 1) % 16)
}

#[tokio::test]
async fn two_sets_of_registries_on_one_chain_have_agents_of_the_same_ids_and_do_not_touch_each_other()
 {
    let own = Chain::own().await;
    let dump = std::env::temp_dir().join(format!("doubled-{}.json", std::process::id()));
    std::fs::write(&dump, doubled().to_string()).unwrap();
    let chain = Chain::replay(&dump).await;
    std::fs::remove_file(dump).unwrap();
    // The first set is that of the dump; the second one is told of as an operator would.
    let mut world = World::unsynced(own).await;
    world.set_rpc(chain.id(), &[chain.url()]);
    let registries = chain.registries();
    let registries = registries.map(|(kind, address)| (kind, other(&address)));
    let order = json!({ "chains": [chain.indexed("local").row(registries)] });
    let migrate = world.start("migrate").await;
    migrate.invoke(&order, World::RUN).await.unwrap();
    world.sync().await;

    let agents = "SELECT agent_id::text || ' ' || status || ' ' || coalesce(encode(owner, 'hex'), '') || ' ' || agent_uri
        || ' ' || (SELECT count(*) || ' ' || coalesce(sum(value), 0) FROM feedback WHERE agent = a.id)
        FROM agents a WHERE (identity_registry = (SELECT address FROM registries WHERE kind = 'identity' AND is_default)) = $1
        ORDER BY agent_id";
    let mut connection = world.connect().await;
    let mut of = async |is_first: bool| -> Vec<String> {
        let rows = sqlx::query_scalar(agents).bind(is_first);
        rows.fetch_all(&mut connection).await.unwrap()
    };
    let (first, second) = (of(true).await, of(false).await);
    assert!(first.len() > 3, "{first:?}");
    assert_eq!(first, second);
    let synced = World::synced().await;
    let alone = sqlx::query_scalar::<_, String>(agents).bind(true);
    let alone = alone.fetch_all(&mut synced.connect().await).await.unwrap();
    assert_eq!(first, alone, "the second set changed the first");
}
