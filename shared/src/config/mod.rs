//! Settings: one struct a concern, read from the environment once.

mod api;
mod cache;
mod database;
mod env;

pub use api::ApiConfig;
pub use cache::CacheConfig;
pub use database::DatabaseConfig;
pub use env::{ConfigError, optional, parsed, required};
