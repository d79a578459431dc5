//! What is wrong with a plan, as EXPLAIN (ANALYZE, FORMAT JSON) tells it.

use serde_json::Value;

/// So many rows of a table may be read as they come: of a small one, or until enough of them match.
const SCANNED_ROWS_MAX: f64 = 10_000.0;
/// A page and the row that says whether there is a next one.
pub const PAGE_ROWS_MAX: f64 = 101.0;
/// What a text matches is ranked up to so many rows (`RANKED_MAX` in `shared/src/limits.rs`), and where filters leave no
/// more, reading them by their index and sorting them is less than reading an order until a page is full.
pub const MATCHES_SORTED_MAX: f64 = 1_000.0;
/// Rows of tables that one statement may look at, those that a filter turns away included. What is answered within an
/// index costs a hundredth of that.
const READ_ROWS_MAX: f64 = 20_000.0;

/// Everything that is wrong with the plan of one statement that may sort so many rows.
pub fn faults(plan: &Value, sorted_max: f64) -> Vec<String> {
    let mut faults = Vec::new();
    let mut read = 0.0;
    walk(plan, &mut |node| {
        let kind = node["Node Type"].as_str().unwrap_or_default();
        let table = node["Relation Name"].as_str().unwrap_or_default();
        let looked_at = looked_at(node);
        if !table.is_empty() && kind != "Index Only Scan" {
            read += looked_at;
        }
        if kind == "Seq Scan" && looked_at > SCANNED_ROWS_MAX {
            faults.push(format!(
                "reads {looked_at:.0} rows of {table} one after the other"
            ));
        }
        let input: f64 = children(node).map(rows).sum();
        if kind.ends_with("Sort") && input > sorted_max {
            faults.push(format!("sorts {input:.0} rows"));
        }
    });
    if read > READ_ROWS_MAX {
        faults.push(format!("looks at {read:.0} rows"));
    }
    faults
}

/// Blocks that a statement touched: those in memory, and those that were not.
pub fn blocks(plan: &Value) -> (u64, u64) {
    let of = |name| plan[name].as_u64().unwrap_or_default();
    (of("Shared Hit Blocks"), of("Shared Read Blocks"))
}

fn walk(node: &Value, see: &mut impl FnMut(&Value)) {
    see(node);
    for child in children(node) {
        walk(child, see);
    }
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    node["Plans"].as_array().into_iter().flatten()
}

/// Rows that a node gave, in all its loops.
fn rows(node: &Value) -> f64 {
    number(node, "Actual Rows") * loops(node)
}

/// The same with those that it turned away.
fn looked_at(node: &Value) -> f64 {
    let removed = ["Rows Removed by Filter", "Rows Removed by Index Recheck"];
    let removed: f64 = removed.iter().map(|name| number(node, name)).sum();
    rows(node) + removed * loops(node)
}

fn loops(node: &Value) -> f64 {
    number(node, "Actual Loops")
}

fn number(node: &Value, name: &str) -> f64 {
    node[name].as_f64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scan(kind: &str, rows: f64, removed: f64) -> Value {
        json!({ "Node Type": kind, "Relation Name": "agents", "Actual Rows": rows, "Actual Loops": 1,
                "Rows Removed by Filter": removed })
    }

    #[test]
    fn a_large_table_is_not_read_whole_and_not_sorted() {
        let count = |kind, rows, removed| faults(&scan(kind, rows, removed), PAGE_ROWS_MAX).len();
        assert_eq!(count("Seq Scan", 20.0, 0.0), 0);
        assert_eq!(count("Index Scan", 21.0, 3_000.0), 0);
        assert_eq!(count("Seq Scan", 20.0, 15_000.0), 1);
        assert_eq!(count("Index Scan", 20.0, 50_000.0), 1);
        assert_eq!(count("Index Only Scan", 50_000.0, 0.0), 0);
        let sort = json!({ "Node Type": "Sort", "Actual Rows": 21.0, "Actual Loops": 1,
                           "Plans": [scan("Bitmap Heap Scan", 500.0, 0.0)] });
        assert_eq!(faults(&sort, PAGE_ROWS_MAX), ["sorts 500 rows"]);
        assert_eq!(faults(&sort, MATCHES_SORTED_MAX), [""; 0]);
    }
}
