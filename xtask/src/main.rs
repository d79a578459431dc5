//! The project's own commands: `cargo xtask --help`.

mod replay;
mod stack;

fn main() {}
