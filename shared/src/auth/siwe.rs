//! Sign-in messages (EIP-4361), read strictly and written.
//! <https://eips.ethereum.org/EIPS/eip-4361#abnf-message-format>

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::address::Address;

const GREETING: &str = " wants you to sign in with your Ethereum account:";

/// A message that keeps the grammar. Whether it is for us and of this hour is [`super::sign_in`]'s question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The scheme of the origin that asks, where it is given.
    pub scheme: Option<String>,
    /// The authority that asks (RFC 3986): host, and port where there is one.
    pub domain: String,
    /// Who signs.
    pub address: Address,
    /// What the signer is told.
    pub statement: Option<String>,
    /// What the sign-in is for.
    pub uri: String,
    /// The EIP-155 chain on which a contract wallet is asked.
    pub chain_id: u64,
    /// Good for one use.
    pub nonce: String,
    /// When it was written.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expiration_time: Option<DateTime<Utc>>,
    /// When it begins.
    pub not_before: Option<DateTime<Utc>>,
}

/// Why a text is not a sign-in message: the field that is absent or malformed, in the order of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an EIP-4361 message: {0} is missing, malformed or not in its place")]
pub struct MessageError(&'static str);

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// Names the field that breaks the grammar.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        let mut lines = Lines(text.split('\n').peekable());
        let origin = lines.next("the domain")?;
        let origin = origin
            .strip_suffix(GREETING)
            .ok_or(MessageError("the domain"))?;
        let (scheme, domain) = match origin.split_once("://") {
            Some((scheme, domain)) => (Some(scheme.to_owned()), domain),
            None => (None, origin),
        };
        if domain.is_empty() || !domain.bytes().all(is_uri_char) || domain.contains('/') {
            return Err(MessageError("the domain"));
        }
        let address = address(lines.next("the address")?)?;
        lines.empty("the address")?;
        let statement = match lines.next("the statement")? {
            "" => None,
            text => {
                lines.empty("the statement")?;
                Some(statement(text)?)
            }
        };
        let uri = lines.field("URI: ", "URI")?;
        if uri.is_empty() || !uri.bytes().all(is_uri_char) {
            return Err(MessageError("URI"));
        }
        if lines.field("Version: ", "Version")? != "1" {
            return Err(MessageError("Version"));
        }
        let chain_id = lines.field("Chain ID: ", "Chain ID")?;
        let nonce = lines.field("Nonce: ", "Nonce")?;
        if nonce.len() < 8 || !nonce.bytes().all(|c| c.is_ascii_alphanumeric()) {
            return Err(MessageError("Nonce"));
        }
        let message = Self {
            scheme,
            domain: domain.to_owned(),
            address,
            statement,
            uri: uri.to_owned(),
            chain_id: number(chain_id).ok_or(MessageError("Chain ID"))?,
            nonce: nonce.to_owned(),
            issued_at: time(lines.field("Issued At: ", "Issued At")?, "Issued At")?,
            expiration_time: lines.optional_time("Expiration Time: ", "Expiration Time")?,
            not_before: lines.optional_time("Not Before: ", "Not Before")?,
        };
        lines.optional("Request ID: ");
        lines.resources()?;
        Ok(message)
    }
}

/// What is left to read. `split` and not `lines`: the grammar knows LF only, and a CR is a fault.
struct Lines<'a>(std::iter::Peekable<std::str::Split<'a, char>>);

impl<'a> Lines<'a> {
    fn next(&mut self, field: &'static str) -> Result<&'a str, MessageError> {
        self.0.next().ok_or(MessageError(field))
    }

    fn empty(&mut self, field: &'static str) -> Result<(), MessageError> {
        match self.next(field)? {
            "" => Ok(()),
            _ => Err(MessageError(field)),
        }
    }

    fn field(&mut self, label: &str, field: &'static str) -> Result<&'a str, MessageError> {
        self.optional(label).ok_or(MessageError(field))
    }

    fn optional(&mut self, label: &str) -> Option<&'a str> {
        let value = self.0.peek()?.strip_prefix(label)?;
        self.0.next();
        Some(value)
    }

    fn optional_time(
        &mut self,
        label: &str,
        field: &'static str,
    ) -> Result<Option<DateTime<Utc>>, MessageError> {
        let text = self.optional(label);
        text.map(|text| time(text, field)).transpose()
    }

    /// The list of resources, which must be the end.
    fn resources(mut self) -> Result<(), MessageError> {
        const FIELD: MessageError = MessageError("Resources");
        if self.0.peek().is_none() {
            return Ok(());
        }
        if self.optional("Resources:") != Some("") {
            return Err(FIELD);
        }
        for line in self.0 {
            let uri = line.strip_prefix("- ").ok_or(FIELD)?;
            if uri.is_empty() || !uri.bytes().all(is_uri_char) {
                return Err(FIELD);
            }
        }
        Ok(())
    }
}

/// The grammar wants the EIP-55 form, where an address in an API may be in one case.
fn address(text: &str) -> Result<Address, MessageError> {
    text.parse::<Address>()
        .ok()
        .filter(|address| address.to_string() == text)
        .ok_or(MessageError("the address"))
}

/// Reserved and unreserved characters of RFC 3986 and the space.
fn statement(text: &str) -> Result<String, MessageError> {
    let allowed = |c| (is_uri_char(c) && c != b'%') || c == b' ';
    if text.bytes().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(MessageError("the statement"))
    }
}

/// What may stand in a URI: reserved and unreserved characters and the percent sign (RFC 3986 section 2).
fn is_uri_char(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&c)
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn time(text: &str, field: &'static str) -> Result<DateTime<Utc>, MessageError> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| MessageError(field))
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rfc3339 = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
        if let Some(scheme) = &self.scheme {
            write!(f, "{scheme}://")?;
        }
        write!(f, "{}{GREETING}\n{}\n\n", self.domain, self.address)?;
        if let Some(statement) = &self.statement {
            writeln!(f, "{statement}")?;
        }
        write!(f, "\nURI: {}\nVersion: 1", self.uri)?;
        write!(f, "\nChain ID: {}\nNonce: {}", self.chain_id, self.nonce)?;
        write!(f, "\nIssued At: {}", rfc3339(self.issued_at))?;
        if let Some(time) = self.expiration_time {
            write!(f, "\nExpiration Time: {}", rfc3339(time))?;
        }
        if let Some(time) = self.not_before {
            write!(f, "\nNot Before: {}", rfc3339(time))?;
        }
        Ok(())
    }
}
