//! The project's own dump: the logs of three registries and thirty agents of every kind, made by
//! playing through what the registries emit. The same file comes out every time.

pub mod abi;
mod files;
mod identity;
mod ledger;
mod reputation;
mod story;
mod validation;
mod world;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

pub use ledger::SEED;
use world::World;

/// Where the dump is committed, from the top of the repository.
pub const PATH: &str = "tests/dumps/agents.json";

/// The dump's chain, which is nobody's.
const CHAIN_ID: u64 = 1337;

/// The dump, one log a line.
///
/// # Errors
///
/// When a registration file cannot be compressed.
pub fn generate() -> Result<String> {
    let mut world = World::new();
    story::tell(&mut world)?;
    let mut dump = format!("{{\n\"chainId\": {CHAIN_ID},\n\"logs\": [\n");
    for (place, log) in world.ledger.into_logs().iter().enumerate() {
        let comma = if place == 0 { "" } else { ",\n" };
        write!(dump, "{comma}{log}")?;
    }
    dump.push_str("\n]\n}\n");
    Ok(dump)
}

/// Writes the dump below `root`.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(root: &Path) -> Result<()> {
    let path = root.join(PATH);
    fs::write(&path, generate()?).with_context(|| format!("writing {}", path.display()))
}

/// Compares the committed dump with what the generator makes.
///
/// # Errors
///
/// When they differ.
pub fn check(root: &Path) -> Result<()> {
    let path = root.join(PATH);
    let committed =
        fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let generated = generate()?;
    if committed == generated {
        return Ok(());
    }
    let same = committed
        .lines()
        .zip(generated.lines())
        .take_while(|(a, b)| a == b)
        .count();
    bail!(
        "{PATH} is not what the generator makes, from line {} on: cargo xtask dump",
        same + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_dump_is_what_the_generator_makes() {
        check(crate::paths::root()).unwrap();
    }

    #[test]
    fn the_dump_is_one_that_can_be_replayed() {
        crate::replay::check(&serde_json::from_str(&generate().unwrap()).unwrap()).unwrap();
    }
}
