//! What every test stands on: a database of its own, a chain, functions as processes.

pub mod browser;
pub mod buckets;
pub mod cache;
pub mod chain;
pub mod cluster;
pub mod database;
pub mod devchain;
pub mod functions;
pub mod gateway;
pub mod http;
pub mod indexed;
pub mod node;
pub mod patience;
pub mod process;
pub mod random;
pub mod request;
pub mod rpc_proxy;
pub mod server;
pub mod settings;
pub mod tables;
pub mod weather;
pub mod world;

pub use chain::Chain;
pub use database::TestDatabase;
pub use devchain::Devchain;
pub use gateway::Gateway;
pub use node::Node;
pub use request::{Reply, get, request};
pub use world::World;
