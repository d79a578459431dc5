//! Ranges that are fetched before their turn, several at once, and handed out in order.
//!
//! What is held at a time is bounded: by the number of ranges, and for each by the bound on an
//! endpoint's reply. The first range of a run goes alone, because it tells how much there is.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::super::registry::Registries;
use super::super::rpc::{EndpointError, Rpc, RpcError};
use super::fetch::{Question, Range, fetch};
use super::store::Chain;
use super::window::Window;

/// The ranges of one run, up to the head that it saw at its beginning.
#[derive(Debug)]
pub struct Ahead {
    rpc: Arc<Rpc>,
    registries: Arc<Registries>,
    quorum: usize,
    head: u64,
    window: Window,
    /// The first block that nobody has asked for yet.
    next: u64,
    tasks: VecDeque<Task>,
    /// Ranges that are fetched, or wait for being applied, at a time.
    most: usize,
    is_warm: bool,
}

/// One range on its way. Dropping it ends it.
#[derive(Debug)]
struct Task {
    from: u64,
    to: u64,
    range: JoinHandle<Result<Range, EndpointError>>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.range.abort();
    }
}

impl Ahead {
    /// Fetches these blocks, `most` ranges at a time.
    pub fn new(rpc: Arc<Rpc>, chain: &Chain, blocks: RangeInclusive<u64>, most: usize) -> Self {
        Self {
            rpc,
            registries: chain.registries.clone(),
            quorum: chain.quorum,
            head: *blocks.end(),
            window: Window::default(),
            next: *blocks.start(),
            tasks: VecDeque::new(),
            most,
            is_warm: false,
        }
    }

    /// The next range, as large as the endpoints allow; `None` after the head.
    ///
    /// # Errors
    ///
    /// Fails where all endpoints do, also for the smallest range.
    pub async fn next(&mut self) -> Result<Option<Range>, EndpointError> {
        loop {
            self.fill();
            let Some(task) = self.tasks.front_mut() else {
                return Ok(None);
            };
            let answer = (&mut task.range).await.unwrap_or_else(|error| {
                Err(EndpointError {
                    endpoint: "the chain".to_owned(),
                    error: RpcError::Unavailable(format!("fetching ended: {error}")),
                })
            });
            let asked = task.to - task.from + 1;
            match answer {
                Ok(range) => {
                    self.tasks.pop_front();
                    self.is_warm = true;
                    self.window.went_well(asked, range.logs.len());
                    self.fill();
                    return Ok(Some(range));
                }
                Err(error) => {
                    let less = matches!(error.error, RpcError::TooMuch(_) | RpcError::Slow(_));
                    if !less || !self.window.shrink(asked) {
                        return Err(error);
                    }
                    // What was asked for after this one is too much as well.
                    self.next = task.from;
                    self.tasks.clear();
                    self.is_warm = false;
                }
            }
        }
    }

    fn fill(&mut self) {
        let most = if self.is_warm { self.most } else { 1 };
        while self.tasks.len() < most && self.next <= self.head {
            let (from, to) = (self.next, self.window.end(self.next, self.head));
            let (rpc, registries) = (self.rpc.clone(), self.registries.clone());
            let (head, quorum) = (self.head, self.quorum);
            let range = tokio::spawn(async move {
                let question = Question {
                    from,
                    to,
                    head,
                    registries: &registries,
                };
                let range = rpc.ask(|endpoint| fetch(endpoint, question)).await?;
                rpc.confirm(&range.end, quorum).await?;
                Ok(range)
            });
            self.tasks.push_back(Task { from, to, range });
            self.next = to + 1;
        }
    }
}
