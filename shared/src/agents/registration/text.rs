//! Makes JSON text such that PostgreSQL's `jsonb` takes it, without touching anything else.
//!
//! JSON allows strings with NUL and with halves of surrogate pairs, and numbers of any size; `jsonb`
//! refuses all three. They are replaced in the text and not in the parsed value, because numbers
//! keep all their digits that way.

use std::iter::Peekable;
use std::str::CharIndices;

use serde_json::value::RawValue;

/// `jsonb` has more room than this, and no honest number needs as much.
const NUMBER_CHARS_MAX: usize = 1_000;
const EXPONENT_MAX: u32 = 1_000;

/// JSON text that can be stored, if the text was JSON at all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Storable {
    /// The text.
    pub(super) text: String,
    /// Whether a NUL or half a surrogate pair became U+FFFD.
    pub(super) replaced_text: bool,
    /// Whether a number became its text.
    pub(super) replaced_number: bool,
}

/// Makes `json` storable.
pub(super) fn storable(json: &str) -> Storable {
    let text = String::with_capacity(json.len());
    let mut storable = Storable {
        text,
        replaced_text: false,
        replaced_number: false,
    };
    let mut chars = json.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => storable.string(json, at, &mut chars),
            '-' | '0'..='9' => storable.number(json, at, &mut chars),
            other => storable.text.push(other),
        }
    }
    storable
}

type Chars<'a> = Peekable<CharIndices<'a>>;

impl Storable {
    /// A string whose opening quote, at `start`, was taken.
    fn string(&mut self, json: &str, start: usize, chars: &mut Chars<'_>) {
        let mut kept = start;
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.text.push_str(&json[kept..=at]);
                    return;
                }
                '\\' => {
                    let Some(length) = unstorable(&json[at..]) else {
                        skip(chars, at + escape_length(&json[at..]));
                        continue;
                    };
                    self.text.push_str(&json[kept..at]);
                    self.text.push('\u{fffd}');
                    self.replaced_text = true;
                    kept = at + length;
                    skip(chars, kept);
                }
                _ => {}
            }
        }
        self.text.push_str(&json[kept..]); // never closed: not JSON
    }

    /// A number whose first character, at `start`, was taken.
    fn number(&mut self, json: &str, start: usize, chars: &mut Chars<'_>) {
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
        let length = json[start..]
            .find(|c| !is_part(c))
            .unwrap_or(json.len() - start);
        let number = &json[start..start + length];
        skip(chars, start + length);
        let is_number = || serde_json::from_str::<&RawValue>(number).is_ok();
        if !fits(number) && is_number() {
            self.text.push('"');
            self.text.push_str(number);
            self.text.push('"');
            self.replaced_number = true;
        } else {
            self.text.push_str(number);
        }
    }
}

/// Leaves out the characters before `end`.
fn skip(chars: &mut Chars<'_>, end: usize) {
    while chars.next_if(|(at, _)| *at < end).is_some() {}
}

fn fits(number: &str) -> bool {
    let exponent = number
        .split_once(['e', 'E'])
        .map_or("0", |(_, exponent)| exponent);
    let exponent = exponent.trim_start_matches(['+', '-']).parse::<u32>();
    number.len() <= NUMBER_CHARS_MAX
        && exponent.is_ok_and(|exponent| exponent <= EXPONENT_MAX)
        && number.parse::<f64>().is_ok_and(f64::is_finite)
}

/// The length of the escape at the beginning of `json`, if what it stands for cannot be stored.
fn unstorable(json: &str) -> Option<usize> {
    const LENGTH: usize = r"\u0000".len();
    match code_unit(json)? {
        0 | 0xdc00..=0xdfff => Some(LENGTH),
        0xd800..=0xdbff => {
            let paired = json.get(LENGTH..).and_then(code_unit);
            let paired = paired.is_some_and(|low| (0xdc00..=0xdfff).contains(&low));
            (!paired).then_some(LENGTH)
        }
        _ => None,
    }
}

/// The length of an escape that can be stored, or is none.
fn escape_length(json: &str) -> usize {
    match code_unit(json) {
        Some(0xd800..=0xdbff) => r"\ud83e\udd16".len(),
        Some(_) => r"\u0000".len(),
        None => 1 + json[1..].chars().next().map_or(0, char::len_utf8),
    }
}

fn code_unit(json: &str) -> Option<u16> {
    let digits = json.strip_prefix(r"\u")?.get(..4)?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        storable(json).text
    }

    #[test]
    fn what_can_be_stored_stays_as_it_is() {
        for json in [
            r#"{"a":[1,-2.50,3e10,1e300,true,null],"b":"\\u0000 \" \ud83e\udd16 \u00e9 é 🤖"}"#,
            "123456789012345678901234567890.000000000000000000001",
            "",
            "{",
            r#""never closed \"#,
            r#""never closed \u12"#,
            r#""\u+123""#,
            r"no string \u0000",
            "--1e999",
            "1e999-",
            "é",
        ] {
            let storable = storable(json);
            assert_eq!(storable.text, json);
            assert!(
                !storable.replaced_text && !storable.replaced_number,
                "{json}"
            );
        }
    }

    #[test]
    fn nul_and_half_pairs_become_the_replacement_character() {
        assert_eq!(text(r#""a\u0000b""#), "\"a\u{fffd}b\"");
        assert_eq!(text(r#""\ud800""#), "\"\u{fffd}\"");
        assert_eq!(text(r#""\uDC00x""#), "\"\u{fffd}x\"");
        assert_eq!(text(r#""\ud83e\u0041""#), "\"\u{fffd}\\u0041\"");
        assert_eq!(
            text(r#""\ud83e\ud83e\udd16""#),
            "\"\u{fffd}\\ud83e\\udd16\""
        );
        assert_eq!(text(r#""\\\u0000""#), "\"\\\\\u{fffd}\"");
        assert!(storable(r#"{"\u0000":1}"#).replaced_text);
    }

    #[test]
    fn numbers_beyond_all_bounds_become_text() {
        assert_eq!(text("[1e400]"), r#"["1e400"]"#);
        assert_eq!(text("-1E-99999999999"), r#""-1E-99999999999""#);
        let long = "9".repeat(2_000);
        assert_eq!(text(&long), format!("\"{long}\""));
        assert!(storable("1e400").replaced_number);
    }
}
