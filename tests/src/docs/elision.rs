//! JSON in which `…` stands for whatever a reader need not see.

use serde_json::Value;

const ELISION: &str = "…";

/// Makes JSON of a printed example: a bare `…` on its own becomes a string, or a member.
pub fn as_json(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let is_member = lines
            .last()
            .is_some_and(|before| before.contains("\": ") || before.ends_with('{'));
        lines.push(match line.trim() {
            ELISION if is_member => format!("\"{ELISION}\": \"{ELISION}\""),
            ELISION => format!("\"{ELISION}\""),
            _ => line.to_owned(),
        });
    }
    lines.join("\n")
}

/// Whether `actual` is what `expected` shows; otherwise where they part.
///
/// `"…"` matches any value; as a member of an object, any further members; as the last item of an
/// array, any further items; at the end of a string, any further text.
pub fn matches(actual: &Value, expected: &Value, at: &str) -> Result<(), String> {
    let here = || {
        if at.is_empty() {
            "its root".to_owned()
        } else {
            at.to_owned()
        }
    };
    match (actual, expected) {
        (Value::String(actual), Value::String(expected)) => match expected.strip_suffix(ELISION) {
            Some(start) if actual.starts_with(start) => Ok(()),
            None if actual == expected => Ok(()),
            _ => Err(here()),
        },
        (_, Value::String(any)) if any == ELISION => Ok(()),
        (Value::Object(actual), Value::Object(expected)) => {
            let shown = expected.iter().filter(|(name, _)| *name != ELISION);
            for (name, value) in shown.clone() {
                let at = format!("{at}/{name}");
                matches(actual.get(name).ok_or(&at)?, value, &at)?;
            }
            let whole = expected.contains_key(ELISION) || actual.len() == shown.count();
            if whole { Ok(()) } else { Err(here()) }
        }
        (Value::Array(actual), Value::Array(expected)) => {
            let (shown, open) = match expected.split_last() {
                Some((last, shown)) if last == ELISION => (shown, true),
                _ => (expected.as_slice(), false),
            };
            for (index, value) in shown.iter().enumerate() {
                let at = format!("{at}/{index}");
                matches(actual.get(index).ok_or(&at)?, value, &at)?;
            }
            if open || actual.len() == shown.len() {
                Ok(())
            } else {
                Err(here())
            }
        }
        (actual, expected) if actual == expected => Ok(()),
        _ => Err(here()),
    }
}

#[test]
fn what_is_left_out_may_be_anything_and_what_is_shown_must_be_there() {
    let actual = serde_json::json!({ "a": 1, "b": [1, 2, 3], "c": "data:application/json;base64" });
    let check = |text: &str| {
        let expected = serde_json::from_str(&as_json(text)).unwrap();
        matches(&actual, &expected, "")
    };
    assert_eq!(check("{\n\"a\": 1,\n…\n}"), Ok(()));
    assert_eq!(check("{\n…\n}"), Ok(()));
    assert_eq!(check(r#"{"a": 1, "b": [1, "…"], "c": "data:…"}"#), Ok(()));
    assert_eq!(check(r#"{"a": 1, "b": "…", "c": "…"}"#), Ok(()));
    assert_eq!(check(r#"{"a": 2, "…": "…"}"#), Err("/a".to_owned()));
    assert_eq!(check(r#"{"a": 1}"#), Err("its root".to_owned()));
    assert_eq!(check(r#"{"b": [1, 2], "…": "…"}"#), Err("/b".to_owned()));
    assert_eq!(check(r#"{"d": 1, "…": "…"}"#), Err("/d".to_owned()));
}
