//! Who spends processor time on a request: with everything on one machine, that is what bounds the
//! rate.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::time::Duration;

use crate::stack::process::descendants;
use crate::stack::{Stack, gateway};

/// The kernel counts processor time in hundredths of a second (`USER_HZ`, proc(5)).
const TICK: Duration = Duration::from_millis(10);
/// The functions' processes, which the gateway starts.
const FUNCTIONS: &str = "functions";
/// This program, which sends the requests.
const LOAD: &str = "load";

/// Processor time by who spent it.
#[derive(Clone, Debug, Default)]
pub struct Spent(BTreeMap<String, Duration>);

impl Spent {
    /// What the parts of a stack, and this program, have spent since they were started.
    pub fn so_far(stack: &Stack) -> Self {
        let mut spent = BTreeMap::from([(LOAD.to_owned(), of("self"))]);
        for (name, part) in &stack.state.parts {
            let below = descendants(part.process.pid);
            let below: Duration = below.iter().map(|(pid, _)| of_process(*pid)).sum();
            let own = of_process(part.process.pid);
            if name == gateway::NAME {
                spent.insert(FUNCTIONS.to_owned(), below);
                spent.insert(name.clone(), own);
            } else {
                spent.insert(name.clone(), own + below);
            }
        }
        Self(spent)
    }

    /// Adds what was spent between two moments.
    pub fn add(&mut self, before: &Self, after: &Self) {
        for (name, time) in &after.0 {
            let before = before.0.get(name).copied().unwrap_or_default();
            *self.0.entry(name.clone()).or_default() += time.saturating_sub(before);
        }
    }

    /// What one of them spent.
    pub fn by(&self, name: &str) -> Duration {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Who, and how much a request; those who spent nothing are left out.
    pub fn a_request(&self, requests: usize) -> Vec<(&str, Duration)> {
        let requests = u32::try_from(requests).unwrap_or(u32::MAX).max(1);
        let spent = self
            .0
            .iter()
            .map(|(name, time)| (name.as_str(), *time / requests));
        spent
            .filter(|(_, time)| *time >= Duration::from_micros(5))
            .collect()
    }
}

/// What a process has spent since it was started.
pub fn of_process(pid: impl Display) -> Duration {
    of(&pid.to_string())
}

/// User and system time of a process; none when it is gone.
fn of(pid: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat
        .rsplit_once(')')
        .map_or("", |(_, fields)| fields)
        .split_whitespace();
    // The 14th and 15th field; those before the parenthesis are two.
    let ticks: u32 = fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u32>().ok())
        .sum();
    TICK * ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_is_divided_among_the_requests() {
        let at = |load_ms, cache_ms| {
            let times = [("load", load_ms), ("cache", cache_ms)];
            let times = times.map(|(name, ms)| (name.to_owned(), Duration::from_millis(ms)));
            Spent(times.into_iter().collect())
        };
        let mut spent = Spent::default();
        spent.add(&at(100, 10), &at(200, 10));
        spent.add(&at(300, 10), &at(400, 10));
        assert_eq!(spent.a_request(100), [("load", Duration::from_millis(2))]);
    }

    #[test]
    fn this_process_has_spent_something() {
        let mut sum = 0_u64;
        while of("self").is_zero() {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
    }
}
