//! Settings: one struct a concern, read from the environment once.

mod api;
mod cache;
mod credentials;
mod database;
mod env;
mod metrics;
mod rate_limit;
mod resolver;

pub use api::{ApiConfig, TrustedCdn};
pub use cache::CacheConfig;
pub use credentials::Credentials;
pub use database::DatabaseConfig;
pub use env::{ConfigError, optional, parsed, required};
pub use metrics::MetricsAccess;
pub use rate_limit::RateLimitConfig;
pub use resolver::ResolverConfig;
