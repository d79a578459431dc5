//! The networks that have the canonical registries.

use anyhow::{Context as _, Result};

use super::Registry;
use crate::contracts::devchain;

/// What is known of a network.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// Its name here, on the command line and in the database.
    pub name: &'static str,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Test networks have the registries at other addresses.
    test: bool,
    /// The block in which the identity registry was made, where it is known.
    pub first_block: Option<u64>,
    /// A block that is older than any of the canonical registries, where theirs is not known: no
    /// first sync need begin before it. It finds their first block itself, if the endpoint can tell.
    pub not_before: u64,
    /// Blocks behind the head after which a block counts as final, where the chain has no such tag.
    pub confirmations: u32,
    /// Whether nodes know the `finalized` tag.
    pub has_finalized_tag: bool,
    /// The time from one block to the next.
    pub block_time_ms: u32,
}

const fn network(name: &'static str, chain_id: u64, block_time_ms: u32) -> Network {
    Network {
        name,
        chain_id,
        test: false,
        first_block: None,
        not_before: 0,
        confirmations: 64,
        has_finalized_tag: true,
        block_time_ms,
    }
}

const fn test(network: Network) -> Network {
    Network {
        test: true,
        ..network
    }
}

const fn since(network: Network, block: u64) -> Network {
    Network {
        first_block: Some(block),
        ..network
    }
}

const fn after(network: Network, block: u64) -> Network {
    Network {
        not_before: block,
        ..network
    }
}

/// Bounds are from before January 2026, when the first of the registries were made.
const NETWORKS: [Network; 12] = [
    since(network("ethereum", 1, 12_000), 24_339_871),
    since(network("base", 8_453, 2_000), 41_663_783),
    after(network("arbitrum", 42_161, 250), 380_000_000),
    after(network("optimism", 10, 2_000), 145_000_000),
    after(network("polygon", 137, 2_000), 75_000_000),
    after(network("bnb", 56, 750), 60_000_000),
    test(since(
        network("ethereum-sepolia", 11_155_111, 12_000),
        9_989_393,
    )),
    test(since(network("base-sepolia", 84_532, 2_000), 36_304_145)),
    test(after(
        network("arbitrum-sepolia", 421_614, 250),
        150_000_000,
    )),
    test(after(
        network("optimism-sepolia", 11_155_420, 2_000),
        36_000_000,
    )),
    test(after(network("polygon-amoy", 80_002, 2_000), 20_000_000)),
    test(after(network("bnb-testnet", 97, 750), 50_000_000)),
];

impl Network {
    /// The canonical registries; the validation registry is not deployed everywhere.
    pub fn registries(&self) -> Vec<Registry> {
        let (identity, reputation) = if self.test {
            (
                "0x8004A818BFB912233c491871b3d84c89A494BD9e",
                "0x8004B663056A597Dffe9eCcC1965A193B7388713",
            )
        } else {
            (
                "0x8004A169FB4a3325136EB29fA0ceB6D2e539a432",
                "0x8004BAa17C55a88189AE136b182e5fdA19dE9b63",
            )
        };
        vec![
            Registry {
                kind: "identity".to_owned(),
                address: identity.to_owned(),
            },
            Registry {
                kind: "reputation".to_owned(),
                address: reputation.to_owned(),
            },
        ]
    }
}

/// The network called `name`.
pub fn find(name: &str) -> Result<Network> {
    NETWORKS
        .into_iter()
        .find(|network| network.name == name)
        .with_context(|| {
            let names: Vec<&str> = NETWORKS.iter().map(|network| network.name).collect();
            format!(
                "there is no network `{name}`; known are {}",
                names.join(", ")
            )
        })
}

/// The chain id of the project's own dump.
const LOCAL: u64 = 1_337;

/// What a chain id is called; ids that are not known get a name of their number.
pub fn name(chain_id: u64) -> String {
    match chain_id {
        LOCAL => return "local".to_owned(),
        devchain::ID => return "devchain".to_owned(),
        _ => {}
    }
    let known = NETWORKS.iter().find(|network| network.chain_id == chain_id);
    match known {
        Some(network) => network.name.to_owned(),
        None => format!("chain-{chain_id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_found_by_name_and_an_unknown_one_is_answered_with_the_list() {
        assert_eq!(find("base").unwrap().chain_id, 8_453);
        let error = find("mars").unwrap_err().to_string();
        assert!(error.contains("ethereum, base"), "{error}");
    }

    #[test]
    fn no_first_sync_begins_with_block_0() {
        for network in NETWORKS {
            let start = network.first_block.unwrap_or(network.not_before);
            assert!(start > 1_000_000, "{}", network.name);
        }
    }

    #[test]
    fn names_and_ids_are_distinct() {
        for (index, network) in NETWORKS.iter().enumerate() {
            for other in &NETWORKS[index + 1..] {
                assert_ne!(network.name, other.name);
                assert_ne!(network.chain_id, other.chain_id);
            }
        }
    }
}
