//! `cargo xtask status`, and the same tables at the end of `up`.

use std::process::ExitCode;

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};

use super::UP;
use super::up::SCHEDULE;
use crate::chains::{self, Progress};
use crate::functions::{self, Declaration};
use crate::paths;
use crate::stack::{Stack, dynamodb, gateway, http, sync};

/// Shows the stack; fails, for scripts, when nothing of it runs.
pub async fn run() -> Result<ExitCode> {
    let stack = Stack::open(UP)?;
    if !stack.state.any_running() {
        out!("Nothing is running. `cargo xtask up` starts it.");
        return Ok(ExitCode::from(3));
    }
    print(&stack).await?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what runs where, what is indexed, and how to ask for it.
pub async fn print(stack: &Stack) -> Result<()> {
    out!("{}", parts(stack));
    let chains = sync::progress(stack).await?;
    out!("\n{}", indexed(&chains));
    if let (Some(folder), Ok(url)) = (&stack.state.functions, gateway::url(stack)) {
        let (works, fails) = examples(&url, &functions::describe(folder).await?, &chains).await;
        out!("\nTry:\n{}", works.join("\n"));
        if !fails.is_empty() {
            out!(
                "\nThese do not answer as they should:\n{}",
                fails.join("\n")
            );
        }
    }
    Ok(())
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_header(header);
    table
}

fn parts(stack: &Stack) -> Table {
    let mut table = table(&["part", "address", "process", "log"]);
    for (name, part) in &stack.state.parts {
        // In the foreground `up` itself keeps the schedule.
        if name == SCHEDULE && !part.process.is_alive() {
            continue;
        }
        let address = match (name.as_str(), part.port) {
            (_, 0) => String::new(),
            (name, port) if speaks_http(name) => format!("http://127.0.0.1:{port}"),
            (_, port) => format!("127.0.0.1:{port}"),
        };
        let process = if part.process.is_alive() {
            part.process.pid.to_string()
        } else {
            "stopped".to_owned()
        };
        table.add_row([
            name.as_str(),
            &address,
            &process,
            &paths::shown(&part.process.log),
        ]);
    }
    table
}

fn speaks_http(part: &str) -> bool {
    part == gateway::NAME || part == dynamodb::NAME || chains::PARTS.contains(&part)
}

fn indexed(chains: &[Progress]) -> Table {
    let mut table = table(&[
        "chain",
        "id",
        "blocks",
        "agents",
        "incomplete",
        "feedback",
        "lag",
    ]);
    for chain in chains {
        let blocks = match chain.block {
            Some(block) => format!("{} to {block}", chain.start_block),
            None => "none yet".to_owned(),
        };
        let lag = match (chain.lag(), &chain.error) {
            (_, Some(error)) => error.clone(),
            (Some(lag), None) => format!("{lag} blocks"),
            (None, None) => "not synced yet".to_owned(),
        };
        table.add_row([
            chain.name.clone(),
            chain.chain_id.to_string(),
            blocks,
            chain.agents.to_string(),
            chain.incomplete.to_string(),
            chain.feedback.to_string(),
            lag,
        ]);
    }
    for column in [1, 3, 4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A line for each endpoint that can be asked with what is known here: those that answer, and those that do not.
pub async fn examples(
    url: &str,
    functions: &[Declaration],
    chains: &[Progress],
) -> (Vec<String>, Vec<String>) {
    let agent = chains
        .iter()
        .find_map(|chain| Some(format!("{}:{}", chain.chain_id, chain.example.as_ref()?)));
    let (mut works, mut fails) = (Vec::new(), Vec::new());
    for endpoint in functions.iter().filter_map(Declaration::endpoint) {
        let Some(path) = example_path(&endpoint.path, agent.as_deref()) else {
            continue;
        };
        if endpoint.method != "GET" || endpoint.auth == "required" {
            continue;
        }
        let line = format!("  curl -s {url}{path}");
        match http::get(&format!("{url}{path}")).await {
            Ok((200, _)) => works.push(line),
            Ok((status, _)) => fails.push(format!("{line} ({status})")),
            Err(error) => fails.push(format!("{line} ({error:#})")),
        }
    }
    works.sort_by_key(String::len);
    (works, fails)
}

/// The path with an agent in its place; none where it asks for something else, too.
fn example_path(template: &str, agent: Option<&str>) -> Option<String> {
    let path = match agent {
        Some(agent) => template.replace("{agent}", agent),
        None => template.to_owned(),
    };
    (path.starts_with('/') && !path.contains('{')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_whose_parameters_are_known_become_examples() {
        let path = |template| example_path(template, Some("1:22"));
        assert_eq!(
            path("/v1/agents/{agent}/stats").as_deref(),
            Some("/v1/agents/1:22/stats")
        );
        assert_eq!(path("/v1/agents").as_deref(), Some("/v1/agents"));
        assert_eq!(path("/v1/payments/{payment}"), None);
        assert_eq!(path("$default"), None);
        assert_eq!(example_path("/v1/agents/{agent}", None), None);
    }
}
