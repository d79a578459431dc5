//! Path templates and the table of all routes.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// A path template, `/v1/agents/{agent}/stats`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route(String);

impl Route {
    /// A route from its template.
    pub fn new(template: impl Into<String>) -> Self {
        Self(template.into())
    }

    /// The parameters of a path that matches, percent-decoded; `None` where it does not match.
    #[must_use]
    pub fn match_path(&self, path: &str) -> Option<Vec<(String, String)>> {
        if self.0 == "$default" {
            return Some(Vec::new());
        }
        let mut params = Vec::new();
        let mut actual = path.trim_end_matches('/').split('/');
        for expected in self.0.split('/') {
            let segment = actual.next()?;
            match expected.strip_prefix('{').and_then(|e| e.strip_suffix('}')) {
                Some(_) if segment.is_empty() => return None,
                Some(name) => {
                    let value = percent_decode_str(segment).decode_utf8().ok()?;
                    params.push((name.to_owned(), value.into_owned()));
                }
                None if expected != segment => return None,
                None => {}
            }
        }
        actual.next().is_none().then_some(params)
    }
}

/// All routes of the API with their methods, read from the OpenAPI document.
#[derive(Debug)]
pub struct RouteTable(Vec<(Route, Vec<String>)>);

#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

impl RouteTable {
    /// Reads the routes of an OpenAPI document.
    ///
    /// # Errors
    /// When it is not an OpenAPI document.
    pub fn from_openapi(document: &str) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_str(document)?;
        let methods = ["get", "post", "put", "patch", "delete"];
        Ok(Self(
            document
                .paths
                .into_iter()
                .map(|(path, item)| {
                    let taken = methods.into_iter().filter(|m| item.contains_key(*m));
                    (
                        Route::new(path),
                        taken.map(str::to_ascii_uppercase).collect(),
                    )
                })
                .collect(),
        ))
    }

    /// The methods that a path takes; `None` where no route has the path.
    #[must_use]
    pub fn methods(&self, path: &str) -> Option<String> {
        let taken: Vec<&str> = self
            .0
            .iter()
            .filter(|(route, _)| route.match_path(path).is_some())
            .flat_map(|(_, methods)| methods.iter().map(String::as_str))
            .collect();
        (!taken.is_empty()).then(|| taken.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_matches_its_paths_and_decodes_their_parameters() {
        let route = Route::new("/v1/agents/{agent}/stats");
        let agent = |value: &str| Some(vec![("agent".to_owned(), value.to_owned())]);
        assert_eq!(route.match_path("/v1/agents/1:0/stats"), agent("1:0"));
        assert_eq!(route.match_path("/v1/agents/1%3A0/stats/"), agent("1:0"));
        for other in [
            "/v1/agents/1:0",
            "/v1/agents//stats",
            "/v1/agents/1:0/stats/x",
            "/",
            "/v1/agents/%FF/stats",
        ] {
            assert_eq!(route.match_path(other), None, "{other}");
        }
    }

    #[test]
    fn the_table_names_the_methods_of_a_path() {
        let table = RouteTable::from_openapi(
            r#"{"paths":{"/v1/agents":{"get":{},"post":{},"parameters":[]}}}"#,
        )
        .expect("it is a document");
        assert_eq!(table.methods("/v1/agents").as_deref(), Some("GET, POST"));
        assert_eq!(table.methods("/v1/agent"), None);
    }
}
