//! Who asks.

use std::net::IpAddr;

use crate::http::{Auth, Code, Problem};

/// The one who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Known by the address of the connection only, where the gateway gave one.
    Anonymous(Option<IpAddr>),
}

/// Names the caller.
///
/// # Errors
/// `UNAUTHORIZED` for a key that is not one of ours, and for a missing one where one is required.
pub fn identify(
    auth: Auth,
    authorization: Option<&str>,
    source_ip: Option<IpAddr>,
) -> Result<Caller, Problem> {
    match (auth, authorization) {
        (Auth::None, _) | (Auth::Optional, None) => Ok(Caller::Anonymous(source_ip)),
        // No key was ever issued, so none is valid: a wrong key is refused even where it is optional, so that a
        // caller never believes itself known when it is not.
        (Auth::Optional | Auth::Required, Some(_)) => Err(Problem::new(
            Code::Unauthorized,
            "The API key is not valid.",
        )),
        (Auth::Required, None) => Err(Problem::new(
            Code::Unauthorized,
            "This endpoint needs an API key.",
        )),
    }
}
