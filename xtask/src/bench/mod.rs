//! `cargo xtask bench`: measures the functions as they are built for the cloud, on this machine.

mod cpu;
pub mod latency;
pub mod load;
mod read;
mod start_up;
mod sync;
mod write;

use anyhow::{Result, anyhow};
use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

pub use read::run as read;
pub use sync::run as sync;
pub use write::run as write;
pub use write::writes;

use crate::commands::interrupted;
use crate::functions::Declaration;
use crate::stack::Stack;

/// The stack of the benchmarks.
const STACK: &str = "bench";

/// The yardstick: `xtask/bench/empty-function`.
const EMPTY: &str = "empty-function";
const EMPTY_PATH: &str = "/bench/empty";
/// The floor of a read: `xtask/bench/bare-function`.
const BARE: &str = "bare-function";
const BARE_PATH: &str = "/bench/bare";

/// Yardstick and floor, as the gateway knows functions.
fn yardsticks() -> Result<[Declaration; 2]> {
    let declare = |name, path| {
        let declaration = json!({ "kind": "http", "name": name, "method": "GET", "path": path });
        serde_json::from_value(declaration)
    };
    Ok([declare(EMPTY, EMPTY_PATH)?, declare(BARE, BARE_PATH)?])
}

/// Has `work` measure on a stack of its own, which is new each time and stopped whatever becomes of it.
async fn on_a_new_stack(
    settings: &[(&str, &str)],
    work: impl AsyncFnOnce(&mut Stack) -> Result<()>,
) -> Result<()> {
    let mut left_over = Stack::open(STACK)?;
    let lock = left_over.lock()?;
    left_over.stop_all().await;
    left_over.remove()?;
    drop(lock);
    let mut stack = Stack::open(STACK)?;
    let _lock = stack.lock()?;
    for (name, value) in settings {
        stack
            .settings
            .insert((*name).to_owned(), (*value).to_owned());
    }
    let finished = tokio::select! {
        result = work(&mut stack) => result,
        () = interrupted() => Err(anyhow!("interrupted")),
    };
    stack.stop_all().await;
    // One that failed is left to be looked at.
    finished.and_then(|()| stack.remove())
}

/// A table whose first column is words and whose others are numbers.
pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
