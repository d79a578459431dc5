//! One operation.

use maud::{Markup, html};
use serde_json::Value;

use crate::text::{inline, items, markdown, members, problem_anchor, str_of};
use crate::{example, schema};

/// An operation's section.
pub fn section(document: &Value, path: &str, method: &str, operation: &Value) -> Markup {
    let id = str_of(operation, "operationId");
    html! {
        section.operation id=(id) {
            h3 { a href={ "#" (id) } { (str_of(operation, "summary")) } }
            p.route { span.method { (method.to_uppercase()) } " " code { (path) } }
            (markdown(str_of(operation, "description")))
            (parameters(document, operation))
            h4 { "Request" }
            pre { code { (example::curl(path, method, operation)) } }
            @for (status, response) in members(operation, "responses") {
                @if status.starts_with('2') { (success(document, status, response)) }
            }
            (problems(operation))
        }
    }
}

fn parameters(document: &Value, operation: &Value) -> Markup {
    html! {
        @if items(operation, "parameters").next().is_some() {
            h4 { "Parameters" }
            dl.members {
                @for parameter in items(operation, "parameters") {
                    dt {
                        code { (str_of(parameter, "name")) } " "
                        span.type {
                            (schema::kind(document, &parameter["schema"]))
                            ", in the " (str_of(parameter, "in"))
                            @if parameter["required"] == true { ", required" }
                        }
                    }
                    dd { (inline(str_of(parameter, "description"))) }
                }
            }
        }
    }
}

fn success(document: &Value, status: &str, response: &Value) -> Markup {
    html! {
        h4 { "Answer " (status) }
        @if status != "200" { (markdown(str_of(response, "description"))) }
        @for (media_type, content) in members(response, "content") {
            p.type { (media_type) }
            @if let Some(reply) = example::reply(document, content) {
                pre { code { (format!("{reply:#}")) } }
            }
            @if content["schema"].is_object() {
                details {
                    summary { "Members" }
                    (schema::list(document, &content["schema"], 0))
                }
            }
        }
    }
}

/// The declaration writes each problem as a paragraph: `` `CODE`: meaning ``.
fn problems(operation: &Value) -> Markup {
    let codes = members(operation, "responses").flat_map(|(status, response)| {
        let lines = str_of(response, "description").split("\n\n");
        let codes = lines.filter_map(|line| Some(line.strip_prefix('`')?.split_once("`: ")?.0));
        codes.map(move |code| (status, code))
    });
    html! {
        h4 { "Problems" }
        ul.codes {
            @for (status, code) in codes {
                li { a href={ "#" (problem_anchor(code)) } { code { (code) } } " " (status) }
            }
        }
    }
}
