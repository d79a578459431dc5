//! A reorg makes an agent prepared again, and whoever gets its id is who it is.

use serde_json::{Value, json};

use super::Registrar;
use super::registrar::{id, itself};
use crate::access::wallet::Wallet;
use crate::harness::node::Node;

impl Registrar {
    /// Takes the last blocks back, with these transactions in the first of the new ones.
    async fn reorg(&self, depth: u64, transactions: &[&str]) {
        let pairs: Vec<Value> = transactions.iter().map(|raw| json!([raw, 0])).collect();
        self.node.call("anvil_reorg", json!([depth, pairs])).await;
        self.world.sync().await;
    }

    async fn rows(&self, sql: &'static str) -> Vec<String> {
        sqlx::query_scalar(sql)
            .fetch_all(&mut self.world.connect().await)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_registration_that_is_taken_back_leaves_the_agent_prepared() {
    let registrar = Registrar::new().await;
    let wallet = Wallet::number(1);
    let key = registrar.key(&wallet).await;
    let prepared = registrar.prepare(&key, "Ada").await;
    let uuid = id(&prepared);
    let before = registrar.agent(uuid).await;
    registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;
    assert_eq!(registrar.agent(uuid).await["agentId"], "0");

    registrar.reorg(1, &[]).await;
    let after = registrar.agent(uuid).await;
    assert_eq!(itself(&after), itself(&before));
    let name = format!("/v1/agents/{}:0", Node::ID);
    let gone = registrar.world.get(&name).await.expect(404);
    assert_eq!(gone["code"], "AGENT_NOT_FOUND");

    registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;
    assert_eq!(registrar.agent(uuid).await["status"], "registered");
}

#[tokio::test]
async fn an_id_that_goes_to_another_takes_nothing_of_the_agent_along() {
    let registrar = Registrar::new().await;
    let (wallet, thief) = (Wallet::number(1), Wallet::number(2));
    let key = registrar.key(&wallet).await;
    registrar.key(&thief).await;
    let prepared = registrar.prepare(&key, "Ada").await;
    let uuid = id(&prepared);
    registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;

    // The same bytes by another wallet, in the block where ours was.
    let copy = registrar.sign(&thief, &prepared["transaction"], 1).await;
    registrar.reorg(1, &[&copy]).await;
    assert_eq!(registrar.agent(uuid).await["status"], "prepared");
    let other = registrar.agent(&format!("{}:0", Node::ID)).await;
    assert_eq!(other["owner"], thief.address());
    assert_ne!(other["id"], uuid);

    registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;
    let ours = registrar.agent(uuid).await;
    assert_eq!(
        (&ours["agentId"], &ours["owner"]),
        (&json!("1"), &json!(wallet.address()))
    );

    // And back: the thief's is gone, ours has its id.
    registrar.reorg(2, &[]).await;
    assert_eq!(registrar.agent(uuid).await["status"], "prepared");
    registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;
    let ours = registrar.agent(&format!("{}:0", Node::ID)).await;
    assert_eq!(ours["id"], uuid);
    let names = "SELECT id::text FROM agent_identities ORDER BY id";
    assert_eq!(registrar.rows(names).await, [uuid]);
}

/// What follows from the chain and from what was prepared.
const DERIVED: [&str; 7] = [
    "SELECT to_jsonb(a)::text FROM agents a ORDER BY 1",
    "SELECT (to_jsonb(i) - 'created_at')::text FROM agent_identities i ORDER BY 1",
    "SELECT to_jsonb(s)::text FROM agent_services s ORDER BY 1",
    "SELECT to_jsonb(o)::text FROM agent_owners o ORDER BY 1",
    "SELECT to_jsonb(w)::text FROM agent_wallets w ORDER BY 1",
    "SELECT to_jsonb(s)::text FROM agent_stats s ORDER BY 1",
    "SELECT to_jsonb(c)::text FROM chain_events c ORDER BY 1",
];

#[tokio::test]
async fn after_reorgs_the_tables_are_those_of_a_fresh_sync() {
    let registrar = Registrar::new().await;
    let (wallet, thief) = (Wallet::number(1), Wallet::number(2));
    let key = registrar.key(&wallet).await;
    registrar.key(&thief).await;
    let mut transactions = Vec::new();
    for name in ["Ada", "Bo", "Cy"] {
        let prepared = registrar.prepare(&key, name).await;
        transactions.push(prepared["transaction"].clone());
    }
    let fresh = registrar.world.copy().await;
    for (round, depth) in [0, 1, 2, 3, 4].into_iter().enumerate() {
        let transaction = &transactions[round % 3];
        if depth > 0 {
            let raw = registrar.sign(&thief, transaction, depth).await;
            registrar.reorg(depth, &[&raw]).await;
        }
        registrar.send(&wallet, transaction).await;
        registrar.send(&thief, transaction).await;
        registrar.world.sync().await;
    }
    fresh.sync().await;
    for sql in DERIVED {
        let synced: Vec<String> = sqlx::query_scalar(sql)
            .fetch_all(&mut fresh.connect().await)
            .await
            .unwrap();
        assert!(!synced.is_empty(), "{sql}");
        pretty_assertions::assert_eq!(registrar.rows(sql).await, synced, "{sql}");
    }
}
