//! What a run says of an API, as a page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::asked::Operation;
use super::drive::Sample;
use super::watch::{self, Kept, Used};
use crate::bench::latency::{Latencies, milliseconds};
use crate::cli::scale::Profile;

/// All that a run was and saw.
#[derive(Debug)]
pub struct Run {
    /// What was asked.
    pub profile: Profile,
    /// Requests a second that were due.
    pub rate: u32,
    /// For how long.
    pub seconds: u32,
    /// What it ran against, in words.
    pub subject: String,
    /// Each request.
    pub samples: Vec<Sample>,
    /// Answers that were kept, as counted meanwhile.
    pub kept: Kept,
    /// What was used; none where the API is elsewhere.
    pub used: Option<Used>,
}

/// Something that a run must keep.
#[derive(Debug)]
pub struct Verdict {
    /// What.
    pub what: String,
    /// The bound.
    pub target: String,
    /// What was measured.
    pub measured: String,
    /// Whether it keeps it.
    pub passes: bool,
}

impl Run {
    /// Latencies of an operation, or of all.
    pub fn latencies(&self, of: impl Fn(&Sample) -> bool) -> Latencies {
        let mut latencies = Latencies::default();
        for sample in self.samples.iter().filter(|sample| of(sample)) {
            latencies.push(sample.latency);
        }
        latencies
    }

    /// Answers a second, from the first request to the last answer.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a count of requests is far below 2^52"
    )]
    fn answered_a_second(&self) -> f64 {
        let ends = self
            .samples
            .iter()
            .map(|sample| sample.due + sample.latency);
        let time = ends
            .max()
            .unwrap_or_default()
            .max(Duration::from_secs(self.seconds.into()));
        let answered = self.samples.len() - self.errors();
        answered as f64 / time.as_secs_f64()
    }

    fn errors(&self) -> usize {
        self.samples
            .iter()
            .filter(|sample| !sample.is_success())
            .count()
    }

    /// The targets of the profile, held against what was measured.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let rate = self.answered_a_second();
        let mut verdicts = vec![
            Verdict {
                what: "answered a second".to_owned(),
                target: format!("≥ {}", self.profile.rate()),
                measured: format!("{rate:.0}"),
                // The last answer comes a little after the last second.
                passes: rate >= 0.99 * f64::from(self.profile.rate()),
            },
            Verdict {
                what: "errors".to_owned(),
                target: "0".to_owned(),
                measured: self.errors().to_string(),
                passes: self.errors() == 0,
            },
        ];
        if self.profile == Profile::Mixed {
            verdicts.push(self.p95("p95 of all", 100, |_| true));
            if let Some(percent) = watch::hit_percent(self.kept.values()) {
                verdicts.push(Verdict {
                    what: "answers from the cache".to_owned(),
                    target: "> 80 %".to_owned(),
                    measured: format!("{percent:.1} %"),
                    passes: percent > 80.0,
                });
            }
        }
        for (operation, bound_ms) in [
            (Operation::Agent, 100),
            (Operation::Stats, 50),
            (Operation::Search, 500),
            (Operation::Register, 2_000),
            (Operation::Feedback, 500),
        ] {
            if self
                .samples
                .iter()
                .any(|sample| sample.operation == operation)
            {
                let what = format!("p95 of {}", operation.name());
                verdicts.push(self.p95(&what, bound_ms, |sample| sample.operation == operation));
            }
        }
        verdicts.extend(self.used.as_ref().map(pool));
        verdicts.extend(self.used.as_ref().and_then(resident));
        verdicts
    }

    fn p95(&self, what: &str, bound_ms: u64, of: impl Fn(&Sample) -> bool) -> Verdict {
        let measured = self.latencies(of).percentile(95);
        Verdict {
            what: what.to_owned(),
            target: format!("< {bound_ms} ms"),
            measured: format!("{} ms", milliseconds(measured)),
            passes: measured < Duration::from_millis(bound_ms),
        }
    }

    /// The page.
    pub fn markdown(&self, picture: &str) -> String {
        let mut page = format!(
            "# Load: {}, {} requests/s for {} s\n\n{}\n\n![latency and rate]({picture})\n\n",
            self.profile.name(),
            self.rate,
            self.seconds,
            self.subject
        );
        page.push_str("| target | bound | measured | |\n| --- | --- | --- | --- |\n");
        for verdict in self.verdicts() {
            let word = if verdict.passes { "pass" } else { "**fail**" };
            let Verdict {
                what,
                target,
                measured,
                ..
            } = verdict;
            line(
                &mut page,
                &format!("| {what} | {target} | {measured} | {word} |"),
            );
        }
        page.push_str("\nTimes are from the moment at which a request was due, in ms.\n\n");
        page.push_str("| operation | requests | p50 | p90 | p95 | p99 | worst | errors |\n");
        page.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for (name, samples) in self.by_operation() {
            line(&mut page, &row(name, &samples));
        }
        self.push_cache(&mut page);
        self.push_used(&mut page);
        page
    }

    fn by_operation(&self) -> BTreeMap<&'static str, Vec<Sample>> {
        let mut all: BTreeMap<&'static str, Vec<Sample>> = BTreeMap::new();
        for sample in &self.samples {
            all.entry(sample.operation.name())
                .or_default()
                .push(*sample);
        }
        all.insert("all", self.samples.clone());
        all
    }

    fn push_cache(&self, page: &mut String) {
        if self.kept.is_empty() {
            return;
        }
        page.push_str("\n| cache | hit | miss | early | error | hit rate |\n");
        page.push_str("| --- | --- | --- | --- | --- | --- |\n");
        for (operation, counts) in &self.kept {
            let [hit, miss, early, error] = counts;
            let percent = watch::hit_percent([counts].into_iter()).unwrap_or_default();
            line(
                page,
                &format!("| {operation} | {hit} | {miss} | {early} | {error} | {percent:.1} % |"),
            );
        }
    }

    fn push_used(&self, page: &mut String) {
        let Some(used) = &self.used else {
            return;
        };
        line(
            page,
            &format!(
                "\nConnections to the database at most: {} of {} ({} at work at one time). Memory of the cache: {}.\n",
                used.connections,
                used.connections_max,
                used.connections_active,
                used.cache_memory.as_deref().unwrap_or("unknown"),
            ),
        );
        page.push_str("| process | resident at most, MiB |\n| --- | --- |\n");
        for (name, kib) in &used.memory_kib {
            line(page, &format!("| {name} | {} |", kib.div_ceil(1_024)));
        }
    }
}

impl Profile {
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Stats => "stats",
            Self::Lookup => "lookup",
            Self::Mixed => "mixed",
        }
    }

    /// Requests a second that it is to bear.
    pub const fn rate(self) -> u32 {
        match self {
            Self::Search => 200,
            Self::Stats | Self::Lookup => 500,
            Self::Mixed => 300,
        }
    }
}

fn pool(used: &Used) -> Verdict {
    let Used {
        connections,
        connections_max,
        ..
    } = used;
    Verdict {
        what: "connections of the database in use".to_owned(),
        target: "< 50 %".to_owned(),
        measured: format!("{connections} of {connections_max}"),
        passes: connections * 2 < *connections_max,
    }
}

fn resident(used: &Used) -> Option<Verdict> {
    let (name, kib) = used.memory_kib.iter().max_by_key(|(_, kib)| **kib)?;
    Some(Verdict {
        what: "resident memory of a function".to_owned(),
        target: "< 64 MiB".to_owned(),
        measured: format!("{} MiB ({name})", kib.div_ceil(1_024)),
        passes: *kib < 64 * 1_024,
    })
}

fn row(name: &str, samples: &[Sample]) -> String {
    let mut latencies = Latencies::default();
    let mut errors: BTreeMap<u16, usize> = BTreeMap::new();
    for sample in samples {
        latencies.push(sample.latency);
        if !sample.is_success() {
            *errors.entry(sample.status).or_default() += 1;
        }
    }
    let percentiles = [50, 90, 95, 99, 100].map(|p| milliseconds(latencies.percentile(p)));
    let errors: Vec<String> = errors
        .iter()
        .map(|(status, count)| match status {
            0 => format!("{count} without a reply"),
            status => format!("{count} × {status}"),
        })
        .collect();
    let errors = if errors.is_empty() {
        "0".to_owned()
    } else {
        errors.join(", ")
    };
    format!(
        "| {name} | {} | {} | {errors} |",
        latencies.count(),
        percentiles.join(" | ")
    )
}

fn line(page: &mut String, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(page, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(latency_ms: u64, status: u16) -> Run {
        let sample = |place: u64| Sample {
            operation: Operation::Stats,
            due: Duration::from_millis(place * 2),
            latency: Duration::from_millis(latency_ms),
            status,
        };
        Run {
            profile: Profile::Stats,
            rate: 500,
            seconds: 1,
            subject: String::new(),
            samples: (0..500).map(sample).collect(),
            kept: Kept::new(),
            used: None,
        }
    }

    #[test]
    fn a_run_passes_only_if_it_was_fast_and_without_errors() {
        let passes = |run: &Run| run.verdicts().iter().all(|verdict| verdict.passes);
        assert!(passes(&run(2, 200)));
        assert!(!passes(&run(60, 200)));
        assert!(!passes(&run(2, 503)));
        assert!(run(2, 503).markdown("x.svg").contains("500 × 503"));
    }
}
