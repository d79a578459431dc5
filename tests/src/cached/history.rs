//! Every kept answer, held against the one without the cache, over a random history of writes.

use std::collections::HashMap;

use serde_json::{Value, json};
use xtask::lambda::Function;

use super::itself;
use crate::access::wallet::{Wallet, post_with_key, with_key};
use crate::harness::cluster::Cluster;
use crate::harness::node::Node;
use crate::harness::random::Random;
use crate::harness::{Reply, World, functions, get};
use crate::observe::samples;
use crate::register::Registrar;
use crate::register::registrar::{REGISTRY, id};

const STEPS: usize = 48;
/// Questions that are asked after each step.
const QUESTIONS: usize = 8;
/// Agents that may come to be.
const AGENTS: u64 = 5;

/// A chain with agents, and all who change what is said of them.
struct History {
    registrar: Registrar,
    random: Random,
    /// Functions that keep no answers, by name.
    plain: HashMap<&'static str, Function>,
    maker: Wallet,
    client: Wallet,
    keys: [String; 2],
    prepared: Vec<Value>,
    given: Vec<String>,
}

impl History {
    async fn begin(cluster: Option<&Cluster>) -> Self {
        let mut registrar = Registrar::new().await;
        let world = &mut registrar.world;
        if let Some(cluster) = cluster {
            cluster.serve(world);
        }
        world.set("METRICS_FLUSH_MS", "0");
        // What a cache that is slow to hear of a change answers meanwhile is not this test's promise.
        world.set("CACHE_TIMEOUT_MS", "5000");
        let classes = ["register", "feedback", "payment", "lookup", "search"];
        world.set(
            "RATE_LIMIT_QUOTAS",
            classes.map(|class| format!("{class}=1000000")).join(","),
        );
        world.set("CACHE_ANSWERS", "off");
        let mut plain = HashMap::new();
        for target in Self::questions(&[]) {
            let name = Self::function(&target);
            if !plain.contains_key(name) {
                plain.insert(name, world.start(name).await);
            }
        }
        world.set("CACHE_ANSWERS", "on");
        let (maker, client) = (Wallet::number(1), Wallet::number(2));
        let keys = [registrar.key(&maker).await, registrar.key(&client).await];
        let node = &registrar.node;
        node.call("anvil_impersonateAccount", json!([client.address()]))
            .await;
        node.call("anvil_mine", json!(["0x8"])).await;
        Self {
            registrar,
            random: Random::seeded(),
            plain,
            maker,
            client,
            keys,
            prepared: Vec::new(),
            given: Vec::new(),
        }
    }

    fn function(target: &str) -> &'static str {
        functions::route("GET", target.split('?').next().unwrap())
    }

    /// Every way to ask for each agent, and searches.
    fn questions(prepared: &[Value]) -> Vec<String> {
        let chain = Node::ID;
        let mut names: Vec<String> = prepared.iter().map(|agent| id(agent).to_owned()).collect();
        for agent in 0..AGENTS {
            names.push(format!("{chain}:{agent}"));
            names.push(format!("eip155:{chain}:{REGISTRY}:{agent}"));
        }
        let mut questions = Vec::new();
        for name in names {
            for of in [
                "",
                "/stats",
                "/reputation",
                "/feedback",
                "/feedback?includeRevoked=true",
                "/payments",
                "/validations",
            ] {
                questions.push(format!("/v1/agents/{name}{of}"));
            }
        }
        for filter in [
            "",
            "?q=Agent",
            "?sort=score",
            "?sort=feedback&active=true",
            "?status=prepared",
            "?limit=2",
        ] {
            // As often as one agent is asked for.
            questions.extend([format!("/v1/agents{filter}"), format!("/v1/agents{filter}")]);
        }
        questions
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let length = u64::try_from(of.len()).unwrap();
        let index = usize::try_from(self.random.below(length.max(1))).unwrap();
        of.get(index).cloned()
    }

    fn agent(&mut self) -> String {
        format!("/v1/agents/{}:{}", Node::ID, self.random.below(AGENTS))
    }

    /// Something happens; refusals are part of it.
    async fn step(&mut self) -> &'static str {
        match self.random.below(8) {
            0 => {
                let name = format!("Agent {}", self.prepared.len());
                let prepared = self.registrar.prepare(&self.keys[0], &name).await;
                self.prepared.push(prepared);
                "prepare"
            }
            1 => {
                if let Some(agent) = self.pick(&self.prepared.clone()) {
                    let transaction = &agent["transaction"];
                    let raw = self.registrar.sign(&self.maker, transaction, 0).await;
                    let node = &self.registrar.node;
                    // It may run out of gas: it was estimated before a reorg.
                    node.try_call("eth_sendRawTransactionSync", json!([raw]))
                        .await;
                }
                self.registrar.world.sync().await;
                "register"
            }
            2 | 3 => self.give().await,
            4 => {
                if let Some(given) = self.pick(&self.given.clone()) {
                    let target = format!("/v1/feedback/{given}");
                    with_key(&self.registrar.world, "DELETE", &target, &self.keys[1]).await;
                }
                "revoke"
            }
            5 => self.pay().await,
            6 => {
                let depth = 1 + self.random.below(3);
                self.registrar
                    .node
                    .call("anvil_reorg", json!([depth, []]))
                    .await;
                self.registrar.world.sync().await;
                "reorg"
            }
            _ => {
                let world = &self.registrar.world;
                world.run("refresh-views").await.unwrap();
                world.run("confirm-payments").await.unwrap();
                "refresh and confirm"
            }
        }
    }

    async fn give(&mut self) -> &'static str {
        let turns = sqlx::query("UPDATE feedback_turns SET given_at = given_at - interval '60 s'");
        turns
            .execute(&mut self.registrar.world.connect().await)
            .await
            .unwrap();
        let target = format!("{}/feedback", self.agent());
        let value = self.random.below(101).to_string();
        let body = json!({ "value": value, "tag1": "starred" });
        let world = &self.registrar.world;
        let reply = post_with_key(world, &target, &self.keys[1], &body).await;
        assert!(reply.status < 500, "{}", reply.text());
        if reply.status == 201 {
            let given = reply.json()["feedback"]["id"].clone();
            self.given.push(given.as_str().unwrap().to_owned());
        }
        "feedback"
    }

    async fn pay(&mut self) -> &'static str {
        let transfer =
            json!({ "from": self.client.address(), "to": self.maker.address(), "value": "0x1" });
        let sent = self
            .registrar
            .node
            .call("eth_sendTransactionSync", json!([transfer]));
        let transaction = sent.await["transactionHash"].clone();
        let body = json!({ "chainId": Node::ID, "transactionHash": transaction });
        let target = format!("{}/payments", self.agent());
        let world = &self.registrar.world;
        let reply = post_with_key(world, &target, &self.keys[1], &body).await;
        assert!(reply.status < 500, "{}", reply.text());
        "pay"
    }

    /// The answer that may be kept, and the one that is not.
    async fn compare(&self, target: &str, after: &[&str]) {
        let event = get(target);
        let plain = self.plain[Self::function(target)].invoke(&event, World::RUN);
        let plain = Reply::from_lambda(&plain.await.unwrap());
        // Once more: the second is kept for sure.
        for _ in 0..2 {
            let kept = self.registrar.world.send(&event).await;
            assert_eq!(
                (kept.status, itself(kept.json())),
                (plain.status, itself(plain.json())),
                "{target} after {after:?}"
            );
        }
    }
}

#[tokio::test]
async fn over_a_random_history_every_kept_answer_is_the_one_without_the_cache() {
    holds_throughout(History::begin(None).await).await;
}

#[tokio::test]
async fn over_a_random_history_every_answer_that_shards_keep_is_the_one_without_the_cache() {
    let cluster = Cluster::start().await;
    holds_throughout(History::begin(Some(&cluster)).await).await;
}

async fn holds_throughout(mut history: History) {
    let mut after = Vec::new();
    for _ in 0..STEPS {
        after.push(history.step().await);
        let questions = History::questions(&history.prepared);
        for _ in 0..QUESTIONS {
            let target = history.pick(&questions).unwrap();
            history.compare(&target, &after).await;
        }
    }
    let world = &history.registrar.world;
    let samples = samples(world).await;
    for operation in ["get-agent", "search-agents"] {
        let series =
            format!("erc8004_cache_requests_total{{operation=\"{operation}\",result=\"hit\"}}");
        assert!(
            samples.contains_key(&series),
            "nothing was kept: {samples:#?}"
        );
    }
}
