//! From bytes to typed input, with a pointer to whatever is wrong.

use garde::Validate;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde_path_to_error::{Path, Segment};

use super::problem::{FieldError, Problem};
use super::request::RawRequest;
use super::{Code, Endpoint, Route, explain};
use crate::limits;

/// Refuses what is too large, or cannot be stored, before anything looks inside.
pub(super) fn check_limits(raw: &RawRequest, body_bytes_max: usize) -> Result<(), Problem> {
    if raw.query.len() > limits::QUERY_BYTES_MAX {
        let detail = format!("is longer than {} bytes", limits::QUERY_BYTES_MAX);
        return Err(Problem::at("/query", detail));
    }
    // PostgreSQL's text holds no NUL, so nothing here is named by one.
    if raw.path.contains("%00") || raw.path.contains('\0') {
        return Err(Problem::at("/path", "holds a NUL character"));
    }
    if let Some(pair) = raw.query.split('&').find(|pair| pair.contains("%00")) {
        let mut pointer = "/query".to_owned();
        push_token(&mut pointer, pair.split('=').next().unwrap_or_default());
        return Err(Problem::at(pointer, "holds a NUL character"));
    }
    if raw.body.len() > body_bytes_max {
        let detail = format!("The body is longer than {body_bytes_max} bytes.");
        return Err(Problem::new(Code::PayloadTooLarge, detail));
    }
    Ok(())
}

/// The path's parameters. The route was chosen by the gateway; a path that does not match it is no route of ours.
pub(super) fn path<T>(endpoint: &Endpoint, raw: &RawRequest) -> Result<T, Problem>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let no_route = || Problem::new(Code::RouteNotFound, "No endpoint has this path.");
    let params = Route::new(endpoint.path)
        .match_path(&raw.path)
        .ok_or_else(no_route)?;
    let map = params
        .into_iter()
        .map(|(name, value)| (name.into_deserializer(), value.into_deserializer()));
    let map: MapDeserializer<'_, _, serde::de::value::Error> = MapDeserializer::new(map);
    let value =
        serde_path_to_error::deserialize(map).map_err(|e| fault("/path", e.path(), e.inner()))?;
    validated("/path", value)
}

/// The query's parameters.
pub(super) fn query<T>(raw: &RawRequest) -> Result<T, Problem>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let pairs = serde_html_form::Deserializer::from_bytes(raw.query.as_bytes());
    let value = serde_path_to_error::deserialize(pairs)
        .map_err(|e| fault("/query", e.path(), e.inner()))?;
    validated("/query", value)
}

/// A JSON body.
pub(super) fn json<T>(_: &Endpoint, raw: &RawRequest) -> Result<T, Problem>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let media_type = raw.content_type.as_deref().unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "The body's Content-Type is not application/json.",
        ));
    }
    let mut document = serde_json::Deserializer::from_slice(&raw.body);
    let value = serde_path_to_error::deserialize(&mut document)
        .map_err(|e| fault("/body", e.path(), e.inner()))?;
    document
        .end()
        .map_err(|e| Problem::at("/body", e.to_string()))?;
    validated("/body", value)
}

fn fault(root: &str, path: &Path, error: &impl std::fmt::Display) -> Problem {
    let mut pointer = root.to_owned();
    for segment in path {
        match segment {
            Segment::Seq { index } => push_token(&mut pointer, &index.to_string()),
            Segment::Map { key } => push_token(&mut pointer, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let unit = if root == "/body" {
        "field"
    } else {
        "parameter"
    };
    let explanation = explain::serde(&error.to_string(), unit);
    if let Some(token) = &explanation.token {
        push_token(&mut pointer, token);
    }
    let detail = explanation.detail;
    Problem::invalid_as(explanation.code, vec![FieldError { pointer, detail }])
}

fn validated<T: Validate<Context = ()>>(root: &str, value: T) -> Result<T, Problem> {
    let Err(report) = value.validate() else {
        return Ok(value);
    };
    let errors = report.iter().map(|(path, error)| FieldError {
        pointer: pointer(root, &path.to_string()),
        detail: explain::garde(error.message()),
    });
    Err(Problem::invalid(errors.collect()))
}

/// `services[0].endpoint_uri` as `/body/services/0/endpointUri`.
fn pointer(root: &str, path: &str) -> String {
    let mut pointer = root.to_owned();
    for token in path.split(['.', '[', ']']).filter(|t| !t.is_empty()) {
        let mut camel = String::with_capacity(token.len());
        let mut upper = false;
        for c in token.chars() {
            match c {
                '_' => upper = true,
                c if upper => {
                    camel.extend(c.to_uppercase());
                    upper = false;
                }
                c => camel.push(c),
            }
        }
        push_token(&mut pointer, &camel);
    }
    pointer
}

/// RFC 6901 section 3: `~` and `/` are escaped.
fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rust_path_becomes_a_json_pointer_in_camel_case() {
        assert_eq!(
            pointer("/body", "services[0].endpoint_uri"),
            "/body/services/0/endpointUri"
        );
        assert_eq!(pointer("/query", "min_score"), "/query/minScore");
    }
}
