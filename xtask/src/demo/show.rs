//! What the demo prints: where it is, what is asked, what comes back.

use std::cell::Cell;

use serde_json::Value;

/// Characters of a text that are worth reading.
const TEXT_CHARS_MAX: usize = 90;
/// Items of a list that are.
const ITEMS_MAX: usize = 2;

/// The printer.
#[derive(Debug)]
pub struct Show {
    stages: &'static [&'static str],
    at: Cell<usize>,
}

impl Show {
    /// A printer for these stages.
    #[must_use]
    pub const fn new(stages: &'static [&'static str]) -> Self {
        Self {
            stages,
            at: Cell::new(0),
        }
    }

    /// Begins the next stage.
    pub fn begin(&self, about: &str) {
        let number = self.at.get();
        self.at.set(number + 1);
        out!(
            "\n{}\n\n{}. {about}\n",
            picture(self.stages, number),
            number + 1
        );
    }

    /// Ends the last stage.
    pub fn end(&self) {
        out!("\n{}\n", picture(self.stages, self.stages.len()));
    }
}

/// What is asked of the API.
pub fn request(method: &str, path: &str, body: Option<&Value>) {
    out!("→ {method} {path}");
    if let Some(body) = body {
        out!("{}", indented(body));
    }
}

/// What it answers.
pub fn reply(status: u16, body: &Value) {
    out!("← {status}\n{}\n", indented(body));
}

/// Anything else that happens.
pub fn say(text: &str) {
    out!("  {text}\n");
}

/// `● sign in ── ◉ prepare ── ○ register`: what is done, what is under way, what is to come.
fn picture(stages: &[&str], at: usize) -> String {
    let marked = stages.iter().enumerate().map(|(number, stage)| {
        let mark = match number.cmp(&at) {
            std::cmp::Ordering::Less => '●',
            std::cmp::Ordering::Equal => '◉',
            std::cmp::Ordering::Greater => '○',
        };
        format!("{mark} {stage}")
    });
    marked.collect::<Vec<_>>().join(" ── ")
}

fn indented(body: &Value) -> String {
    let text = format!("{:#}", shortened(body));
    text.lines()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The same with long texts and lists cut.
fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > TEXT_CHARS_MAX => {
            let begin: String = text.chars().take(TEXT_CHARS_MAX).collect();
            Value::String(format!("{begin}…"))
        }
        Value::Array(items) => {
            let more = items.len().saturating_sub(ITEMS_MAX);
            let mut shown: Vec<Value> = items.iter().take(ITEMS_MAX).map(shortened).collect();
            if more > 0 {
                shown.push(Value::String(format!("… and {more} more")));
            }
            Value::Array(shown)
        }
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), shortened(member)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_picture_shows_what_is_done_and_what_is_to_come() {
        assert_eq!(picture(&["a", "b", "c"], 1), "● a ── ◉ b ── ○ c");
        assert_eq!(picture(&["a", "b"], 2), "● a ── ● b");
    }

    #[test]
    fn long_texts_and_lists_are_cut() {
        let body = json!({ "data": "x".repeat(200), "items": [1, 2, 3, 4], "n": "5" });
        let data = format!("{}…", "x".repeat(90));
        let expected = json!({ "data": data, "items": [1, 2, "… and 2 more"], "n": "5" });
        assert_eq!(shortened(&body), expected);
    }
}
