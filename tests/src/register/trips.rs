//! What writes cost in round trips, as `docs/ARCHITECTURE.md` says.

use serde_json::{Value, json};
use xtask::lambda::Function;
use xtask::trips::Trips;

use super::Registrar;
use super::registrar::{REGISTRY, file, post_to};
use crate::access::wallet::Wallet;
use crate::harness::node::Node;
use crate::harness::{Reply, World, settings};

/// Requests of each kind. What most of them ask counts: the first open connections and prepare statements, and now and
/// then one asks the cache for its key again.
const ROUNDS: usize = 7;

/// Proxies before everything that a function asks.
struct Counted {
    database: Trips,
    cache: Trips,
    buckets: Trips,
    chain: Trips,
}

impl Counted {
    /// Puts them between a world's functions and what they ask.
    async fn all(registrar: &mut Registrar) -> Self {
        let world = &mut registrar.world;
        let mut before = Vec::new();
        for name in ["DATABASE_URL", "CACHE_URL", "AWS_ENDPOINT_URL_DYNAMODB"] {
            let (trips, url) = Trips::before_url(world.setting(name)).await.unwrap();
            world.set(name, url);
            before.push(trips);
        }
        let (chain, url) = Trips::before_url(registrar.node.url()).await.unwrap();
        world.set_rpc(Node::ID, &[&url]);
        let [database, cache, buckets] = before.try_into().unwrap();
        Self {
            database,
            cache,
            buckets,
            chain,
        }
    }

    /// Database, cache, buckets, chain: what was asked since the last time, with what the pool asks after the reply.
    async fn settled(&self) -> [u64; 4] {
        self.database.wait_for_quiet().await;
        [&self.database, &self.cache, &self.buckets, &self.chain].map(Trips::take)
    }

    async fn of(&self, function: &Function, event: &Value) -> [u64; 4] {
        self.settled().await;
        let reply = function.invoke(event, World::RUN).await.unwrap();
        Reply::from_lambda(&reply).expect(201);
        self.settled().await
    }
}

/// The n-th write of a function: where to, and what.
async fn write(registrar: &Registrar, function: &str, number: usize) -> (String, Value) {
    let chain = Node::ID;
    match function {
        "register-agent" => {
            let registration = file(&format!("Agent {number}"));
            let body = json!({ "chainId": chain, "registration": registration });
            ("/v1/agents".to_owned(), body)
        }
        "submit-feedback" => {
            let path = format!("/v1/agents/{chain}:{number}/feedback");
            (path, json!({ "value": "80", "tag1": "starred" }))
        }
        "link-payment" => {
            let (client, maker) = (Wallet::number(2), Wallet::number(1));
            let transfer =
                json!({ "from": client.address(), "to": maker.address(), "value": "0x1" });
            let sent = registrar
                .node
                .call("eth_sendTransactionSync", json!([transfer]));
            let transaction = sent.await["transactionHash"].clone();
            let path = format!("/v1/agents/{chain}:0/payments");
            (
                path,
                json!({ "chainId": chain, "transactionHash": transaction }),
            )
        }
        other => panic!("{other} is no write"),
    }
}

/// Agents on chain, each of which the client can rate once a minute.
async fn register(registrar: &Registrar, count: usize) {
    let maker = Wallet::number(1);
    registrar.key(&maker).await;
    for number in 0..count {
        let uri = format!("https://agent.example/{number}.json");
        let data = super::registrar::call(&uri);
        let transaction =
            json!({ "chainId": Node::ID, "to": REGISTRY, "data": data, "gas": 1_000_000 });
        registrar.send(&maker, &transaction).await;
    }
    registrar.world.sync().await;
}

/// What occurs most often.
fn usual(counts: &[[u64; 4]]) -> [u64; 4] {
    let often = |count: &&[u64; 4]| counts.iter().filter(|other| other == count).count();
    *counts.iter().max_by_key(often).unwrap()
}

#[tokio::test]
async fn warm_writes_make_the_round_trips_that_are_documented() {
    let mut registrar = Registrar::new().await;
    let client = Wallet::number(2);
    let key = registrar.key(&client).await;
    register(&registrar, 2 * ROUNDS).await;
    let impersonated = json!([client.address()]);
    registrar
        .node
        .call("anvil_impersonateAccount", impersonated)
        .await;
    let quotas = "register=1000000,feedback=1000000,payment=1000000";
    registrar.world.set("RATE_LIMIT_QUOTAS", quotas);
    let counted = Counted::all(&mut registrar).await;
    let mut lines = Vec::new();
    for name in ["register-agent", "submit-feedback", "link-payment"] {
        let function = registrar.world.start(name).await;
        let mut counts = [const { Vec::new() }; 3];
        for round in 0..ROUNDS {
            let (path, body) = write(&registrar, name, 2 * round).await;
            let event = post_to(&path, &key, None, &body);
            counts[0].push(counted.of(&function, &event).await);
            let (path, body) = write(&registrar, name, 2 * round + 1).await;
            let event = post_to(&path, &key, Some(&format!("{name}-{round}")), &body);
            counts[1].push(counted.of(&function, &event).await);
            counts[2].push(counted.of(&function, &event).await);
        }
        for (what, count) in ["", ", with a key", ", replayed"].into_iter().zip(counts) {
            let [database, cache, buckets, chain] = usual(&count);
            let line = format!("| `{name}`{what} | {database} | {cache} | {buckets} | {chain} |");
            lines.push(line);
        }
    }
    let documented = std::fs::read_to_string(settings::root().join("docs/ARCHITECTURE.md"));
    let documented = documented.unwrap();
    for line in &lines {
        assert!(
            documented.contains(line),
            "docs/ARCHITECTURE.md lacks one of: {lines:#?}"
        );
    }
}
