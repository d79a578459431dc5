//! Agents 14 to 20: registration files that break the rules, and URIs that hold none.

use anyhow::Result;
use serde_json::{Value, json};

use crate::dump::files;
use crate::dump::world::World;

/// More than a registration file may have after decompression.
const BOMB: usize = 4 << 20;

/// Agents 14 to 17: JSON, but not as the ERC wants it.
pub fn faulty(world: &mut World) {
    for file in [missing(), mistyped(), misshapen()] {
        world.advance(9);
        world.register("grace", &files::base64(&file));
    }
    world.advance(1);
    // Not even an object.
    world.register(
        "grace",
        &files::base64(&json!(["registration", "as", "a", "list"])),
    );
}

/// 14: hardly anything is there.
fn missing() -> Value {
    json!({ "description": "", "url": "https://nameless.example" })
}

/// 15: everything is there, and of the wrong type.
fn mistyped() -> Value {
    json!({
        "type": "https://eips.ethereum.org/EIPS/eip-8004",
        "name": 42,
        "description": ["one", "two"],
        "image": null,
        "services": { "name": "web", "endpoint": "https://mistyped.example/" },
        "x402Support": "yes",
        "active": 1,
        "registrations": "none",
        "supportedTrust": "reputation",
        "updatedAt": "yesterday",
    })
}

/// 16: the types are right, and what is in them is wrong.
fn misshapen() -> Value {
    files::with(
        files::plain("Misshapen", "Lists with the wrong things in them"),
        json!({
            "services": [
                { "name": "web" },
                { "endpoint": "https://misshapen.example/" },
                { "name": "", "endpoint": "" },
                { "name": "OASF", "endpoint": "x", "skills": "all", "domains": [1, "energy"] },
                "https://misshapen.example/mcp",
                { "name": "MCP", "endpoint": 7, "version": 1.0 },
            ],
            "endpoints": [{ "name": "both", "endpoint": "https://misshapen.example/both" }],
            "registrations": [
                { "agentId": "16", "agentRegistry": "eip155:1337" },
                { "agentId": -1, "agentRegistry": "eip155:1337:0x1234" },
                { "agentId": null },
                16,
            ],
            "supportedTrust": ["reputation", 8004],
        }),
    )
}

/// Agents 18 to 20: nothing can be made of them.
pub fn unreadable(world: &mut World) -> Result<()> {
    world.advance(18);
    // 18: base64 with letters that it does not have.
    world.register(
        "heidi",
        b"data:application/json;base64,eyJ0eXBlIjog*** not base64 ***",
    );
    // 19: cut off.
    let cut = files::plain("Cut off", "The file ends before it").to_string();
    world.register(
        "heidi",
        &files::base64_of(&cut.as_bytes()[..cut.len() - 20]),
    );
    world.advance(3);
    // 20: four megabytes of spaces in a few kilobytes.
    let mut bomb = files::plain("Bomb", "Small until it is opened").to_string();
    bomb.push_str(&" ".repeat(BOMB));
    let bomb = files::gzip(bomb.as_bytes())?;
    world.register("mallory", &bomb);
    Ok(())
}
