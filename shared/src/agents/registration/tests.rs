//! Whole agentURIs, made up, random and real.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alloy_primitives::hex;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn data(file: &Value) -> String {
    format!(
        "data:application/json;base64,{}",
        STANDARD.encode(file.to_string())
    )
}

fn sound() -> Value {
    json!({
        "type": TYPE,
        "name": "Ada",
        "description": "Plans",
        "image": "https://ada.example/icon.png",
        "services": [
            { "name": "OASF", "endpoint": "ipfs://x", "version": "0.8", "skills": ["a/b"], "domains": ["c"] },
            { "name": "A2A", "endpoint": "https://ada.example/card.json", "a2aSkills": ["d"] },
        ],
        "x402Support": true,
        "active": true,
        "registrations": [{
            "agentId": 22,
            "agentRegistry": "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432",
        }],
        "supportedTrust": ["reputation", "something new"],
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut file = sound();
    file[field] = value;
    file
}

/// The faults of a file, as `!` (error) or `?` (warning), code and pointer.
fn faults(file: &Value) -> Vec<String> {
    let show = |fault: &Fault| {
        let mark = if fault.severity == Severity::Error {
            '!'
        } else {
            '?'
        };
        format!("{mark}{:?} {}", fault.code, fault.pointer)
    };
    read(&data(file)).faults.iter().map(show).collect()
}

#[test]
fn a_sound_file_is_read_whole() {
    let document = read(&data(&sound()));
    assert_eq!(
        (document.kind, document.state),
        (UriKind::Data, State::Valid)
    );
    assert_eq!(document.faults, []);
    assert_eq!(document.bytes, Some(sound().to_string().into_bytes()));
    let said = document.registration;
    assert_eq!(said.name.as_deref(), Some("Ada"));
    assert_eq!(said.supported_trust, ["reputation", "something new"]);
    assert_eq!((said.x402_support, said.active), (Some(true), Some(true)));
    assert_eq!(said.services[0].skills, ["a/b"]);
    assert_eq!(said.services[1].skills, ["d"]);
    assert_eq!(said.services[1].position, 1);
    assert_eq!(said.registrations[0].agent_id, "22");
}

#[test]
fn what_is_not_in_the_uri_is_pending_or_unsupported() {
    for (uri, state) in [
        ("", State::None),
        ("https://agent.example/1.json", State::Pending),
        ("http://agent.example/1.json", State::Pending),
        ("ipfs://cid", State::Pending),
        ("ar://x", State::Unsupported),
        ("tinybanana", State::Unreadable),
        ("data:nothing", State::Unreadable),
        ("{\"name\":", State::Unreadable),
    ] {
        assert_eq!(read(uri).state, state, "{uri}");
    }
}

#[test]
fn json_stands_for_itself() {
    let bare = read(&sound().to_string());
    assert_eq!((bare.kind, bare.state), (UriKind::Json, State::Valid));
    let unencoded = with("description", json!("100% sure, says \"%22\" %zz"));
    let document = read(&format!("data:application/json,{unencoded}"));
    assert_eq!(
        document.registration.description.as_deref(),
        Some("100% sure, says \"%22\" %zz")
    );
}

#[test]
fn old_spellings_are_read_and_noted() {
    let mut old = sound();
    let fields = old.as_object_mut().expect("it is an object");
    for (new, old) in [
        ("services", "endpoints"),
        ("x402Support", "x402support"),
        ("supportedTrust", "supportedTrusts"),
    ] {
        let value = fields.remove(new).expect("it is there");
        fields.insert(old.to_owned(), value);
    }
    let document = read(&data(&old));
    assert_eq!(document.state, State::Valid);
    assert_eq!(document.registration, read(&data(&sound())).registration);
    assert_eq!(
        faults(&old),
        [
            "?Spelling /endpoints",
            "?Spelling /x402support",
            "?Spelling /supportedTrusts"
        ]
    );
    let both = with("endpoints", json!([]));
    assert_eq!(read(&data(&both)).registration.services.len(), 2);
}

#[test]
fn every_broken_rule_is_found() {
    let missing: Vec<String> = faults(&json!({}));
    assert_eq!(
        missing,
        [
            "!Missing /type",
            "!Missing /name",
            "!Missing /description",
            "!Missing /image",
            "?Missing /services",
            "?Missing /x402Support",
            "?Missing /active",
            "?Missing /registrations",
        ]
    );
    for (field, value, found) in [
        (
            "type",
            json!("https://example.com"),
            "!UnknownFileType /type",
        ),
        ("type", json!(1), "!WrongType /type"),
        ("name", json!(" "), "!Empty /name"),
        ("name", Value::Null, "!WrongType /name"),
        ("description", json!(["a"]), "!WrongType /description"),
        ("image", json!(""), "?Empty /image"),
        ("services", json!({ "name": "web" }), "!WrongType /services"),
        ("services", json!(["web"]), "!WrongType /services/0"),
        (
            "services",
            json!([{ "endpoint": "x" }]),
            "!Missing /services/0/name",
        ),
        (
            "services",
            json!([{ "name": "x" }]),
            "!Missing /services/0/endpoint",
        ),
        (
            "services",
            json!([{ "name": "x", "endpoint": "" }]),
            "!Empty /services/0/endpoint",
        ),
        (
            "services",
            json!([{ "name": "x", "endpoint": "y", "version": 1 }]),
            "!WrongType /services/0/version",
        ),
        (
            "services",
            json!([{ "name": "x", "endpoint": "y", "skills": "all" }]),
            "!WrongType /services/0/skills",
        ),
        (
            "services",
            json!([{ "name": "x", "endpoint": "y", "domains": ["a", 1] }]),
            "!WrongType /services/0/domains/1",
        ),
        ("x402Support", json!("yes"), "!WrongType /x402Support"),
        ("active", json!(1), "!WrongType /active"),
        (
            "supportedTrust",
            json!("reputation"),
            "!WrongType /supportedTrust",
        ),
        (
            "supportedTrust",
            json!([8004]),
            "!WrongType /supportedTrust/0",
        ),
        ("registrations", json!([]), "?Empty /registrations"),
        ("registrations", json!({}), "!WrongType /registrations"),
        ("registrations", json!([1]), "!WrongType /registrations/0"),
    ] {
        assert_eq!(faults(&with(field, value)), [found]);
    }
    assert_eq!(faults(&json!([1])), ["!NotAnObject "]);
}

#[test]
fn registrations_are_held_to_their_form() {
    let registry = "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432";
    for (id, registry, found) in [
        (json!(-1), registry, "!WrongType /registrations/0/agentId"),
        (json!(1.5), registry, "!WrongType /registrations/0/agentId"),
        (json!("7"), registry, "!WrongType /registrations/0/agentId"),
        (Value::Null, registry, "!WrongType /registrations/0/agentId"),
        (
            json!(1),
            "eip155:1",
            "!MalformedRegistry /registrations/0/agentRegistry",
        ),
        (
            json!(1),
            "eip155:x:0x00",
            "!MalformedRegistry /registrations/0/agentRegistry",
        ),
        (
            json!(1),
            "a b:1:x",
            "!MalformedRegistry /registrations/0/agentRegistry",
        ),
        (json!(1), "", "!Empty /registrations/0/agentRegistry"),
    ] {
        let file = with(
            "registrations",
            json!([{ "agentId": id, "agentRegistry": registry }]),
        );
        assert_eq!(faults(&file)[0], found, "{file}");
    }
    let solana =
        "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:GH7ome3EiwEr7tu9JuTh2dpYWBJK3z69Xm1ZE3MEE6JC";
    let file = with(
        "registrations",
        json!([{ "agentId": 0, "agentRegistry": solana }]),
    );
    assert_eq!(faults(&file), [""; 0]);
}

#[test]
fn a_file_with_endless_faults_has_a_bounded_list() {
    let file = with("services", Value::Array(vec![Value::Null; 10_000]));
    assert_eq!(faults(&file).len(), crate::limits::REGISTRATION_FAULTS_MAX);
}

proptest! {
    #[test]
    fn no_uri_makes_it_panic(uri in ".*") {
        let document = read(&uri);
        storable(&document);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), marked: bool) {
        let header = if marked { "enc=gzip;" } else { "" };
        storable(&read(&format!("data:;{header}base64,{}", STANDARD.encode(&bytes))));
        storable(&judge(UriKind::Https, bytes));
    }

    /// Text out of what JSON is made of gets further than random text.
    #[test]
    fn no_json_makes_it_panic(json in r#"([\[\]{}:,"]|\\u(0000|d83e|dd16|0041)|"name"|"services"|-?[0-9]{1,4}(e[0-9]{1,5})?|é| ){0,40}"#) {
        storable(&judge(UriKind::Json, json.into_bytes()));
    }
}

/// Whatever is stored as JSON is JSON without what PostgreSQL refuses.
fn storable(document: &Document) {
    let said = format!("{:?}", document.registration);
    assert!(!said.contains('\0'));
    if let Some(json) = &document.json {
        let value: Value = serde_json::from_str(json).expect("the text is JSON");
        assert!(!value.to_string().contains("\\u0000"));
    }
}

/// The URI that each agent has last, by id, read without our decoder of logs.
fn last_uris(dump: &Path) -> BTreeMap<String, (String, bool)> {
    let dump = std::fs::read(dump).expect("the dump can be read");
    let dump: Value = serde_json::from_slice(&dump).expect("the dump is JSON");
    let mut uris: BTreeMap<String, (String, bool)> = BTreeMap::new();
    for log in dump["logs"].as_array().expect("the dump has logs") {
        let topics = log["topics"].as_array().expect("a log has topics");
        let registered = topics[0]
            .as_str()
            .is_some_and(|topic| topic.starts_with("0xca52e62c"));
        let updated = topics[0]
            .as_str()
            .is_some_and(|topic| topic.starts_with("0x3a2c7fff"));
        if !(registered || updated) {
            continue;
        }
        let data = hex::decode(log["data"].as_str().expect("a log has data")).expect("it is hex");
        let length = data[56..64]
            .iter()
            .fold(0, |sum, byte| sum * 256 + usize::from(*byte));
        let uri = String::from_utf8_lossy(&data[64..64 + length]).into_owned();
        let id = topics[1].as_str().expect("a topic is a string").to_owned();
        let seen = registered || uris.get(&id).is_some_and(|(_, seen)| *seen);
        uris.insert(id, (uri, seen));
    }
    uris
}

fn count(uris: &BTreeMap<String, (String, bool)>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (uri, _) in uris.values() {
        let document = read(uri);
        storable(&document);
        *counts
            .entry(format!(
                "{} {}",
                document.kind.as_str(),
                document.state.as_str()
            ))
            .or_default() += 1;
    }
    counts
}

#[test]
fn each_agent_of_the_projects_own_dump_is_what_its_readme_says() {
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/dumps/agents.json");
    let uris = last_uris(&dump);
    let states: Vec<&str> = uris
        .values()
        .map(|(uri, _)| read(uri).state.as_str())
        .collect();
    let expected = "valid valid valid valid valid pending pending pending unsupported valid \
                    valid none none unreadable faulty faulty faulty faulty unreadable unreadable \
                    unreadable valid valid valid valid valid valid valid valid faulty \
                    pending valid";
    assert_eq!(states, expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(uris.values().filter(|(_, seen)| !seen).count(), 2);
    let odd = uris
        .values()
        .nth(29)
        .map(|(uri, _)| read(uri))
        .expect("there are 32");
    assert_eq!(
        odd.registration.name.as_deref(),
        Some("Odd \u{fffd} \u{fffd}")
    );
}

/// `ERC8004_MAINNET_LOGS` names a dump of the canonical identity registry.
#[test]
fn every_agent_of_the_mainnet_dump_is_accounted_for() {
    let Some(dump) = std::env::var_os("ERC8004_MAINNET_LOGS").map(PathBuf::from) else {
        eprintln!("SKIPPED: ERC8004_MAINNET_LOGS is not set");
        return;
    };
    let uris = last_uris(&dump);
    let counts = count(&uris);
    eprintln!("{} agents: {counts:#?}", uris.len());
    for (id, (uri, _)) in &uris {
        let document = read(uri);
        if !matches!(document.state, State::Valid | State::Pending) {
            let faults: Vec<_> = document
                .faults
                .iter()
                .map(|f| (f.severity, &f.pointer, &f.detail))
                .collect();
            eprintln!("{} {}: {faults:?}", &id[58..], document.state.as_str());
        }
    }
    assert_eq!(uris.values().filter(|(_, seen)| *seen).count(), 73);
    assert_eq!(uris.values().filter(|(_, seen)| !seen).count(), 16);
    // What is in the data is never pending, and everything marked as JSON is JSON.
    assert_eq!(counts.get("data unreadable"), None);
    assert_eq!(counts.get("garbage unreadable"), Some(&2));
    assert_eq!(counts.get("empty none"), Some(&2));
}
