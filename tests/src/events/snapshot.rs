//! Reviewed snapshots: JSON files that are also the examples of the OpenAPI document.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use pretty_assertions::StrComparison;
use serde_json::Value;

use crate::harness::settings;

/// A folder of snapshots. Everything that differs is collected, then shown at once.
#[derive(Debug)]
pub struct Snapshots {
    dir: PathBuf,
    accept: bool,
    seen: BTreeSet<String>,
    faults: Vec<String>,
}

impl Snapshots {
    /// The snapshots of a folder of the repository.
    pub fn open(dir: &str) -> Self {
        Self {
            dir: settings::root().join(dir),
            accept: settings::accepts_snapshots(),
            seen: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    /// Compares `actual` with the snapshot `name`, or writes it where snapshots are accepted.
    pub fn check(&mut self, name: &str, actual: &Value) {
        self.seen.insert(name.to_owned());
        let file = self.dir.join(format!("{name}.json"));
        let actual = format!("{actual:#}\n");
        let reviewed = fs::read_to_string(&file).ok();
        if reviewed.as_deref() == Some(&actual) {
            return;
        }
        if self.accept {
            fs::create_dir_all(&self.dir).unwrap();
            fs::write(&file, actual).unwrap();
            println!("accepted {}", file.display());
            return;
        }
        self.faults.push(match reviewed {
            Some(reviewed) => format!(
                "{name} differs:\n{}",
                StrComparison::new(&reviewed, &actual)
            ),
            None => format!("{name} has no snapshot; it would be:\n{actual}"),
        });
    }

    /// Fails when a snapshot differed, was missing, or has no event any more.
    pub fn finish(mut self) {
        for entry in fs::read_dir(&self.dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            if self.seen.contains(name) {
                continue;
            }
            if self.accept {
                fs::remove_file(&path).unwrap();
                println!("removed {}", path.display());
            } else {
                self.faults.push(format!("{} has no event", path.display()));
            }
        }
        let count = self.faults.len();
        let faults = self.faults.join("\n");
        assert!(
            self.faults.is_empty(),
            "{faults}\n{count} of the replies are not as reviewed; \
             `cargo xtask test --accept` writes them, for a review of the diff"
        );
    }
}
