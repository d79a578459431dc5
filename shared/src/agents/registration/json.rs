//! Reads JSON that need not be well made.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::fault::{Fault, FaultCode};
use super::text::{self, Storable};
use crate::limits::REGISTRATION_FAULTS_MAX;

/// JSON as it is stored and as it is read.
#[derive(Debug)]
pub(super) struct Json {
    /// Text that `jsonb` takes, with all digits of all numbers.
    pub(super) text: String,
    /// The value.
    pub(super) value: Value,
    /// What had to be changed or passed over.
    pub(super) faults: Vec<Fault>,
}

/// Reads the JSON in `bytes`. A byte order mark is passed over.
pub(super) fn parse(bytes: &[u8]) -> Result<Json, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let json = String::from_utf8_lossy(bytes);
    let mut faults = Vec::new();
    if matches!(json, std::borrow::Cow::Owned(_)) {
        faults.push(Fault::error(
            FaultCode::NotUtf8,
            "",
            "has bytes that are not UTF-8",
        ));
    }
    let Storable {
        text,
        replaced_text,
        replaced_number,
    } = text::storable(&json);
    if replaced_text {
        let detail = "has NUL or half a surrogate pair in a string";
        faults.push(Fault::error(FaultCode::UnstorableText, "", detail));
    }
    if replaced_number {
        let detail = "has a number that is too large or too long";
        faults.push(Fault::error(FaultCode::UnstorableNumber, "", detail));
    }
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let seed = Tolerant {
        pointer: String::new(),
        faults: &mut faults,
    };
    let value = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| not_json(&error))?;
    Ok(Json {
        text,
        value,
        faults,
    })
}

fn not_json(error: &serde_json::Error) -> Fault {
    // serde_json stops at 128 levels and says so in words only.
    if error.to_string().starts_with("recursion limit") {
        return Fault::error(
            FaultCode::TooDeep,
            "",
            "is nested more than 127 levels deep",
        );
    }
    Fault::error(FaultCode::NotJson, "", format!("is not JSON: {error}"))
}

/// A part of a JSON pointer (RFC 6901).
pub(super) fn step(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Builds a [`Value`] and notes keys that occur twice, which [`Value`]'s own reader does not see.
struct Tolerant<'a> {
    pointer: String,
    faults: &'a mut Vec<Fault>,
}

impl<'de> DeserializeSeed<'de> for Tolerant<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tolerant<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let pointer = format!("{}/{}", self.pointer, list.len());
            let seed = Tolerant {
                pointer,
                faults: self.faults,
            };
            match items.next_element_seed(seed)? {
                Some(item) => list.push(item),
                None => return Ok(list.into()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut twice = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            let pointer = step(&self.pointer, &key);
            let again = object.contains_key(&key) && twice.insert(key.clone());
            if again && self.faults.len() < REGISTRATION_FAULTS_MAX {
                let detail = "occurs more than once; the last one counts";
                self.faults
                    .push(Fault::error(FaultCode::DuplicateKey, &pointer, detail));
            }
            let value = entries.next_value_seed(Tolerant {
                pointer,
                faults: self.faults,
            })?;
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(json: &Json) -> Vec<(FaultCode, &str)> {
        json.faults
            .iter()
            .map(|fault| (fault.code, fault.pointer.as_str()))
            .collect()
    }

    #[test]
    fn what_is_odd_is_read_and_noted() {
        let text = b"\xef\xbb\xbf {\"a\":\"\\u0000\xff\",\"b\":{\"c/~\":1,\"c/~\":2,\"c/~\":3},\"d\":1e999} ";
        let json = parse(text).expect("it is JSON");
        assert_eq!(
            json.value,
            json!({ "a": "\u{fffd}\u{fffd}", "b": { "c/~": 3 }, "d": "1e999" })
        );
        assert_eq!(
            codes(&json),
            [
                (FaultCode::NotUtf8, ""),
                (FaultCode::UnstorableText, ""),
                (FaultCode::UnstorableNumber, ""),
                (FaultCode::DuplicateKey, "/b/c~1~0"),
            ]
        );
    }

    #[test]
    fn digits_survive_in_the_text() {
        let json = parse(b"{\"agentId\":123456789012345678901234567890}").expect("it is JSON");
        assert_eq!(json.text, "{\"agentId\":123456789012345678901234567890}");
    }

    #[test]
    fn what_is_not_json_is_told() {
        for (text, code) in [
            (&b""[..], FaultCode::NotJson),
            (b"{\"a\":1", FaultCode::NotJson),
            (b"{} {}", FaultCode::NotJson),
            (b"{'a':1}", FaultCode::NotJson),
            ("[".repeat(100_000).as_bytes(), FaultCode::TooDeep),
        ] {
            assert_eq!(parse(text).expect_err("it is not JSON").code, code);
        }
    }
}
