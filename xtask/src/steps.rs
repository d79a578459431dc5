//! Numbered steps with elapsed time: a spinner on a terminal, plain lines elsewhere.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The steps of one command.
#[derive(Debug)]
pub struct Steps {
    total: usize,
    done: Cell<usize>,
    started: Instant,
    interactive: bool,
    is_quiet: bool,
}

/// The step that is being carried out.
#[derive(Debug)]
pub struct Step {
    bar: ProgressBar,
}

impl Step {
    /// Shows what is going on; on a terminal only, each note in place of the one before.
    pub fn note(&self, text: &str) {
        if !text.is_empty() {
            self.bar.set_message(text.to_owned());
        }
    }

    /// Says something that is worth a line of its own.
    pub fn say(&self, text: &str) {
        self.print(&format!("        {text}"));
    }

    /// Prints a line as it is.
    pub fn print(&self, line: &str) {
        self.bar.suspend(|| out!("{line}"));
    }
}

impl Steps {
    /// Steps `1..=total`.
    #[must_use]
    pub fn new(total: usize) -> Self {
        let interactive = console_is_terminal();
        Self {
            total,
            done: Cell::new(0),
            started: Instant::now(),
            interactive,
            is_quiet: false,
        }
    }

    /// Steps that nobody is told of.
    #[must_use]
    pub fn quiet() -> Self {
        Self {
            interactive: false,
            is_quiet: true,
            ..Self::new(0)
        }
    }

    /// Carries out one step. What `work` returns in words stands behind the step's name.
    ///
    /// # Errors
    ///
    /// Those of `work`, with the step's name.
    pub async fn run<T, F>(&self, name: &str, work: F) -> Result<T>
    where
        F: AsyncFnOnce(&Step) -> Result<(String, T)>,
    {
        let number = self.done.get() + 1;
        self.done.set(number);
        let head = format!("[{number:>2}/{}] {name}", self.total);
        let bar = self.bar(&head);
        let step = Step { bar };
        let begun = Instant::now();
        let result = work(&step).await;
        step.bar.finish_and_clear();
        match result {
            Ok((words, value)) => {
                if !self.is_quiet {
                    out!("{head:<32} {words} ({})", seconds(begun.elapsed()));
                }
                Ok(value)
            }
            Err(error) => {
                out!("{head:<32} failed ({})", seconds(begun.elapsed()));
                Err(error).with_context(|| format!("step {number}, {name}"))
            }
        }
    }

    /// The time since the first step began, in words.
    #[must_use]
    pub fn elapsed(&self) -> String {
        seconds(self.started.elapsed())
    }

    fn bar(&self, head: &str) -> ProgressBar {
        if !self.interactive {
            if !self.is_quiet {
                out!("{head} ...");
            }
            return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        }
        let bar = ProgressBar::new_spinner().with_prefix(head.to_owned());
        if let Ok(style) =
            ProgressStyle::with_template("{prefix:<32} {spinner} {elapsed} {wide_msg}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}

/// A duration as people say it: `0.8 s`, `41 s`, `2 min 10 s`.
#[must_use]
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        whole @ 10..120 => format!("{whole} s"),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}

fn console_is_terminal() -> bool {
    use std::io::IsTerminal as _;
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_the_unit_that_fits() {
        assert_eq!(seconds(Duration::from_millis(812)), "0.8 s");
        assert_eq!(seconds(Duration::from_secs(41)), "41 s");
        assert_eq!(seconds(Duration::from_secs(130)), "2 min 10 s");
    }
}
