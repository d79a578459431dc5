//! The registration file: hosted for good, or on chain as it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Registrar;
use super::registrar::{file, id};
use crate::access::wallet::Wallet;
use crate::harness::node::Node;

/// `file` as it is hosted: without the spaces between its parts.
fn compact(name: &str) -> String {
    file(name).to_string()
}

#[tokio::test]
async fn the_file_is_where_the_uri_leads_and_never_changes() {
    let registrar = Registrar::new().await;
    let wallet = Wallet::number(1);
    let key = registrar.key(&wallet).await;
    let spaced = serde_json::to_string_pretty(&file("Ada")).unwrap();
    let body = format!(r#"{{ "chainId": {}, "registration": {spaced} }}"#, Node::ID);
    let event = crate::harness::request(
        "POST",
        "/v1/agents",
        &[
            ("authorization", &format!("Bearer {key}")),
            ("content-type", "application/json"),
        ],
        Some(body.as_bytes()),
    );
    let prepared = registrar.world.send(&event).await.expect(201);
    let uri = prepared["agent"]["agentUri"].as_str().unwrap();
    let path = uri.strip_prefix("https://api.example.com").unwrap();
    assert_eq!(path, format!("/v1/registration-files/{}", id(&prepared)));
    let hosted = registrar.world.get(path).await;
    assert_eq!(hosted.text(), compact("Ada"));
    assert_eq!(hosted.header("content-type"), "application/json");
    assert_eq!(
        hosted.header("content-security-policy"),
        "default-src 'none'; sandbox"
    );
    registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;
    assert_eq!(registrar.world.get(path).await.body, hosted.body);
    let of_agent = format!("/v1/agents/{}:0/registration", Node::ID);
    assert_eq!(registrar.world.get(&of_agent).await.text(), compact("Ada"));
    let unknown = "/v1/registration-files/67e55044-10b1-426f-9247-bb680e5fe0c8";
    let problem = registrar.world.get(unknown).await.expect(404);
    assert_eq!(problem["code"], "AGENT_NOT_FOUND");
}

#[tokio::test]
async fn a_file_on_chain_is_registered_as_it_is() {
    let registrar = Registrar::new().await;
    let wallet = Wallet::number(1);
    let key = registrar.key(&wallet).await;
    let body = json!({ "chainId": Node::ID, "registration": file("Ada"), "onchainFile": true });
    let prepared = registrar.register(&key, &body).await.expect(201);
    let expected = format!(
        "data:application/json;base64,{}",
        STANDARD.encode(compact("Ada"))
    );
    assert_eq!(prepared["agent"]["agentUri"], expected);
    assert_eq!(prepared["agent"]["uriKind"], "data");
    registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;
    let agent = registrar.agent(&format!("{}:0", Node::ID)).await;
    assert_eq!(agent["id"], id(&prepared));
    assert_eq!(agent["agentUri"], expected);
    assert_eq!(agent["registration"], prepared["agent"]["registration"]);
}

#[tokio::test]
async fn a_wallet_prepares_a_file_once_for_a_chain() {
    let registrar = Registrar::new().await;
    let (wallet, other) = (Wallet::number(1), Wallet::number(2));
    let key = registrar.key(&wallet).await;
    let prepared = registrar.prepare(&key, "Ada").await;
    for onchain in [false, true] {
        let body =
            json!({ "chainId": Node::ID, "registration": file("Ada"), "onchainFile": onchain });
        let problem = registrar.register(&key, &body).await.expect(409);
        assert_eq!(problem["code"], "AGENT_ALREADY_EXISTS");
        assert!(
            problem["detail"].as_str().unwrap().contains(id(&prepared)),
            "{problem}"
        );
    }
    let others = registrar.prepare(&registrar.key(&other).await, "Ada").await;
    assert_ne!(id(&others), id(&prepared));
    registrar.prepare(&key, "Bo").await;
}

#[tokio::test]
async fn what_a_wallet_has_registered_without_us_is_not_prepared_again() {
    let registrar = Registrar::new().await;
    let wallet = Wallet::number(1);
    let key = registrar.key(&wallet).await;
    let body = json!({ "chainId": Node::ID, "registration": file("Ada"), "onchainFile": true });
    let prepared = registrar.register(&key, &body).await.expect(201);
    registrar.send(&wallet, &prepared["transaction"]).await;
    // As if it had never been prepared here.
    let mut connection = registrar.world.connect().await;
    for table in [
        "agent_stats",
        "agent_services",
        "prepared_agents",
        "agents",
        "agent_identities",
    ] {
        let sql = sqlx::AssertSqlSafe(format!("DELETE FROM {table}"));
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
    registrar.world.sync().await;
    let problem = registrar.register(&key, &body).await.expect(409);
    assert_eq!(problem["code"], "AGENT_ALREADY_EXISTS");
}
