//! What an agentURI is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An agentURI, told by its beginning. Whitespace around it does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentUri<'a> {
    /// There is none.
    Empty,
    /// `data:`, with what follows the colon.
    Data(&'a str),
    /// JSON in place of a URI.
    Json(&'a str),
    /// `https://`, whole.
    Https(&'a str),
    /// `http://`, whole.
    Http(&'a str),
    /// `ipfs://`, whole.
    Ipfs(&'a str),
    /// Any other scheme.
    Other {
        /// The scheme as it is written.
        scheme: &'a str,
    },
    /// Text that is not a URI.
    Garbage,
}

/// The same in a word, for storing and showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UriKind {
    /// There is none.
    Empty,
    /// `data:`
    Data,
    /// JSON in place of a URI.
    Json,
    /// `https://`
    Https,
    /// `http://`
    Http,
    /// `ipfs://`
    Ipfs,
    /// Any other scheme.
    Other,
    /// Text that is not a URI.
    Garbage,
}

impl UriKind {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Data => "data",
            Self::Json => "json",
            Self::Https => "https",
            Self::Http => "http",
            Self::Ipfs => "ipfs",
            Self::Other => "other",
            Self::Garbage => "garbage",
        }
    }
}

impl<'a> AgentUri<'a> {
    /// Tells what `uri` is. Every text is something.
    #[must_use]
    pub fn parse(uri: &'a str) -> Self {
        let uri = uri.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if uri.is_empty() {
            return Self::Empty;
        }
        if uri.starts_with(['{', '[']) {
            return Self::Json(uri);
        }
        let Some((scheme, rest)) = uri.split_once(':').filter(|(scheme, _)| is_scheme(scheme))
        else {
            return Self::Garbage;
        };
        let located = rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty());
        match scheme.to_ascii_lowercase().as_str() {
            "data" => Self::Data(rest),
            "https" if located => Self::Https(uri),
            "http" if located => Self::Http(uri),
            "ipfs" if located => Self::Ipfs(uri),
            "https" | "http" | "ipfs" => Self::Garbage,
            // A sentence with a colon in it is not a URI.
            _ if rest.is_empty() || rest.contains(char::is_whitespace) => Self::Garbage,
            _ => Self::Other { scheme },
        }
    }

    /// Whether it points to a file that is fetched.
    #[must_use]
    pub const fn is_remote(&self) -> bool {
        matches!(self, Self::Https(_) | Self::Http(_) | Self::Ipfs(_))
    }

    /// The word for it.
    #[must_use]
    pub const fn kind(&self) -> UriKind {
        match self {
            Self::Empty => UriKind::Empty,
            Self::Data(_) => UriKind::Data,
            Self::Json(_) => UriKind::Json,
            Self::Https(_) => UriKind::Https,
            Self::Http(_) => UriKind::Http,
            Self::Ipfs(_) => UriKind::Ipfs,
            Self::Other { .. } => UriKind::Other,
            Self::Garbage => UriKind::Garbage,
        }
    }
}

/// RFC 3986, section 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_told_by_its_beginning() {
        for (uri, parsed) in [
            ("", AgentUri::Empty),
            (" \n\u{feff}", AgentUri::Empty),
            ("data:,{}", AgentUri::Data(",{}")),
            ("DATA:", AgentUri::Data("")),
            (" {\"name\":1}", AgentUri::Json("{\"name\":1}")),
            ("{", AgentUri::Json("{")),
            ("https://a", AgentUri::Https("https://a")),
            ("HTTPS://a b", AgentUri::Https("HTTPS://a b")),
            ("http://a", AgentUri::Http("http://a")),
            ("ipfs://0x06", AgentUri::Ipfs("ipfs://0x06")),
            ("ar://x", AgentUri::Other { scheme: "ar" }),
            ("did:web:x", AgentUri::Other { scheme: "did" }),
            ("https:", AgentUri::Garbage),
            ("https://", AgentUri::Garbage),
            ("cd", AgentUri::Garbage),
            ("note: this is no URI", AgentUri::Garbage),
            ("agent.example/x.json", AgentUri::Garbage),
            ("1:2", AgentUri::Garbage),
            (":", AgentUri::Garbage),
        ] {
            assert_eq!(AgentUri::parse(uri), parsed, "{uri:?}");
        }
    }
}
