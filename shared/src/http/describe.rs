//! `--describe`: what a function is, as JSON on standard output.

use serde_json::{Value, json};
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{ContentBuilder, RefOr, Required, ResponseBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{FieldError, ProblemBody};
use super::{Auth, CacheControl, Code, Endpoint, Input, Output};
use crate::auth::Authenticator;
use crate::capability::{self, Capabilities, Capability, Name};
use crate::db::Writer;
use crate::rate_limit::RateLimiter;

/// The declaration from which routes, roles, limits, the OpenAPI document and the reference are derived.
#[must_use]
pub fn describe<D: Capabilities, I: Input, O: Output>(endpoint: &Endpoint) -> Value {
    let mut named = vec![
        (ProblemBody::name().into_owned(), ProblemBody::schema()),
        (FieldError::name().into_owned(), FieldError::schema()),
        (Code::name().into_owned(), Code::schema()),
    ];
    let mut operation = operation::<I, O>(endpoint, &mut named);
    let named = named
        .into_iter()
        .collect::<std::collections::BTreeMap<_, _>>();
    let mut schemas = serde_json::to_value(named).unwrap_or_default();
    absent_not_null(&mut operation);
    absent_not_null(&mut schemas);
    let cache_seconds = match endpoint.cache_control {
        CacheControl::NoStore => None,
        CacheControl::Public(age) => Some(age.as_secs()),
    };
    json!({
        "kind": "http",
        "name": endpoint.name,
        "method": endpoint.method,
        "path": endpoint.path,
        "auth": endpoint.auth,
        "tier": endpoint.tier,
        "limit": endpoint.limit,
        "cacheSeconds": cache_seconds,
        "capabilities": capabilities::<D>(endpoint, I::IS_IDEMPOTENT),
        "operation": operation,
        "schemas": schemas,
        "metrics": crate::telemetry::list::ALL,
        "problems": Code::ALL.iter().map(|code| json!({
            "code": code.as_str(),
            "status": code.status(),
            "meaning": code.meaning(),
        })).collect::<Vec<_>>(),
    })
}

/// What the handler takes, and what the pipeline needs for what the endpoint declares.
fn capabilities<D: Capabilities>(endpoint: &Endpoint, is_idempotent: bool) -> Vec<Name> {
    let mut names = D::names();
    if is_idempotent && !names.contains(&Writer::NAME) {
        names.push(Writer::NAME);
    }
    if endpoint.auth != Auth::None && !names.contains(&Authenticator::NAME) {
        names.push(Authenticator::NAME);
    }
    if endpoint.limit.is_some() && !names.contains(&RateLimiter::NAME) {
        names.push(RateLimiter::NAME);
    }
    capability::add_counts(&mut names);
    names
}

/// What an `Option` holds may be absent and is never null, in what we send as in what we take from a query: the
/// schema that is derived from it says otherwise.
fn absent_not_null(schema: &mut Value) {
    let null = |schema: &Value| *schema == json!({ "type": "null" });
    match schema {
        Value::Array(items) => items.iter_mut().for_each(absent_not_null),
        Value::Object(members) => {
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(either)) = members.get_mut("oneOf")
                && either.iter().any(null)
            {
                either.retain(|one| !null(one));
                if let [Value::Object(only)] = either.as_slice() {
                    let only = only.clone();
                    members.remove("oneOf");
                    // What is said of the member counts more than what is said of its type.
                    for (name, value) in only {
                        members.entry(name).or_insert(value);
                    }
                }
            }
            members.values_mut().for_each(absent_not_null);
        }
        _ => {}
    }
}

fn operation<I: Input, O: Output>(
    endpoint: &Endpoint,
    named: &mut Vec<(String, RefOr<Schema>)>,
) -> Value {
    let content = ContentBuilder::new().schema(O::schema(named)).build();
    let success = ResponseBuilder::new()
        .description("The answer.")
        .content(O::media_type(), content);
    let mut operation = OperationBuilder::new()
        .operation_id(Some(endpoint.name))
        .tag(endpoint.tag)
        .summary(Some(endpoint.summary))
        .description(Some(endpoint.description))
        .parameters(Some(I::parameters()))
        .response(O::STATUS.to_string(), success.build());
    for (status, meaning) in O::other_successes() {
        let response = ResponseBuilder::new().description(*meaning).build();
        operation = operation.response(status.to_string(), response);
    }
    if let Some(schema) = I::body_schema(named) {
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let body = RequestBodyBuilder::new()
            .content("application/json", content)
            .required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    let may = problems(endpoint, !I::parameters().is_empty(), I::IS_IDEMPOTENT);
    for (status, codes) in may {
        let lines: Vec<String> = codes
            .iter()
            .map(|c| format!("`{}`: {}", c.as_str(), c.meaning()))
            .collect();
        let schema = utoipa::openapi::Ref::from_schema_name(ProblemBody::name());
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description(lines.join("\n\n"))
            .content("application/problem+json", content)
            .build();
        operation = operation.response(status.to_string(), response);
    }
    serde_json::to_value(operation.build()).unwrap_or_default()
}

/// The problems that an endpoint can answer, by status.
fn problems(
    endpoint: &Endpoint,
    has_input: bool,
    is_idempotent: bool,
) -> std::collections::BTreeMap<u16, Vec<Code>> {
    let mut codes = endpoint.problems.to_vec();
    if is_idempotent {
        codes.extend([Code::IdempotencyKeyInUse, Code::IdempotencyKeyReused]);
    }
    if has_input {
        codes.push(Code::ValidationError);
    }
    if endpoint.auth != Auth::None {
        codes.push(Code::Unauthorized);
    }
    if endpoint.tier > super::Tier::Free {
        codes.push(Code::Forbidden);
    }
    if endpoint.limit.is_some() {
        codes.push(Code::RateLimitExceeded);
    }
    codes.extend([Code::InternalError, Code::DependencyUnavailable]);
    codes.sort();
    codes.dedup();
    let mut by_status: std::collections::BTreeMap<u16, Vec<Code>> =
        std::collections::BTreeMap::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(code);
    }
    by_status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_member_is_never_null() {
        let mut schema = json!({
            "a": { "type": ["string", "null"], "minLength": 1 },
            "b": { "oneOf": [{ "$ref": "#/x", "description": "B." }, { "type": "null" }] },
            "c": { "type": "array", "items": { "type": ["integer", "null"] } },
        });
        absent_not_null(&mut schema);
        assert_eq!(
            schema,
            json!({
                "a": { "type": "string", "minLength": 1 },
                "b": { "$ref": "#/x", "description": "B." },
                "c": { "type": "array", "items": { "type": "integer" } },
            })
        );
    }
}
