//! What a handler answers with.

use std::marker::PhantomData;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::Problem;

/// A successful answer. Its status follows from what was done, never from a number in a handler.
#[derive(Debug)]
pub struct Reply<T> {
    pub(crate) output: T,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl<T> Reply<T> {
    /// 200: here it is.
    pub const fn ok(output: T) -> Self {
        Self {
            output,
            status: 200,
            headers: Vec::new(),
        }
    }

    /// The same body with 503: what health says when a required part is down.
    pub const fn unavailable(output: T) -> Self {
        Self {
            output,
            status: 503,
            headers: Vec::new(),
        }
    }

    /// 204: what was asked for exists, and has no content.
    pub const fn no_content(output: T) -> Self {
        Self {
            output,
            status: 204,
            headers: Vec::new(),
        }
    }

    /// What it answers with.
    #[must_use]
    pub fn into_output(self) -> T {
        self.output
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl<T: Serialize> Reply<Created<T>> {
    /// 201 with a JSON document: what was asked for was made.
    pub const fn created(value: T) -> Self {
        Self {
            output: Created(value),
            status: 201,
            headers: Vec::new(),
        }
    }
}

impl<T: Serialize> Reply<Json<T>> {
    /// 200 with a JSON document.
    pub const fn json(value: T) -> Self {
        Self::ok(Json(value))
    }
}

/// A body that the pipeline can send and describe.
pub trait Output: Send + 'static {
    /// The status of a success.
    const STATUS: u16 = 200;

    /// Its bytes and media type.
    ///
    /// # Errors
    /// When the value cannot be serialised, which is a fault of ours.
    fn into_body(self) -> Result<(Vec<u8>, String), Problem>;

    /// The media type in the reference.
    fn media_type() -> &'static str;

    /// Successes other than 200 that it can be, with what each means.
    #[must_use]
    fn other_successes() -> &'static [(u16, &'static str)] {
        &[]
    }

    /// The schema in the reference, and the named ones that it uses.
    fn schema(_named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        None
    }
}

/// `application/json`.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize + ToSchema + Send + 'static> Output for Json<T> {
    fn into_body(self) -> Result<(Vec<u8>, String), Problem> {
        let bytes = serde_json::to_vec(&self.0).map_err(Problem::internal)?;
        Ok((bytes, Self::media_type().to_owned()))
    }

    fn media_type() -> &'static str {
        "application/json"
    }

    fn schema(named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        T::schemas(named);
        named.push((T::name().into_owned(), T::schema()));
        Some(utoipa::openapi::Ref::from_schema_name(T::name()).into())
    }
}

/// `application/json` that is ready as it is: an answer of the cache, or one that is kept there now.
#[derive(Debug)]
pub struct Ready<T> {
    body: Vec<u8>,
    shape: PhantomData<fn() -> T>,
}

impl<T> Ready<T> {
    /// A body that was made of a `T`.
    #[must_use]
    pub const fn new(body: Vec<u8>) -> Self {
        Self {
            body,
            shape: PhantomData,
        }
    }
}

impl<T: Serialize> Ready<T> {
    /// Makes the body.
    ///
    /// # Errors
    /// When the value cannot be serialised, which is a fault of ours.
    pub fn of(value: &T) -> Result<Self, Problem> {
        serde_json::to_vec(value)
            .map(Self::new)
            .map_err(Problem::internal)
    }
}

impl<T: Serialize + ToSchema + Send + 'static> Output for Ready<T> {
    fn into_body(self) -> Result<(Vec<u8>, String), Problem> {
        Ok((self.body, Self::media_type().to_owned()))
    }

    fn media_type() -> &'static str {
        Json::<T>::media_type()
    }

    fn schema(named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        Json::<T>::schema(named)
    }
}

/// `application/json` of something that was made by this request.
#[derive(Debug)]
pub struct Created<T>(pub T);

impl<T: Serialize + ToSchema + Send + 'static> Output for Created<T> {
    const STATUS: u16 = 201;

    fn into_body(self) -> Result<(Vec<u8>, String), Problem> {
        Json(self.0).into_body()
    }

    fn media_type() -> &'static str {
        Json::<T>::media_type()
    }

    fn schema(named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        Json::<T>::schema(named)
    }
}

/// `text/html`: a page of our own.
#[derive(Debug)]
pub struct Html(pub &'static str);

impl Output for Html {
    fn into_body(self) -> Result<(Vec<u8>, String), Problem> {
        Ok((self.0.as_bytes().to_vec(), Self::media_type().to_owned()))
    }

    fn media_type() -> &'static str {
        "text/html; charset=utf-8"
    }
}

/// `application/json`: a document of our own that is ready as it is.
#[derive(Debug)]
pub struct StaticJson(pub &'static str);

impl Output for StaticJson {
    fn into_body(self) -> Result<(Vec<u8>, String), Problem> {
        Ok((self.0.as_bytes().to_vec(), Self::media_type().to_owned()))
    }

    fn media_type() -> &'static str {
        "application/json"
    }
}
