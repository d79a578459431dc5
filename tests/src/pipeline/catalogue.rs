//! The closed catalogue of problems: each that an endpoint declares is produced by a test.

use std::collections::BTreeSet;

use serde_json::Value;
use shared::http::Code;

use crate::harness::{functions, settings};

/// What no event brings about by itself, and the files of the tests that do.
const BY_TESTS: &[(&str, &str)] = &[
    ("AGENT_SUSPENDED", "tests/src/payments/rejected.rs"),
    (
        "DEPENDENCY_UNAVAILABLE",
        "tests/src/pipeline/environment.rs",
    ),
    ("IDEMPOTENCY_KEY_IN_USE", "tests/src/register/once.rs"),
    ("IDEMPOTENCY_KEY_REUSED", "tests/src/payments/link.rs"),
    ("INTERNAL_ERROR", "tests/src/pipeline/surface.rs"),
    ("PAYLOAD_TOO_LARGE", "tests/src/pipeline/hostile.rs"),
    ("RATE_LIMIT_EXCEEDED", "tests/src/access/limits.rs"),
];

/// The codes of the reviewed replies to events, which are replies of real functions.
fn by_events() -> BTreeSet<String> {
    let snapshots = std::fs::read_dir(settings::root().join("tests/snapshots/events")).unwrap();
    let replies = snapshots.map(|file| {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    });
    let codes = replies.filter_map(|reply| Some(reply["body"]["code"].as_str()?.to_owned()));
    codes.collect()
}

/// The codes that endpoints declare, as the reference lists them, and those of writes under an idempotency key.
fn declared() -> BTreeSet<String> {
    let responses = functions::all().iter().flat_map(|function| {
        let responses = function.json["operation"]["responses"].as_object();
        responses.into_iter().flat_map(|all| all.values())
    });
    let texts = responses.filter_map(|response| response["description"].as_str());
    let codes = texts
        .flat_map(|text| text.split("\n\n"))
        .filter_map(|line| line.strip_prefix('`')?.split('`').next());
    let of_keys = [Code::IdempotencyKeyInUse, Code::IdempotencyKeyReused];
    codes
        .chain(of_keys.map(Code::as_str))
        .map(str::to_owned)
        .collect()
}

#[test]
fn each_problem_of_an_endpoint_is_produced_by_an_event_or_by_a_test_that_is_named_here() {
    let by_events = by_events();
    for code in declared() {
        if by_events.contains(&code) {
            continue;
        }
        let file = BY_TESTS.iter().find(|(named, _)| *named == code);
        let (_, file) = file.unwrap_or_else(|| panic!("nothing produces {code}"));
        let test = std::fs::read_to_string(settings::root().join(file)).unwrap();
        let expected = format!("\"{code}\"");
        assert!(test.contains(&expected), "{file} does not expect {code}");
    }
}

#[test]
fn endpoints_declare_codes_of_the_catalogue_and_many_of_them() {
    let catalogue: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let declared = declared();
    for code in &declared {
        assert!(catalogue.contains(code.as_str()), "{code}");
    }
    // What is declared was found at all.
    assert!(declared.len() > catalogue.len() / 2, "{declared:?}");
}
