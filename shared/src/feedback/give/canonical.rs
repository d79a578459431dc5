//! The canonical feedback file: the same words always give the same bytes, and so the same hash.
//!
//! JSON (RFC 8259) without white space, members in the order of the ERC's example, absent ones left out, numbers as
//! whole decimals, text in UTF-8 with only those characters escaped that must be.

use alloy_primitives::{B256, keccak256};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::value::RawValue;

use super::request::{A2a, Mcp, NewFeedback, Oasf, ProofOfPayment};
use super::store::Subject;
use crate::address::Address;
use crate::http::Problem;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    agent_registry: String,
    agent_id: Box<RawValue>,
    client_address: String,
    created_at: String,
    value: i128,
    value_decimals: u8,
    #[serde(skip_serializing_if = "str::is_empty")]
    tag1: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    tag2: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    endpoint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mcp: Option<&'a Mcp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    a2a: Option<&'a A2a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oasf: Option<&'a Oasf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof_of_payment: Option<&'a ProofOfPayment>,
}

/// The bytes of a feedback file and their Keccak-256.
#[derive(Clone, Debug)]
pub(super) struct Canonical {
    pub(super) bytes: Vec<u8>,
    pub(super) hash: B256,
}

impl Canonical {
    /// The file of what `client` says of an agent at a time, of which whole seconds count.
    ///
    /// # Errors
    /// When it cannot be serialised, which is a fault of ours.
    pub(super) fn of(
        subject: &Subject,
        client: Address,
        created_at: DateTime<Utc>,
        said: &NewFeedback,
    ) -> Result<Self, Problem> {
        let chain = subject.chain_id;
        let file = File {
            agent_registry: format!("eip155:{chain}:{}", subject.identity_registry),
            // A uint256: more digits than any other type of number keeps.
            agent_id: RawValue::from_string(subject.agent_id.to_string())
                .map_err(Problem::internal)?,
            client_address: format!("eip155:{chain}:{client}"),
            created_at: created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            value: said.value.get(),
            value_decimals: said.value_decimals,
            tag1: &said.tag1,
            tag2: &said.tag2,
            endpoint: &said.endpoint,
            mcp: said.mcp.as_ref(),
            a2a: said.a2a.as_ref(),
            oasf: said.oasf.as_ref(),
            proof_of_payment: said.proof_of_payment.as_ref(),
        };
        let bytes = serde_json::to_vec(&file).map_err(Problem::internal)?;
        let hash = keccak256(&bytes);
        Ok(Self { bytes, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(body: &str) -> String {
        let said: NewFeedback = serde_json::from_str(body).unwrap();
        let at = "2025-09-23T12:00:00.789Z".parse().unwrap();
        let client = Address::new([0x11; 20]);
        let file = Canonical::of(&Subject::for_testing(), client, at, &said).unwrap();
        assert_eq!(file.hash, keccak256(&file.bytes));
        String::from_utf8(file.bytes).unwrap()
    }

    const HEAD: &str = r#"{"agentRegistry":"eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432","agentId":115792089237316195423570985008687907853269984665640564039457584007913129639935,"clientAddress":"eip155:1:0x1111111111111111111111111111111111111111","createdAt":"2025-09-23T12:00:00Z","#;

    #[test]
    fn it_has_what_was_said_and_nothing_else() {
        let file = file(r#"{"value": "-32", "valueDecimals": 1}"#);
        assert_eq!(file, format!(r#"{HEAD}"value":-32,"valueDecimals":1}}"#));
    }

    #[test]
    fn its_members_have_one_order_whatever_that_of_the_request() {
        let file = file(
            r#"{"proofOfPayment": {"txHash": "0x00000000000000000000000000000000000000000000000000000000000000AA",
                "chainId": "1", "toAddress": "0x2222222222222222222222222222222222222222",
                "fromAddress": "0x1111111111111111111111111111111111111111"},
                "oasf": {"domains": ["d"], "skills": ["s"]}, "a2a": {"taskId": "t", "skills": []},
                "mcp": {"tool": "caf\u00e9\""}, "endpoint": "e", "tag2": "b", "tag1": "a",
                "value": "100000000000000000000000000000000000000"}"#,
        );
        let tail = r#""value":100000000000000000000000000000000000000,"valueDecimals":0,"tag1":"a","tag2":"b","endpoint":"e","mcp":{"tool":"café\""},"a2a":{"taskId":"t"},"oasf":{"skills":["s"],"domains":["d"]},"proofOfPayment":{"fromAddress":"0x1111111111111111111111111111111111111111","toAddress":"0x2222222222222222222222222222222222222222","chainId":"1","txHash":"0x00000000000000000000000000000000000000000000000000000000000000aa"}}"#;
        assert_eq!(file, format!("{HEAD}{tail}"));
    }
}
