//! One chain's run: to the head, or as far as the time goes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgPool};

use super::super::apply::{self, Applied};
use super::super::events::{Event, EventLog};
use super::super::rpc::{EndpointError, Header, Rpc, RpcError, Tip};
use super::ahead::Ahead;
use super::error::SyncError;
use super::fetch::Range;
use super::first;
use super::outdated;
use super::reorg;
use super::report::{ChainReport, Outcome};
use super::session::Session;
use super::store::{self, Chain, Cursor, Heights};
use crate::agents::registration::AgentUri;
use crate::cache::Cache;
use crate::resolve;

/// A chain that forks more often while it is read has an endpoint that cannot make up its mind.
const MOVES_MAX: usize = 8;

/// Longest URI of a feedback's file that is fetched, in bytes; lists do not show more of it either.
const FEEDBACK_URI_BYTES_MAX: usize = 2_048;

/// Is told after every range that was committed.
pub type Progress<'a> = &'a (dyn Fn(&ChainReport) + Send + Sync);

/// One chain's work.
pub struct Run<'a> {
    /// The database.
    pub pool: &'a PgPool,
    /// What is kept of what changes, where anything is.
    pub cache: Option<&'a Cache>,
    /// The chain's endpoints.
    pub rpc: Arc<Rpc>,
    /// The chain.
    pub chain: &'a Chain,
    /// When to have stopped.
    pub deadline: Instant,
    /// Ranges to fetch at once.
    pub ranges: usize,
    /// Who watches.
    pub progress: Progress<'a>,
}

enum Step {
    /// At the head, or out of time.
    Done,
    /// The chain went another way.
    Moved,
    /// Another run is at work.
    Busy,
}

enum Place {
    OnChain,
    Behind,
    Forked,
}

impl Run<'_> {
    /// Works until the head, the deadline or a failure. The report says how far it came, also
    /// when this future is dropped.
    pub async fn run(&self, report: &mut ChainReport) -> Result<(), SyncError> {
        for _ in 0..MOVES_MAX {
            let mut cursor = self.cursor().await?;
            let tip = self.tip(cursor).await?;
            let heights = self.heights(&tip);
            note(report, cursor, heights);
            let step = match self.place(cursor, &tip).await? {
                Place::OnChain => self.forward(&mut cursor, heights, report).await?,
                Place::Behind => {
                    report.status = Outcome::Behind;
                    return Ok(());
                }
                Place::Forked => self.back(cursor, &tip.head, report).await?,
            };
            note(report, cursor, heights);
            match step {
                Step::Moved => {}
                Step::Busy => {
                    report.status = Outcome::Busy;
                    return Ok(());
                }
                Step::Done => return Ok(()),
            }
        }
        Err(SyncError::Restless(MOVES_MAX))
    }

    /// Where the chain's sync is; before the first run, where the chain's registries begin.
    async fn cursor(&self) -> Result<Cursor, SyncError> {
        let mut session = Session::open(self.pool).await?;
        let cursor = store::cursor(&mut session, self.chain).await;
        if let Some(cursor) = session.done(cursor)? {
            return Ok(cursor);
        }
        let first = first::block(&self.rpc, self.chain).await?;
        let mut session = Session::open(self.pool).await?;
        let cursor = store::begin(&mut session, self.chain, first).await;
        Ok(session.done(cursor)?)
    }

    async fn tip(&self, cursor: Cursor) -> Result<Tip, EndpointError> {
        let at = cursor.next.saturating_sub(1);
        let (id, has_tags) = (self.chain.id, self.chain.has_finalized_tag);
        self.rpc
            .ask(|endpoint| async move { endpoint.tip(id, at, has_tags).await })
            .await
    }

    fn heights(&self, tip: &Tip) -> Heights {
        let head = tip.head;
        let final_block = if self.chain.has_finalized_tag {
            tip.finalized.map(|block| block.number)
        } else {
            head.number.checked_sub(self.chain.confirmations)
        };
        Heights {
            head,
            final_block,
            safe_block: tip.safe.map(|block| block.number),
        }
    }

    /// Whether the block that was applied last is on the chain still.
    async fn place(&self, cursor: Cursor, tip: &Tip) -> Result<Place, SyncError> {
        let Some(hash) = cursor.hash else {
            return Ok(Place::OnChain);
        };
        if let Some(block) = tip.at {
            return Ok(if block.hash == hash {
                Place::OnChain
            } else {
                Place::Forked
            });
        }
        if tip.head.number >= cursor.next - 1 {
            let error = RpcError::Unavailable(format!("it has no block {}", cursor.next - 1));
            return Err(EndpointError {
                endpoint: "the endpoint".to_owned(),
                error,
            }
            .into());
        }
        // A shorter chain: another one, or this one seen by an endpoint that lags.
        let mut session = Session::open(self.pool).await?;
        let window = store::window(&mut session, self.chain.id).await;
        let window = session.done(window)?;
        let known = window.iter().find(|(number, _)| *number == tip.head.number);
        Ok(match known {
            Some((_, hash)) if *hash != tip.head.hash => Place::Forked,
            _ => Place::Behind,
        })
    }

    async fn back(
        &self,
        cursor: Cursor,
        head: &Header,
        report: &mut ChainReport,
    ) -> Result<Step, SyncError> {
        let fork = reorg::fork(self.pool, &self.rpc, self.chain, cursor, head).await?;
        let Some(reorg) =
            reorg::rollback((self.pool, self.cache), self.chain, cursor, fork).await?
        else {
            return Ok(Step::Busy);
        };
        report.reorgs.push(reorg);
        report.to_block = fork.next.checked_sub(1).filter(|_| fork.hash.is_some());
        Ok(Step::Moved)
    }

    /// Applies range after range, while the next ones are fetched.
    async fn forward(
        &self,
        cursor: &mut Cursor,
        heights: Heights,
        report: &mut ChainReport,
    ) -> Result<Step, SyncError> {
        let head = heights.head.number;
        if cursor.next > head {
            let mut session = Session::open(self.pool).await?;
            let noted = store::heights(&mut session, self.chain.id, heights).await;
            session.done(noted)?;
            report.caught_up = true;
            return Ok(Step::Done);
        }
        let mut ahead = Ahead::new(
            self.rpc.clone(),
            self.chain,
            cursor.next..=head,
            self.ranges,
        );
        loop {
            let began = Instant::now();
            let Some(range) = ahead.next().await? else {
                report.caught_up = true;
                return Ok(Step::Done);
            };
            if cursor.hash.is_some_and(|hash| hash != range.parent) {
                return Ok(Step::Moved);
            }
            let is_first = report.ranges == 0;
            let Some(applied) = self.apply(*cursor, &range, heights, is_first).await? else {
                return Ok(Step::Busy);
            };
            *cursor = Cursor::after(&range.end);
            count(report, &range, &applied);
            (self.progress)(report);
            if cursor.next <= head && self.left() < began.elapsed().mul_f32(1.5) {
                return Ok(Step::Done);
            }
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Commits one range with everything that follows from it, and the cursor. `None`: another
    /// run is at work.
    ///
    /// A run's first range is left to whoever holds the lock. From then on the cursor alone
    /// decides, whose row is waited for: of two runs the one that moved it last goes on, though the
    /// other may hold the lock while it finds out that it is late.
    async fn apply(
        &self,
        cursor: Cursor,
        range: &Range,
        heights: Heights,
        is_first: bool,
    ) -> Result<Option<(Applied, Vec<&'static str>)>, sqlx::Error> {
        let chain = self.chain;
        let events: Vec<EventLog> = range
            .logs
            .iter()
            .filter_map(|log| Some(EventLog::new(log, *chain.registries.get(&log.address)?)))
            .collect();
        let kinds = events
            .iter()
            .map(|event| event.event.kind().as_str())
            .collect();
        let files = feedback_files(&events);
        let mut session = Session::open(self.pool).await?;
        let mut transaction = session.begin().await?;
        let is_locked = store::lock(&mut transaction, chain.id).await?;
        if (is_first && !is_locked)
            || !store::advance(&mut transaction, chain.id, cursor, &range.end, heights).await?
        {
            transaction.rollback().await?;
            return Ok(session.done(None));
        }
        apply::store_logs(&mut transaction, chain.id, &range.logs, &events).await?;
        let applied = apply::apply_events(&mut transaction, chain.id, events).await?;
        resolve::queue(&mut transaction, &files).await?;
        let (blocks, end) = (range.blocks.values(), range.end.number);
        store::remember(&mut transaction, chain.id, blocks, end).await?;
        transaction.commit().await?;
        outdated::forget(self.cache, &applied.agents).await;
        Ok(session.done(Some((applied, kinds))))
    }
}

/// Where the feedback among events points to, if that can be fetched.
fn feedback_files(events: &[EventLog]) -> Vec<String> {
    let uris = events.iter().filter_map(|event| match &event.event {
        Event::NewFeedback(feedback) => Some(&feedback.uri),
        _ => None,
    });
    uris.filter(|uri| uri.len() <= FEEDBACK_URI_BYTES_MAX && AgentUri::parse(uri).is_remote())
        .cloned()
        .collect()
}

fn note(report: &mut ChainReport, cursor: Cursor, heights: Heights) {
    let head = heights.head.number;
    report.head_block = Some(head);
    report.final_block = heights.final_block;
    report.to_block = cursor.hash.and(cursor.next.checked_sub(1));
    report.lag_blocks = Some((head + 1).saturating_sub(cursor.next));
}

fn count(report: &mut ChainReport, range: &Range, (applied, kinds): &(Applied, Vec<&'static str>)) {
    report.from_block.get_or_insert(range.from);
    report.to_block = Some(range.end.number);
    report.lag_blocks = report
        .head_block
        .map(|head| head.saturating_sub(range.end.number));
    report.ranges += 1;
    report.agents_touched += applied.agents.len() as u64;
    report.agents_new += applied.agents_new as u64;
    for kind in kinds {
        *report.events.entry(kind).or_default() += 1;
    }
}
