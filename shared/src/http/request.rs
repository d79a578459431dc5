//! What a handler is given.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required, Schema};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::{Endpoint, parse};
use crate::auth::Caller;
use crate::config::ApiConfig;
use crate::idempotency::Once;
use crate::limits;
use crate::secret::Secret;

/// A parsed request: what it names (`path`), how it asks (`query`), what it brings (`body`).
#[derive(Debug)]
pub struct Request<P = Nothing, Q = Nothing, B = Nothing> {
    /// The path's parameters.
    pub path: P,
    /// The query's parameters.
    pub query: Q,
    /// The body.
    pub body: B,
    /// Who asks, when, and under which id.
    pub meta: Meta,
}

/// What the pipeline knows of a request besides its input.
#[derive(Clone, Debug)]
pub struct Meta {
    /// Names the request in logs and replies.
    pub request_id: String,
    /// Who asks.
    pub caller: Caller,
    /// Settings of the API.
    pub config: Arc<ApiConfig>,
    /// When it was received; handlers read the time from here only.
    pub now: DateTime<Utc>,
    /// When an answer is due.
    pub deadline: Instant,
}

/// The part of an event that parsing reads.
#[derive(Clone, Debug, Default)]
pub struct RawRequest {
    /// The method's name.
    pub method: String,
    /// The path as it was sent, percent-encoded.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// `Content-Type`, where one was sent.
    pub content_type: Option<String>,
    /// `Authorization`, where one was sent.
    pub authorization: Option<Secret>,
    /// `Origin`, where one was sent.
    pub origin: Option<String>,
    /// Whether a browser asks what it may send (`Access-Control-Request-Method`).
    pub is_preflight: bool,
    /// `Idempotency-Key`, where one was sent.
    pub idempotency_key: Option<String>,
    /// `If-None-Match`, where one was sent.
    pub if_none_match: Option<String>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Where the connection came from.
    pub source_ip: Option<IpAddr>,
}

/// Takes no parameter here; anything sent is refused by name.
#[derive(Clone, Copy, Debug, Default, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl IntoParams for Nothing {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Vec::new()
    }
}

/// A set of path or query parameters.
pub trait Params: DeserializeOwned + Validate<Context = ()> + IntoParams + Send + 'static {}
impl<T: DeserializeOwned + Validate<Context = ()> + IntoParams + Send + 'static> Params for T {}

/// A body, or [`Nothing`].
pub trait Body: Sized + Send + 'static {
    /// The most bytes that are read. A longer body is refused before anything looks at it.
    const BYTES_MAX: usize = limits::BODY_BYTES_MAX;

    /// Reads it.
    ///
    /// # Errors
    /// A problem that points at what is wrong.
    fn read(endpoint: &Endpoint, raw: &RawRequest) -> Result<Self, Problem>;

    /// Its schema in the reference.
    fn schema(_named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        None
    }
}

impl Body for Nothing {
    fn read(_: &Endpoint, raw: &RawRequest) -> Result<Self, Problem> {
        if raw.body.is_empty() {
            Ok(Self {})
        } else {
            Err(Problem::at("/body", "is not taken by this endpoint"))
        }
    }
}

/// A JSON body of at most so many bytes.
#[derive(Debug)]
pub struct JsonBody<T, const BYTES_MAX: usize = { limits::BODY_BYTES_MAX }>(pub T);

impl<T, const BYTES_MAX: usize> Body for JsonBody<T, BYTES_MAX>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema + Send + 'static,
{
    const BYTES_MAX: usize = BYTES_MAX;

    fn read(endpoint: &Endpoint, raw: &RawRequest) -> Result<Self, Problem> {
        parse::json(endpoint, raw).map(Self)
    }

    fn schema(named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        T::schemas(named);
        named.push((T::name().into_owned(), T::schema()));
        Some(utoipa::openapi::Ref::from_schema_name(T::name()).into())
    }
}

/// What the pipeline can parse and describe: every [`Request`].
pub trait Input: Sized + Send + 'static {
    /// The most bytes of body that are read.
    const BODY_BYTES_MAX: usize = limits::BODY_BYTES_MAX;

    /// Whether it may come with an idempotency key.
    const IS_IDEMPOTENT: bool = false;

    /// Where the pipeline puts what a write commits with.
    fn once(&mut self) -> Option<&mut Once> {
        None
    }

    /// Parses and validates.
    ///
    /// # Errors
    /// A problem that points at what is wrong.
    fn parse(endpoint: &Endpoint, raw: &RawRequest, meta: Meta) -> Result<Self, Problem>;

    /// The parameters in the reference.
    fn parameters() -> Vec<Parameter>;

    /// The body's schema in the reference.
    fn body_schema(named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>>;
}

impl<P: Params, Q: Params, B: Body> Input for Request<P, Q, B> {
    const BODY_BYTES_MAX: usize = B::BYTES_MAX;

    fn parse(endpoint: &Endpoint, raw: &RawRequest, meta: Meta) -> Result<Self, Problem> {
        Ok(Self {
            path: parse::path(endpoint, raw)?,
            query: parse::query(raw)?,
            body: B::read(endpoint, raw)?,
            meta,
        })
    }

    fn parameters() -> Vec<Parameter> {
        let mut all = P::into_params(|| Some(ParameterIn::Path));
        all.extend(Q::into_params(|| Some(ParameterIn::Query)));
        all
    }

    fn body_schema(named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        B::schema(named)
    }
}

/// A parsed request of a write that can be sent again under an idempotency key.
#[derive(Debug)]
pub struct Write<P = Nothing, Q = Nothing, B = Nothing> {
    /// The path's parameters.
    pub path: P,
    /// The query's parameters.
    pub query: Q,
    /// The body.
    pub body: B,
    /// Who asks, when, and under which id.
    pub meta: Meta,
    /// What it commits with.
    pub once: Once,
}

impl<P: Params, Q: Params, B: Body> Input for Write<P, Q, B> {
    const BODY_BYTES_MAX: usize = B::BYTES_MAX;
    const IS_IDEMPOTENT: bool = true;

    fn once(&mut self) -> Option<&mut Once> {
        Some(&mut self.once)
    }

    fn parse(endpoint: &Endpoint, raw: &RawRequest, meta: Meta) -> Result<Self, Problem> {
        let Request {
            path,
            query,
            body,
            meta,
        } = Request::parse(endpoint, raw, meta)?;
        Ok(Self {
            path,
            query,
            body,
            meta,
            once: Once::default(),
        })
    }

    fn parameters() -> Vec<Parameter> {
        let mut all = Request::<P, Q, B>::parameters();
        let key = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(limits::IDEMPOTENCY_KEY_CHARS_MAX));
        let header = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "Sent again with the same request within 24 hours, the write is done once and answered alike.",
            ))
            .schema(Some(key.build()));
        all.push(header.build());
        all
    }

    fn body_schema(named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        B::schema(named)
    }
}

/// The request as it came, for the one function that takes whatever no route matches.
impl Input for RawRequest {
    fn parse(_: &Endpoint, raw: &RawRequest, _: Meta) -> Result<Self, Problem> {
        Ok(raw.clone())
    }

    fn parameters() -> Vec<Parameter> {
        Vec::new()
    }

    fn body_schema(_: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        None
    }
}
