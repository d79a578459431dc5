//! Whatever topics and data a contract emits: there is one event, whole or malformed, and no panic.

use alloy::sol_types::SolType as _;
use alloy::sol_types::sol_data::{Bytes as Blob, FixedBytes, Int, Uint};
use alloy_primitives::{B256, Bytes, U256};
use proptest::prelude::*;

use super::super::registry::RegistryKind;
use super::{Event, decode, emitter_of, topics};

const KINDS: [RegistryKind; 3] = [
    RegistryKind::Identity,
    RegistryKind::Reputation,
    RegistryKind::Validation,
];

/// Words that decoders trip over: offsets and lengths that are zero, tiny, at the end, or absurd.
fn word() -> impl Strategy<Value = [u8; 32]> {
    prop_oneof![
        any::<[u8; 32]>(),
        prop::sample::select(vec![0_u64, 1, 31, 32, 33, 64, 96, 256, 1 << 32, u64::MAX])
            .prop_map(|number| U256::from(number).to_be_bytes()),
        Just([0xff; 32]),
        Just((U256::MAX >> 1_usize).to_be_bytes()),
    ]
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..700),
        prop::collection::vec(word(), 0..24).prop_map(|words| words.concat()),
    ]
}

fn topic_list() -> impl Strategy<Value = Vec<B256>> {
    let first = prop_oneof![
        4 => prop::sample::select(topics().to_vec()),
        1 => any::<[u8; 32]>().prop_map(B256::from),
    ];
    let rest = prop::collection::vec(word().prop_map(B256::from), 0..4);
    (first, rest).prop_map(|(first, rest)| [vec![first], rest].concat())
}

/// The texts of an event, as they go into the tables.
fn texts(event: &Event) -> Vec<&str> {
    match event {
        Event::Registered { uri, .. }
        | Event::UriUpdated { uri, .. }
        | Event::ResponseAppended { uri, .. }
        | Event::ValidationRequest { uri, .. } => vec![uri],
        Event::MetadataSet { key, .. } => vec![key],
        Event::ValidationResponse { uri, tag, .. } => vec![uri, tag],
        Event::NewFeedback(new) => vec![&new.tag1, &new.tag2, &new.endpoint, &new.uri],
        _ => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn any_log_is_one_event(
        kind in prop::sample::select(KINDS.to_vec()),
        topics in topic_list(),
        data in data(),
    ) {
        let event = decode(kind, &topics, &data);
        prop_assert_eq!(&event, &decode(kind, &topics, &data));
        prop_assert!(texts(&event).iter().all(|text| !text.contains('\0')));
        let known = emitter_of(&topics[0]) == Some(kind);
        prop_assert_eq!(matches!(event, Event::Other), !known);
        if event.agent_id().is_some() {
            // No text is longer than the data that it came in; what is not UTF-8 grows by three.
            let length: usize = texts(&event).iter().map(|text| text.len()).sum();
            prop_assert!(length <= 3 * data.len());
        }
    }

    #[test]
    fn damaged_feedback_is_whole_or_malformed(
        words in prop::collection::vec("[ -~]{0,40}", 4),
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
        cut in any::<prop::sample::Index>(),
    ) {
        type Rating = (Uint<64>, Int<128>, Uint<8>, Blob, Blob, Blob, Blob, FixedBytes<32>);
        let text = |place: usize| Bytes::copy_from_slice(words[place].as_bytes());
        let fields = (7, -5, 2, text(0), text(1), text(2), text(3), B256::repeat_byte(9));
        let sound = Rating::abi_encode_sequence(&fields);
        let topic = topics().iter().find(|topic| {
            let probe = decode(RegistryKind::Reputation, &[**topic, B256::ZERO, B256::ZERO, B256::ZERO], &sound);
            matches!(probe, Event::NewFeedback(_))
        });
        let topics = [*topic.expect("one of them is NewFeedback"), B256::ZERO, B256::ZERO, B256::ZERO];
        let mut damaged = sound.clone();
        damaged[at.index(sound.len())] ^= change;
        damaged.truncate(sound.len() - cut.index(2) * cut.index(sound.len()));
        match decode(RegistryKind::Reputation, &topics, &damaged) {
            Event::Malformed => {}
            Event::NewFeedback(new) => {
                // What was read is all that is there: encoded again it reads the same.
                let fields = (
                    new.index,
                    new.value,
                    new.decimals,
                    Bytes::copy_from_slice(new.tag1.as_bytes()),
                    Bytes::copy_from_slice(new.tag2.as_bytes()),
                    Bytes::copy_from_slice(new.endpoint.as_bytes()),
                    Bytes::copy_from_slice(new.uri.as_bytes()),
                    new.hash,
                );
                let again = Rating::abi_encode_sequence(&fields);
                let again = decode(RegistryKind::Reputation, &topics, &again);
                prop_assert_eq!(again, Event::NewFeedback(new));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}
