//! What is wrong with a registration file.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing that is wrong with a registration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// What kind of thing.
    pub code: FaultCode,
    /// Whether it breaks a rule of the ERC or only neglects its advice.
    pub severity: Severity,
    /// JSON pointer (RFC 6901) to it; empty for the whole file.
    #[schema(example = "/services/0/endpoint")]
    pub pointer: String,
    /// The same for people.
    #[schema(example = "is missing")]
    pub detail: String,
}

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// A rule is broken: the file is faulty.
    Error,
    /// Advice (SHOULD) is not followed, or an old spelling is used: the file is still valid.
    Warning,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum FaultCode {
    /// Neither a URI nor JSON.
    NotAUri,
    /// A `data:` URI without a comma.
    NoData,
    /// Marked as base64 and is not.
    NotBase64,
    /// Marked as gzip and is not, or is cut off.
    NotGzip,
    /// Compressed in a way that is not known.
    UnknownEncoding,
    /// Larger than a registration file may be once it is decompressed.
    TooLarge,
    /// Not JSON.
    NotJson,
    /// JSON, but nested too deeply to be read.
    TooDeep,
    /// Bytes that are not UTF-8; each was replaced by U+FFFD.
    NotUtf8,
    /// NUL or half a surrogate pair, which no database stores; each was replaced by U+FFFD.
    UnstorableText,
    /// A number that no database stores; it was replaced by its text.
    UnstorableNumber,
    /// A key that occurs twice in an object; the last one counts.
    DuplicateKey,
    /// JSON, but not an object.
    NotAnObject,
    /// A field that is not there.
    Missing,
    /// A field that is there and empty.
    Empty,
    /// A value of the wrong JSON type.
    WrongType,
    /// `type` does not name this ERC's registration file.
    UnknownFileType,
    /// `agentRegistry` is not `{namespace}:{chainId}:{identityRegistry}`.
    MalformedRegistry,
    /// A name that the ERC does not use (any more).
    Spelling,
}

impl Fault {
    /// A broken rule.
    #[must_use]
    pub fn error(code: FaultCode, pointer: &str, detail: impl Into<String>) -> Self {
        let (pointer, detail) = (pointer.to_owned(), detail.into());
        Self {
            code,
            severity: Severity::Error,
            pointer,
            detail,
        }
    }

    /// Advice that was not followed.
    #[must_use]
    pub fn warning(code: FaultCode, pointer: &str, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, pointer, detail)
        }
    }
}
