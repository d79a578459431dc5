//! What is said of an agent, and what it was paid.

use std::collections::HashMap;

use super::agent::Agent;
use super::random::{Purpose, Random};
use super::words;
use super::world::{END, World};

/// Every so manieth feedback names a payment as its proof, as far as there are payments.
const PROVEN_EACH: u64 = 3;

/// Feedback.
#[derive(Debug)]
pub struct Feedback {
    /// Its number among all feedback.
    pub number: u64,
    /// Its id in our tables.
    pub id: [u8; 16],
    /// Which client gave it.
    pub client: u64,
    /// Its number among those of this client to this agent, from 1; none for feedback that is not on chain.
    pub index: Option<u64>,
    /// Base units.
    pub value: i64,
    /// The scale of the value.
    pub decimals: u8,
    /// What was measured.
    pub tag1: &'static str,
    /// What was measured, closer.
    pub tag2: &'static str,
    /// Its transaction.
    pub transaction: [u8; 32],
    /// The hash of its file.
    pub hash: [u8; 32],
    /// When it was given.
    pub at: u64,
    /// When it was revoked.
    pub revoked_at: Option<u64>,
    /// The payment that it names.
    pub proof: Option<Payment>,
}

/// A payment.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Its id in our tables.
    pub id: [u8; 16],
    /// Its transaction.
    pub transaction: [u8; 32],
    /// The block's hash, and the transaction that paid it back where it was.
    pub others: [[u8; 32]; 2],
    /// Whether it succeeded, failed, or was paid back.
    pub status: &'static str,
    /// Its token: the address, its name and its fraction digits; none for native value.
    pub token: Option<Token>,
    /// Base units.
    pub amount: u64,
}

/// A token: its address, what it is called, and its fraction digits.
pub type Token = ([u8; 20], &'static str, u8);

/// What agents of the seeded chain are paid in.
pub const TOKENS: [Token; 2] = [
    (*b"seeded token: dollar", "USDC", 6),
    (*b"seeded token: euro..", "EURC", 6),
];

/// All feedback to an agent, in the order in which it was given.
pub fn feedback(world: &World, agent: &Agent, mut take: impl FnMut(&Feedback)) {
    let (start, count) = world.feedback.get(agent.rank);
    let mut clients: Vec<u64> = Vec::new();
    let mut indexes: HashMap<u64, u64> = HashMap::new();
    for place in 0..count {
        let number = start + place;
        let mut random = world.random(Purpose::Feedback, number);
        let client = match usize::try_from(random.next()) {
            // Some come back.
            Ok(any) if !clients.is_empty() && random.in_percent(15) => clients[any % clients.len()],
            _ => random.below(world.clients()),
        };
        clients.push(client);
        let on_chain = random.below(500) > 0;
        let index = on_chain.then(|| {
            let index = indexes.entry(client).or_default();
            *index += 1;
            *index
        });
        let (tag1, tag2, value, decimals) = said(&mut random, agent.quality);
        let span = (END - agent.created).max(1);
        let at = agent.created + (span - 1) * (place + 1) / (count + 1);
        take(&Feedback {
            number,
            id: random.bytes(),
            client,
            index,
            value,
            decimals,
            tag1,
            tag2,
            transaction: random.bytes(),
            hash: random.bytes(),
            at,
            revoked_at: random.in_percent(2).then(|| (at + 3_600).min(END - 1)),
            proof: (place % PROVEN_EACH == 0)
                .then(|| payment(world, agent, place / PROVEN_EACH))
                .flatten(),
        });
    }
}

/// Both tags, the value and its scale.
fn said(random: &mut Random, quality: u64) -> (&'static str, &'static str, i64, u8) {
    let near = |random: &mut Random| (quality + random.below(21)).saturating_sub(10).min(100);
    let signed = |value: u64| i64::try_from(value).unwrap_or_default();
    match random.below(100) {
        0..=54 => ("starred", random.word(words::TAGS), signed(near(random)), 0),
        55..=66 => ("", "", signed(near(random)), 0),
        67..=76 => ("uptime", "", signed(9_000 + random.below(1_000)), 2),
        77..=84 => ("successRate", "", signed(near(random)), 0),
        85..=90 => ("responseTime", "", signed(20 + random.below(2_000)), 0),
        91..=94 => ("reachable", "", signed(random.below(2)), 0),
        95..=97 => (
            "revenues",
            random.word(words::TAGS),
            signed(random.below(100_000)),
            2,
        ),
        _ => (
            "tradingYield",
            random.word(words::TAGS),
            signed(random.below(400)) - 100,
            1,
        ),
    }
}

/// How many payments an agent has.
pub fn payments(world: &World, agent: &Agent) -> u64 {
    world.payments.get(agent.rank).1
}

/// A payment to an agent; none where it has fewer.
pub fn payment(world: &World, agent: &Agent, place: u64) -> Option<Payment> {
    let (start, count) = world.payments.get(agent.rank);
    if place >= count {
        return None;
    }
    let mut random = world.random(Purpose::Payment, start + place);
    let token = match random.below(20) {
        0..=2 => None,
        3..=6 => Some(TOKENS[1]),
        _ => Some(TOKENS[0]),
    };
    let cents = 1 + random.skewed(20_000);
    Some(Payment {
        id: random.bytes(),
        transaction: random.bytes(),
        others: [random.bytes(), random.bytes()],
        status: match random.below(100) {
            0..=3 => "failed",
            4..=5 => "refunded",
            _ => "succeeded",
        },
        // A cent is 10^4 base units of 6 digits; native value is a fraction of 10^18.
        amount: cents * token.map_or(1_000_000_000_000, |_| 10_000),
        token,
    })
}

/// The payers of an agent's payments and when they paid: whoever names a payment as proof has made it.
pub fn payers(world: &World, agent: &Agent) -> Vec<(u64, u64)> {
    let mut payers = Vec::new();
    let count = payments(world, agent);
    let mut place = 0;
    feedback(world, agent, |given| {
        if place % PROVEN_EACH == 0 && place / PROVEN_EACH < count {
            payers.push((
                given.client,
                given.at.saturating_sub(120).max(agent.created),
            ));
        }
        place += 1;
    });
    let mut random = world.random(Purpose::Payment, u64::MAX - agent.number);
    while payers.len() < usize::try_from(count).unwrap_or_default() {
        let at = agent.created + random.below((END - agent.created).max(1));
        payers.push((random.below(world.clients()), at));
    }
    payers
}
