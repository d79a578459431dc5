//! What became of each check, and the lines that the run ends with.

use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use comfy_table::{Table, presets};

use crate::steps::{Step, Steps, seconds};

/// The check whose words are the sums of the test runner.
pub const TESTS: &str = "tests";

/// The checks of a run, in order.
#[derive(Debug, Default)]
pub struct Outcomes(Vec<Outcome>);

#[derive(Debug)]
struct Outcome {
    name: &'static str,
    error: Option<String>,
    words: String,
    time: Duration,
}

impl Outcomes {
    /// Carries out a check, shows what it failed of, and goes on.
    pub async fn check<F>(&mut self, steps: &Steps, name: &'static str, work: F)
    where
        F: AsyncFnOnce(&Step) -> Result<String>,
    {
        let begun = Instant::now();
        let result = steps
            .run(name, async |step| {
                let words = work(step).await?;
                Ok((words.clone(), words))
            })
            .await;
        self.add(name, result, begun.elapsed());
    }

    /// Notes what became of a check, and shows what it failed of.
    pub fn add(&mut self, name: &'static str, result: Result<String>, time: Duration) {
        let error = result
            .as_ref()
            .err()
            .map(|error| format!("{:#}", error.root_cause()));
        if let Err(error) = &result {
            eprintln!("\n{error:#}\n");
        }
        self.0.push(Outcome {
            name,
            error,
            words: result.unwrap_or_default(),
            time,
        });
    }

    /// Success when nothing failed.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let failed = self.0.iter().any(|outcome| outcome.error.is_some());
        if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_BORDERS_ONLY)
            .set_header(["check", "", "what", "time"]);
        for Outcome {
            name,
            error,
            words,
            time,
        } in &self.0
        {
            let words = match error {
                // The first words; the whole stands where the check was carried out.
                Some(error) => error.split([';', '\n']).next().unwrap_or_default(),
                None => words,
            };
            let result = if error.is_some() { "FAILED" } else { "ok" };
            table.add_row([name, result, words, &seconds(*time)]);
        }
        writeln!(f, "{table}")?;
        // Last and alone on its line, where whoever reads the output of a run looks for it.
        match self.0.iter().rfind(|outcome| outcome.name == TESTS) {
            Some(Outcome {
                error: Some(sums), ..
            }) => writeln!(f, "\n{sums}"),
            Some(Outcome { words, .. }) => writeln!(f, "\n{words}"),
            None => Ok(()),
        }
    }
}
