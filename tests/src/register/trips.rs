//! What a write costs in round trips, as `docs/REGISTRATION.md` says.

use serde_json::json;
use xtask::trips::Trips;

use super::Registrar;
use super::registrar::{file, post};
use crate::access::wallet::Wallet;
use crate::harness::node::Node;
use crate::harness::{Reply, World, settings};

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
}

#[tokio::test]
async fn a_warm_registration_makes_the_round_trips_that_are_documented() {
    let mut registrar = Registrar::new().await;
    let key = registrar.key(&Wallet::number(1)).await;
    let counted = Counted::all(&mut registrar).await;
    registrar.world.set("RATE_LIMIT_QUOTAS", "register=1000000");
    let function = registrar.world.start("register-agent").await;
    // Each of the pool's connections has to prepare each statement once.
    let mut counts = Vec::new();
    for round in 0..6 {
        counts.clear();
        for idempotency_key in [
            None,
            Some(format!("key-{round}")),
            Some(format!("key-{round}")),
        ] {
            let name = format!("{round} {idempotency_key:?}");
            let body = json!({ "chainId": Node::ID, "registration": file(&name) });
            let event = post(&key, idempotency_key.as_deref(), &body);
            let reply = function.invoke(&event, World::RUN).await.unwrap();
            Reply::from_lambda(&reply).expect(201);
            counts.push(counted.settled().await);
        }
    }
    let documented = std::fs::read_to_string(settings::root().join("docs/REGISTRATION.md"));
    let documented = documented.unwrap();
    let lines: Vec<String> = [
        ("without an idempotency key", counts[0]),
        ("with one", counts[1]),
        ("replayed", counts[2]),
    ]
    .map(|(what, [database, cache, buckets, chain])| {
        format!("| {what} | {database} | {cache} | {buckets} | {chain} |")
    })
    .into();
    for line in &lines {
        assert!(
            documented.contains(line),
            "docs/REGISTRATION.md lacks: {lines:#?}"
        );
    }
}
