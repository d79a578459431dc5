//! What the logs tell, folded a second time: plainly, in memory, from the ABI alone. It shares no
//! line with the fold that it is held against.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, hex};
use alloy::sol_types::SolEvent as _;
use sqlx::PgConnection;

use super::chain::{Chain, Log};
use super::contracts::abi;

/// A block and a log's index in it.
type At = (u64, usize);

/// Who sat where, from when to when.
#[derive(Default)]
struct Seat(Vec<(Address, At, Option<At>)>);

impl Seat {
    fn give(&mut self, to: Address, at: At) {
        let last = self.0.last_mut().filter(|(_, _, end)| end.is_none());
        if last
            .as_ref()
            .map_or(Address::ZERO, |(holder, _, _)| *holder)
            == to
        {
            return;
        }
        if let Some((_, _, end)) = last {
            *end = Some(at);
        }
        if !to.is_zero() {
            self.0.push((to, at, None));
        }
    }

    fn tell(&self, whose: &str, rows: &mut Vec<String>) {
        for (holder, from, to) in &self.0 {
            let (holder, from) = (hex::encode(holder), place(*from));
            let to = to.map_or("-".to_owned(), place);
            rows.push(format!("{whose} {holder} {from} {to}"));
        }
    }
}

#[derive(Default)]
struct Agent {
    owner: Seat,
    wallet: Seat,
    approved: Seat,
    registered: Option<At>,
    first_block: u64,
    last_block: u64,
}

struct Rating {
    words: String,
    at: At,
    revoked: Option<At>,
}

struct Request {
    words: String,
    verdicts: Vec<(At, String)>,
}

#[derive(Default)]
struct Reckoning {
    agents: BTreeMap<u64, Agent>,
    operators: BTreeMap<(Address, Address), Seat>,
    ratings: BTreeMap<(u64, Address, u64), Rating>,
    responses: Vec<String>,
    requests: BTreeMap<B256, Request>,
    /// The agent that was registered by the log before, whose wallet the next one repeats.
    just_registered: Option<u64>,
}

/// Fails where the tables tell another history than the chain's logs.
pub async fn assert_follows(connection: &mut PgConnection, chain: &Chain, about: &str) {
    let mut reckoning = Reckoning::default();
    for block in &chain.blocks {
        let mut index = 0;
        for transaction in &block.transactions {
            reckoning.just_registered = None;
            for log in transaction {
                reckoning.read(log, (block.number, index));
                index += 1;
            }
        }
    }
    let told = reckoning.rows();
    for (name, query) in QUERIES {
        let mut stored: Vec<String> = sqlx::query_scalar(query)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        stored.sort();
        pretty_assertions::assert_eq!(stored, told[name], "{about}: {name}");
    }
}

impl Reckoning {
    fn read(&mut self, log: &Log, at: At) {
        let repeated = self.just_registered.take();
        match log.topics[0] {
            abi::Registered::SIGNATURE_HASH => {
                let event: abi::Registered = decode(log);
                let id = event.agentId.to::<u64>();
                self.agent(id, at).registered.get_or_insert(at);
                self.just_registered = Some(id);
            }
            abi::URIUpdated::SIGNATURE_HASH => {
                let event: abi::URIUpdated = decode(log);
                self.agent(event.agentId.to(), at);
            }
            abi::MetadataSet::SIGNATURE_HASH => {
                let event: abi::MetadataSet = decode(log);
                let id = event.agentId.to::<u64>();
                let agent = self.agent(id, at);
                if event.metadataKey == "agentWallet" && repeated != Some(id) {
                    let wallet = Address::try_from(&event.metadataValue[..]);
                    agent.wallet.give(wallet.unwrap_or_default(), at);
                }
            }
            abi::Transfer::SIGNATURE_HASH => {
                let event: abi::Transfer = decode(log);
                let agent = self.agent(event.tokenId.to(), at);
                agent.owner.give(event.to, at);
                let wallet = if event.from.is_zero() {
                    event.to
                } else {
                    Address::ZERO
                };
                agent.wallet.give(wallet, at);
                agent.approved.give(Address::ZERO, at);
            }
            abi::Approval::SIGNATURE_HASH => {
                let event: abi::Approval = decode(log);
                self.agent(event.tokenId.to(), at)
                    .approved
                    .give(event.approved, at);
            }
            abi::ApprovalForAll::SIGNATURE_HASH => {
                let event: abi::ApprovalForAll = decode(log);
                let holder = if event.approved {
                    event.operator
                } else {
                    Address::ZERO
                };
                let seat = self
                    .operators
                    .entry((event.owner, event.operator))
                    .or_default();
                seat.give(holder, at);
            }
            abi::AgentSuspended::SIGNATURE_HASH => {
                let event: abi::AgentSuspended = decode(log);
                self.agent(event.agentId.to(), at);
            }
            abi::AgentRestored::SIGNATURE_HASH => {
                let event: abi::AgentRestored = decode(log);
                self.agent(event.agentId.to(), at);
            }
            _ => self.read_opinion(log, at),
        }
    }

    fn read_opinion(&mut self, log: &Log, at: At) {
        match log.topics[0] {
            abi::NewFeedback::SIGNATURE_HASH => {
                let event: abi::NewFeedback = decode(log);
                let words = format!(
                    "{} {} {}/{} {} {} {}",
                    event.value,
                    event.valueDecimals,
                    event.tag1,
                    event.tag2,
                    event.endpoint,
                    event.feedbackURI,
                    hex::encode(event.feedbackHash)
                );
                let key = (event.agentId.to(), event.clientAddress, event.feedbackIndex);
                let rating = Rating {
                    words,
                    at,
                    revoked: None,
                };
                assert!(self.ratings.insert(key, rating).is_none(), "an index twice");
            }
            abi::FeedbackRevoked::SIGNATURE_HASH => {
                let event: abi::FeedbackRevoked = decode(log);
                let key = (event.agentId.to(), event.clientAddress, event.feedbackIndex);
                self.ratings.get_mut(&key).unwrap().revoked = Some(at);
            }
            abi::ResponseAppended::SIGNATURE_HASH => {
                let event: abi::ResponseAppended = decode(log);
                self.responses.push(format!(
                    "{} {} {} {} {} {}",
                    event.agentId,
                    hex::encode(event.clientAddress),
                    event.feedbackIndex,
                    hex::encode(event.responder),
                    event.responseURI,
                    place(at)
                ));
            }
            abi::ValidationRequest::SIGNATURE_HASH => {
                let event: abi::ValidationRequest = decode(log);
                let words = format!(
                    "{} {} {} {}",
                    event.agentId,
                    hex::encode(event.validatorAddress),
                    event.requestURI,
                    place(at)
                );
                let request = Request {
                    words,
                    verdicts: Vec::new(),
                };
                self.requests.insert(event.requestHash, request);
            }
            abi::ValidationResponse::SIGNATURE_HASH => {
                let event: abi::ValidationResponse = decode(log);
                let words = format!("{} {} {}", event.response, event.responseURI, event.tag);
                let request = self.requests.get_mut(&event.requestHash).unwrap();
                request.verdicts.push((at, words));
            }
            other => panic!("{other} is no event of the model"),
        }
    }

    /// The agent that a log of its identity registry is about.
    fn agent(&mut self, id: u64, at: At) -> &mut Agent {
        let agent = self.agents.entry(id).or_insert_with(|| Agent {
            first_block: at.0,
            ..Agent::default()
        });
        agent.last_block = at.0;
        agent
    }

    fn rows(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut rows: BTreeMap<&'static str, Vec<String>> = QUERIES
            .iter()
            .map(|(name, _)| (*name, Vec::new()))
            .collect();
        let mut add = |name: &'static str, row: String| rows.get_mut(name).unwrap().push(row);
        let mut clients: BTreeMap<(u64, Address), (u64, u64)> = BTreeMap::new();
        let mut last: BTreeMap<u64, u64> = BTreeMap::new();
        for ((agent, client, index), rating) in &self.ratings {
            let revoked = rating.revoked.map_or("-".to_owned(), place);
            let (who, at) = (hex::encode(client), place(rating.at));
            add(
                "feedback",
                format!("{agent} {who} {index} {} {at} {revoked}", rating.words),
            );
            let (live, highest) = clients.entry((*agent, *client)).or_default();
            *live += u64::from(rating.revoked.is_none());
            *highest = (*highest).max(*index);
            let block = last.entry(*agent).or_default();
            *block = (*block).max(rating.at.0);
        }
        for ((agent, client), (live, highest)) in clients {
            add(
                "clients",
                format!("{agent} {} {live} {highest}", hex::encode(client)),
            );
        }
        for (agent, block) in last {
            add("latest feedback", format!("{agent} {block}"));
        }
        for (hash, request) in &self.requests {
            let hash = hex::encode(hash);
            let latest = request.verdicts.last();
            let latest = latest.map_or("-".to_owned(), |(at, words)| format!("{words} {}", at.0));
            add(
                "validations",
                format!(
                    "{hash} {} {} {latest}",
                    request.words,
                    request.verdicts.len()
                ),
            );
            for (at, words) in &request.verdicts {
                add("verdicts", format!("{hash} {} {words}", place(*at)));
            }
        }
        for (id, agent) in &self.agents {
            let registered = agent.registered.map_or("-".to_owned(), place);
            let Agent {
                first_block,
                last_block,
                ..
            } = agent;
            add(
                "agents",
                format!("{id} {registered} {first_block} {last_block}"),
            );
        }
        rows.get_mut("responses")
            .unwrap()
            .clone_from(&self.responses);
        for (id, agent) in &self.agents {
            let id = id.to_string();
            agent.owner.tell(&id, rows.get_mut("owners").unwrap());
            agent.wallet.tell(&id, rows.get_mut("wallets").unwrap());
            agent.approved.tell(&id, rows.get_mut("approvals").unwrap());
        }
        for ((owner, _), seat) in &self.operators {
            seat.tell(&hex::encode(owner), rows.get_mut("operators").unwrap());
        }
        for rows in rows.values_mut() {
            rows.sort();
        }
        let distinct: BTreeSet<&String> = rows["owners"].iter().collect();
        assert_eq!(distinct.len(), rows["owners"].len());
        rows
    }
}

fn decode<T: alloy::sol_types::SolEvent>(log: &Log) -> T {
    T::decode_raw_log(log.topics.iter().copied(), &log.data).unwrap()
}

fn place((block, log): At) -> String {
    format!("{block}.{log}")
}

/// Each row as text; the model's blocks are 12 s apart.
const QUERIES: [(&str, &str); 12] = [
    (
        "agents",
        "SELECT concat_ws(' ', agent_id, coalesce(registered_block || '.' || registered_log, '-'),
                (extract(epoch FROM created_at)::bigint - 1700000000) / 12, updated_block)
         FROM agents",
    ),
    (
        "owners",
        "SELECT concat_ws(' ', a.agent_id, encode(s.owner, 'hex'), from_block || '.' || from_log,
                coalesce(to_block || '.' || to_log, '-'))
         FROM agent_owners s JOIN agents a ON a.id = s.agent",
    ),
    (
        "wallets",
        "SELECT concat_ws(' ', a.agent_id, encode(s.wallet, 'hex'), from_block || '.' || from_log,
                coalesce(to_block || '.' || to_log, '-'))
         FROM agent_wallets s JOIN agents a ON a.id = s.agent",
    ),
    (
        "approvals",
        "SELECT concat_ws(' ', a.agent_id, encode(s.approved, 'hex'), from_block || '.' || from_log,
                coalesce(to_block || '.' || to_log, '-'))
         FROM agent_approvals s JOIN agents a ON a.id = s.agent",
    ),
    (
        "operators",
        "SELECT concat_ws(' ', encode(owner, 'hex'), encode(operator, 'hex'),
                from_block || '.' || from_log, coalesce(to_block || '.' || to_log, '-'))
         FROM owner_operators",
    ),
    (
        "feedback",
        "SELECT concat_ws(' ', a.agent_id, encode(client, 'hex'), feedback_index, value,
                value_decimals, tag1 || '/' || tag2, endpoint, feedback_uri,
                encode(feedback_hash, 'hex'), block_number || '.' || log_index,
                coalesce(revoked_block || '.' || revoked_log, '-'))
         FROM feedback f JOIN agents a ON a.id = f.agent",
    ),
    (
        "clients",
        "SELECT concat_ws(' ', a.agent_id, encode(client, 'hex'), feedback_count, last_index)
         FROM agent_client_stats c JOIN agents a ON a.id = c.agent",
    ),
    (
        "latest feedback",
        "SELECT concat_ws(' ', a.agent_id,
                (extract(epoch FROM last_feedback_at)::bigint - 1700000000) / 12)
         FROM agent_stats s JOIN agents a ON a.id = s.agent WHERE last_feedback_at IS NOT NULL",
    ),
    (
        "responses",
        "SELECT concat_ws(' ', a.agent_id, encode(f.client, 'hex'), f.feedback_index,
                encode(responder, 'hex'), response_uri, r.block_number || '.' || r.log_index)
         FROM feedback_responses r JOIN feedback f ON f.id = r.feedback
         JOIN agents a ON a.id = f.agent",
    ),
    (
        "validations",
        "SELECT concat_ws(' ', encode(request_hash, 'hex'), a.agent_id, encode(validator, 'hex'),
                request_uri, requested_block || '.' || requested_log, response_count,
                CASE WHEN response IS NULL THEN '-'
                     ELSE concat_ws(' ', response, response_uri, tag, responded_block) END)
         FROM validations v JOIN agents a ON a.id = v.agent",
    ),
    (
        "verdicts",
        "SELECT concat_ws(' ', encode(request_hash, 'hex'), block_number || '.' || log_index,
                response, response_uri, tag)
         FROM validation_responses",
    ),
    ("malformed", "SELECT event FROM chain_events WHERE event IN ('malformed', 'other')"),
];
