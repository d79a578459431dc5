//! The registration file's columns, as far as the chain itself holds the file.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::agents::registration::{self, AgentUri, Document};

/// Longest item that a filter can name, as `migrations/` promises.
const TERM_CHARS_MAX: usize = 128;

/// What the table of agents says of a registration file.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct File {
    pub(crate) uri_kind: &'static str,
    pub(crate) state: &'static str,
    #[serde(skip)]
    pub(crate) bytes: Option<Vec<u8>>,
    /// JSON text.
    pub(crate) registration: Option<String>,
    /// JSON text: a list.
    pub(crate) faults: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) image: Option<String>,
    pub(crate) active: bool,
    pub(crate) x402_support: bool,
    pub(crate) supported_trust: Vec<String>,
    pub(crate) service_names: Vec<String>,
    pub(crate) skills: Vec<String>,
    pub(crate) domains: Vec<String>,
    pub(crate) search_terms: String,
    pub(crate) services: Vec<Service>,
}

/// One service that a registration names.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) skills: Vec<String>,
    pub(crate) domains: Vec<String>,
}

/// Reads what a URI holds or points to.
pub(super) fn read(uri: &str) -> File {
    File::from(registration::read(uri))
}

/// Reads a file that is hosted here, to which a URI leads.
pub(super) fn hosted(uri: &str, bytes: Vec<u8>) -> File {
    let kind = AgentUri::parse(uri).kind();
    File::from(registration::judge(kind, bytes))
}

impl File {
    /// All columns but the file's bytes, as an object for `jsonb_to_record`.
    pub(crate) fn columns(&self) -> serde_json::Value {
        // Strings, booleans and lists of them: nothing that cannot be written.
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl From<Document> for File {
    fn from(document: Document) -> Self {
        let said = document.registration;
        let names = said
            .services
            .iter()
            .filter_map(|service| service.name.as_deref());
        let service_names = terms(names);
        let skills = terms(said.services.iter().flat_map(|service| &service.skills));
        let domains = terms(said.services.iter().flat_map(|service| &service.domains));
        Self {
            uri_kind: document.kind.as_str(),
            state: document.state.as_str(),
            bytes: document.bytes,
            registration: document.json,
            // Strings, numbers and enums: nothing that cannot be written.
            faults: serde_json::to_string(&document.faults).unwrap_or_else(|_| "[]".to_owned()),
            name: said.name,
            description: said.description,
            image: said.image,
            active: said.active.unwrap_or(false),
            x402_support: said.x402_support.unwrap_or(false),
            supported_trust: said.supported_trust,
            search_terms: words([&service_names, &skills, &domains]),
            service_names,
            skills,
            domains,
            services: said.services.into_iter().map(Service::from).collect(),
        }
    }
}

impl From<registration::Service> for Service {
    fn from(service: registration::Service) -> Self {
        Self {
            name: service.name.unwrap_or_default(),
            endpoint: service.endpoint,
            version: service.version,
            skills: service.skills,
            domains: service.domains,
        }
    }
}

/// What filters compare with: each item once, in lower case, bounded because index entries are.
fn terms<'a, T: AsRef<str> + 'a + ?Sized>(items: impl Iterator<Item = &'a T>) -> Vec<String> {
    let bounded = |item: &T| {
        item.as_ref()
            .to_lowercase()
            .chars()
            .take(TERM_CHARS_MAX)
            .collect()
    };
    let terms: BTreeSet<String> = items.map(bounded).collect();
    terms.into_iter().collect()
}

/// The terms as words: `data_engineering/data_compression` is four.
fn words(terms: [&[String]; 3]) -> String {
    let words = terms.into_iter().flatten();
    let words = words.flat_map(|term| term.split(|c: char| !c.is_alphanumeric()));
    let words: BTreeSet<&str> = words.filter(|word| !word.is_empty()).collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_spread_over_its_columns() {
        let file = read(
            r#"{"name":"Ada","services":[
                {"name":"OASF","endpoint":"x","skills":["Data_Engineering/Compression"]},
                {"name":"oasf","endpoint":7,"domains":["energy"]}]}"#,
        );
        assert_eq!((file.uri_kind, file.state), ("json", "faulty"));
        assert_eq!(file.name.as_deref(), Some("Ada"));
        assert!(!file.active);
        assert_eq!(file.service_names, ["oasf"]);
        assert_eq!(file.skills, ["data_engineering/compression"]);
        assert_eq!(
            file.search_terms,
            "compression data energy engineering oasf"
        );
        assert_eq!(file.services[1].endpoint, None);
        assert!(file.faults.contains("\"/services/1/endpoint\""));
    }

    #[test]
    fn without_a_uri_there_is_nothing() {
        let file = read("");
        assert_eq!((file.uri_kind, file.state), ("empty", "none"));
        assert_eq!((file.faults.as_str(), file.bytes), ("[]", None));
    }
}
