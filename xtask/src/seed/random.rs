//! Numbers that a seed decides: the same on every machine, and those of one agent without those of the others.

use super::words::Words;

/// What a number is for: numbers of one purpose do not follow from those of another.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// An agent: who holds it, and what its file says.
    Agent = 1,
    /// What is said of it.
    Feedback,
    /// The transaction of a payment.
    Payment,
    /// What is validated of it.
    Validation,
    /// The address of an owner.
    Owner,
    /// The address of a client.
    Client,
    /// A domain that services are at.
    Domain,
    /// What a load test asks.
    Load,
}

/// Splitmix64 (Steele, Lea and Flood: Fast splittable pseudorandom number generators, 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The numbers for one thing of a purpose.
    #[must_use]
    pub const fn of(seed: u64, purpose: Purpose, index: u64) -> Self {
        Self(mix(mix(seed ^ mix(index)) ^ purpose as u64))
    }

    /// Any number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `bound`, which is not 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number below `bound`, a small one more often: the least of three.
    pub fn skewed(&mut self, bound: u64) -> u64 {
        self.below(bound)
            .min(self.below(bound))
            .min(self.below(bound))
    }

    /// Whether something comes true that does so in so many of a hundred cases.
    pub const fn in_percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Any bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes()[..chunk.len()]);
        }
        bytes
    }

    /// One of a list, the first ones more often.
    pub fn word(&mut self, words: Words) -> &'static str {
        let place = self.skewed(u64::try_from(words.len()).unwrap_or(1));
        words[usize::try_from(place).unwrap_or_default()]
    }

    /// One to `most` of a list, each once, in the list's order.
    pub fn words(&mut self, words: Words, most: u64) -> Vec<&'static str> {
        let count = 1 + self.below(most);
        let mut chosen: Vec<_> = (0..count).map(|_| self.word(words)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_all_numbers_and_a_purpose_has_its_own() {
        let first = |seed, purpose, index| Random::of(seed, purpose, index).next();
        assert_eq!(first(7, Purpose::Agent, 3), first(7, Purpose::Agent, 3));
        assert_ne!(first(7, Purpose::Agent, 3), first(8, Purpose::Agent, 3));
        assert_ne!(first(7, Purpose::Agent, 3), first(7, Purpose::Agent, 4));
        assert_ne!(first(7, Purpose::Agent, 3), first(7, Purpose::Owner, 3));
    }

    #[test]
    fn small_numbers_come_more_often_where_they_should() {
        let mut random = Random::of(1, Purpose::Agent, 0);
        let small = (0..1_000).filter(|_| random.skewed(100) < 50).count();
        assert!(small > 800, "{small}");
    }
}
