//! The fold's rules, one event after the other.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use super::super::events::{Event, EventLog, NewFeedback};
use super::super::{AgentKey, Position};
use super::{Agent, FeedbackKey, Fold, Status};

const REGISTRY: Address = Address::repeat_byte(0x80);
const REPUTATION: Address = Address::repeat_byte(0x81);
const AN: Address = Address::repeat_byte(0xa1);
const BO: Address = Address::repeat_byte(0xb0);
const CY: Address = Address::repeat_byte(0xc1);

/// Events of agent 0, each in a transaction of its own unless it says otherwise.
#[derive(Default)]
struct Story {
    fold: Fold,
    log: u32,
    transaction: u8,
}

impl Story {
    fn then(&mut self, event: Event) -> Position {
        self.transaction += 1;
        self.and(event)
    }

    /// In the same transaction.
    fn and(&mut self, event: Event) -> Position {
        let at = Position {
            block: 7,
            log: self.log,
        };
        self.log += 1;
        let reputation = matches!(
            event,
            Event::NewFeedback(_) | Event::FeedbackRevoked { .. } | Event::ResponseAppended { .. }
        );
        self.fold.push(EventLog {
            at,
            time_s: 1_000 + u64::from(at.log),
            transaction_hash: B256::repeat_byte(self.transaction),
            emitter: if reputation { REPUTATION } else { REGISTRY },
            registry: REGISTRY,
            event,
        });
        at
    }

    fn agent(&self) -> &Agent {
        let key = AgentKey {
            registry: REGISTRY,
            agent_id: U256::ZERO,
        };
        &self.fold.agents[self.fold.slot(key).expect("the agent was seen")]
    }
}

fn transfer(from: Address, to: Address) -> Event {
    Event::Transfer {
        agent_id: U256::ZERO,
        from,
        to,
    }
}

fn registered(owner: Address, uri: &str) -> Event {
    Event::Registered {
        agent_id: U256::ZERO,
        uri: uri.to_owned(),
        owner,
    }
}

fn wallet(value: &[u8]) -> Event {
    metadata("agentWallet", value)
}

fn metadata(key: &str, value: &[u8]) -> Event {
    Event::MetadataSet {
        agent_id: U256::ZERO,
        key_hash: keccak256(key),
        is_wallet: key == "agentWallet",
        key: key.to_owned(),
        value: Bytes::copy_from_slice(value),
    }
}

fn rated(client: Address, index: u64, value: i128) -> Event {
    Event::NewFeedback(Box::new(NewFeedback {
        agent_id: U256::ZERO,
        client,
        index,
        value,
        decimals: 0,
        tag1: "starred".to_owned(),
        tag2: String::new(),
        endpoint: String::new(),
        uri: String::new(),
        hash: B256::ZERO,
    }))
}

fn revoked(client: Address, index: u64) -> Event {
    Event::FeedbackRevoked {
        agent_id: U256::ZERO,
        client,
        index,
    }
}

/// What `register` emits.
fn register(story: &mut Story, owner: Address) -> Position {
    let minted = story.then(transfer(Address::ZERO, owner));
    story.and(registered(owner, "ipfs://x"));
    story.and(wallet(owner.as_slice()));
    minted
}

#[test]
fn the_wallet_of_a_registration_counts_from_the_mint() {
    let mut story = Story::default();
    let minted = register(&mut story, AN);
    let agent = story.agent();
    assert_eq!(agent.status, Status::Registered);
    assert_eq!(agent.wallet.holder(), Some(AN));
    assert_eq!(agent.wallet.spans().len(), 1);
    assert_eq!(agent.wallet.spans()[0].from, minted);
}

#[test]
fn a_transfer_in_the_mints_callback_outlives_what_is_emitted_after_it() {
    let mut story = Story::default();
    story.then(transfer(Address::ZERO, AN));
    story.and(wallet(&[]));
    let moved = story.and(transfer(AN, BO));
    story.and(registered(AN, ""));
    story.and(wallet(AN.as_slice()));
    let agent = story.agent();
    assert_eq!(agent.owner.holder(), Some(BO));
    assert_eq!(agent.owner.spans()[1].from, moved);
    assert_eq!(agent.wallet.holder(), None);
}

#[test]
fn a_wallet_set_later_in_the_transaction_of_the_registration_counts() {
    let mut story = Story::default();
    register(&mut story, AN);
    story.and(wallet(CY.as_slice()));
    assert_eq!(story.agent().wallet.holder(), Some(CY));
}

#[test]
fn a_registration_without_a_transfer_names_owner_and_wallet() {
    let mut story = Story::default();
    story.then(registered(AN, "https://agent.example"));
    let agent = story.agent();
    assert_eq!(
        (agent.owner.holder(), agent.wallet.holder()),
        (Some(AN), Some(AN))
    );
    assert_eq!(agent.status, Status::Registered);
}

#[test]
fn a_transfer_clears_wallet_and_approval() {
    let mut story = Story::default();
    register(&mut story, AN);
    story.then(Event::Approval {
        agent_id: U256::ZERO,
        approved: CY,
    });
    let sold = story.then(transfer(AN, BO));
    let agent = story.agent();
    assert_eq!(agent.owner.holder(), Some(BO));
    assert_eq!(
        (agent.wallet.holder(), agent.approved.holder()),
        (None, None)
    );
    assert_eq!(agent.approved.spans()[0].to, Some(sold));
}

#[test]
fn an_agent_seen_by_another_event_only_is_incomplete() {
    for event in [
        Event::UriUpdated {
            agent_id: U256::ZERO,
            uri: "x".to_owned(),
        },
        metadata("color", b"blue"),
        rated(AN, 1, 80),
    ] {
        let mut story = Story::default();
        story.then(event);
        assert_eq!(story.agent().status, Status::Incomplete);
    }
}

#[test]
fn register_without_a_uri_leaves_the_one_that_the_callback_set() {
    let mut story = Story::default();
    story.then(transfer(Address::ZERO, AN));
    story.and(Event::UriUpdated {
        agent_id: U256::ZERO,
        uri: "ipfs://callback".to_owned(),
    });
    story.and(registered(AN, ""));
    assert_eq!(story.agent().uri.as_deref(), Some("ipfs://callback"));
}

#[test]
fn revoking_counts_out_once() {
    let mut story = Story::default();
    story.then(rated(AN, 1, 90));
    story.then(rated(AN, 2, 10));
    story.then(rated(BO, 1, 50));
    story.then(revoked(AN, 1));
    story.then(revoked(AN, 1));
    story.then(revoked(CY, 1));
    let stats = story.agent().stats;
    assert_eq!((stats.feedback, stats.revoked, stats.clients), (2, 1, 2));
    assert_eq!((stats.starred.positive, stats.starred.negative), (0, 1));
    assert_eq!(stats.starred.sum, 60 * 10_i128.pow(18));
    let tag = story.agent().tags.values().next().expect("one row of tags");
    assert_eq!(
        (tag.feedback, tag.revoked, tag.sum.to_string()),
        (2, 1, "60".to_owned())
    );
}

#[test]
fn an_index_given_twice_keeps_the_first_value() {
    let mut story = Story::default();
    story.then(rated(AN, 1, 90));
    story.then(rated(AN, 1, 10));
    let key = FeedbackKey {
        agent: 0,
        registry: REPUTATION,
        client: AN,
        index: 1,
    };
    assert_eq!(story.fold.feedback[&key].value, 90);
    assert_eq!(story.agent().stats.feedback, 1);
}

#[test]
fn an_agent_is_suspended_until_it_is_restored() {
    let suspended = || Event::AgentSuspended {
        agent_id: U256::ZERO,
    };
    let restored = || Event::AgentRestored {
        agent_id: U256::ZERO,
    };
    let mut story = Story::default();
    register(&mut story, AN);
    story.then(suspended());
    for later in [transfer(AN, BO), rated(CY, 1, 80), wallet(&[])] {
        story.then(later);
        assert_eq!(story.agent().status, Status::Suspended);
    }
    story.then(restored());
    assert_eq!(story.agent().status, Status::Registered);

    let mut unseen = Story::default();
    unseen.then(suspended());
    unseen.then(restored());
    assert_eq!(unseen.agent().status, Status::Incomplete);
    unseen.then(suspended());
    register(&mut unseen, AN);
    assert_eq!(unseen.agent().status, Status::Suspended);
}

#[test]
fn an_operator_that_comes_and_goes_leaves_two_stretches() {
    let mut story = Story::default();
    for approved in [true, true, false, false, true] {
        story.then(Event::ApprovalForAll {
            owner: AN,
            operator: BO,
            approved,
        });
    }
    let seat = story.fold.operators.values().next().expect("one operator");
    let open: Vec<bool> = seat.spans().iter().map(|span| span.to.is_none()).collect();
    assert_eq!(open, [false, true]);
}
