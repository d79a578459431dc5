//! The tables and the rows of one agent in each.

use sha3::{Digest as _, Keccak256};

use super::agent::Agent;
use super::random::Purpose;
use super::rows::Rows;
use super::said::{self, Feedback, Payment};
use super::world::{CHAIN, END, IDENTITY, REPUTATION, VALIDATION, World, block};

/// A table, the columns that are filled, and the rows of one agent.
#[derive(Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What each row has.
    pub columns: &'static str,
    /// Adds the rows of an agent.
    pub add: fn(&World, &Agent, &mut Rows),
}

/// In the order in which they are filled.
pub const TABLES: [Table; 11] = [
    Table {
        name: "agent_identities",
        columns: "id, chain_id, identity_registry, agent_id, origin, created_at",
        add: identity,
    },
    Table {
        name: "agents",
        columns: "id, chain_id, identity_registry, agent_id, status, owner, agent_wallet, agent_uri, uri_kind, \
                  registration_state, registration_file, registration, name, description, image, active, \
                  x402_support, supported_trust, service_names, skills, domains, search_terms, registered_block, \
                  registered_log, registered_tx, registered_at, updated_block, updated_at, created_at",
        add: agent,
    },
    Table {
        name: "agent_owners",
        columns: "agent, owner, from_block, from_log",
        add: owner,
    },
    Table {
        name: "agent_wallets",
        columns: "agent, wallet, from_block, from_log",
        add: wallet,
    },
    Table {
        name: "agent_services",
        columns: "agent, position, name, endpoint, version, skills, domains",
        add: services,
    },
    Table {
        name: "agent_metadata",
        columns: "agent, key_hash, key, value, block_number, log_index, updated_at",
        add: metadata,
    },
    Table {
        name: "payments",
        columns: "id, agent, chain_id, transaction_hash, log_index, status, payer, payee, token, token_symbol, amount, \
                  token_decimals, block_number, block_hash, paid_at, linked_by, linked_at, refund_transaction, \
                  refund_log, refund_block, refunded_at",
        add: payments,
    },
    Table {
        name: "feedback",
        columns: "id, agent, chain_id, identity_registry, reputation_registry, client, feedback_index, value, \
                  value_decimals, tag1, tag2, endpoint, feedback_uri, feedback_hash, source, feedback_file, paid, \
                  block_number, log_index, transaction_hash, created_at, revoked_block, revoked_log, revoked_at, \
                  proof_chain_id, proof_transaction",
        add: feedback,
    },
    Table {
        name: "feedback_responses",
        columns: "chain_id, block_number, log_index, feedback, responder, response_uri, response_hash, \
                  transaction_hash, created_at",
        add: responses,
    },
    Table {
        name: "validations",
        columns: "chain_id, validation_registry, request_hash, agent, validator, request_uri, requested_block, \
                  requested_log, requested_tx, requested_at, response, response_uri, response_hash, tag, \
                  responded_block, responded_at, response_count",
        add: validations,
    },
    Table {
        name: "validation_responses",
        columns: "chain_id, block_number, log_index, validation_registry, request_hash, response, response_uri, \
                  response_hash, tag, transaction_hash, created_at",
        add: validation_responses,
    },
];

fn identity(_: &World, agent: &Agent, rows: &mut Rows) {
    rows.uuid(agent.id).plain(CHAIN).bytes(&IDENTITY);
    rows.plain(agent.number)
        .plain("chain")
        .time(agent.created)
        .end();
}

fn agent(_: &World, agent: &Agent, rows: &mut Rows) {
    rows.uuid(agent.id).plain(CHAIN).bytes(&IDENTITY);
    rows.plain(agent.number);
    rows.plain(if agent.is_suspended {
        "suspended"
    } else {
        "registered"
    });
    rows.bytes(&agent.owner)
        .maybe_bytes(agent.wallet.as_ref().map(<[u8; 20]>::as_slice));
    if let Some(file) = &agent.file {
        let json = file.json();
        rows.text(&file.uri(agent, &json))
            .plain(file.kind)
            .plain("valid");
        rows.bytes(json.as_bytes()).text(&json);
        rows.text(&file.name)
            .text(&file.description)
            .text(&file.image);
        rows.plain(file.active).plain(file.x402).words(&file.trust);
        let names = file.terms(|service| vec![service.name]);
        let skills = file.terms(|service| service.skills.clone());
        let domains = file.terms(|service| service.domains.clone());
        rows.words(&names).words(&skills).words(&domains);
        rows.text(&search_terms(&[names, skills, domains].concat()));
    } else {
        rows.plain("").plain("empty").plain("none").null().null();
        rows.null().null().null().plain(false).plain(false);
        rows.plain("{}")
            .plain("{}")
            .plain("{}")
            .plain("{}")
            .plain("");
    }
    rows.plain(block(agent.created))
        .plain(0)
        .bytes(&agent.transaction);
    rows.time(agent.created).plain(block(agent.created));
    rows.time(agent.created).time(agent.created).end();
}

/// Terms as words, each once and in order: `data_engineering/data_cleaning` is three.
fn search_terms(terms: &[String]) -> String {
    let words = terms
        .iter()
        .flat_map(|term| term.split(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

fn owner(_: &World, agent: &Agent, rows: &mut Rows) {
    rows.uuid(agent.id).bytes(&agent.owner);
    rows.plain(block(agent.created)).plain(0).end();
}

fn wallet(_: &World, agent: &Agent, rows: &mut Rows) {
    if let Some(wallet) = &agent.wallet {
        rows.uuid(agent.id).bytes(wallet);
        rows.plain(block(agent.created)).plain(0).end();
    }
}

fn services(_: &World, agent: &Agent, rows: &mut Rows) {
    let services = agent.file.iter().flat_map(|file| &file.services);
    for (position, service) in services.enumerate() {
        rows.uuid(agent.id).plain(position).plain(service.name);
        rows.text(&service.endpoint).maybe(service.version);
        rows.words(&service.skills).words(&service.domains).end();
    }
}

fn metadata(_: &World, agent: &Agent, rows: &mut Rows) {
    if let Some((key, value)) = agent.metadata {
        rows.uuid(agent.id)
            .bytes(&Keccak256::digest(key))
            .plain(key)
            .bytes(value.as_bytes());
        rows.plain(block(agent.created))
            .plain(1)
            .time(agent.created)
            .end();
    }
}

fn payments(world: &World, agent: &Agent, rows: &mut Rows) {
    if said::payments(world, agent) == 0 {
        return;
    }
    for (place, (payer, at)) in (0..).zip(said::payers(world, agent)) {
        if let Some(payment) = said::payment(world, agent, place) {
            add_payment(rows, agent, &payment, &world.client(payer), at);
        }
    }
}

fn add_payment(rows: &mut Rows, agent: &Agent, payment: &Payment, payer: &[u8; 20], at: u64) {
    let Payment { status, token, .. } = payment;
    let leaves_log = token.is_some() && *status != "failed";
    rows.uuid(payment.id)
        .uuid(agent.id)
        .plain(CHAIN)
        .bytes(&payment.transaction);
    rows.plain(if leaves_log { 3 } else { -1 }).plain(status);
    rows.bytes(payer)
        .bytes(&agent.wallet.unwrap_or(agent.owner));
    rows.maybe_bytes(token.as_ref().map(|token| token.0.as_slice()));
    rows.maybe(token.map(|token| token.1)).plain(payment.amount);
    rows.plain(token.map_or(18, |token| token.2));
    rows.plain(block(at)).bytes(&payment.others[0]).time(at);
    rows.bytes(payer).time((at + 60).min(END));
    if *status == "refunded" {
        let back = (at + 7_200).min(END);
        rows.bytes(&payment.others[1])
            .plain(1)
            .plain(block(back))
            .time(back);
    } else {
        rows.null().null().null().null();
    }
    rows.end();
}

fn feedback(world: &World, agent: &Agent, rows: &mut Rows) {
    said::feedback(world, agent, |given| {
        add_feedback(rows, world, agent, given);
    });
}

fn add_feedback(rows: &mut Rows, world: &World, agent: &Agent, given: &Feedback) {
    rows.uuid(given.id)
        .uuid(agent.id)
        .plain(CHAIN)
        .bytes(&IDENTITY)
        .bytes(&REPUTATION);
    rows.bytes(&world.client(given.client)).maybe(given.index);
    rows.plain(given.value)
        .plain(given.decimals)
        .plain(given.tag1)
        .plain(given.tag2);
    let services = agent
        .file
        .as_ref()
        .map(|file| &file.services[..])
        .unwrap_or_default();
    let used = services.first().filter(|_| given.number.is_multiple_of(3));
    rows.text(used.map_or("", |service| &service.endpoint));
    let has_file = given.index.is_some() && given.number.is_multiple_of(4);
    if has_file {
        rows.plain(format_args!(
            "ipfs://bafkrei{}",
            &hex::encode(given.hash)[..52]
        ));
    } else {
        rows.plain("");
    }
    // What is not on chain is found by the hash of its file; what has none has zeros.
    let is_hashed = has_file || given.index.is_none();
    rows.bytes(if is_hashed { &given.hash } else { &[0; 32] });
    if given.index.is_some() {
        rows.plain("chain").null();
    } else {
        let file = format!(
            r#"{{"value":{},"valueDecimals":{}}}"#,
            given.value, given.decimals
        );
        rows.plain("api").bytes(file.as_bytes());
    }
    rows.plain(
        given
            .proof
            .as_ref()
            .is_some_and(|payment| payment.status == "succeeded"),
    );
    let on_chain = given.index.map(|_| block(given.at));
    rows.maybe(on_chain)
        .maybe(on_chain.map(|_| given.number % 500));
    rows.maybe_bytes(on_chain.map(|_| given.transaction.as_slice()))
        .time(given.at);
    let revoked = given.revoked_at;
    rows.maybe(on_chain.and(revoked).map(block))
        .maybe(on_chain.and(revoked).map(|_| 0));
    rows.maybe_time(revoked)
        .maybe(given.proof.as_ref().map(|_| CHAIN));
    rows.maybe_bytes(
        given
            .proof
            .as_ref()
            .map(|payment| payment.transaction.as_slice()),
    )
    .end();
}

fn responses(world: &World, agent: &Agent, rows: &mut Rows) {
    said::feedback(world, agent, |given| {
        if given.index.is_none() || given.number % 40 != 0 {
            return;
        }
        let at = (given.at + 600).min(END);
        rows.plain(CHAIN)
            .plain(block(at))
            .plain(given.number)
            .uuid(given.id);
        rows.bytes(&agent.owner)
            .plain("")
            .bytes(&[0; 32])
            .bytes(&given.transaction);
        rows.time(at).end();
    });
}

/// A validation: its hash, its transaction, the validator, and what was answered.
struct Validation {
    hash: [u8; 32],
    transaction: [u8; 32],
    validator: [u8; 20],
    answer: Option<(u64, &'static str)>,
}

/// One agent in twenty asked for one.
fn validation(world: &World, agent: &Agent) -> Option<Validation> {
    let mut random = world.random(Purpose::Validation, agent.number);
    if !random.in_percent(5) {
        return None;
    }
    let validator = random.below(20);
    let answer = (
        100 - random.skewed(100),
        ["soft-finality", "hard-finality"][usize::from(random.in_percent(50))],
    );
    Some(Validation {
        hash: random.bytes(),
        transaction: random.bytes(),
        validator: world.client(validator),
        answer: random.in_percent(80).then_some(answer),
    })
}

fn validations(world: &World, agent: &Agent, rows: &mut Rows) {
    let Some(asked) = validation(world, agent) else {
        return;
    };
    let (at, answered) = (agent.created, (agent.created + 900).min(END));
    rows.plain(CHAIN)
        .bytes(&VALIDATION)
        .bytes(&asked.hash)
        .uuid(agent.id)
        .bytes(&asked.validator);
    rows.plain("")
        .plain(block(at))
        .plain(agent.number)
        .bytes(&asked.transaction)
        .time(at);
    if let Some((response, tag)) = asked.answer {
        rows.plain(response).plain("").bytes(&[0; 32]).plain(tag);
        rows.plain(block(answered)).time(answered).plain(1);
    } else {
        rows.null().null().null().null().null().null().plain(0);
    }
    rows.end();
}

fn validation_responses(world: &World, agent: &Agent, rows: &mut Rows) {
    let Some(asked) = validation(world, agent) else {
        return;
    };
    if let Some((response, tag)) = asked.answer {
        let at = (agent.created + 900).min(END);
        rows.plain(CHAIN)
            .plain(block(at))
            .plain(agent.number)
            .bytes(&VALIDATION)
            .bytes(&asked.hash);
        rows.plain(response).plain("").bytes(&[0; 32]).plain(tag);
        rows.bytes(&asked.transaction).time(at).end();
    }
}
