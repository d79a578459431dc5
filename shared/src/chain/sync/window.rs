//! How many blocks to ask for at once.

/// Where every run begins.
const START: u64 = 1_000;
/// Common providers refuse more.
const MAX: u64 = 10_000;
/// Replies beyond this are answered by asking for less; they fill memory.
const LOGS_MANY: usize = 12_000;
/// Replies below this leave room for more.
const LOGS_FEW: usize = 5_000;
/// So many ranges go well before a window that was too large is tried again.
const PATIENCE: u32 = 16;

/// A number of blocks that shrinks where a provider refuses and grows back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    blocks: u64,
    patience: u32,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            blocks: START,
            patience: 0,
        }
    }
}

impl Window {
    /// The last block of a range that begins at `from`.
    #[must_use]
    pub fn end(&self, from: u64, head: u64) -> u64 {
        from.saturating_add(self.blocks - 1).min(head)
    }

    /// A range of `asked` blocks was too much. `false`: one block is the least there is.
    #[must_use]
    pub fn shrink(&mut self, asked: u64) -> bool {
        self.blocks = (asked.min(self.blocks) / 2).max(1);
        self.patience = PATIENCE;
        asked > 1
    }

    /// A range of `asked` blocks went well and held so many logs. Ranges that were asked for before
    /// the window became another say nothing about it.
    pub fn went_well(&mut self, asked: u64, logs: usize) {
        self.patience = self.patience.saturating_sub(1);
        if logs > LOGS_MANY && asked <= self.blocks * 2 {
            self.blocks = (asked.min(self.blocks) / 2).max(1);
        } else if logs < LOGS_FEW && self.patience == 0 && asked >= self.blocks {
            self.blocks = (self.blocks * 2).min(MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_at_the_head() {
        let window = Window::default();
        assert_eq!(window.end(100, 1_000_000), 1_099);
        assert_eq!(window.end(100, 150), 150);
        assert_eq!(window.end(100, 100), 100);
    }

    #[test]
    fn a_refused_window_shrinks_down_to_one_block() {
        let mut window = Window::default();
        while window.shrink(window.end(0, u64::MAX) + 1) {}
        assert_eq!(window.end(5, u64::MAX), 5);
    }

    #[test]
    fn it_grows_back_after_a_while() {
        let mut window = Window::default();
        assert!(window.shrink(START));
        for _ in 0..PATIENCE - 1 {
            window.went_well(START / 2, 0);
        }
        assert_eq!(window.end(0, u64::MAX), START / 2 - 1);
        window.went_well(START / 2, 0);
        assert_eq!(window.end(0, u64::MAX), START - 1);
        for _ in 0..10 {
            window.went_well(MAX, 0);
        }
        assert_eq!(window.end(0, u64::MAX), MAX - 1);
        window.went_well(MAX, LOGS_MANY + 1);
        assert_eq!(window.end(0, u64::MAX), MAX / 2 - 1);
    }

    #[test]
    fn smaller_ranges_from_before_do_not_let_it_grow() {
        let mut window = Window::default();
        window.went_well(START, 0);
        window.went_well(START, 0);
        window.went_well(START, 0);
        assert_eq!(window.end(0, u64::MAX), 2 * START - 1);
    }
}
