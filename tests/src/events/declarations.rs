//! `--describe`: what functions say of themselves is true.

use std::collections::BTreeMap;

use super::samples;
use crate::harness::functions::{self, Declaration};

#[test]
fn every_function_declares_the_name_of_its_folder() {
    for function in functions::all() {
        assert_eq!(function.text("name"), function.folder);
        let kind = function.text("kind");
        assert!(
            ["http", "schedule", "task"].contains(&kind),
            "{}: kind {kind:?}",
            function.folder
        );
    }
}

#[test]
fn no_two_functions_take_the_same_route() {
    let mut taken = BTreeMap::new();
    for function in functions::all()
        .iter()
        .filter(|function| function.is_endpoint())
    {
        // Names of parameters do not tell routes apart.
        let shape: Vec<&str> = function.text("path").split('/').map(placeholder).collect();
        let route = (function.text("method").to_owned(), shape.join("/"));
        if let Some(other) = taken.insert(route.clone(), &function.folder) {
            panic!("{other} and {} both take {route:?}", function.folder);
        }
    }
}

/// A sample may send another method or a wrong path to a function on purpose; its first one, by
/// name, must be what the gateway would route there, and one sample at least is a good request.
#[test]
fn the_gateway_would_send_each_function_a_sample_of_its_own() {
    let samples = samples();
    for function in functions::all()
        .iter()
        .filter(|function| function.is_endpoint())
    {
        let own = samples
            .get(&function.folder)
            .into_iter()
            .flatten()
            .filter(|sample| {
                let http = &sample.event["requestContext"]["http"];
                let text = |member: &str| http[member].as_str().unwrap_or_default();
                functions::route(text("method"), text("path")) == function.folder
            });
        assert!(
            own.count() > 0,
            "no event is a request for {}",
            function.folder
        );
    }
}

#[test]
fn endpoints_have_a_route_and_scheduled_functions_a_rate() {
    let has = |function: &Declaration, member: &str| function.json.get(member).is_some();
    for function in functions::all() {
        assert_eq!(
            has(function, "path"),
            function.is_endpoint(),
            "{}",
            function.folder
        );
        assert_eq!(
            has(function, "rate"),
            function.text("kind") == "schedule",
            "{}",
            function.folder
        );
    }
}

fn placeholder(segment: &str) -> &str {
    if segment.starts_with('{') {
        "{}"
    } else {
        segment
    }
}
