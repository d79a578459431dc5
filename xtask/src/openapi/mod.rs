//! The OpenAPI document: put together from what the functions declare, with the reviewed replies of
//! `tests/snapshots/events/` as examples.

mod examples;
mod reference;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

use crate::functions::{Declaration, Endpoint};
use crate::paths;

pub use reference::{file as reference_file, reference};

/// Struct fields in the order of the document; maps sorted by key, so that it comes out alike.
#[derive(Debug, Serialize)]
pub struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    tags: Vec<Value>,
    /// By path, then by method.
    pub paths: BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>,
    components: Value,
    #[serde(rename = "x-schedules")]
    schedules: Vec<Value>,
    /// The catalogue of problems: status and meaning by code.
    #[serde(skip)]
    problems: BTreeMap<String, (String, String)>,
}

/// Where the committed document is.
#[must_use]
pub fn file() -> PathBuf {
    paths::root().join("openapi.json")
}

/// The document of `functions`.
///
/// # Errors
///
/// When two functions have the same route, or mean different things by one schema's name.
pub fn document(functions: &[Declaration]) -> Result<Document> {
    let mut document = Document {
        openapi: "3.1.0",
        info: sorted(info()),
        servers: sorted(
            json!([{ "url": "/", "description": "The host that serves this document." }]),
        ),
        tags: Vec::new(),
        paths: BTreeMap::new(),
        components: Value::Null,
        schedules: Vec::new(),
        problems: BTreeMap::new(),
    };
    let mut schemas = BTreeMap::new();
    for function in functions {
        if let Some(schedule) = function.schedule() {
            let mut entry = function.settings.clone();
            entry.insert("name".to_owned(), json!(function.name));
            entry.insert("rate".to_owned(), json!(schedule.rate));
            document.schedules.push(sorted(Value::Object(entry)));
        }
        let Some(endpoint) = function.endpoint() else {
            continue;
        };
        document
            .problems
            .extend(endpoint.problems.iter().map(|problem| {
                (
                    problem.code.clone(),
                    (problem.status.to_string(), problem.meaning.clone()),
                )
            }));
        for (name, schema) in &endpoint.schemas {
            let before = schemas
                .entry(name.clone())
                .or_insert_with(|| schema.clone());
            if before != schema {
                bail!(
                    "{} means something else by the schema {name} than others",
                    function.name
                );
            }
        }
        document.add(function, endpoint)?;
    }
    document.components = sorted(json!({
        "schemas": schemas,
        "securitySchemes": {
            "apiKey": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key, bound to a wallet.",
            },
        },
    }));
    Ok(document)
}

fn info() -> Value {
    json!({
        "title": "ERC-8004 API",
        "summary": "Who the agents on a chain are, and what is known of them.",
        "description": "Identity, reputation and validation of ERC-8004 agents, read from the chain. Amounts and ids \
                        that a float cannot hold are decimal strings; addresses are EIP-55; times are RFC 3339 in UTC. \
                        Problems are `application/problem+json` (RFC 9457) with a code of a closed catalogue.",
        "version": env!("CARGO_PKG_VERSION"),
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    })
}

impl Document {
    fn add(&mut self, function: &Declaration, endpoint: &Endpoint) -> Result<()> {
        if endpoint.path == "$default" {
            return Ok(());
        }
        let mut operation = endpoint.operation.clone();
        operation.insert("security".to_owned(), security(&endpoint.auth));
        operation.insert(
            "x-function".to_owned(),
            Value::Object(function.settings.clone()),
        );
        examples::add(&mut operation, &function.name)?;
        for tag in operation
            .get("tags")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let tag = json!({ "name": tag });
            if !self.tags.contains(&tag) {
                self.tags.push(tag);
            }
        }
        self.tags.sort_by_key(|tag| tag["name"].to_string());
        let operation = operation
            .into_iter()
            .map(|(key, value)| (key, sorted(value)));
        let operation: BTreeMap<String, Value> = operation.collect();
        let methods = self.paths.entry(endpoint.path.clone()).or_default();
        let method = endpoint.method.to_lowercase();
        if methods.insert(method, operation).is_some() {
            bail!("two functions answer {} {}", endpoint.method, endpoint.path);
        }
        Ok(())
    }

    /// The text of the committed file.
    ///
    /// # Errors
    ///
    /// Never in practice: everything in it is JSON already.
    pub fn text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// The value with the keys of every object in order. Whether `serde_json` keeps or sorts them depends
/// on which crates are built together; the document must not.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<String, Value> = members
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

fn security(auth: &str) -> Value {
    match auth {
        "required" => json!([{ "apiKey": [] }]),
        "optional" => json!([{}, { "apiKey": [] }]),
        _ => json!([]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(name: &str, path: &str, schema: &Value) -> Declaration {
        serde_json::from_value(json!({
            "kind": "http", "name": name, "method": "GET", "path": path, "auth": "optional",
            "capabilities": ["cache"], "operation": { "tags": ["Agents"], "responses": {} },
            "schemas": { "Agent": schema },
        }))
        .unwrap()
    }

    #[test]
    fn a_route_becomes_a_path_with_its_settings_and_the_default_route_does_not() {
        let schema = json!({ "type": "object" });
        let document = document(&[
            endpoint("get-thing", "/v1/things/{thing}", &schema),
            endpoint("no-such-thing", "$default", &schema),
        ])
        .unwrap();
        assert_eq!(
            document.paths.keys().collect::<Vec<_>>(),
            ["/v1/things/{thing}"]
        );
        let operation = &document.paths["/v1/things/{thing}"]["get"];
        assert_eq!(operation["security"], json!([{}, { "apiKey": [] }]));
        assert_eq!(operation["x-function"]["capabilities"], json!(["cache"]));
    }

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let text = sorted(json!({ "b": [{ "z": 1, "a": 2 }], "a": 3 })).to_string();
        assert_eq!(text, r#"{"a":3,"b":[{"a":2,"z":1}]}"#);
    }

    #[test]
    fn one_name_for_two_schemas_and_one_route_for_two_functions_are_refused() {
        let (one, other) = (json!({ "type": "object" }), json!({ "type": "string" }));
        let error =
            document(&[endpoint("a", "/a", &one), endpoint("b", "/b", &other)]).unwrap_err();
        assert!(error.to_string().contains("schema Agent"), "{error}");
        let error = document(&[endpoint("a", "/a", &one), endpoint("b", "/a", &one)]).unwrap_err();
        assert_eq!(error.to_string(), "two functions answer GET /a");
    }
}
