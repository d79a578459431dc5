//! When a file is asked for again. Pure arithmetic.

use chrono::TimeDelta;

/// Pauses after failures, one after the other; after the last of them the resolver gives up.
const PAUSES: [TimeDelta; 8] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(8),
    TimeDelta::days(1),
    TimeDelta::days(1),
    TimeDelta::days(3),
];

/// How long a file that can change is taken as it was.
const FRESH: TimeDelta = TimeDelta::days(1);

/// How long to wait after this many failures in a row; `None` to give up. `spread` (any byte of the file's hash) makes
/// pauses up to a quarter longer, so that files that failed together are not asked for together again.
#[must_use]
pub fn after_failures(failures: u32, spread: u8) -> Option<TimeDelta> {
    let index = usize::try_from(failures).ok()?.checked_sub(1)?;
    PAUSES.get(index).map(|pause| stretched(*pause, spread))
}

/// How long to wait before asking whether a file that was fetched has changed.
#[must_use]
pub fn after_success(spread: u8) -> TimeDelta {
    stretched(FRESH, spread)
}

fn stretched(pause: TimeDelta, spread: u8) -> TimeDelta {
    pause + pause * i32::from(spread) / (4 * 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<_> = (1..).map_while(|n| after_failures(n, 0)).collect();
        assert_eq!(pauses, PAUSES);
        assert!(pauses.is_sorted());
        assert_eq!(after_failures(9, 0), None);
        assert_eq!(after_failures(u32::MAX, 0), None);
    }

    #[test]
    fn files_that_failed_together_spread_by_a_quarter() {
        let minute = TimeDelta::minutes(1);
        assert_eq!(after_failures(1, 0), Some(minute));
        assert_eq!(after_failures(1, 255), Some(minute + minute / 4));
        assert_eq!(after_success(255), TimeDelta::hours(30));
    }
}
