//! Free ports on the loopback address.

use std::net::TcpListener;

use anyhow::{Context as _, Result};

/// A port that nothing listens on. Another program may take it before its server does; whoever
/// starts that server finds out while waiting for it and may ask for another.
///
/// # Errors
///
/// When the system has no port left.
pub fn free() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

/// `preferred` while it is free, so that addresses stay the same from one run to the next;
/// otherwise any free port.
///
/// # Errors
///
/// When the system has no port left.
pub fn free_preferring(preferred: u16) -> Result<u16> {
    match TcpListener::bind(("127.0.0.1", preferred)) {
        Ok(_) if preferred != 0 => Ok(preferred),
        _ => free(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_passed_over() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(free_preferring(port).unwrap(), port);
        drop(taken);
        assert_eq!(free_preferring(port).unwrap(), port);
    }
}
