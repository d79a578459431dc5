//! What a dump may look like, and what is said of one that is not.

use serde_json::json;

use super::*;

fn log_json(block: &Value, index: &Value) -> Value {
    json!({
        "blockNumber": block,
        "logIndex": index,
        "address": "0x00000000000000000000000000000000000000aA",
        "topics": [format!("0x{}", "11".repeat(32))],
        "data": "0x0102",
    })
}

fn complaint(mut change: impl FnMut(&mut Value)) -> String {
    let mut second = log_json(&json!(8), &json!(0));
    change(&mut second);
    let dump = json!({ "chainId": 1, "logs": [log_json(&json!(7), &json!(0)), second] });
    format!("{:#}", parse(&dump).unwrap_err())
}

#[test]
fn quantities_are_hex_or_integers_and_order_does_not_matter() {
    let dump = json!({ "chainId": "0x1", "logs": [
        log_json(&json!("0x8"), &json!("0x0")),
        log_json(&json!(7), &json!(3)),
        log_json(&json!(7), &json!(1)),
    ]});
    let dump = parse(&dump).unwrap();
    assert_eq!(dump.chain_id, 1);
    let places: Vec<_> = dump.logs.iter().map(|log| (log.block, log.index)).collect();
    assert_eq!(places, [(7, 1), (7, 3), (8, 0)]);
    assert_eq!(dump.logs[0].data, [1, 2]);
}

#[test]
fn a_bare_array_is_of_the_local_chain() {
    let dump = parse(&json!([log_json(&json!(7), &json!(0))])).unwrap();
    assert_eq!(dump.chain_id, CHAIN_ID_DEFAULT);
}

#[test]
fn a_malformed_log_is_named_by_its_place() {
    let said = complaint(|log| drop(log.as_object_mut().unwrap().remove("topics")));
    assert_eq!(said, "log 1: `topics` is missing");
    let said = complaint(|log| log["topics"] = json!(["0x11"]));
    assert_eq!(said, "log 1: `topics[0]`: is 1 bytes long, not 32");
    let said = complaint(|log| log["topics"] = json!(["", "", "", "", ""]));
    assert_eq!(said, "log 1: has 5 topics, more than 4");
    let said = complaint(|log| log["data"] = json!("0x012"));
    assert_eq!(said, "log 1: `data`: is not hex: Odd number of digits");
    let said = complaint(|log| log["blockNumber"] = json!("12"));
    assert!(
        said.starts_with("log 1: `blockNumber` is neither an integer"),
        "{said}"
    );
    let said = complaint(|log| log["blockNumber"] = json!(0));
    assert_eq!(said, "log 1: is in block 0, where nothing can be emitted");
    let said = complaint(|log| log["removed"] = json!(true));
    assert!(said.starts_with("log 1: was removed"), "{said}");
    let said = complaint(|log| *log = json!(3));
    assert_eq!(said, "log 1: is not an object");
}

#[test]
fn two_logs_cannot_have_the_same_place() {
    let said = complaint(|log| log["blockNumber"] = json!(7));
    assert_eq!(said, "log 1: block 7, log index 0 is log 0 already");
}

#[test]
fn what_is_no_dump_is_refused() {
    let said = |json: Value| format!("{:#}", parse(&json).unwrap_err());
    assert_eq!(said(json!([])), "it holds no logs");
    assert_eq!(
        said(json!({ "chainId": 1 })),
        "the object has no array `logs`"
    );
    assert_eq!(
        said(json!({ "logs": [log_json(&json!(7), &json!(0))] })),
        "`chainId` is missing"
    );
    assert!(said(json!("logs")).starts_with("neither an array"));
}
