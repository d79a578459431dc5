//! Whose bucket a call takes from.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::address::Address;
use crate::http::LimitClass;

/// The key of a bucket: a class and a caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bucket(String);

impl Bucket {
    /// The bucket of a wallet: all keys of one wallet share it, so many keys do not multiply a quota.
    #[must_use]
    pub fn of_wallet(class: LimitClass, wallet: Address) -> Self {
        Self(format!("{}#wallet#{wallet}", class.as_str()))
    }

    /// The bucket of an address. IPv6 by /64, which is what one subscriber is given (RFC 6177); IPv4 written as
    /// IPv6 is IPv4. Calls without an address, which the gateway never sends, share one bucket.
    #[must_use]
    pub fn of_address(class: LimitClass, ip: Option<IpAddr>) -> Self {
        let class = class.as_str();
        Self(match ip.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => format!("{class}#ip#{ip}"),
            Some(IpAddr::V6(ip)) => {
                let network = Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX));
                format!("{class}#ip#{network}/64")
            }
            None => format!("{class}#ip#unknown"),
        })
    }

    /// The bucket of health checks.
    pub(super) fn of_health() -> Self {
        Self("health".to_owned())
    }

    /// The key in the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(ip: &str) -> String {
        Bucket::of_address(LimitClass::Lookup, Some(ip.parse().expect("an address"))).to_string()
    }

    #[test]
    fn an_ipv6_subscriber_has_one_bucket_however_many_addresses_it_uses() {
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "lookup#ip#2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2:ffff::1"), "lookup#ip#2001:db8:1:2::/64");
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    }

    #[test]
    fn an_ipv4_address_is_the_same_in_either_notation() {
        assert_eq!(key("203.0.113.7"), "lookup#ip#203.0.113.7");
        assert_eq!(key("::ffff:203.0.113.7"), key("203.0.113.7"));
    }
}
