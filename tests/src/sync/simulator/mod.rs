//! Histories that go wrong in every way that a seed can think of, and must come out right.
//!
//! `cargo xtask simulate` runs any number of them, or one again. The seed determines the chain and
//! what befalls it; two runs at once also depend on who is faster.

mod faults;
mod story;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use self::story::{Tally, tell};

/// So many histories are part of every run of the tests.
const HISTORIES: u64 = 50;
/// Where they begin, when nothing else is asked for.
const FIRST_SEED: u64 = 1_000;
/// Most of a history is waiting, for pauses between attempts.
const AT_ONCE: usize = 8;

fn setting(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number")),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simulated_histories_end_in_the_tables_of_a_fresh_sync() {
    let first = setting("SIMULATE_SEED").unwrap_or(FIRST_SEED);
    let count = setting("SIMULATE_HISTORIES").unwrap_or(HISTORIES);
    let mut told = stream::iter(first..first + count)
        .map(|seed| spawn_blocking(move || Handle::current().block_on(tell(seed))))
        .buffer_unordered(AT_ONCE);
    let mut tally = Tally::default();
    while let Some(one) = told.next().await {
        tally += one.expect("the history above ends as its chain says");
        if tally.histories.is_multiple_of(100) && tally.histories < count {
            println!("{tally}");
        }
    }
    println!("{tally}");
    if count >= HISTORIES {
        tally.assert_that_everything_happened();
    }
}
