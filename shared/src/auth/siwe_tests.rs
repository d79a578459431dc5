//! The grammar of EIP-4361.

use super::siwe::Message;

/// The EIP's own example, with an address whose checksum is right.
const EXAMPLE: &str = "https://example.com:3388 wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json";

#[test]
fn the_example_of_the_eip_is_read() {
    let message = Message::parse(EXAMPLE).unwrap();
    assert_eq!(message.scheme.as_deref(), Some("https"));
    assert_eq!(message.domain, "example.com:3388");
    assert_eq!(message.uri, "https://example.com/login");
    assert_eq!((message.chain_id, message.nonce.as_str()), (1, "32891756"));
    assert!(message.statement.unwrap().starts_with("I accept"));
}

#[test]
fn what_is_written_is_read_back() {
    let mut message = Message::parse(EXAMPLE).unwrap();
    message.expiration_time = Some(message.issued_at + chrono::TimeDelta::minutes(5));
    message.not_before = Some(message.issued_at);
    assert_eq!(Message::parse(&message.to_string()).unwrap(), message);
    message.statement = None;
    message.scheme = None;
    assert_eq!(Message::parse(&message.to_string()).unwrap(), message);
}

#[test]
fn whatever_breaks_the_grammar_is_refused_by_the_name_of_its_field() {
    for (from, to, field) in [
        ("example.com:3388 wants", "exa mple wants", "the domain"),
        ("https://example.com:3388", "", "the domain"),
        ("0xC02aaA", "0xc02aaA", "the address"),
        ("0xC02aaA39", "0xC02aaA3", "the address"),
        ("I accept", "I accept \u{e9}", "the statement"),
        ("\n\nURI", "\nURI", "the statement"),
        ("URI: https://example.com/login\n", "", "URI"),
        ("Version: 1", "Version: 2", "Version"),
        ("Chain ID: 1", "Chain ID: +1", "Chain ID"),
        ("Chain ID: 1", "Chain ID: 99999999999999999999", "Chain ID"),
        ("Nonce: 32891756", "Nonce: 3289", "Nonce"),
        ("Nonce: 32891756", "Nonce: 3289-756", "Nonce"),
        (
            "Version: 1\nChain ID: 1",
            "Chain ID: 1\nVersion: 1",
            "Version",
        ),
        ("2021-09-30T16:25:24Z", "yesterday", "Issued At"),
        ("- ipfs", "* ipfs", "Resources"),
        ("\nResources", "\r\nResources", "Issued At"),
        ("Resources:", "Anything: else", "Resources"),
    ] {
        let text = EXAMPLE.replacen(from, to, 1);
        assert_ne!(text, EXAMPLE, "{from}");
        let error = Message::parse(&text).unwrap_err().to_string();
        assert!(error.contains(field), "{from} -> {to}: {error}");
    }
    assert!(Message::parse("").is_err());
}
