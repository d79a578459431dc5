//! What a caller hands in to have an agent prepared.

use garde::Validate;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::address::Address;
use crate::hex::Hex;

/// An agent that is to be registered.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct NewAgent {
    /// The chain (EIP-155) on which it is to be registered, in the chain's default identity registry.
    #[garde(range(min = 1))]
    #[schema(minimum = 1, example = 8453)]
    pub chain_id: i64,
    /// Who is to own it: the wallet of your key, which is also what it is when left out.
    #[schema(inline)]
    pub owner: Option<Address>,
    /// The registration file, as ERC-8004 describes it: at most 256 KiB, without the spaces between its parts.
    #[schema(value_type = Object, example = json!({
        "type": "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
        "name": "Weather oracle",
        "description": "Forecasts for any place, paid by x402.",
        "image": "https://agent.example/picture.png",
        "services": [{ "name": "A2A", "endpoint": "https://agent.example/.well-known/agent-card.json" }],
        "x402Support": true,
        "active": true
    }))]
    pub registration: Box<RawValue>,
    /// Metadata that the registry is to keep: at most 50 entries.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub metadata: Vec<NewMetadata>,
    /// Whether the file is to stand in the `agentURI` itself, as a base64 `data:` URI of at most 20 KiB. By default it
    /// is hosted here, and the URI leads to it.
    #[serde(default)]
    pub onchain_file: bool,
}

/// A metadata entry: `text`, or any bytes as `value`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMetadata {
    /// Its key. `agentWallet` is the registry's own.
    #[schema(example = "version")]
    pub key: String,
    /// Its value, at most 10 KiB.
    #[schema(inline)]
    pub value: Option<Hex>,
    /// The same as text.
    #[schema(example = "1.4.2")]
    pub text: Option<String>,
}

impl NewMetadata {
    /// The value's bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match (&self.value, &self.text) {
            (Some(value), _) => &value.0,
            (None, Some(text)) => text.as_bytes(),
            (None, None) => &[],
        }
    }
}

/// JSON without the whitespace between its parts (RFC 8259 section 2): what is hosted, and what costs gas on chain.
pub(super) fn compact(json: &RawValue) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(json.get().len());
    let (mut in_string, mut escaped) = (false, false);
    for byte in json.get().bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte == b'"' {
            in_string = true;
        } else if byte.is_ascii_whitespace() {
            continue;
        }
        bytes.push(byte);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_parts_is_left_out() {
        for (json, expected) in [
            ("{ \"a b\" :\n[ 1 , 2.50 ] }", r#"{"a b":[1,2.50]}"#),
            (
                r#"{ "q" : " \" \\" , "z" : "\\\" " }"#,
                r#"{"q":" \" \\","z":"\\\" "}"#,
            ),
            (r#"["\\", " x "]"#, r#"["\\"," x "]"#),
            ("\"\"", "\"\""),
        ] {
            let raw = RawValue::from_string(json.to_owned()).expect("it is JSON");
            let compact = String::from_utf8(compact(&raw)).expect("it is text");
            assert_eq!(compact, expected);
            let (before, after): (serde_json::Value, serde_json::Value) = (
                serde_json::from_str(json).expect("it is JSON"),
                serde_json::from_str(&compact).expect("it is JSON still"),
            );
            assert_eq!(before, after);
        }
    }
}
