//! Events that are stored, read again a page at a time.

use alloy_primitives::{Address, B256, Bytes};

use super::super::events::{EventLog, emitter_of};
use super::super::registry::Registry;
use super::super::{Position, RawLog};
use super::{index, number};

/// Events that are folded at a time: what bounds the memory.
const PAGE: i64 = 20_000;

/// How far the reading is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pages {
    next: Page,
    is_done: bool,
}

/// What to read: after a block and a log, so many rows at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) block: i64,
    pub(super) log: i32,
    pub(super) size: i64,
}

impl Default for Pages {
    fn default() -> Self {
        let next = Page {
            block: -1,
            log: -1,
            size: PAGE,
        };
        Self {
            next,
            is_done: false,
        }
    }
}

impl Pages {
    /// The next page; `None` after the last.
    pub(super) fn wanted(&self) -> Option<Page> {
        (!self.is_done).then_some(self.next)
    }

    /// The events of the page's rows without the block at its end, which may be cut: a transaction must not be. None where
    /// it holds no whole block; then it is read again, twice as large.
    pub(super) fn take(&mut self, rows: Vec<Row>) -> Vec<EventLog> {
        self.is_done = i64::try_from(rows.len()).unwrap_or(i64::MAX) < self.next.size;
        let mut events: Vec<EventLog> = rows.into_iter().filter_map(Row::event).collect();
        if self.is_done {
            return events;
        }
        let last = events.last().map_or(0, |event| event.at.block);
        events.truncate(events.partition_point(|event| event.at.block < last));
        match events.last() {
            Some(event) => {
                self.next.block = number(event.at.block);
                self.next.log = index(event.at.log);
            }
            None => self.next.size *= 2,
        }
        events
    }
}

/// A log as the table has it.
pub(super) struct Row {
    pub(super) block_number: i64,
    pub(super) log_index: i32,
    pub(super) block_hash: Vec<u8>,
    pub(super) block_time: chrono::DateTime<chrono::Utc>,
    pub(super) transaction_hash: Vec<u8>,
    pub(super) transaction_index: i32,
    pub(super) address: Vec<u8>,
    pub(super) identity_registry: Vec<u8>,
    pub(super) topics: Vec<Vec<u8>>,
    pub(super) data: Vec<u8>,
}

impl Row {
    /// The event once more. `None` cannot be: what is stored went through the decoder.
    pub(super) fn event(self) -> Option<EventLog> {
        let hash = |bytes: &[u8]| B256::try_from(bytes).ok();
        let topics = self
            .topics
            .iter()
            .map(|topic| hash(topic))
            .collect::<Option<Vec<_>>>()?;
        let kind = emitter_of(topics.first()?)?;
        let identity = Address::try_from(self.identity_registry.as_slice()).ok()?;
        let log = RawLog {
            at: Position {
                block: u64::try_from(self.block_number).ok()?,
                log: u32::try_from(self.log_index).ok()?,
            },
            block_hash: hash(&self.block_hash)?,
            time_s: u64::try_from(self.block_time.timestamp()).ok()?,
            transaction_hash: hash(&self.transaction_hash)?,
            transaction_index: u32::try_from(self.transaction_index).ok()?,
            address: Address::try_from(self.address.as_slice()).ok()?,
            topics,
            data: Bytes::from(self.data),
        };
        Some(EventLog::new(&log, Registry { kind, identity }))
    }
}
