//! Whoever is called by an alarm, or by a fault of ours, finds what to do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use shared::http::Code;

use crate::harness::settings;

fn read(file: &str) -> String {
    let path = settings::root().join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The anchors of a document's sections, with what stands in each.
fn sections() -> Vec<(String, String)> {
    let text = read("docs/TROUBLESHOOTING.md");
    let sections = text.split("\n## ").skip(1);
    sections
        .map(|section| {
            let (heading, body) = section.split_once('\n').unwrap();
            (heading.to_owned(), body.to_owned())
        })
        .collect()
}

fn anchors() -> BTreeSet<String> {
    sections().into_iter().map(|(heading, _)| heading).collect()
}

/// The runbook that an alarm of the stacks names is the last word of its description.
fn runbooks_of_stack(part: &str) -> Vec<String> {
    let template = read(&format!("infra/test/snapshots/{part}.json"));
    let template: Value = serde_json::from_str(&template).unwrap();
    let resources = template["Resources"].as_object().unwrap().values();
    let alarms = resources.filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    let runbooks = alarms.map(|alarm| {
        let description = &alarm["Properties"]["AlarmDescription"];
        let words = description.as_str().unwrap().split_whitespace();
        words.last().unwrap().to_owned()
    });
    let runbooks: Vec<String> = runbooks.collect();
    assert!(!runbooks.is_empty(), "no alarm in {part}");
    runbooks
}

#[test]
fn every_alarm_and_every_rule_has_a_runbook() {
    let alarms: Value = serde_json::from_str(&read("infra/generated/alarms.json")).unwrap();
    let of_alarms = alarms
        .as_array()
        .unwrap()
        .iter()
        .map(|alarm| alarm["runbook"].as_str().unwrap().to_owned());
    let rules = read("infra/generated/prometheus-rules.yml");
    let of_rules = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("runbook: "))
        .map(str::to_owned);
    let of_stacks = ["api", "observability"]
        .into_iter()
        .flat_map(runbooks_of_stack);
    let runbooks: BTreeSet<String> = of_alarms.chain(of_rules).chain(of_stacks).collect();
    assert!(runbooks.len() > 10, "{runbooks:?}");
    for runbook in runbooks {
        let anchor = runbook
            .strip_prefix("docs/TROUBLESHOOTING.md#")
            .unwrap_or_else(|| panic!("{runbook} is no runbook"));
        assert!(anchors().contains(anchor), "no section {anchor}");
    }
}

#[test]
fn every_fault_of_ours_has_a_runbook() {
    for code in Code::ALL.iter().filter(|code| code.status() >= 500) {
        let anchor = code.as_str().to_ascii_lowercase().replace('_', "-");
        assert!(anchors().contains(&anchor), "no section {anchor}");
    }
}

#[test]
fn every_runbook_says_what_is_seen_how_to_be_sure_what_to_do_and_how_to_see_that_it_worked() {
    for (heading, body) in sections() {
        for part in ["**Symptom.**", "**Confirm.**", "**Do.**", "**Worked when**"] {
            assert!(body.contains(part), "{heading} lacks {part}");
        }
    }
}

/// Whoever reads a section that leads to another one gets there.
#[test]
fn every_link_between_runbooks_leads_to_a_section() {
    for file in ["docs/TROUBLESHOOTING.md", "docs/OPERATIONS.md"] {
        for link in read(file).split("](#").skip(1) {
            let anchor = link.split(')').next().unwrap().to_owned();
            assert!(anchors().contains(&anchor), "{file}: no section {anchor}");
        }
    }
}

/// A function that does not start names what it lacks: whoever reads that finds it among the settings.
#[test]
fn every_setting_that_is_read_is_documented() {
    let documented = read("docs/OPERATIONS.md");
    let mut names = BTreeSet::new();
    for file in sources(&settings::root().join("shared/src")) {
        let text = std::fs::read_to_string(file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for reads in [
            "required(\"",
            "optional(\"",
            "parsed(\"",
            "list(\"",
            "switch(\"",
        ] {
            let found = text.split(reads).skip(1);
            let found = found.map(|rest| rest.split('"').next().unwrap());
            let is_name = |name: &&str| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            names.extend(found.filter(is_name).map(str::to_owned));
        }
    }
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(
            documented.contains(&format!("`{name}`")),
            "no word of {name}"
        );
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let found = paths.flat_map(|path| {
        if path.is_dir() {
            sources(&path)
        } else {
            vec![path]
        }
    });
    found.collect()
}
