//! A schema as a nested list of its members.

use maud::{Markup, html};
use serde_json::Value;

use crate::text::{inline, items, members, str_of};

/// Members within members within members: deeper ones are not met.
const DEPTH_MAX: usize = 5;

/// The schema that a reference means.
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => name
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer))
            .unwrap_or(schema),
        None => schema,
    }
}

/// The members of an object, or of the objects of an array.
pub fn list(document: &Value, schema: &Value, depth: usize) -> Markup {
    let schema = object(document, schema);
    let required: Vec<&str> = items(schema, "required")
        .filter_map(Value::as_str)
        .collect();
    html! {
        @if schema["properties"].is_object() && depth < DEPTH_MAX {
            dl.members {
                @for (name, member) in members(schema, "properties") {
                    dt {
                        code { (name) } " "
                        span.type { (kind(document, member)) }
                        @if !required.contains(&name.as_str()) { " " span.type { "or absent" } }
                    }
                    dd {
                        (inline(description(document, member)))
                        (list(document, member, depth + 1))
                    }
                }
            }
        }
    }
}

/// Through references and arrays to what has members.
fn object<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = resolve(document, schema);
    if schema["items"].is_object() {
        object(document, &schema["items"])
    } else {
        schema
    }
}

/// What is said of the member itself counts more than what is said of its type, but an enum's words are explained
/// by the type.
fn description<'a>(document: &'a Value, member: &'a Value) -> &'a str {
    let own = str_of(member, "description");
    let of_type = resolve(document, member);
    if own.is_empty() || of_type["enum"].is_array() {
        str_of(of_type, "description")
    } else {
        own
    }
}

/// A schema in a few words.
pub fn kind(document: &Value, schema: &Value) -> Markup {
    let resolved = resolve(document, schema);
    html! {
        @if resolved["items"].is_object() {
            "list of " (kind(document, &resolved["items"]))
        } @else if resolved["enum"].is_array() {
            @for (i, word) in items(resolved, "enum").enumerate() {
                @if i > 0 { " | " }
                code { (word.as_str().unwrap_or_default()) }
            }
        } @else {
            (str_of(resolved, "type"))
            @match str_of(resolved, "format") {
                "date-time" => ", RFC 3339",
                "uuid" => ", UUID",
                _ => "",
            }
            (bounds(resolved))
        }
    }
}

fn bounds(schema: &Value) -> String {
    let number = |name: &str| schema[name].as_number().map(ToString::to_string);
    let bound = |name: &str, words: &str, unit: &str| {
        number(name).map_or_else(String::new, |n| format!("{words} {n}{unit}"))
    };
    bound("minimum", ", from", "")
        + &bound("maximum", " to", "")
        + &bound("maxLength", ", at most", " characters")
        + &bound("maxItems", ", at most", "")
}
