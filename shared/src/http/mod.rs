//! The one request pipeline: an API Gateway event in, a reply or a problem out.
//!
//! [`serve`] runs, in this order: request id and span, sizes, caller, limits, parsing (path, query, body), handler,
//! headers (`ETag`, `RateLimit`, `Request-Id`, `Cache-Control`), and one log line. A handler takes typed input and
//! returns a [`Reply`] or a [`Problem`]; it parses nothing and writes no status code.

mod code;
mod cors;
mod cursor;
mod describe;
mod endpoint;
mod etag;
mod event;
mod explain;
mod gate;
mod idempotent;
mod limit;
mod parse;
mod problem;
mod reply;
mod request;
mod route;
mod scan;
mod serve;
mod shown;

pub use code::Code;
pub use cursor::{Cursor, Page};
pub use describe::describe;
pub use endpoint::{Auth, CacheControl, Endpoint, LimitClass, Method, Tier};
pub use problem::{FieldError, Problem};
pub use reply::{Created, Html, Json, Output, Ready, Reply, StaticJson};
pub use request::{Body, Input, JsonBody, Meta, Nothing, Params, RawRequest, Request, Write};
pub use route::{Route, RouteTable};
pub use scan::{Scan, of_the_page};
pub use serve::serve;
pub use shown::shown;

/// What a JSON handler returns.
pub type JsonResult<T> = Result<Reply<Json<T>>, Problem>;

/// What a JSON handler returns whose answers are kept in the cache.
pub type CachedResult<T> = Result<Reply<Ready<T>>, Problem>;

/// What a JSON handler returns that makes something.
pub type CreatedResult<T> = Result<Reply<Created<T>>, Problem>;

/// What the handler of a write returns: the reply that it committed.
pub type WriteResult<O> = Result<Reply<crate::idempotency::Rendered<O>>, Problem>;
