//! Answers from the cache: the same as without it, made once, and never those from before one's own write.

mod cluster;
mod gone;
mod history;
mod keeping;
mod reading;
mod warm;

use serde_json::Value;

/// An answer without the block that it is true as of: what is kept says when it was made, and is true since.
fn itself(mut answer: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.remove("asOf");
                members.remove("requestId");
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut answer);
    answer
}
