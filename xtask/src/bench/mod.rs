//! `cargo xtask bench`: measures the functions as they are built for the cloud, on this machine.

mod latency;
mod load;
mod read;
mod start_up;
mod write;

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

pub use read::run as read;
pub use write::run as write;

use crate::functions::Declaration;

/// The yardstick: `xtask/bench/empty-function`.
const EMPTY: &str = "empty-function";
const EMPTY_PATH: &str = "/bench/empty";

/// The yardstick as the gateway knows functions.
fn empty() -> Result<Declaration> {
    let declaration = json!({ "kind": "http", "name": EMPTY, "method": "GET", "path": EMPTY_PATH });
    Ok(serde_json::from_value(declaration)?)
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
