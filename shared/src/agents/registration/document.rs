//! What became of an agentURI.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fault::{Fault, FaultCode, Severity};
use super::file::Registration;
use super::json::Json;
use super::uri::{AgentUri, UriKind};
use super::{data, json, judge as rules};

/// What became of the registration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There is no agentURI.
    None,
    /// It was read and keeps the rules.
    Valid,
    /// It was read and breaks rules.
    Faulty,
    /// It is elsewhere and was not fetched yet.
    Pending,
    /// It is there, or should be, and cannot be read.
    Unreadable,
    /// It is elsewhere, where nothing is fetched from.
    Unsupported,
    /// It is elsewhere, and could not be fetched in eight attempts over six days.
    Unreachable,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Valid => "valid",
            Self::Faulty => "faulty",
            Self::Pending => "pending",
            Self::Unreadable => "unreadable",
            Self::Unsupported => "unsupported",
            Self::Unreachable => "unreachable",
        }
    }
}

/// A registration file, as far as there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What the agentURI is.
    pub kind: UriKind,
    /// What became of the file.
    pub state: State,
    /// The file, decoded and decompressed, as it is.
    pub bytes: Option<Vec<u8>>,
    /// The file as JSON text that `jsonb` takes, if it is JSON.
    pub json: Option<String>,
    /// What the file says.
    pub registration: Registration,
    /// What is wrong with it, at most [`crate::limits::REGISTRATION_FAULTS_MAX`] things.
    pub faults: Vec<Fault>,
}

/// Reads what an agentURI holds. Whoever holds nothing but points elsewhere is pending or
/// unsupported.
#[must_use]
pub fn read(uri: &str) -> Document {
    let uri = AgentUri::parse(uri);
    let kind = uri.kind();
    match uri {
        AgentUri::Empty => without_file(kind, State::None, None),
        AgentUri::Https(_) | AgentUri::Http(_) | AgentUri::Ipfs(_) => {
            without_file(kind, State::Pending, None)
        }
        AgentUri::Other { .. } => without_file(kind, State::Unsupported, None),
        AgentUri::Garbage => {
            let fault = Fault::error(FaultCode::NotAUri, "", "is neither a URI nor JSON");
            without_file(kind, State::Unreadable, Some(fault))
        }
        AgentUri::Json(json) => judge(kind, json.as_bytes().to_vec()),
        AgentUri::Data(rest) => match data::decode(rest) {
            Err(fault) => without_file(kind, State::Unreadable, Some(fault)),
            Ok(bytes) => {
                let document = judge(kind, bytes);
                let unencoded = data::raw(rest).filter(|_| document.state == State::Unreadable);
                let second = unencoded.map(|raw| judge(kind, raw.as_bytes().to_vec()));
                second
                    .filter(|second| second.state != State::Unreadable)
                    .unwrap_or(document)
            }
        },
    }
}

/// Judges a registration file that a URI of the given kind held or led to.
#[must_use]
pub fn judge(kind: UriKind, bytes: Vec<u8>) -> Document {
    match json::parse(&bytes) {
        Err(fault) => Document {
            bytes: Some(bytes),
            ..without_file(kind, State::Unreadable, Some(fault))
        },
        Ok(Json {
            text,
            value,
            mut faults,
        }) => {
            let registration = rules::judge(&value, &mut faults);
            let broken = faults.iter().any(|fault| fault.severity == Severity::Error);
            let state = if broken { State::Faulty } else { State::Valid };
            Document {
                kind,
                state,
                bytes: Some(bytes),
                json: Some(text),
                registration,
                faults,
            }
        }
    }
}

fn without_file(kind: UriKind, state: State, fault: Option<Fault>) -> Document {
    Document {
        kind,
        state,
        bytes: None,
        json: None,
        registration: Registration::default(),
        faults: fault.into_iter().collect(),
    }
}
