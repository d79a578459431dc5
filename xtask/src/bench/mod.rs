//! `cargo xtask bench`: measures the functions as they are built for the cloud, on this machine.

mod latency;
mod load;
mod read;
mod start_up;

pub use read::run as read;
