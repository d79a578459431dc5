//! An endpoint that fails and lies at random, and moves the chain while it is read.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::super::chain::Chain;
use super::super::server::{Server, parse};
use crate::harness::random::Random;

/// So far below the head a missing log is noticed without a second endpoint.
const RECENT: u64 = 250;

/// What became of questions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub errors: u64,
    pub refusals: u64,
    pub missing: u64,
    pub duplicates: u64,
    pub lies: u64,
    pub moves: u64,
}

/// From now on the endpoint fails once in `rarely` answers, gives at most `blocks` blocks at once,
/// and is at `next` instead once it has answered so many questions.
pub fn install(
    server: &Server,
    mut random: Random,
    rarely: usize,
    blocks: u64,
    mut next: Option<(usize, Chain)>,
) -> Arc<Mutex<Faults>> {
    let faults = Arc::new(Mutex::new(Faults::default()));
    let counted = faults.clone();
    let chain = server.chain.clone();
    server.temper(move |method, params, result| {
        let mut faults = counted.lock().unwrap();
        if let Some((questions, _)) = &mut next {
            *questions = questions.saturating_sub(1);
        }
        if let Some((_, moved)) = next.take_if(|(questions, _)| *questions == 0) {
            *chain.lock().unwrap() = moved;
            faults.moves += 1;
        }
        if method == "eth_getLogs" && params[0].get("blockHash").is_none() {
            let [from, to] =
                ["fromBlock", "toBlock"].map(|bound| parse(params[0][bound].as_str().unwrap()));
            if to - from >= blocks {
                faults.refusals += 1;
                return Err((-32005, "query returned more than 10000 results".to_owned()));
            }
        }
        if !random.once_in(rarely) {
            return Ok(result);
        }
        let head = chain.lock().unwrap().head().number;
        let fault = Fault {
            random: &mut random,
            faults: &mut faults,
            head,
        };
        fault.strike(method, params, result)
    });
    faults
}

struct Fault<'a> {
    random: &'a mut Random,
    faults: &'a mut Faults,
    head: u64,
}

impl Fault<'_> {
    fn strike(
        self,
        method: &str,
        params: &Value,
        mut result: Value,
    ) -> Result<Value, (i64, String)> {
        let Fault {
            random,
            faults,
            head,
        } = self;
        let is_of_range = params[0].get("blockHash").is_none();
        let logs = result.as_array_mut().filter(|logs| !logs.is_empty());
        let (Some(logs), "eth_getLogs") = (logs, method) else {
            faults.errors += 1;
            let (code, text) = *random.one(&[
                (-32603, "internal error"),
                (-32000, "header not found"),
                (429, "Too Many Requests"),
            ]);
            return Err((code, text.to_owned()));
        };
        let victim = random.place(logs.len());
        match random.place(4) {
            0 if is_of_range && head < RECENT + parse(&kind(&logs[victim]).0) => {
                // All of a block, or all of one kind: what a filter of the block can tell.
                let whole = random.once_in(2);
                let (block, address, topic) = kind(&logs[victim]);
                logs.retain(|log| {
                    let (b, a, t) = kind(log);
                    b != block || !(whole || (a == address && t == topic))
                });
                faults.missing += 1;
            }
            1 => {
                let twice = logs[victim].clone();
                logs.push(twice);
                faults.duplicates += 1;
            }
            2 => {
                let hash = format!("0x{:064x}", random.next());
                logs[victim]["blockHash"] = json!(hash);
                faults.lies += 1;
            }
            _ => {
                logs[victim]["removed"] = json!(true);
                faults.lies += 1;
            }
        }
        Ok(result)
    }
}

/// Block, contract and event of a log.
fn kind(log: &Value) -> (String, String, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&log["blockNumber"]),
        text(&log["address"]),
        text(&log["topics"][0]),
    )
}
