//! Requests to copy, and replies to compare with.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::schema::resolve;
use crate::text::{items, str_of};

/// Query parameters that a request shows: enough to see how.
const QUERY_PARAMETERS_MAX: usize = 2;
const DEPTH_MAX: usize = 6;
/// RFC 3986 section 3.4, less what a shell or a form reads as something else.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'&')
    .add(b'\'')
    .add(b'+')
    .add(b'<')
    .add(b'=')
    .add(b'>');

/// A `curl` line for an operation.
pub fn curl(path: &str, method: &str, operation: &Value) -> String {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for parameter in items(operation, "parameters") {
        let name = str_of(parameter, "name");
        let Some(value) = parameter_example(parameter) else {
            continue;
        };
        match str_of(parameter, "in") {
            "path" => path = path.replace(&format!("{{{name}}}"), &value),
            "query" if query.len() < QUERY_PARAMETERS_MAX => {
                query.push(format!("{name}={}", utf8_percent_encode(&value, QUERY)));
            }
            _ => {}
        }
    }
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{}", query.join("&"))
    };
    let method = match method {
        "get" => String::new(),
        other => format!("-X {} ", other.to_uppercase()),
    };
    let body = if operation["requestBody"].is_object() {
        " \\\n  -H 'Content-Type: application/json' -d @body.json"
    } else {
        ""
    };
    format!("curl {method}\"$API{path}{query}\"{body}")
}

fn parameter_example(parameter: &Value) -> Option<String> {
    match &parameter["example"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => values.first()?.as_str().map(str::to_owned),
        other => Some(other.to_string()),
    }
}

/// The reply of a response: one that was seen where there is one, else one put together from the schema's examples.
pub fn reply(document: &Value, content: &Value) -> Option<Value> {
    let seen = content["examples"]
        .as_object()
        .and_then(|examples| examples.values().next())
        .map(|example| example["value"].clone());
    seen.or_else(|| of_schema(document, &content["schema"], 0))
}

fn of_schema(document: &Value, schema: &Value, depth: usize) -> Option<Value> {
    if depth > DEPTH_MAX {
        return None;
    }
    let own = |schema: &Value| {
        let listed = items(schema, "examples").next();
        Some(&schema["example"])
            .filter(|e| !e.is_null())
            .or(listed)
            .cloned()
    };
    let resolved = resolve(document, schema);
    if let Some(example) = own(schema).or_else(|| own(resolved)) {
        return Some(example);
    }
    if let Some(word) = items(resolved, "enum").next() {
        return Some(word.clone());
    }
    match str_of(resolved, "type") {
        "object" => {
            let members = resolved["properties"].as_object()?.iter();
            let members: Map<String, Value> = members
                .filter_map(|(name, member)| {
                    Some((name.clone(), of_schema(document, member, depth + 1)?))
                })
                .collect();
            Some(Value::Object(members))
        }
        "array" => {
            let item = of_schema(document, &resolved["items"], depth + 1);
            Some(Value::Array(item.into_iter().collect()))
        }
        "boolean" => Some(Value::Bool(true)),
        "integer" | "number" => Some(Value::from(0)),
        "string" => Some(Value::from(match str_of(resolved, "format") {
            "date-time" => "2026-01-29T12:00:00Z",
            "uuid" => "5f8b6e0e-3c0f-5d3a-9b7e-2f6c1d8a4e90",
            _ => "",
        })),
        _ => None,
    }
}
