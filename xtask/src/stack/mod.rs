//! The servers that the local stack and the tests run on.

pub mod anvil;
pub mod http;
pub mod ports;
pub mod process;
