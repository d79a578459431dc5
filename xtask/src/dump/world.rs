//! The three registries on one chain.

use super::abi::{self, Address, Value};
use super::identity::Identity;
use super::ledger::{Ledger, account};
use super::reputation::Reputation;
use super::validation::Validation;

const UPGRADED: &str = "Upgraded(address)";
const INITIALIZED: &str = "Initialized(uint64)";
const OWNERSHIP_TRANSFERRED: &str = "OwnershipTransferred(address,address)";

/// The chain and the registries' state.
pub struct World {
    /// The blocks.
    pub ledger: Ledger,
    /// The identity registry.
    pub identity: Identity,
    /// The reputation registry.
    pub reputation: Reputation,
    /// The validation registry.
    pub validation: Validation,
}

impl World {
    /// Deploys the registries: minimal proxies first, which are then upgraded and initialised.
    pub fn new() -> Self {
        let mut world = Self {
            ledger: Ledger::new(),
            identity: Identity::new(),
            reputation: Reputation::new(),
            validation: Validation::new(),
        };
        let contracts = [
            world.identity.contract,
            world.reputation.contract,
            world.validation.contract,
        ];
        for contract in contracts {
            world.deploy(contract);
        }
        world.ledger.advance(3);
        for contract in contracts {
            world.upgrade(contract, "registry 2.0.0", 2);
        }
        world
    }

    fn deploy(&mut self, contract: Address) {
        self.upgrade(contract, "minimal", 1);
        let topics = [[0; 32], abi::address(account("deployer"))];
        self.ledger
            .emit(contract, OWNERSHIP_TRANSFERRED, &topics, &[]);
    }

    fn upgrade(&mut self, contract: Address, implementation: &str, version: u64) {
        self.ledger.transaction();
        self.ledger.emit(
            contract,
            UPGRADED,
            &[abi::address(account(implementation))],
            &[],
        );
        self.ledger.emit(
            contract,
            INITIALIZED,
            &[],
            &[Value::Word(abi::uint(version))],
        );
    }

    /// Goes on `blocks` blocks later.
    pub fn advance(&mut self, blocks: u64) {
        self.ledger.advance(blocks);
    }

    /// Everything that `calls` does happens in one transaction.
    pub fn together<T>(&mut self, calls: impl FnOnce(&mut Self) -> T) -> T {
        self.ledger.hold(true);
        let done = calls(self);
        self.ledger.hold(false);
        done
    }
}
