//! Who may call how often: one quota a class and tier, all for the same window.

use crate::config::RateLimitConfig;
use crate::http::{LimitClass, Tier};

use super::Rate;

/// The window of every quota, in seconds.
pub const WINDOW_S: u64 = 3_600;

const WINDOW_US: u64 = WINDOW_S * 1_000_000;

impl LimitClass {
    /// Every class.
    pub const ALL: [Self; 6] = [
        Self::Register,
        Self::Feedback,
        Self::Payment,
        Self::Lookup,
        Self::Search,
        Self::Auth,
    ];

    /// Its name on the wire and in bucket keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Feedback => "feedback",
            Self::Payment => "payment",
            Self::Lookup => "lookup",
            Self::Search => "search",
            Self::Auth => "auth",
        }
    }

    /// Calls an hour of free and anonymous callers.
    #[must_use]
    pub const fn free_quota(self) -> u64 {
        match self {
            Self::Register => 10,
            Self::Feedback => 100,
            Self::Payment => 200,
            Self::Lookup => 1_000,
            Self::Search => 500,
            Self::Auth => 60,
        }
    }
}

/// The rate of a class for a tier.
#[must_use]
pub fn rate(config: &RateLimitConfig, class: LimitClass, tier: Tier) -> Rate {
    let free = config
        .quotas
        .get(class.as_str())
        .copied()
        .unwrap_or(class.free_quota());
    // Sign-in attempts are counted by address, and an address has no tier.
    let factor = match (class, tier) {
        (LimitClass::Auth, _) | (_, Tier::Free) => 1,
        (_, Tier::Pro) => 10,
        (_, Tier::Enterprise) => 100,
    };
    Rate::new(free.saturating_mul(factor), WINDOW_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_multiplies_every_quota_but_that_of_sign_in() {
        let config = RateLimitConfig::for_testing("table");
        let quota = |class, tier| rate(&config, class, tier).quota;
        for class in LimitClass::ALL {
            let free = class.free_quota();
            let (pro, enterprise) = match class {
                LimitClass::Auth => (free, free),
                _ => (free * 10, free * 100),
            };
            assert_eq!(quota(class, Tier::Free), free);
            assert_eq!(quota(class, Tier::Pro), pro);
            assert_eq!(quota(class, Tier::Enterprise), enterprise);
        }
    }

    #[test]
    fn every_interval_is_whole() {
        let config = RateLimitConfig::for_testing("table");
        for class in LimitClass::ALL {
            for tier in [Tier::Free, Tier::Pro, Tier::Enterprise] {
                assert_eq!(rate(&config, class, tier).window_us(), WINDOW_US);
            }
        }
    }
}
