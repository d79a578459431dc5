//! The page.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use crate::text::{inline, items, markdown, members, str_of};
use crate::{operation, problems};

/// What holds for every endpoint.
const BASICS: &str = include_str!("basics.md");

/// An operation with its route.
type Operation<'a> = (&'a str, &'a str, &'a Value);

/// The whole page.
pub fn render(document: &Value, style: &str) -> Markup {
    let info = &document["info"];
    let groups = groups(document);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (str_of(info, "title")) }
                style { (PreEscaped(style)) }
            }
            body {
                header {
                    h1 { (str_of(info, "title")) " " small { (str_of(info, "version")) } }
                    (markdown(str_of(info, "description")))
                }
                (navigation(&groups))
                main {
                    section #basics { (markdown(BASICS)) }
                    @for (tag, operations) in &groups {
                        h2 id=(slug(tag)) { a href={ "#" (slug(tag)) } { (tag) } }
                        @for (path, method, operation) in operations {
                            (operation::section(document, path, method, operation))
                        }
                    }
                    (problems::section(document))
                }
            }
        }
    }
}

fn navigation(groups: &[(&str, Vec<Operation<'_>>)]) -> Markup {
    html! {
        nav {
            p { a href="#basics" { "Basics" } }
            @for (tag, operations) in groups {
                p { a href={ "#" (slug(tag)) } { (tag) } }
                ul {
                    @for (_, _, operation) in operations {
                        li {
                            a href={ "#" (str_of(operation, "operationId")) } {
                                (inline(str_of(operation, "summary")))
                            }
                        }
                    }
                }
            }
            p { a href="#problems" { "Problems" } }
        }
    }
}

/// The operations under their headings, both in the document's order.
fn groups(document: &Value) -> Vec<(&str, Vec<Operation<'_>>)> {
    let mut groups: Vec<(&str, Vec<Operation<'_>>)> = Vec::new();
    for (path, methods) in members(document, "paths") {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let tag = items(operation, "tags")
                .next()
                .and_then(Value::as_str)
                .unwrap_or("Other");
            let entry = (path.as_str(), method.as_str(), operation);
            match groups.iter_mut().find(|(name, _)| *name == tag) {
                Some((_, operations)) => operations.push(entry),
                None => groups.push((tag, vec![entry])),
            }
        }
    }
    // What people come for is first; the machinery is last.
    groups.sort_by_key(|(tag, _)| matches!(*tag, "Documents" | "Operations" | "Other"));
    groups
}

fn slug(tag: &str) -> String {
    tag.to_lowercase().replace(' ', "-")
}
