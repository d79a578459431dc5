//! The registration file's columns, as far as the chain itself holds the file.

use serde::Serialize;

/// What the table of agents says of a registration file.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct File {
    pub(super) uri_kind: &'static str,
    pub(super) state: &'static str,
    #[serde(skip)]
    pub(super) bytes: Option<Vec<u8>>,
    /// JSON text.
    pub(super) registration: Option<String>,
    /// JSON text: a list.
    pub(super) faults: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) image: Option<String>,
    pub(super) active: bool,
    pub(super) x402_support: bool,
    pub(super) supported_trust: Vec<String>,
    pub(super) service_names: Vec<String>,
    pub(super) skills: Vec<String>,
    pub(super) domains: Vec<String>,
    pub(super) search_terms: String,
    pub(super) services: Vec<Service>,
}

/// One service that a registration names.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) endpoint: Option<String>,
    pub(super) version: Option<String>,
    pub(super) skills: Vec<String>,
    pub(super) domains: Vec<String>,
}

/// Reads what a URI holds or points to.
pub(super) fn read(uri: &str) -> File {
    let kind = if uri.is_empty() { "empty" } else { "other" };
    File { uri_kind: kind, state: "none", faults: "[]".to_owned(), ..File::default() }
}
