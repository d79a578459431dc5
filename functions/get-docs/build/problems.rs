//! The catalogue of problems. Every problem's `type` points to its line here.

use maud::{Markup, html};
use serde_json::Value;

use crate::text::{inline, items, problem_anchor, str_of};

/// The catalogue's section.
pub fn section(document: &Value) -> Markup {
    let catalogue = &document["components"]["schemas"]["Code"];
    html! {
        section #problems {
            h2 { a href="#problems" { "Problems" } }
            p {
                "Whatever is not answered as asked is " code { "application/problem+json" } " (RFC 9457). Programs read "
                code { "code" } ", people read " code { "detail" } ", and " code { "errors" }
                " points (RFC 6901) at each value that is invalid, within " code { "path" } ", " code { "query" } " or "
                code { "body" } ". " code { "requestId" } " names the request in our logs."
            }
            dl.members {
                @for problem in items(catalogue, "x-problems") {
                    @let code = str_of(problem, "code");
                    dt id=(problem_anchor(code)) {
                        a href={ "#" (problem_anchor(code)) } { code { (code) } } " "
                        span.type { (problem["status"]) ", " (str_of(problem, "title")) }
                    }
                    dd { (inline(str_of(problem, "meaning"))) }
                }
            }
        }
    }
}
