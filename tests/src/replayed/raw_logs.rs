//! Raw logs read by hand: the few slices of the ABI that the comparison with the API needs, written
//! against the specification of events and not against our decoder.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The first topic: `keccak256` of the event's signature.
const REGISTERED: &str = "ca52e62c367d81bb2e328eb795f7c7ba24afb478408a26c0e201d155c449bc4a";
const URI_UPDATED: &str = "3a2c7fffc2cba7582c690e3b82c453ea02a308326a98a3ad7576c606336409fb";
const TRANSFER: &str = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const NEW_FEEDBACK: &str = "6a4a61743519c9d648a14e6493f47dbe3ff1aa29e7785c96c8326a205e58febc";
const FEEDBACK_REVOKED: &str = "25156fd3288212246d8b008d5921fde376c71ed14ac2e072a506eb06fde6d09d";

/// An agent as its logs leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// Whether its registration was seen.
    pub registered: bool,
    /// Who holds it: by the last `Transfer`, else by `Registered`. Lower case.
    pub owner: Option<String>,
    /// The URI that was set last.
    pub uri: Vec<u8>,
    /// How often feedback was given, and how often revoked.
    pub feedback: (u64, u64),
}

/// The logs of a dump, in order.
pub fn logs(dump: &Path) -> Vec<Value> {
    let mut dump: Value = serde_json::from_slice(&std::fs::read(dump).unwrap()).unwrap();
    let logs = if dump.is_array() {
        dump.take()
    } else {
        dump["logs"].take()
    };
    let Value::Array(mut logs) = logs else {
        panic!("not a dump")
    };
    logs.sort_by_key(|log| (quantity(&log["blockNumber"]), quantity(&log["logIndex"])));
    logs
}

/// The agents of a dump, by agent id.
pub fn agents(dump: &Path) -> BTreeMap<u64, Agent> {
    let mut agents: BTreeMap<u64, Agent> = BTreeMap::new();
    let mut transferred = BTreeMap::new();
    for log in logs(dump) {
        let topic = |index: usize| hex(&log["topics"][index]);
        let data = hex(&log["data"]);
        let kind = to_hex(&topic(0));
        if kind == TRANSFER {
            transferred.insert(low_u64(&topic(3)), address(&topic(2)));
        }
        if ![REGISTERED, URI_UPDATED, NEW_FEEDBACK, FEEDBACK_REVOKED].contains(&kind.as_str()) {
            continue;
        }
        let agent = agents.entry(low_u64(&topic(1))).or_default();
        match kind.as_str() {
            REGISTERED => {
                agent.registered = true;
                agent.uri = first_string(&data);
                agent.owner = Some(address(&topic(2)));
            }
            URI_UPDATED => agent.uri = first_string(&data),
            NEW_FEEDBACK => agent.feedback.0 += 1,
            FEEDBACK_REVOKED => agent.feedback.1 += 1,
            _ => {}
        }
    }
    for (id, owner) in transferred {
        agents.entry(id).or_default().owner = Some(owner);
    }
    agents
}

/// The bytes that a `data:` URI holds, as a plain reader of RFC 2397 sees it, or those of what
/// stands in place of a URI; none where they cannot be decoded.
pub fn file(uri: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(uri).ok()?;
    let bytes = match text.strip_prefix("data:").map(|rest| rest.split_once(',')) {
        None => text.as_bytes().to_vec(),
        Some(None) => return None,
        Some(Some((head, data))) if head.split(';').any(|part| part == "base64") => {
            STANDARD.decode(data).ok()?
        }
        Some(Some((_, data))) => percent_decoded(data),
    };
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        gunzipped(&bytes)
    } else {
        bytes
    };
    Some(bytes)
}

/// An address of a topic, as hex in lower case.
fn address(topic: &[u8]) -> String {
    format!("0x{}", to_hex(&topic[12..]))
}

fn gunzipped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut plain).unwrap();
    plain
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'%').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            decoded.push(byte);
            rest = &after[2..];
        } else {
            decoded.push(byte);
            rest = after;
        }
    }
    decoded
}

/// The first string of event data: a word with its offset, there a word with its length.
fn first_string(data: &[u8]) -> Vec<u8> {
    let word = |at: usize| usize::try_from(low_u64(&data[at..at + 32])).unwrap();
    let offset = word(0);
    let length = word(offset);
    data[offset + 32..offset + 32 + length].to_vec()
}

/// A number of 32 bytes, of which all that fits into 8 is used here.
fn low_u64(word: &[u8]) -> u64 {
    assert!(word[..24].iter().all(|byte| *byte == 0), "{word:?}");
    u64::from_be_bytes(word[24..32].try_into().unwrap())
}

/// A quantity as hex or as an integer.
fn quantity(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| {
        let text = value.as_str().unwrap();
        u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
    })
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap().trim_start_matches("0x");
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
