//! Calls to the reputation registry: `giveFeedback` and `revokeFeedback` of ERC-8004.

use alloy::sol_types::SolCall as _;
use alloy_primitives::{B256, U256};

use super::request::NewFeedback;
use super::store::Subject;
use crate::chain::abi::AgentReputationRegistry as Registry;
use crate::chain::transaction::{Work, count, text_slots};

/// The value, the client's last index, and the list of clients with its two entries, with one to spare.
const SLOTS: u64 = 5;
/// The words of the event that are no text: its fixed fields, and an offset and a length for each text.
const EVENT_WORDS: usize = 14;

/// The data of `giveFeedback`, and what the registry does then.
pub(super) fn give(
    subject: &Subject,
    said: &NewFeedback,
    uri: &str,
    hash: B256,
) -> (Vec<u8>, Work) {
    let call = Registry::giveFeedbackCall {
        agentId: subject.agent_id.into(),
        value: said.value.get(),
        valueDecimals: said.value_decimals,
        tag1: said.tag1.clone(),
        tag2: said.tag2.clone(),
        endpoint: said.endpoint.clone(),
        feedbackURI: uri.to_owned(),
        feedbackHash: hash,
    };
    let texts = [&said.tag1, &said.tag2, &said.endpoint, uri];
    let logged: usize = texts
        .iter()
        .map(|text| text.len().next_multiple_of(32))
        .sum();
    let work = Work {
        slots: SLOTS + text_slots(said.tag1.len()) + text_slots(said.tag2.len()),
        events: 1,
        event_bytes: count(EVENT_WORDS * 32 + logged),
    };
    (call.abi_encode(), work)
}

/// The data of `revokeFeedback`, and what the registry does then.
pub(in crate::feedback) fn revoke(agent_id: U256, index: u64) -> (Vec<u8>, Work) {
    let call = Registry::revokeFeedbackCall {
        agentId: agent_id,
        feedbackIndex: index,
    };
    let work = Work {
        slots: 1,
        events: 1,
        event_bytes: 0,
    };
    (call.abi_encode(), work)
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;
    use crate::chain::transaction::gas_bound;

    fn said(body: &str) -> NewFeedback {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn the_calls_are_those_of_the_registry() {
        let (give, _) = give(
            &Subject::for_testing(),
            &said(r#"{"value": "1"}"#),
            "",
            B256::ZERO,
        );
        assert_eq!(hex::encode(&give[..4]), "3c036a7e");
        let (revoke, _) = revoke(U256::ZERO, 1);
        assert_eq!(hex::encode(&revoke[..4]), "4ab3ca99");
    }

    /// `contracts/snapshots/receipts.json`: what feedback costs with our registry.
    #[test]
    fn the_bound_is_above_what_feedback_costs() {
        let body = r#"{"value": "87", "tag1": "starred"}"#;
        let (data, work) = give(&Subject::for_testing(), &said(body), "", B256::ZERO);
        let bound = gas_bound(&data, work);
        assert!((124_643..400_000).contains(&bound), "{bound}");
    }
}
