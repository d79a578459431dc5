//! Randomness with a printed seed.

use xtask::seed::random::Random as Numbers;

/// Numbers that a seed decides.
#[derive(Clone, Debug)]
pub struct Random(Numbers);

impl Random {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(Numbers::new(seed))
    }

    /// Seeded by `TEST_SEED`, else by the clock; prints the seed, which a failed test shows.
    pub fn seeded() -> Self {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
        let seed = std::env::var("TEST_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| u64::from(now));
        println!("TEST_SEED={seed}");
        Self::new(seed)
    }

    /// Any number.
    pub const fn next(&mut self) -> u64 {
        self.0.next()
    }

    /// A number from 0 to below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// A place in something of so many places.
    pub fn place(&mut self, places: usize) -> usize {
        usize::try_from(self.below(places as u64)).unwrap()
    }

    /// Whether something happens that does so once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.place(times) == 0
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.place(items.len())]
    }
}
