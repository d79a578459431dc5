//! What a deserialiser or validator says, in words that follow the pointer: `/query/limit is greater than 100`.

use super::Code;
use crate::address::InvalidAddress;

/// What is wrong with a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explanation {
    pub code: Code,
    /// A token that the pointer lacks: the name of a field that is missing.
    pub token: Option<String>,
    pub detail: String,
}

/// Explains an error of serde. `unit` is what the input consists of: `parameter` or `field`.
pub(super) fn serde(error: &str, unit: &str) -> Explanation {
    let explained = |token: Option<&str>, detail: String| Explanation {
        code: code(&detail),
        token: token.map(str::to_owned),
        detail,
    };
    if let Some(name) = quoted(error, "missing field `") {
        return explained(Some(name), "is missing".to_owned());
    }
    if quoted(error, "unknown field `").is_some() {
        return explained(None, format!("is not a {unit} that is taken here"));
    }
    if let Some((value, expected)) = error
        .strip_prefix("unknown variant ")
        .and_then(|rest| rest.split_once(", "))
    {
        return explained(None, format!("is {value}, {expected}"));
    }
    let detail = match error {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "is not a whole number".to_owned()
        }
        "number too large to fit in target type" | "number too small to fit in target type" => {
            "is out of range".to_owned()
        }
        "unsupported value" => "is given more than once".to_owned(),
        other if other.starts_with("invalid ") => format!("is an {other}"),
        other => other.to_owned(),
    };
    explained(None, detail)
}

/// Explains a message of garde.
pub(super) fn garde(message: &str) -> String {
    match message {
        m if m.starts_with("lower than ") || m.starts_with("greater than ") => format!("is {m}"),
        m if m.starts_with("length is ") => m.replacen("length is", "has a length that is", 1),
        m => m.to_owned(),
    }
}

/// An address is wrong in itself, or as part of an agent's name.
fn code(detail: &str) -> Code {
    let of_an_address = [InvalidAddress::Form, InvalidAddress::Checksum]
        .map(|reason| reason.to_string())
        .iter()
        .any(|reason| {
            detail
                .strip_prefix("has a registry that ")
                .unwrap_or(detail)
                .starts_with(reason)
        });
    if of_an_address {
        Code::InvalidAddress
    } else {
        Code::ValidationError
    }
}

fn quoted<'a>(error: &'a str, prefix: &str) -> Option<&'a str> {
    error.strip_prefix(prefix)?.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_on_from_the_pointer() {
        for (error, token, detail) in [
            (
                "missing field `name` at line 1 column 2",
                Some("name"),
                "is missing",
            ),
            (
                "unknown field `x`, expected `q` or `limit`",
                None,
                "is not a parameter that is taken here",
            ),
            (
                "unknown variant `best`, expected one of `newest`, `score`",
                None,
                "is `best`, expected one of `newest`, `score`",
            ),
            (
                "invalid digit found in string",
                None,
                "is not a whole number",
            ),
            (
                "invalid type: string, expected u8",
                None,
                "is an invalid type: string, expected u8",
            ),
        ] {
            let explained = serde(error, "parameter");
            assert_eq!(explained.token.as_deref(), token, "{error}");
            assert_eq!(explained.detail, detail);
            assert_eq!(explained.code, Code::ValidationError);
        }
        assert_eq!(garde("greater than 100"), "is greater than 100");
        assert_eq!(
            garde("length is greater than 10"),
            "has a length that is greater than 10"
        );
    }

    #[test]
    fn a_wrong_address_has_a_code_of_its_own() {
        for error in [
            "is not 0x and 40 hex digits",
            "has a wrong EIP-55 checksum at line 3 column 9",
            "has a registry that has a wrong EIP-55 checksum",
        ] {
            assert_eq!(serde(error, "field").code, Code::InvalidAddress, "{error}");
        }
    }
}
