//! Examples: replies that a test compares with what the function really answers.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::paths;

/// A longer reply teaches no more than a shorter one.
const BYTES_MAX: usize = 12_000;
/// As many examples as a reader compares.
const PER_STATUS_MAX: usize = 3;

/// Adds the function's snapshots to the responses of its operation, by status and media type.
pub fn add(operation: &mut Map<String, Value>, function: &str) -> Result<()> {
    let mut taken: BTreeMap<u64, usize> = BTreeMap::new();
    for (case, snapshot) in snapshots(function)? {
        let Some(status) = snapshot["status"].as_u64() else {
            continue;
        };
        let media_type = snapshot["headers"]["content-type"]
            .as_str()
            .unwrap_or_default();
        let body = &snapshot["body"];
        let taken = taken.entry(status).or_default();
        if !body.is_object() || body.to_string().len() > BYTES_MAX || *taken == PER_STATUS_MAX {
            continue;
        }
        // A status or media type that the operation does not declare is not to be documented here:
        // the contract tests refuse such a reply.
        let content = operation
            .get_mut("responses")
            .and_then(|responses| responses.get_mut(status.to_string()))
            .and_then(|response| response.get_mut("content"))
            .and_then(|content| content.get_mut(media_type));
        if let Some(Value::Object(content)) = content {
            let examples = content.entry("examples").or_insert_with(|| json!({}));
            examples[case.as_str()] = json!({ "summary": words(&case), "value": body });
            *taken += 1;
        }
    }
    Ok(())
}

/// The snapshots of a function by case, sorted.
fn snapshots(function: &str) -> Result<BTreeMap<String, Value>> {
    let dir = paths::root().join("tests/snapshots/events");
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let case = name.to_str().and_then(|name| {
            name.strip_suffix(".json")?
                .strip_prefix(function)?
                .strip_prefix('.')
        });
        if let Some(case) = case {
            let text = fs::read_to_string(entry.path())?;
            let snapshot = serde_json::from_str(&text)
                .with_context(|| format!("reading {}", entry.path().display()))?;
            found.insert(case.to_owned(), snapshot);
        }
    }
    Ok(found)
}

/// `body-where-none-belongs` as people write it.
fn words(case: &str) -> String {
    let mut text = case.replace('-', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_reads_as_a_sentence() {
        assert_eq!(words("body-where-none-belongs"), "Body where none belongs");
        assert_eq!(words(""), "");
    }
}
