//! Feedback, its revocation, and what others answered.

use alloy_primitives::{Address, B256};
use uuid::Uuid;

use super::super::Position;
use super::super::events::NewFeedback;
use super::stats::count_tag;
use super::{Fold, feedback_uuid};

/// Which feedback, within one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedbackKey {
    /// The rated agent's slot in the fold.
    pub agent: usize,
    /// The reputation registry.
    pub registry: Address,
    /// Who rated.
    pub client: Address,
    /// Counts from 1 for each agent and client.
    pub index: u64,
}

/// By what an event finds feedback that was handed in here, within one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandedInKey {
    /// The rated agent's slot in the fold.
    pub agent: usize,
    /// The reputation registry.
    pub registry: Address,
    /// Who rated.
    pub client: Address,
    /// Keccak-256 of the file.
    pub hash: B256,
}

/// Feedback that was handed in here and is not on chain. Its hash binds the client to these words; an event with that
/// hash and other words is another feedback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedIn {
    /// Its UUID.
    pub id: Uuid,
    /// The value in units of `10^-decimals`.
    pub value: i128,
    /// The value's scale.
    pub decimals: u8,
    /// What is rated.
    pub tag1: String,
    /// A qualifier of it.
    pub tag2: String,
}

/// A revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The log.
    pub at: Position,
    /// Seconds since 1970.
    pub time_s: u64,
}

/// Feedback as loaded or new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Its UUID.
    pub id: Uuid,
    /// The value in units of `10^-decimals`.
    pub value: i128,
    /// The value's scale.
    pub decimals: u8,
    /// What is rated.
    pub tag1: String,
    /// A qualifier of it.
    pub tag2: String,
    /// What only new feedback carries; a stored one has it in its row.
    pub new: Option<NewRow>,
    /// Whether it was revoked when it was loaded.
    pub was_revoked: bool,
    /// Its revocation by one of these events.
    pub revoked: Option<Revoked>,
}

/// The rest of a new feedback's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRow {
    /// The endpoint that was used.
    pub endpoint: String,
    /// The file that says more.
    pub uri: String,
    /// Its hash.
    pub hash: B256,
    /// The log.
    pub at: Position,
    /// Seconds since 1970.
    pub time_s: u64,
    /// The transaction.
    pub transaction_hash: B256,
    /// Whether its row is there, because it was handed in here.
    pub was_handed_in: bool,
}

/// An agent's client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Whether the tables have it.
    pub stored: bool,
    /// Its feedback that is not revoked.
    pub count: i64,
    /// The highest index that was seen of it: what is above is new for sure.
    pub last_index: u64,
    /// Whether any of this changed.
    pub changed: bool,
}

/// An answer to feedback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The feedback's UUID.
    pub feedback: Uuid,
    /// The log.
    pub at: Position,
    /// Seconds since 1970.
    pub time_s: u64,
    /// The transaction.
    pub transaction_hash: B256,
    /// Who answers: anyone.
    pub responder: Address,
    /// The answer's file.
    pub uri: String,
    /// Its hash.
    pub hash: B256,
}

impl Fold {
    pub(super) fn new_feedback(
        &mut self,
        slot: usize,
        registry: Address,
        at: Position,
        time_s: u64,
        transaction_hash: B256,
        event: NewFeedback,
    ) {
        let NewFeedback {
            agent_id,
            client,
            index,
            value,
            decimals,
            ..
        } = event;
        let key = FeedbackKey {
            agent: slot,
            registry,
            client,
            index,
        };
        if self.feedback.contains_key(&key) {
            // No contract that keeps to the ERC gives an index twice: the first one stands.
            return;
        }
        let handed_in = self.take_handed_in(slot, registry, &event);
        let agent = &mut self.agents[slot];
        let stats = &mut agent.stats;
        stats.off_chain -= i64::from(handed_in.is_some());
        stats.count(1, value, decimals, &event.tag1, &event.tag2);
        stats.last_feedback_s = stats.last_feedback_s.max(Some(time_s));
        count_tag(
            &mut agent.tags,
            1,
            value,
            decimals,
            &event.tag1,
            &event.tag2,
        );
        let rater = self.clients.entry((slot, client)).or_default();
        rater.count += 1;
        rater.last_index = rater.last_index.max(index);
        rater.changed = true;
        stats.clients += i64::from(rater.count == 1);
        stats.client_max = stats.client_max.max(rater.count);
        let was_handed_in = handed_in.is_some();
        let id = handed_in
            .unwrap_or_else(|| feedback_uuid(self.chain_id, registry, agent_id, client, index));
        let NewFeedback {
            tag1,
            tag2,
            endpoint,
            uri,
            hash,
            ..
        } = event;
        let new = Some(NewRow {
            endpoint,
            uri,
            hash,
            at,
            time_s,
            transaction_hash,
            was_handed_in,
        });
        let feedback = Feedback {
            id,
            value,
            decimals,
            tag1,
            tag2,
            new,
            was_revoked: false,
            revoked: None,
        };
        self.feedback.insert(key, feedback);
    }

    /// The row that was handed in here for this event, which no other event gets then.
    fn take_handed_in(
        &mut self,
        agent: usize,
        registry: Address,
        event: &NewFeedback,
    ) -> Option<Uuid> {
        let key = HandedInKey {
            agent,
            registry,
            client: event.client,
            hash: event.hash,
        };
        let words = |one: &HandedIn| {
            (one.value, one.decimals) == (event.value, event.decimals)
                && (&one.tag1, &one.tag2) == (&event.tag1, &event.tag2)
        };
        self.handed_in.get(&key).filter(|one| words(one))?;
        self.handed_in.remove(&key).map(|one| one.id)
    }

    pub(super) fn feedback_revoked(&mut self, key: FeedbackKey, revoked: Revoked) {
        // Feedback that was never seen (a dump that starts late) has nothing to count out.
        let Some(feedback) = self.feedback.get_mut(&key) else {
            return;
        };
        if feedback.was_revoked || feedback.revoked.is_some() {
            return;
        }
        feedback.revoked = Some(revoked);
        let Feedback {
            value,
            decimals,
            tag1,
            tag2,
            ..
        } = feedback;
        let agent = &mut self.agents[key.agent];
        let stats = &mut agent.stats;
        stats.count(-1, *value, *decimals, tag1, tag2);
        stats.revoked += 1;
        count_tag(&mut agent.tags, -1, *value, *decimals, tag1, tag2);
        let rater = self.clients.entry((key.agent, key.client)).or_default();
        rater.count -= 1;
        rater.changed = true;
        stats.clients -= i64::from(rater.count == 0);
        stats.client_max_fell = true;
    }

    pub(super) fn response_appended(
        &mut self,
        key: FeedbackKey,
        response: impl FnOnce(Uuid) -> Response,
    ) {
        let Some(feedback) = self.feedback.get(&key) else {
            return;
        };
        self.responses.push(response(feedback.id));
        self.agents[key.agent].stats.responses += 1;
    }
}
