//! Texts from the chain in lists: nothing bounds them there, and a reply of a Lambda function is bounded (6 MB).

use crate::limits::SHOWN_CHARS_MAX;

/// Cuts a text to what a list shows, and notes the field if it did.
#[must_use]
pub fn shown(mut text: String, field: &'static str, truncated: &mut Vec<&'static str>) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_CHARS_MAX) {
        text.truncate(end);
        truncated.push(field);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_character_and_named() {
        let mut truncated = Vec::new();
        let whole = "\u{e9}".repeat(SHOWN_CHARS_MAX);
        assert_eq!(shown(whole.clone(), "tag1", &mut truncated), whole);
        assert_eq!(shown(format!("{whole}x"), "tag2", &mut truncated), whole);
        assert_eq!(truncated, ["tag2"]);
    }
}
