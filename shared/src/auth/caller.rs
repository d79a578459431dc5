//! The one who asks.

use std::net::IpAddr;

use uuid::Uuid;

use crate::address::Address;
use crate::http::{Code, Problem, Tier};
use crate::limits::PAGE_SIZE_FREE_MAX;

/// The one who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Known by the address of the connection only, where the gateway gave one.
    Anonymous(Option<IpAddr>),
    /// Known by a key.
    Key(Holder),
}

/// Who a key belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The key's id.
    pub key: Uuid,
    /// The wallet that signed in for it.
    pub wallet: Address,
    /// The wallet's tier.
    pub tier: Tier,
}

impl Caller {
    /// The caller's tier; without a key it is that of a free one.
    #[must_use]
    pub const fn tier(&self) -> Tier {
        match self {
            Self::Anonymous(_) => Tier::Free,
            Self::Key(holder) => holder.tier,
        }
    }

    /// The wallet that the caller has proved to hold.
    #[must_use]
    pub const fn wallet(&self) -> Option<Address> {
        match self {
            Self::Anonymous(_) => None,
            Self::Key(holder) => Some(holder.wallet),
        }
    }

    /// The id of the key that the caller came with.
    #[must_use]
    pub const fn key_id(&self) -> Option<Uuid> {
        match self {
            Self::Anonymous(_) => None,
            Self::Key(holder) => Some(holder.key),
        }
    }

    /// Who the key belongs to, where the endpoint requires one.
    ///
    /// # Errors
    /// `UNAUTHORIZED` for a caller without a key.
    pub fn holder(&self) -> Result<Holder, Problem> {
        match self {
            Self::Anonymous(_) => Err(Problem::new(
                Code::Unauthorized,
                "This endpoint needs an API key.",
            )),
            Self::Key(holder) => Ok(*holder),
        }
    }

    /// Refuses a caller whose tier is too low for `what`, such as `Pages of more than 50 rows`.
    ///
    /// # Errors
    /// `FORBIDDEN`, which names the tier.
    pub fn require(&self, tier: Tier, what: &str) -> Result<(), Problem> {
        if self.tier() >= tier {
            return Ok(());
        }
        let need = match tier {
            Tier::Enterprise => "the enterprise tier",
            Tier::Free | Tier::Pro => "the pro tier or above",
        };
        let have = self.tier().as_str();
        Err(Problem::new(
            Code::Forbidden,
            format!("{what} needs {need}; yours is {have}."),
        ))
    }

    /// Refuses a page that is too large for the caller's tier.
    ///
    /// # Errors
    /// `FORBIDDEN`, which names the tier.
    pub fn require_page(&self, rows: Option<u16>) -> Result<(), Problem> {
        if rows.is_none_or(|rows| rows <= PAGE_SIZE_FREE_MAX) {
            return Ok(());
        }
        let what = format!("A page of more than {PAGE_SIZE_FREE_MAX} rows");
        self.require(Tier::Pro, &what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_that_is_too_low_is_told_which_it_needs() {
        let caller = Caller::Anonymous(None);
        caller.require(Tier::Free, "This").unwrap();
        let problem = caller.require(Tier::Pro, "This endpoint").unwrap_err();
        assert_eq!(problem.code(), Code::Forbidden);
        assert_eq!(
            problem.detail(),
            "This endpoint needs the pro tier or above; yours is free."
        );
    }
}
