//! Small helpers over JSON and Markdown.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{Parser, html};
use serde_json::Value;

/// Markdown as HTML. It comes from our own doc comments, never from a caller.
pub fn markdown(text: &str) -> Markup {
    let mut out = String::new();
    html::push_html(&mut out, Parser::new(text));
    PreEscaped(out)
}

/// Markdown that is one paragraph, without the paragraph.
pub fn inline(text: &str) -> Markup {
    let PreEscaped(html) = markdown(text);
    let bare = html
        .trim()
        .strip_prefix("<p>")
        .and_then(|rest| rest.strip_suffix("</p>"))
        .filter(|bare| !bare.contains("<p>"));
    PreEscaped(bare.map_or(html.clone(), str::to_owned))
}

/// A member that is a string, or nothing.
pub fn str_of<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// A member's items, or none.
pub fn items<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value[member].as_array().into_iter().flatten()
}

/// A member's members, or none.
pub fn members<'a>(
    value: &'a Value,
    member: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value[member].as_object().into_iter().flatten()
}

/// The anchor of a problem's line: what `type` in a problem points to.
pub fn problem_anchor(code: &str) -> String {
    format!("problem-{}", code.to_lowercase().replace('_', "-"))
}
