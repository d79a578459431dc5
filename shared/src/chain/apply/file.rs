//! The registration file's columns, as far as the chain itself holds the file.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::agents::registration;

/// Longest item that a filter can name, as `migrations/` promises.
const TERM_CHARS_MAX: usize = 128;

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
    let document = registration::read(uri);
    let said = document.registration;
    let names = said
        .services
        .iter()
        .filter_map(|service| service.name.as_deref());
    let service_names = terms(names);
    let skills = terms(said.services.iter().flat_map(|service| &service.skills));
    let domains = terms(said.services.iter().flat_map(|service| &service.domains));
    File {
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
