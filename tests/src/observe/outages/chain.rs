//! What asks a chain while its endpoint is out of reach. Reads never do.

use std::time::Instant;

use serde_json::{Value, json};
use xtask::lambda::Function;
use xtask::lambda::event::scheduled;

use super::load::Load;
use super::{
    CALLERS, FAULTS, LIMIT, RECOVERY_MAX, Stage, WARM_UP_MAX, ask, assert_unavailable, cause,
};
use crate::access::wallet::{Wallet, challenge};
use crate::harness::weather::Weather;
use crate::harness::{Node, Reply, World, request};
use crate::observe::lines;
use crate::payments::market::{Market, PAYMENTS};
use crate::register::registrar::{Registrar, file, post, post_to};

/// Returns the magic value of ERC-1271, whatever it is asked.
const CONTRACT_WALLET: &str = "0x631626ba7e60e01b60005260206000f3";

fn is_linked(reply: &Reply) -> bool {
    reply.status == 201
}

#[tokio::test]
async fn a_payment_that_an_outage_of_the_chain_refused_is_linked_once_when_it_is_sent_again() {
    let market = Market::open(0).await;
    let key = market.key(&Market::payer()).await;
    let mut payments = Vec::new();
    for value in 1..=FAULTS.len() {
        payments.push(market.pay(value.try_into().unwrap()).await);
    }
    market.world.sync().await;
    let Market { node, world, .. } = market;
    let stage = Stage::before_chain(world, Node::ID, node.url()).await;
    let mut logs = String::new();
    for (fault, transaction) in FAULTS.into_iter().zip(&payments) {
        stage.proxy.set(fault).await;
        let body = json!({ "chainId": Node::ID, "transactionHash": transaction });
        // One payment and one key to each attempt, whoever makes it: those that meet are told so.
        let events = |caller| {
            post_to(
                PAYMENTS,
                &key,
                Some(&format!("{transaction}-{caller}")),
                &body,
            )
        };
        let mut load = Load::on(stage.world.start("link-payment").await, events);
        for reply in load.next(Instant::now()).await {
            assert_unavailable(&reply);
        }
        stage.proxy.set(Weather::Fair).await;
        let right = |reply: &Reply| is_linked(reply) || reply.status == 409;
        load.recovers(right, Instant::now(), RECOVERY_MAX).await;
        logs += &load.stop().await;
    }
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM payments");
    let count = count.fetch_one(&mut stage.world.connect().await).await;
    assert_eq!(count.unwrap(), i64::try_from(payments.len()).unwrap());
    for line in lines(&logs).iter().filter(|line| line["status"] == 503) {
        assert!(cause(line).contains("does not answer"), "{line}");
        assert!(line["chain_us"].as_u64().is_some(), "{line}");
    }
    stage.told(&logs).await;
}

/// What a contract wallet hands in, and its signature, which only the chain can judge.
async fn signed(world: &World, wallet: &str) -> Value {
    let challenge = challenge(world, wallet, Node::ID).await;
    let message = challenge["message"].as_str().unwrap();
    let body = json!({ "message": message, "signature": Wallet::number(3).sign(message), "name": "a test" });
    let headers = [("content-type", "application/json")];
    request(
        "POST",
        "/v1/api-keys",
        &headers,
        Some(body.to_string().as_bytes()),
    )
}

/// What so many callers get who ask the same at once.
async fn at_once(function: &Function, event: &Value) -> Vec<Reply> {
    futures_util::future::join_all((0..CALLERS).map(|_| ask(function, event))).await
}

#[tokio::test]
async fn a_contract_wallet_that_an_outage_of_its_chain_kept_out_signs_in_with_the_same_message_later()
 {
    let Registrar { node, world } = Registrar::new().await;
    let wallet = "0x00000000000000000000000000000000000A11cE";
    node.call("anvil_setCode", json!([wallet, CONTRACT_WALLET]))
        .await;
    let stage = Stage::before_chain(world, Node::ID, node.url()).await;
    let function = stage.world.start("create-api-key").await;
    for fault in FAULTS {
        let event = signed(&stage.world, wallet).await;
        stage.proxy.set(fault).await;
        for reply in at_once(&function, &event).await {
            assert_unavailable(&reply);
        }
        stage.proxy.set(Weather::Fair).await;
        let back = Instant::now();
        while ask(&function, &event).await.status != 201 {
            assert!(back.elapsed() < RECOVERY_MAX, "{}", function.log());
        }
        // A nonce is good for one key: nothing that was refused has used it up, and nothing that was late uses it again.
        assert_eq!(ask(&function, &event).await.status, 401);
    }
    let keys = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM api_keys");
    let keys = keys.fetch_one(&mut stage.world.connect().await).await;
    assert_eq!(keys.unwrap(), i64::try_from(FAULTS.len()).unwrap());
    stage.told(&function.log()).await;
}

#[tokio::test]
async fn an_agent_is_prepared_with_a_bound_for_its_gas_while_the_chain_cannot_estimate_it() {
    let registrar = Registrar::new().await;
    let key = registrar.key(&Wallet::number(1)).await;
    let Registrar { node, world } = registrar;
    let stage = Stage::before_chain(world, Node::ID, node.url()).await;
    let function = stage.world.start("register-agent").await;
    let prepare = async |name: String| {
        let body = json!({ "chainId": Node::ID, "registration": file(&name) });
        let prepared = ask(&function, &post(&key, None, &body)).await.expect(201);
        prepared["transaction"]["gasBasis"].clone()
    };
    for fault in FAULTS {
        stage.proxy.set(fault).await;
        let prepared = (0..CALLERS).map(|caller| prepare(format!("{fault:?} {caller}")));
        for basis in futures_util::future::join_all(prepared).await {
            assert_eq!(basis, "bound");
        }
        stage.proxy.set(Weather::Fair).await;
        let back = Instant::now();
        let mut tries = 0;
        while prepare(format!("{fault:?} again {tries}")).await != "estimate" {
            tries += 1;
            assert!(back.elapsed() < RECOVERY_MAX, "{}", function.log());
        }
    }
    assert!(stage.receiver.take().is_empty());
}

#[tokio::test]
async fn a_sync_tells_why_its_chain_is_not_followed_and_follows_it_when_it_is_back() {
    let Registrar { node, world } = Registrar::new().await;
    let stage = Stage::before_chain(world, Node::ID, node.url()).await;
    let function = stage.world.start("sync-chain").await;
    let failing = format!("erc8004_sync_failing{{chain_id=\"{}\"}}", Node::ID);
    let run = async || {
        let report = function.invoke(&scheduled(), LIMIT).await.unwrap();
        report["chains"][0].clone()
    };
    let warm = Instant::now();
    while run().await["caughtUp"] != true {
        assert!(warm.elapsed() < WARM_UP_MAX, "{}", function.log());
    }
    for fault in FAULTS {
        stage.proxy.set(fault).await;
        let chain = run().await;
        assert_eq!(chain["status"], "failed", "{fault:?}: {chain}");
        let error = chain["error"].as_str().unwrap();
        assert!(!error.is_empty(), "{chain}");
        let shown = stage.world.get("/v1/chains").await.expect(200);
        assert_eq!(shown["items"][0]["sync"]["lastError"], error, "{shown}");
        assert!(stage.is_counted(&failing).await, "{fault:?}");
        stage.proxy.set(Weather::Fair).await;
        let back = Instant::now();
        while run().await["caughtUp"] != true {
            assert!(back.elapsed() < RECOVERY_MAX, "{}", function.log());
        }
        assert!(!stage.is_counted(&failing).await, "{fault:?}");
    }
    let log = function.log();
    let told = lines(&log);
    let told = told
        .iter()
        .filter(|line| line["message"] == "a chain's sync failed");
    assert!(told.count() >= FAULTS.len(), "{log}");
}
