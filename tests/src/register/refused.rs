//! What is refused, with every fault at once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Registrar;
use super::registrar::file;
use crate::access::wallet::{Wallet, post};
use crate::harness::node::Node;

fn pointers(problem: &Value) -> BTreeSet<&str> {
    let errors = problem["errors"].as_array().unwrap().iter();
    errors
        .map(|error| error["pointer"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn every_fault_of_file_and_metadata_is_told_at_once() {
    let registrar = Registrar::new().await;
    let key = registrar.key(&Wallet::number(1)).await;
    let mut entries = vec![
        json!({ "key": "agentWallet", "text": "0x" }),
        json!({ "key": "twice", "text": "a" }),
        json!({ "key": "twice", "value": "0x61" }),
        json!({ "key": "neither" }),
        json!({ "key": "both", "text": "a", "value": "0x61" }),
        json!({ "key": "long", "text": "x".repeat(10 * 1024 + 1) }),
    ];
    entries.extend((0..45).map(|n| json!({ "key": format!("key {n}"), "text": "" })));
    let body = json!({
        "chainId": Node::ID,
        "registration": {
            "type": "another",
            "name": "",
            "image": 7,
            "services": [{ "name": "MCP" }, "web"],
            "registrations": [{ "agentId": "1", "agentRegistry": "here" }],
        },
        "metadata": entries,
    });
    let problem = registrar.register(&key, &body).await.expect(400);
    assert_eq!(problem["code"], "REGISTRATION_FILE_INVALID");
    let expected = [
        "/body/metadata",
        "/body/metadata/0/key",
        "/body/metadata/2/key",
        "/body/metadata/3",
        "/body/metadata/4",
        "/body/metadata/5/text",
        "/body/registration/description",
        "/body/registration/image",
        "/body/registration/name",
        "/body/registration/registrations/0/agentId",
        "/body/registration/registrations/0/agentRegistry",
        "/body/registration/services/0/endpoint",
        "/body/registration/services/1",
        "/body/registration/type",
    ];
    assert_eq!(pointers(&problem), BTreeSet::from(expected));
    assert!(registrar.found("status=prepared").await.is_empty());
}

#[tokio::test]
async fn too_much_metadata_has_a_code_of_its_own_and_the_rest_is_invalid_input() {
    let registrar = Registrar::new().await;
    let key = registrar.key(&Wallet::number(1)).await;
    let many: Vec<Value> = (0..51)
        .map(|n| json!({ "key": format!("{n}"), "text": "" }))
        .collect();
    for (metadata, code) in [
        (json!(many), "METADATA_LIMIT_EXCEEDED"),
        (
            json!([{ "key": "k", "value": format!("0x{}", "00".repeat(10_241)) }]),
            "METADATA_LIMIT_EXCEEDED",
        ),
        (
            json!([{ "key": "agentWallet", "text": "" }]),
            "VALIDATION_ERROR",
        ),
        (json!([{ "key": "k", "value": "0x0" }]), "VALIDATION_ERROR"),
    ] {
        let body =
            json!({ "chainId": Node::ID, "registration": file("Ada"), "metadata": metadata });
        let problem = registrar.register(&key, &body).await.expect(400);
        assert_eq!(problem["code"], code, "{problem}");
    }
    // Just within every limit.
    let metadata: Vec<Value> = (0..50)
        .map(|n| json!({ "key": format!("{n}"), "text": "x".repeat(10 * 1024) }))
        .collect();
    let body = json!({ "chainId": Node::ID, "registration": file("Ada"), "metadata": metadata });
    registrar.register(&key, &body).await.expect(201);
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let registrar = Registrar::new().await;
    let key = registrar.key(&Wallet::number(1)).await;
    for (bytes, onchain, status, code) in [
        (20 * 1024, true, 400, "REGISTRATION_FILE_INVALID"),
        (256 * 1024, false, 400, "REGISTRATION_FILE_INVALID"),
        (1024 * 1024, false, 413, "PAYLOAD_TOO_LARGE"),
    ] {
        let mut file = file("Ada");
        file["description"] = json!("x".repeat(bytes));
        let body = json!({ "chainId": Node::ID, "registration": file, "onchainFile": onchain });
        let problem = registrar.register(&key, &body).await.expect(status);
        assert_eq!(problem["code"], code, "{bytes} bytes: {problem}");
    }
    let mut large = file("Ada");
    large["description"] = json!("x".repeat(255 * 1024));
    let body = json!({ "chainId": Node::ID, "registration": large });
    registrar.register(&key, &body).await.expect(201);
}

#[tokio::test]
async fn nobody_prepares_an_agent_for_another_or_without_a_key() {
    let registrar = Registrar::new().await;
    let key = registrar.key(&Wallet::number(1)).await;
    let owner = Wallet::number(2).address();
    let body = json!({ "chainId": Node::ID, "registration": file("Ada"), "owner": owner });
    let problem = registrar.register(&key, &body).await.expect(403);
    assert_eq!(problem["code"], "UNAUTHORIZED_OPERATION");
    let anonymous = post(&registrar.world, "/v1/agents", &body)
        .await
        .expect(401);
    assert_eq!(anonymous["code"], "UNAUTHORIZED");
    let own = Wallet::number(1).address().to_lowercase();
    let body = json!({ "chainId": Node::ID, "registration": file("Ada"), "owner": own });
    registrar.register(&key, &body).await.expect(201);
}

#[tokio::test]
async fn a_chain_that_is_not_indexed_is_refused() {
    let registrar = Registrar::new().await;
    let key = registrar.key(&Wallet::number(1)).await;
    let body = json!({ "chainId": 1, "registration": file("Ada") });
    let problem = registrar.register(&key, &body).await.expect(400);
    assert_eq!(problem["code"], "CHAIN_NOT_SUPPORTED");
}
