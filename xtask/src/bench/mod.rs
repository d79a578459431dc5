//! `cargo xtask bench`: measures the functions as they are built for the cloud, on this machine.

mod cpu;
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
