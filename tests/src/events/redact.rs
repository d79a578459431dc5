//! What varies from run to run gets a typical value, so that a snapshot stays a valid example.

use serde_json::{Map, Value, json};

/// Members by name, with the value that they get.
fn typical(member: &str) -> Option<Value> {
    Some(match member {
        "latencyUs" => json!(412),
        "ageSeconds" => json!(31),
        "traffic" => json!({
            "requests": 2, "serverErrors": 0,
            "durations": [{ "milliseconds": 5, "requests": 2 }, { "requests": 0 }],
        }),
        "durationMs" | "refreshMs" => json!(12),
        "checkedAt" => json!("2026-01-29T00:00:00Z"),
        "durationUs" => json!(12_345),
        "blockHash" | "headHash" => json!(format!("0x{}", "5a".repeat(32))),
        _ => return None,
    })
}

/// Replaces what varies in a reply or report; an `ETag` of a body that varies goes with it.
pub fn redact(mut value: Value) -> Value {
    let before = value.clone();
    if let Some(id) = prepared_agent(&value) {
        rename(&mut value, &id);
    }
    if let Some(body) = value.get_mut("body") {
        shorten(body);
    }
    replace(&mut value);
    if before["body"] != value["body"] && value["headers"].get("etag").is_some() {
        value["headers"]["etag"] = json!("\"AAAAAAAAAAAAAAAAAAAA\"");
    }
    value
}

/// The id of an agent that was prepared while the events ran.
fn prepared_agent(reply: &Value) -> Option<String> {
    let body = &reply["body"];
    if body["transaction"].is_object() {
        return body["agent"]["id"].as_str().map(str::to_owned);
    }
    let detail = body["detail"].as_str()?;
    let (_, rest) = detail.split_once("already, as agent ")?;
    Some(rest.trim_end_matches('.').to_owned())
}

/// Gives an agent a typical id, in calldata too.
fn rename(reply: &mut Value, id: &str) {
    const TYPICAL: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let calldata = alloy_primitives::hex::encode;
    let text = reply.to_string().replace(id, TYPICAL);
    let text = text.replace(&calldata(id), &calldata(TYPICAL));
    *reply = serde_json::from_str(&text).unwrap();
}

/// Documents of our own change with every endpoint, and have checks of their own: here it is enough that they come.
fn shorten(body: &mut Value) {
    if body.get("openapi").is_some() {
        *body = json!({ "openapi": body["openapi"] });
    } else if let Some(page) = body
        .as_str()
        .filter(|text| text.starts_with("<!DOCTYPE html>"))
    {
        let title = page
            .split("<title>")
            .nth(1)
            .and_then(|rest| rest.split("</title>").next());
        *body = json!(format!("<!DOCTYPE html>... {}", title.unwrap_or_default()));
    } else if body
        .as_str()
        .is_some_and(|text| text.starts_with("# HELP "))
    {
        *body = json!("# HELP ...");
    }
}

/// The members of a challenge, a new key, and what was revoked, that each call makes anew.
const CHALLENGE: &[(&str, &str)] = &[
    ("nonce", "Vb3Ye1CnQ8fKq2LxWm0Zr7Td"),
    ("expiresAt", "2026-01-01T00:05:00Z"),
];
const KEY: &[(&str, &str)] = &[
    (
        "key",
        "erc8004_ExampleOfTheTestsWhichOpensNothingAnywhere034aocW",
    ),
    ("id", "6f1c1c3e-6a55-4a0b-9a43-5d9a3c2b1d01"),
    ("createdAt", "2026-01-01T00:00:00Z"),
    ("expiresAt", "2027-01-01T00:00:00Z"),
];

const REVOKED: &[(&str, &str)] = &[("revokedAt", "2026-01-01T00:00:00Z")];
const PREPARED_AGENT: &[(&str, &str)] = &[("updatedAt", "2026-01-01T00:00:00Z")];

/// … and those of a payment that was linked just now; those of the events were in 2025.
const PAYMENT: &[(&str, &str)] = &[
    ("id", "0b6f4f0e-0000-4000-8000-00000000000a"),
    ("linkedAt", "2026-01-29T00:00:00Z"),
];

/// Gives the objects that every call makes anew the values of one that was made once.
fn made_anew(members: &mut Map<String, Value>) {
    let has = |name: &str| members.contains_key(name);
    let values = if has("nonce") && has("message") {
        let message = sign_in_message(members["message"].as_str().unwrap_or_default());
        members.insert("message".to_owned(), message.into());
        CHALLENGE
    } else if has("key") && has("wallet") {
        KEY
    } else if has("revokedAt") && (has("wallet") || members.len() == 2) {
        REVOKED
    } else if has("agentUri") && members.get("status") == Some(&json!("prepared")) {
        PREPARED_AGENT
    } else if has("transaction") && has("feedback") {
        given_anew(members);
        return;
    } else if members
        .get("linkedAt")
        .and_then(Value::as_str)
        .is_some_and(|at| !at.starts_with("2025-"))
    {
        PAYMENT
    } else if has("transaction") && has("id") && members.len() == 2 {
        estimated(&mut members["transaction"]);
        return;
    } else {
        return;
    };
    for (name, value) in values {
        members.insert((*name).to_owned(), (*value).into());
    }
}

/// Feedback that was just given, and its transaction.
fn given_anew(members: &mut Map<String, Value>) {
    let id = "0b0f6a3c-5f3e-4b7e-9a58-2f0f3d6d4c11";
    let feedback = &mut members["feedback"];
    feedback["feedbackUri"] = format!("https://api.example.com/v1/feedback-files/{id}").into();
    feedback["feedbackHash"] = format!("0x{}", "5a".repeat(32)).into();
    feedback["createdAt"] = "2026-01-29T12:00:00Z".into();
    feedback["id"] = id.into();
    let data = members["transaction"]["data"].as_str().unwrap_or_default();
    members["transaction"]["data"] = data.get(..10).unwrap_or_default().into();
    estimated(&mut members["transaction"]);
}

/// The chain's estimate, or a bound where it took too long.
fn estimated(transaction: &mut Value) {
    transaction["gas"] = 171_402.into();
    transaction["gasBasis"] = "estimate".into();
}

/// A message of EIP-4361 with the nonce and times of [`CHALLENGE`].
fn sign_in_message(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once(": ") {
        Some(("Nonce", _)) => "Nonce: Vb3Ye1CnQ8fKq2LxWm0Zr7Td",
        Some(("Issued At", _)) => "Issued At: 2026-01-01T00:00:00.000Z",
        Some(("Expiration Time", _)) => "Expiration Time: 2026-01-01T00:05:00.000Z",
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn replace(value: &mut Value) {
    match value {
        Value::Object(members) => {
            made_anew(members);
            for (name, member) in members {
                if name == "ratelimit"
                    && let Some(full) = member.as_str().map(ratelimit)
                {
                    *member = full;
                    continue;
                }
                match typical(name) {
                    // Absent stays absent, and a value keeps its type.
                    Some(typical) if same_type(&typical, member) => *member = typical,
                    _ => replace(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(replace),
        _ => {}
    }
}

/// What is left of a quota, and when there is more, follows from what ran before.
fn ratelimit(header: &str) -> Value {
    let class = header.split(';').next().unwrap_or_default();
    json!(format!("{class};r=9;t=3"))
}

fn same_type(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

#[test]
fn what_varies_is_replaced_and_the_rest_is_kept() {
    let reply = json!({
        "headers": { "etag": "\"x\"" },
        "body": { "items": [{ "latencyUs": 7, "name": "database" }], "durationMs": null },
    });
    let expected = json!({
        "headers": { "etag": "\"AAAAAAAAAAAAAAAAAAAA\"" },
        "body": { "items": [{ "latencyUs": 412, "name": "database" }], "durationMs": null },
    });
    assert_eq!(redact(reply), expected);
    let fixed = json!({ "headers": { "etag": "\"x\"" }, "body": { "name": "Atlas" } });
    assert_eq!(redact(fixed.clone()), fixed);
}
