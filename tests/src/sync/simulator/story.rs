//! One history: blocks come and go, runs begin and end, and in the end all must fit.

use std::ops::AddAssign;
use std::time::Duration;

use shared::chain::sync::{ChainReport, Outcome};

use super::super::crashes::fail_commit;
use super::super::history::History;
use super::super::world::World;
use super::faults::{self, Faults};
use crate::harness::random::Random;

/// A history ends when so many blocks were mined.
const BLOCKS: usize = 200;
const DEPTH_MAX: usize = 64;

/// What happened, over all histories.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub histories: u64,
    blocks: usize,
    events: usize,
    runs: usize,
    reorgs: usize,
    deepest: u64,
    double: usize,
    shorter: usize,
    reordered: usize,
    crashes: usize,
    dropped: usize,
    together: usize,
    faults: Faults,
}

/// Tells the history of a seed, and fails where it does not end well.
pub async fn tell(seed: u64) -> Tally {
    let mut history = History::new(31_337, seed);
    history.mine_many(10);
    let mut teller = Teller {
        world: World::new(&history.chain).await,
        random: Random::new(seed.wrapping_mul(31)),
        tally: Tally {
            histories: 1,
            blocks: 10,
            ..Tally::default()
        },
    };
    while teller.tally.blocks < BLOCKS {
        teller.world.serve(&history);
        teller.happen(&mut history);
        let faults = teller.misfortune(&history);
        teller.run(seed).await;
        teller.tally.faults += *faults.lock().unwrap();
    }
    teller.world.server.honest();
    fail_commit(&teller.world, 0).await;
    // The last branch may be the shorter one: it must be seen to be the longer.
    history.mine_many(DEPTH_MAX + 1);
    teller.world.serve(&history);
    let report = teller.world.sync().await;
    assert!(report.caught_up, "seed {seed}: {report:?}");
    teller.count(&report);
    let about = format!("seed {seed}");
    teller.world.assert_exact(&history, &about).await;
    let transactions = history
        .chain
        .blocks
        .iter()
        .flat_map(|block| &block.transactions);
    teller.tally.events = transactions.map(Vec::len).sum();
    teller.tally
}

struct Teller {
    world: World,
    random: Random,
    tally: Tally,
}

impl Teller {
    /// The chain goes on, or another way.
    fn happen(&mut self, history: &mut History) {
        let random = &mut self.random;
        let before = history.chain.blocks.len();
        let deepest = DEPTH_MAX.min(before - 1);
        let depth = 1 + random.place(deepest);
        // Most reorgs are shallow.
        let depth = if random.once_in(3) {
            depth
        } else {
            1 + depth % 6.min(deepest)
        };
        let more = depth + 1 + random.place(8);
        match random.place(10) {
            0..=3 => history.mine_many(1 + random.place(20)),
            4..=6 => history.reorg(depth, more),
            7 => {
                history.reorg(depth, more);
                history.reorg(depth, more);
                self.tally.double += 1;
            }
            8 => {
                history.reorg(depth, depth / 2);
                self.tally.shorter += 1;
            }
            _ => {
                history.reorder(depth, more);
                self.tally.reordered += 1;
            }
        }
        self.tally.blocks += history.chain.blocks.len().saturating_sub(before).max(1);
    }

    /// The endpoint fails and lies, and may see the new chain only in the middle of a run.
    fn misfortune(&mut self, history: &History) -> std::sync::Arc<std::sync::Mutex<Faults>> {
        let random = &mut self.random;
        let rarely = *random.one(&[10, 30, 1_000]);
        let blocks = *random.one(&[10, 40, 1_000]);
        let next = (1 + random.place(12), history.chain.clone());
        let fortune = Random::new(random.next());
        if random.once_in(2) {
            self.world.serve(history);
            return faults::install(&self.world.server, fortune, rarely, blocks, None);
        }
        faults::install(&self.world.server, fortune, rarely, blocks, Some(next))
    }

    /// Somebody syncs: one or two at a time, to the end or not.
    async fn run(&mut self, seed: u64) {
        let world = &self.world;
        match self.random.place(6) {
            0 => {
                let (one, other) = tokio::join!(world.sync(), world.sync());
                self.tally.together += 1;
                self.count(&one);
                self.count(&other);
            }
            1 => {
                let n = 1 + self.random.place(6);
                fail_commit(world, i32::try_from(n).unwrap()).await;
                let report = world.sync().await;
                fail_commit(world, 0).await;
                let error = report.error.as_deref().unwrap_or_default();
                self.tally.crashes += usize::from(error.contains("the power went out"));
                self.count(&report);
            }
            2 => {
                let time = Duration::from_micros(500 + self.random.next() % 60_000);
                match tokio::time::timeout(time, world.sync()).await {
                    Ok(report) => self.count(&report),
                    Err(_) => self.tally.dropped += 1,
                }
            }
            _ => {
                let report = world.sync().await;
                self.count(&report);
            }
        }
        let status: String = sqlx::query_scalar("SELECT status FROM chains")
            .fetch_one(&self.world.pool)
            .await
            .unwrap();
        assert_eq!(status, "active", "seed {seed}");
    }

    fn count(&mut self, report: &ChainReport) {
        assert_ne!(report.status, Outcome::Halted, "{report:?}");
        self.tally.runs += 1;
        self.tally.reorgs += report.reorgs.len();
        let depths = report.reorgs.iter().map(|reorg| reorg.depth);
        self.tally.deepest = self.tally.deepest.max(depths.max().unwrap_or(0));
    }
}

impl Tally {
    /// A simulation in which nothing goes wrong proves nothing.
    pub fn assert_that_everything_happened(&self) {
        let Faults {
            errors,
            refusals,
            missing,
            duplicates,
            lies,
            moves,
        } = self.faults;
        for (what, count) in [
            ("double", self.double),
            ("shorter", self.shorter),
            ("reordered", self.reordered),
            ("crashes", self.crashes),
            ("dropped", self.dropped),
            ("together", self.together),
            ("reorgs", self.reorgs),
        ] {
            assert!(count > 0, "{what} never happened: {self}");
        }
        for count in [errors, refusals, missing, duplicates, lies, moves] {
            assert!(count > 0, "some fault never happened: {self}");
        }
        assert!(self.deepest >= 40, "no deep reorg: {self}");
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.histories += other.histories;
        self.blocks += other.blocks;
        self.events += other.events;
        self.runs += other.runs;
        self.reorgs += other.reorgs;
        self.deepest = self.deepest.max(other.deepest);
        self.double += other.double;
        self.shorter += other.shorter;
        self.reordered += other.reordered;
        self.crashes += other.crashes;
        self.dropped += other.dropped;
        self.together += other.together;
        self.faults += other.faults;
    }
}

impl AddAssign for Faults {
    fn add_assign(&mut self, other: Self) {
        self.errors += other.errors;
        self.refusals += other.refusals;
        self.missing += other.missing;
        self.duplicates += other.duplicates;
        self.lies += other.lies;
        self.moves += other.moves;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { faults, .. } = self;
        write!(
            f,
            "{} histories, {} blocks, {} events in the end; {} runs ({} pairs at once, {} crashes at a \
             commit, {} dropped); {} reorgs followed, {} blocks the deepest ({} double, {} to a \
             shorter chain, {} reordered); {} errors, {} refusals, {} answers with missing logs, {} \
             with a log twice, {} lies, {} moves within a run",
            self.histories,
            self.blocks,
            self.events,
            self.runs,
            self.together,
            self.crashes,
            self.dropped,
            self.reorgs,
            self.deepest,
            self.double,
            self.shorter,
            self.reordered,
            faults.errors,
            faults.refusals,
            faults.missing,
            faults.duplicates,
            faults.lies,
            faults.moves,
        )
    }
}
