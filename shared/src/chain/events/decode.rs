//! The decoder. It accepts what Solidity would and nothing less: an integer with bits above its
//! width or an address with bits above its 160 is malformed. Text is bytes first: invalid UTF-8
//! and NUL become U+FFFD, because the tables hold neither and the event is worth keeping.

use alloy::sol_types::SolType;
use alloy::sol_types::sol_data::{Bool, Bytes as Blob, FixedBytes, Int, Uint};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

use super::super::registry::RegistryKind;
use super::{Event, EventKind, NewFeedback};

const WALLET_KEY: &[u8] = b"agentWallet";

/// Decodes one log of a registry. Total: whatever the topics and data, there is an event.
#[must_use]
pub fn decode(registry: RegistryKind, topics: &[B256], data: &[u8]) -> Event {
    let Some(kind) = topics
        .first()
        .and_then(|topic| EventKind::of(topic, registry))
    else {
        return Event::Other;
    };
    let topics = &topics[1..];
    let event = match registry {
        RegistryKind::Identity => identity(kind, topics, data),
        RegistryKind::Reputation => reputation(kind, topics, data),
        RegistryKind::Validation => validation(kind, topics, data),
    };
    event.unwrap_or(Event::Malformed)
}

fn identity(kind: EventKind, topics: &[B256], data: &[u8]) -> Option<Event> {
    match (kind, topics) {
        (EventKind::Registered, [id, owner]) => {
            let (uri,) = <(Blob,)>::abi_decode_sequence_validate(data).ok()?;
            Some(Event::Registered {
                agent_id: number(id),
                uri: text(&uri),
                owner: address(owner)?,
            })
        }
        (EventKind::UriUpdated, [id, by]) => {
            address(by)?;
            let (uri,) = <(Blob,)>::abi_decode_sequence_validate(data).ok()?;
            Some(Event::UriUpdated {
                agent_id: number(id),
                uri: text(&uri),
            })
        }
        (EventKind::MetadataSet, [id, _]) => {
            let (key, value) = <(Blob, Blob)>::abi_decode_sequence_validate(data).ok()?;
            Some(Event::MetadataSet {
                agent_id: number(id),
                // Of the key itself: the topic is the emitter's word.
                key_hash: keccak256(&key),
                is_wallet: *key == *WALLET_KEY,
                key: text(&key),
                value,
            })
        }
        (EventKind::Transfer, [from, to, id]) if data.is_empty() => Some(Event::Transfer {
            agent_id: number(id),
            from: address(from)?,
            to: address(to)?,
        }),
        (EventKind::Approval, [owner, approved, id]) if data.is_empty() => {
            address(owner)?;
            Some(Event::Approval {
                agent_id: number(id),
                approved: address(approved)?,
            })
        }
        (EventKind::ApprovalForAll, [owner, operator]) => {
            let approved = Bool::abi_decode_validate(data).ok()?;
            let (owner, operator) = (address(owner)?, address(operator)?);
            Some(Event::ApprovalForAll {
                owner,
                operator,
                approved,
            })
        }
        (EventKind::AgentSuspended | EventKind::AgentRestored, [id, by]) if data.is_empty() => {
            address(by)?;
            let agent_id = number(id);
            Some(if kind == EventKind::AgentSuspended {
                Event::AgentSuspended { agent_id }
            } else {
                Event::AgentRestored { agent_id }
            })
        }
        _ => None,
    }
}

type Rating = (
    Uint<64>,
    Int<128>,
    Uint<8>,
    Blob,
    Blob,
    Blob,
    Blob,
    FixedBytes<32>,
);

fn reputation(kind: EventKind, topics: &[B256], data: &[u8]) -> Option<Event> {
    match (kind, topics) {
        (EventKind::NewFeedback, [id, client, _]) => {
            let (index, value, decimals, tag1, tag2, endpoint, uri, hash) =
                Rating::abi_decode_sequence_validate(data).ok()?;
            Some(Event::NewFeedback(Box::new(NewFeedback {
                agent_id: number(id),
                client: address(client)?,
                index,
                value,
                decimals,
                tag1: text(&tag1),
                tag2: text(&tag2),
                endpoint: text(&endpoint),
                uri: text(&uri),
                hash,
            })))
        }
        (EventKind::FeedbackRevoked, [id, client, index]) if data.is_empty() => {
            let index = u64::try_from(number(index)).ok()?;
            Some(Event::FeedbackRevoked {
                agent_id: number(id),
                client: address(client)?,
                index,
            })
        }
        (EventKind::ResponseAppended, [id, client, responder]) => {
            let (index, uri, hash) =
                <(Uint<64>, Blob, FixedBytes<32>)>::abi_decode_sequence_validate(data).ok()?;
            Some(Event::ResponseAppended {
                agent_id: number(id),
                client: address(client)?,
                index,
                responder: address(responder)?,
                uri: text(&uri),
                hash,
            })
        }
        _ => None,
    }
}

type Verdict = (Uint<8>, Blob, FixedBytes<32>, Blob);

fn validation(kind: EventKind, topics: &[B256], data: &[u8]) -> Option<Event> {
    let [validator, id, request_hash] = topics else {
        return None;
    };
    let (validator, agent_id, request_hash) = (address(validator)?, number(id), *request_hash);
    match kind {
        EventKind::ValidationRequest => {
            let (uri,) = <(Blob,)>::abi_decode_sequence_validate(data).ok()?;
            Some(Event::ValidationRequest {
                agent_id,
                validator,
                uri: text(&uri),
                request_hash,
            })
        }
        EventKind::ValidationResponse => {
            let (response, uri, hash, tag) = Verdict::abi_decode_sequence_validate(data).ok()?;
            Some(Event::ValidationResponse {
                agent_id,
                validator,
                request_hash,
                response,
                uri: text(&uri),
                hash,
                tag: text(&tag),
            })
        }
        _ => None,
    }
}

fn number(topic: &B256) -> U256 {
    U256::from_be_bytes(topic.0)
}

fn address(topic: &B256) -> Option<Address> {
    topic[..12]
        .iter()
        .all(|byte| *byte == 0)
        .then(|| Address::from_word(*topic))
}

fn text(bytes: &Bytes) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.contains('\0') {
        text.replace('\0', "\u{FFFD}")
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{b256, hex};

    use super::*;

    const REGISTERED: B256 =
        b256!("0xca52e62c367d81bb2e328eb795f7c7ba24afb478408a26c0e201d155c449bc4a");

    fn word(number: u64) -> B256 {
        B256::from(U256::from(number))
    }

    fn uri(bytes: &[u8]) -> Vec<u8> {
        <(Blob,)>::abi_encode_sequence(&(Bytes::copy_from_slice(bytes),))
    }

    #[test]
    fn a_registration_with_text_that_is_not_utf8_keeps_what_is_readable() {
        let event = decode(
            RegistryKind::Identity,
            &[REGISTERED, word(7), word(9)],
            &uri(b"a\xff\0b"),
        );
        assert_eq!(
            event,
            Event::Registered {
                agent_id: U256::from(7),
                uri: "a\u{FFFD}\u{FFFD}b".into(),
                owner: Address::from_word(word(9)),
            }
        );
    }

    #[test]
    fn topics_that_the_event_cannot_have_are_malformed() {
        let dirty = b256!("0x0100000000000000000000000000000000000000000000000000000000000009");
        for topics in [
            vec![REGISTERED],
            vec![REGISTERED, word(7)],
            vec![REGISTERED, word(7), dirty],
        ] {
            assert_eq!(
                decode(RegistryKind::Identity, &topics, &uri(b"x")),
                Event::Malformed
            );
        }
    }

    #[test]
    fn truncated_data_is_malformed() {
        let data = uri(b"https://agent.example/registration.json");
        for length in 0..data.len() - 32 {
            let event = decode(
                RegistryKind::Identity,
                &[REGISTERED, word(7), word(9)],
                &data[..length],
            );
            assert_eq!(
                event,
                Event::Malformed,
                "{length} bytes: {}",
                hex::encode(&data[..length])
            );
        }
    }

    #[test]
    fn an_event_of_another_registry_is_none_of_ours() {
        let topics = [REGISTERED, word(7), word(9)];
        assert_eq!(
            decode(RegistryKind::Reputation, &topics, &uri(b"x")),
            Event::Other
        );
        assert_eq!(decode(RegistryKind::Identity, &[], &[]), Event::Other);
    }
}
