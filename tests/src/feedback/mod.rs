//! Feedback that is handed in here: who may, what becomes of it, and how it and its event become one.

mod given;
mod merged;
mod refused;
mod signed;

use alloy_primitives::{hex, keccak256};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::access::wallet::{Wallet, post_with_key, sign_in};
use crate::harness::{Chain, Reply, World};

/// An agent of the project's own dump.
const AGENT: &str = "/v1/agents/1337:0";

/// An indexed world, and a client with a key.
struct Clients {
    world: World,
    client: Wallet,
    key: String,
}

impl Clients {
    async fn new() -> Self {
        let world = World::indexed().await;
        let client = Wallet::number(3);
        let key = key(&world, &client).await;
        Self { world, client, key }
    }

    async fn give(&self, agent: &str, body: &Value) -> Reply {
        post_with_key(&self.world, &format!("{agent}/feedback"), &self.key, body).await
    }

    /// Its turn comes again.
    async fn wait(&self) {
        let sql = "UPDATE feedback_turns SET given_at = given_at - interval '60 s'";
        self.execute(sql).await;
    }

    async fn execute(&self, sql: &str) {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        query
            .execute(&mut self.world.connect().await)
            .await
            .unwrap();
    }

    async fn get(&self, target: &str) -> Value {
        self.world.get(target).await.expect(200)
    }

    /// The client's address as SQL.
    fn client_sql(&self) -> String {
        format!("decode('{}', 'hex')", &self.client.address()[2..])
    }
}

/// A key of a wallet.
async fn key(world: &World, wallet: &Wallet) -> String {
    let made = sign_in(world, wallet, Chain::own().await.id()).await;
    made["key"].as_str().unwrap().to_owned()
}

fn starred(value: i32) -> Value {
    json!({ "value": value.to_string(), "tag1": "starred" })
}

fn keccak(bytes: &[u8]) -> String {
    hex::encode_prefixed(keccak256(bytes))
}
