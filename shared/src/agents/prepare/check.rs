//! What is wrong with what a caller handed in: all of it at once.

use std::collections::HashSet;

use super::request::NewMetadata;
use crate::agents::registration::{Document, Severity};
use crate::http::{Code, FieldError, Problem};
use crate::limits::{
    AGENT_URI_BYTES_MAX, METADATA_KEYS_MAX, METADATA_VALUE_BYTES_MAX, REGISTRATION_FILE_BYTES_MAX,
};

/// The wallet's own entry, which the registry refuses (ERC-8004, "Onchain metadata").
const RESERVED_KEY: &str = "agentWallet";
const FILE: &str = "/body/registration";

/// The faults that were found, by the code that they are refused with.
#[derive(Debug, Default)]
pub(super) struct Faults {
    file: Vec<FieldError>,
    limits: Vec<FieldError>,
    other: Vec<FieldError>,
}

fn fault(pointer: impl Into<String>, detail: impl Into<String>) -> FieldError {
    FieldError {
        pointer: pointer.into(),
        detail: detail.into(),
    }
}

impl Faults {
    /// A file that is too large to be looked at.
    pub(super) fn check_size(&mut self, bytes: usize) -> bool {
        let fits = bytes <= REGISTRATION_FILE_BYTES_MAX;
        if !fits {
            let detail = format!("has {bytes} bytes, more than {REGISTRATION_FILE_BYTES_MAX}");
            self.file.push(fault(FILE, detail));
        }
        fits
    }

    /// What breaks a rule of the ERC. Advice that is not followed is no reason to refuse.
    pub(super) fn check_file(&mut self, document: &Document) {
        let broken = document.faults.iter();
        let broken = broken.filter(|fault| fault.severity == Severity::Error);
        self.file
            .extend(broken.map(|one| fault(format!("{FILE}{}", one.pointer), &one.detail)));
    }

    /// A URI that a registry would refuse.
    pub(super) fn check_uri(&mut self, uri: &str) {
        if uri.len() > AGENT_URI_BYTES_MAX {
            let bytes = uri.len();
            let detail = format!(
                "makes a `data:` URI of {bytes} bytes, more than {AGENT_URI_BYTES_MAX}; hosted, it is not bound by that"
            );
            self.file.push(fault(FILE, detail));
        }
    }

    /// Entries that the registry would refuse, or that would overwrite each other.
    pub(super) fn check_metadata(&mut self, entries: &[NewMetadata]) {
        if entries.len() > METADATA_KEYS_MAX {
            let detail = format!(
                "has {} entries, more than {METADATA_KEYS_MAX}",
                entries.len()
            );
            self.limits.push(fault("/body/metadata", detail));
        }
        let mut keys = HashSet::new();
        for (place, entry) in entries.iter().enumerate() {
            let at = format!("/body/metadata/{place}");
            if entry.key == RESERVED_KEY {
                let detail = "is the registry's own; it is set by `setAgentWallet`";
                self.other.push(fault(format!("{at}/key"), detail));
            } else if !keys.insert(&entry.key) {
                self.other
                    .push(fault(format!("{at}/key"), "is there twice"));
            }
            let bytes = entry.bytes().len();
            if bytes > METADATA_VALUE_BYTES_MAX {
                let detail = format!("has {bytes} bytes, more than {METADATA_VALUE_BYTES_MAX}");
                let field = if entry.value.is_some() {
                    "value"
                } else {
                    "text"
                };
                self.limits.push(fault(format!("{at}/{field}"), detail));
            }
            if entry.value.is_some() == entry.text.is_some() {
                let detail = "has not exactly one of `value` and `text`";
                self.other.push(fault(at, detail));
            }
        }
    }

    /// Refuses what has faults: under the code of the file where that has any, else of the limits.
    pub(super) fn refuse(self) -> Result<(), Problem> {
        let code = match (self.file.is_empty(), self.limits.is_empty()) {
            (false, _) => Code::RegistrationFileInvalid,
            (true, false) => Code::MetadataLimitExceeded,
            (true, true) => Code::ValidationError,
        };
        let all: Vec<FieldError> = [self.file, self.limits, self.other].concat();
        if all.is_empty() {
            return Ok(());
        }
        Err(Problem::invalid_as(code, all))
    }
}
