//! The registries that are made up: how large they are, and who is in them.

use super::popularity::{Shares, ranks};
use super::random::{Purpose, Random};
use super::words;

/// The chain of the seeded agents. No network has it, and no endpoint: what is on it is in the database alone.
pub const CHAIN: i64 = 80_048_004;
/// Its name.
pub const CHAIN_NAME: &str = "seeded";
/// Its identity registry.
pub const IDENTITY: [u8; 20] = *b"seeded identity reg.";
/// Its reputation registry.
pub const REPUTATION: [u8; 20] = *b"seeded reputation r.";
/// Its validation registry.
pub const VALIDATION: [u8; 20] = *b"seeded validation r.";
/// Where its services are: a name that leads nowhere (RFC 2606).
pub const DOMAIN: &str = ".seeded.example";

/// The first agent was registered then, in seconds since 1970: 2026-01-05.
pub const BEGIN: u64 = 1_767_571_200;
/// Nothing happened later: 2026-11-01.
pub const END: u64 = 1_793_491_200;
const FIRST_BLOCK: u64 = 24_000_000;
const BLOCK_SECONDS: u64 = 12;

/// How much is made.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Agents.
    pub agents: u64,
    /// Feedback to all of them.
    pub feedback: u64,
    /// Payments to all of them.
    pub payments: u64,
}

/// All that follows from a size and a seed.
#[derive(Debug)]
pub struct World {
    /// What decides everything else.
    pub seed: u64,
    /// How much there is.
    pub size: Size,
    /// Whose feedback is which.
    pub feedback: Shares,
    /// Whose payments are which.
    pub payments: Shares,
    ranks: Vec<u64>,
}

impl World {
    /// Of a size, by a seed.
    #[must_use]
    pub fn new(size: Size, seed: u64) -> Self {
        Self {
            seed,
            size,
            feedback: Shares::of(size.feedback, size.agents),
            payments: Shares::of(size.payments, size.agents),
            ranks: ranks(size.agents),
        }
    }

    /// How popular an agent is; 0 is the most.
    pub(super) fn rank(&self, agent: u64) -> u64 {
        let place = usize::try_from(agent).ok();
        place
            .and_then(|place| self.ranks.get(place))
            .copied()
            .unwrap_or_default()
    }

    /// The numbers for one thing.
    pub(super) const fn random(&self, purpose: Purpose, index: u64) -> Random {
        Random::of(self.seed, purpose, index)
    }

    /// Who holds agents: some hold many.
    pub(super) fn owner(&self, random: &mut Random) -> [u8; 20] {
        let owner = random.skewed(self.size.agents / 2 + 1);
        self.random(Purpose::Owner, owner).bytes()
    }

    /// How many clients there are.
    pub(super) const fn clients(&self) -> u64 {
        self.size.feedback / 20 + 50
    }

    /// A client's address.
    pub(super) fn client(&self, client: u64) -> [u8; 20] {
        self.random(Purpose::Client, client).bytes()
    }

    /// How many domains services are at: many share one.
    pub(super) const fn domains(&self) -> u64 {
        self.size.agents / 50 + 10
    }

    /// A domain.
    pub(super) fn domain(&self, domain: u64) -> String {
        let first = self.random(Purpose::Domain, domain).word(words::FIRST);
        format!("{}-{domain}{DOMAIN}", first.to_lowercase())
    }
}

/// The block of a moment.
pub(super) const fn block(time: u64) -> u64 {
    FIRST_BLOCK + (time - BEGIN) / BLOCK_SECONDS
}
