//! Solidity's ABI, as far as events need it. Written out, and not taken from the library that the
//! functions decode with, so that a mistake there is not made here as well.

use sha3::{Digest as _, Keccak256};

/// 32 bytes: a topic, or a static value.
pub type Word = [u8; 32];

/// An account or a contract.
pub type Address = [u8; 20];

/// A value in an event's data.
pub enum Value<'a> {
    /// Anything of fixed size.
    Word(Word),
    /// `string` or `bytes`.
    Bytes(&'a [u8]),
}

/// keccak256, which names events and stands in for indexed strings.
pub fn keccak(bytes: &[u8]) -> Word {
    Keccak256::digest(bytes).into()
}

/// An address as a word: at its end.
pub fn address(address: Address) -> Word {
    let mut word = [0; 32];
    word[12..].copy_from_slice(&address);
    word
}

/// An unsigned integer as a word.
pub fn uint(number: u64) -> Word {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

/// A signed integer as a word: sign-extended.
pub fn int(number: i128) -> Word {
    let mut word = if number < 0 { [0xff; 32] } else { [0; 32] };
    word[16..].copy_from_slice(&number.to_be_bytes());
    word
}

/// An event's data: first a word for each value, which is the value or says where it begins; then
/// the strings, each with its length before it and zeroes up to a full word after it.
pub fn encode(values: &[Value<'_>]) -> Vec<u8> {
    let mut head = Vec::new();
    let mut tail = Vec::new();
    for value in values {
        match value {
            Value::Word(word) => head.extend_from_slice(word),
            Value::Bytes(bytes) => {
                head.extend_from_slice(&uint(length(values.len() * 32 + tail.len())));
                tail.extend_from_slice(&uint(length(bytes.len())));
                tail.extend_from_slice(bytes);
                tail.resize(tail.len().next_multiple_of(32), 0);
            }
        }
    }
    head.extend(tail);
    head
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_named_as_the_interfaces_list_them() {
        let topic = hex::encode(keccak(b"Registered(uint256,string,address)"));
        assert_eq!(
            topic,
            "ca52e62c367d81bb2e328eb795f7c7ba24afb478408a26c0e201d155c449bc4a"
        );
    }

    #[test]
    fn an_empty_string_is_an_offset_and_a_length() {
        assert_eq!(encode(&[Value::Bytes(b"")]), [uint(32), uint(0)].concat());
    }

    #[test]
    fn strings_follow_all_words() {
        let values = [
            Value::Bytes(b"ab"),
            Value::Word(int(-1)),
            Value::Bytes(b"c"),
        ];
        let mut expected = [
            uint(96),
            [0xff; 32],
            uint(160),
            uint(2),
            [0; 32],
            uint(1),
            [0; 32],
        ];
        expected[4][..2].copy_from_slice(b"ab");
        expected[6][..1].copy_from_slice(b"c");
        assert_eq!(encode(&values), expected.concat());
    }
}
