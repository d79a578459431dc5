//! A percentage as it was written: compared as a decimal, never as a float.

use serde::{Deserialize, Serialize};

/// A decimal from 0 to 100 with at most 6 fraction digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Percent(String);

impl Percent {
    /// The decimal, for a `numeric` parameter.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Percent> for String {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl TryFrom<String> for Percent {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const RULE: &str = "is not a decimal from 0 to 100 with at most 6 fraction digits";
        let digits = |part: &str, max: usize| {
            (1..=max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
        if !digits(whole, 3) || !digits(fraction, 6) {
            return Err(RULE);
        }
        let over = match whole.parse::<u16>() {
            Ok(100) => fraction.bytes().any(|b| b != b'0'),
            Ok(whole) => whole > 100,
            Err(_) => true,
        };
        if over { Err(RULE) } else { Ok(Self(text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_decimal_from_0_to_100_is_read() {
        for text in ["0", "100", "100.0", "99.999999", "7.5"] {
            assert!(Percent::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in [
            "",
            ".5",
            "5.",
            "-1",
            "101",
            "100.000001",
            "1e2",
            "NaN",
            "1.0000001",
            "+1",
        ] {
            assert!(Percent::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
