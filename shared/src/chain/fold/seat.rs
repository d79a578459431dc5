//! Something that one address holds at a time, and who held it when.

use alloy_primitives::Address;

use super::super::Position;

/// A half-open stretch of the chain, `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Who held it.
    pub holder: Address,
    /// Since when.
    pub from: Position,
    /// Until when; `None`: still.
    pub to: Option<Position>,
}

/// A seat: its present holder, and what changed since it was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    holder: Option<Address>,
    closed: Option<Position>,
    spans: Vec<Span>,
}

impl Seat {
    /// A seat as the tables have it.
    #[must_use]
    pub fn loaded(holder: Option<Address>) -> Self {
        Self {
            holder,
            ..Self::default()
        }
    }

    /// Who holds it now.
    #[must_use]
    pub fn holder(&self) -> Option<Address> {
        self.holder
    }

    /// Where the stretch that was open when the seat was loaded ends, if it does.
    #[must_use]
    pub fn closed(&self) -> Option<Position> {
        self.closed
    }

    /// The stretches that began since.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Gives the seat to `holder`, or to nobody. The same holder again is no change.
    pub fn set(&mut self, holder: Option<Address>, at: Position) {
        let holder = holder.filter(|address| !address.is_zero());
        if holder == self.holder {
            return;
        }
        if self.holder.is_some() {
            match self.spans.last_mut() {
                Some(span) => span.to = Some(at),
                None => self.closed = Some(at),
            }
        }
        if let Some(holder) = holder {
            self.spans.push(Span {
                holder,
                from: at,
                to: None,
            });
        }
        self.holder = holder;
    }
}
