//! What is given well: stored, hosted, counted apart, listed, taken back.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{AGENT, Clients, keccak, starred};
use crate::access::wallet::{Wallet, with_key};
use crate::harness::{Reply, request};

#[tokio::test]
async fn it_is_listed_and_counted_apart_from_what_is_on_chain() {
    let clients = Clients::new().await;
    let stats = clients.get(&format!("{AGENT}/stats")).await;
    let reputation = clients.get(&format!("{AGENT}/reputation")).await;
    let given = clients.give(AGENT, &starred(12)).await.expect(201);
    let feedback = &given["feedback"];
    assert_eq!(feedback["source"], "api");
    assert_eq!(feedback["client"], clients.client.address());
    let first = &clients.get(&format!("{AGENT}/feedback?limit=1")).await["items"][0];
    assert_eq!(first, feedback);
    let off_chain = clients
        .get(&format!("{AGENT}/feedback?onChain=false"))
        .await;
    assert_eq!(off_chain["items"], json!([feedback]));
    let on_chain = clients.get(&format!("{AGENT}/feedback?onChain=true")).await;
    assert!(
        !on_chain
            .to_string()
            .contains(feedback["id"].as_str().unwrap())
    );

    let mut expected = stats.clone();
    expected["feedback"]["offChain"] = json!(1);
    assert_eq!(clients.get(&format!("{AGENT}/stats")).await, expected);
    let mut expected = reputation.clone();
    let tag = json!({
        "tag1": "starred", "tag2": "", "valueDecimals": 0, "count": 1, "revoked": 0, "sum": "12", "average": "12"
    });
    expected["offChain"] = json!({ "count": 1, "clients": 1, "tags": [tag] });
    assert_eq!(clients.get(&format!("{AGENT}/reputation")).await, expected);
}

#[tokio::test]
async fn its_file_is_hosted_and_its_hash_is_what_the_transaction_has() {
    let clients = Clients::new().await;
    let body = json!({
        "value": "9977", "valueDecimals": 2, "tag1": "uptime", "endpoint": "https://agent.example/",
        "a2a": { "skills": ["s"], "taskId": "t" },
        "proofOfPayment": {
            "fromAddress": clients.client.address(), "toAddress": Wallet::number(9).address(), "chainId": "1337",
            "txHash": format!("0x{}", "ab".repeat(32)),
        },
    });
    let given = clients.give(AGENT, &body).await.expect(201);
    let feedback = &given["feedback"];
    assert_eq!(feedback["decimalValue"], "99.77");
    assert_eq!(feedback["paid"], false);
    let uri = feedback["feedbackUri"].as_str().unwrap();
    let path = uri.strip_prefix("https://api.example.com").unwrap();
    let file = clients.world.get(path).await;
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(
        keccak(&file.body),
        feedback["feedbackHash"].as_str().unwrap()
    );
    let said = file.expect(200);
    for (member, value) in body.as_object().unwrap() {
        if member != "value" {
            assert_eq!(&said[member], value);
        }
    }
    assert_eq!(
        (&said["value"], &said["agentId"]),
        (&json!(9977), &json!(0))
    );
    let client = format!("eip155:1337:{}", clients.client.address());
    assert_eq!(said["clientAddress"], client);

    let transaction = &given["transaction"];
    assert_eq!(transaction["from"], clients.client.address());
    assert_eq!(transaction["chainId"], 1337);
    let data = transaction["data"].as_str().unwrap();
    assert!(data.starts_with("0x3c036a7e"), "giveFeedback: {data}");
    assert!(data.contains(&feedback["feedbackHash"].as_str().unwrap()[2..]));
}

#[tokio::test]
async fn its_client_takes_it_back_and_nobody_else() {
    let clients = Clients::new().await;
    let before = clients.get(&format!("{AGENT}/reputation")).await;
    let given = clients.give(AGENT, &starred(12)).await.expect(201);
    let id = given["feedback"]["id"].as_str().unwrap();
    let target = format!("/v1/feedback/{id}");
    let other = super::key(&clients.world, &Wallet::number(4)).await;
    let problem = with_key(&clients.world, "DELETE", &target, &other)
        .await
        .expect(403);
    assert_eq!(problem["code"], "UNAUTHORIZED_OPERATION");
    let revoke = async || {
        with_key(&clients.world, "DELETE", &target, &clients.key)
            .await
            .expect(200)
    };
    let revoked = revoke().await;
    assert!(revoked["revokedAt"].is_string(), "{revoked}");
    assert_eq!(revoke().await, revoked);
    assert_eq!(clients.get(&format!("{AGENT}/reputation")).await, before);
    let stats = clients.get(&format!("{AGENT}/stats")).await;
    assert_eq!(stats["feedback"]["offChain"], 0);
    let listed = clients
        .get(&format!(
            "{AGENT}/feedback?onChain=false&includeRevoked=true"
        ))
        .await;
    assert_eq!(listed["items"][0]["id"], id);
    let file = clients.world.get(&format!("/v1/feedback-files/{id}")).await;
    assert_eq!(file.status, 200, "what was said stays readable");
}

#[tokio::test]
async fn a_payment_that_is_linked_and_its_client_s_makes_it_paid() {
    let clients = Clients::new().await;
    let client = clients.client_sql();
    clients
        .execute(&format!(
            "INSERT INTO payments (chain_id, transaction_hash, log_index, agent, status, payer, payee, amount,
                 token_decimals, block_number, block_hash, paid_at, linked_by, linked_at)
             SELECT 1337, decode(repeat(t.hash, 32), 'hex'), -1, id, t.status, t.payer, agent_wallet, 5,
                 18, 1, decode(repeat('11', 32), 'hex'), now(), t.payer, now()
             FROM agents, (VALUES ('aa', 'succeeded', {client}), ('bb', 'failed', {client}),
                                  ('cc', 'succeeded', decode(repeat('77', 20), 'hex'))) t (hash, status, payer)
             WHERE agent_id = 0"
        ))
        .await;
    for (byte, paid) in [("aa", true), ("bb", false), ("cc", false), ("dd", false)] {
        let mut body = starred(90);
        body["proofOfPayment"] = json!({
            "fromAddress": clients.client.address(), "toAddress": Wallet::number(9).address(), "chainId": "1337",
            "txHash": format!("0x{}", byte.repeat(32)),
        });
        let given = clients.give(AGENT, &body).await.expect(201);
        assert_eq!(given["feedback"]["paid"], paid, "{byte}");
        clients.wait().await;
    }
}

#[tokio::test]
async fn sent_again_under_its_key_it_is_given_once() {
    let clients = Clients::new().await;
    let authorization = format!("Bearer {}", clients.key);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", authorization.as_str()),
        ("idempotency-key", "once"),
    ];
    let body = starred(50).to_string();
    let event = request(
        "POST",
        &format!("{AGENT}/feedback"),
        &headers,
        Some(body.as_bytes()),
    );
    let first = clients.world.send(&event).await;
    let again = clients.world.send(&event).await;
    assert_eq!((first.status, again.status), (201, 201), "{}", again.text());
    assert_eq!(again.text(), first.text());
    assert_eq!(again.header("idempotency-replayed"), "true");
    let listed = clients
        .get(&format!("{AGENT}/feedback?onChain=false"))
        .await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_list_across_agents_and_large_pages_are_for_the_pro_tier() {
    let clients = Clients::new().await;
    let large = format!("{AGENT}/feedback?limit=51");
    let get = async |target: &str| -> Reply {
        with_key(&clients.world, "GET", target, &clients.key).await
    };
    for target in ["/v1/feedback", &large, "/v1/agents?limit=51"] {
        let problem = get(target).await.expect(403);
        assert_eq!(problem["code"], "FORBIDDEN", "{target}");
        assert!(problem["detail"].as_str().unwrap().contains("pro tier"));
    }
    get(&format!("{AGENT}/feedback?limit=50")).await.expect(200);
    let wallet = clients.client_sql();
    clients
        .execute(&format!(
            "INSERT INTO wallet_tiers (wallet, tier) VALUES ({wallet}, 'pro')"
        ))
        .await;
    // A key of its own: the tier shows on keys that were read before within a minute.
    let key = super::key(&clients.world, &clients.client).await;
    let get = async |target: &str| {
        with_key(&clients.world, "GET", target, &key)
            .await
            .expect(200)
    };
    get(&large).await;
    let mut seen: Vec<Value> = Vec::new();
    let mut target = "/v1/feedback?chainId=1337&limit=100".to_owned();
    loop {
        let page = get(&target).await;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].clone()),
        );
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        target = format!("/v1/feedback?limit=100&cursor={cursor}");
    }
    let count = "SELECT count(*) FROM feedback WHERE revoked_at IS NULL";
    let count: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut clients.world.connect().await)
        .await
        .unwrap();
    assert_eq!(i64::try_from(seen.len()).unwrap(), count);
    seen.sort_by_key(Value::to_string);
    seen.dedup();
    assert_eq!(
        i64::try_from(seen.len()).unwrap(),
        count,
        "each is there once"
    );
}
