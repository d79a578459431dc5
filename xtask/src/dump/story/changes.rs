//! Agents 21 to 29, which change hands, wallets, metadata and URIs; and two that were not seen to
//! register.

use serde_json::json;

use crate::dump::files;
use crate::dump::identity::Registration;
use crate::dump::ledger::account;
use crate::dump::world::World;

/// Agents 21 to 23: owners, operators, wallets.
pub fn owners(world: &mut World) {
    // 21: sold twice, the second time by an approved address.
    world.advance(60);
    let file = files::plain("Wanderer", "Has had three owners");
    let sold = world.register("ivan", &files::base64(&file));
    world.approve_for_all("ivan", "operator", true);
    world.advance(7);
    world.transfer(sold, "judy");
    world.set_wallet(sold, "judy's wallet");
    world.approve_for_all("ivan", "operator", false);
    world.advance(8);
    world.approve(sold, account("broker"));
    world.approve(sold, [0; 20]);
    world.approve(sold, account("broker"));
    world.advance(1);
    world.transfer(sold, "ada");
    world.approve_for_all("ada", "operator", true);

    // 22: a contract mints it and passes it on before the registry has said so.
    world.advance(13);
    let file = files::base64(&files::plain(
        "Foundling",
        "Was passed on while it was minted",
    ));
    world.register_as(
        "factory",
        &Registration {
            uri: Some(&file),
            entries: &[(b"origin", b"factory")],
            passed_on_to: Some("ken"),
        },
    );

    // 23: wallets come and go.
    world.advance(2);
    let file = files::plain("Purse", "Changes its wallet and loses it");
    let purse = world.register("laura", &files::base64(&file));
    world.set_wallet(purse, "purse 1");
    world.advance(4);
    world.set_wallet(purse, "purse 2");
    world.advance(4);
    world.unset_wallet(purse);
}

/// Agents 24 to 28: metadata and URIs.
pub fn contents(world: &mut World) {
    // 24: metadata set, overwritten, emptied, set again.
    world.advance(70);
    let file = files::plain("Ledger", "Keeps all it knows in metadata");
    let ledger = world.register_as(
        "mike",
        &Registration {
            uri: Some(&files::base64(&file)),
            entries: &[(b"did", b"did:web:ledger.example"), (b"tier", &[1])],
            passed_on_to: None,
        },
    );
    world.advance(3);
    world.set_metadata(ledger, b"tier", &[2]);
    world.set_metadata(ledger, b"did", b"");
    world.set_metadata(ledger, b"proof", &[0x00, 0xff, 0xfe, 0x80, 0x00]);
    world.advance(3);
    world.set_metadata(ledger, b"", b"the key is empty");
    world.set_metadata(ledger, b"tier", &[3]);
    world.set_metadata(ledger, b"tier", &[4]);
    world.set_metadata(ledger, b"did", b"did:web:ledger2.example");

    // 25: from https to ipfs to data; twice in one block.
    world.advance(21);
    let mover = world.register("nina", b"https://mover.example/agent.json");
    world.advance(2);
    world.set_uri(
        "nina",
        mover,
        b"ipfs://QmQmxb5dRoMAERwg3BPFByP1gjiXLEknmj4zkYTby21ayj",
    );
    let file = |version: u32| {
        let file = files::plain("Mover", &format!("Version {version}"));
        files::base64(&files::with(
            file,
            json!({
                "services": [{ "name": "MCP", "endpoint": format!("https://mover.example/v{version}") }],
            }),
        ))
    };
    world.advance(2);
    world.set_uri("nina", mover, &file(1));
    world.set_uri("nina", mover, &file(2));
    world.approve_for_all("nina", "operator", true);
    world.advance(50);
    world.set_uri("operator", mover, &file(3));

    // 26, 27: the same URI, different owners. Neither is active.
    world.advance(1);
    let file = files::with(
        files::plain("Twin", "Not the only one of its kind"),
        json!({
            "active": false,
            "services": [{ "name": "web", "endpoint": "https://twin.example/" }],
        }),
    );
    let twin = files::base64(&file);
    world.register("oscar", &twin);
    world.register("peggy", &twin);
}

/// Agents 28 and 29: compressed; and strings that a database or JSON does not take.
pub fn odd_strings(world: &mut World) {
    world.advance(16);
    let file = files::with(
        files::plain("Squeeze", "Gzip, as seen on mainnet"),
        json!({
            "services": [
                { "name": "OASF", "endpoint": "https://squeeze.example/oasf", "version": "v0.8.0",
                  "skills": ["data_engineering/data_compression"], "domains": [] },
            ],
            "registrations": [{ "agentId": 28, "agentRegistry": "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432" }],
        }),
    );
    if let Ok(uri) = files::gzip(file.to_string().as_bytes()) {
        world.register("quentin", &uri);
    }

    world.advance(5);
    let odd = world.register_as(
        "rupert",
        &Registration {
            uri: Some(b"https://odd.example/\xff\xfe/\x00.json"),
            entries: &[
                (b"nul\x00key", b"nul\x00value"),
                (b"latin1-\xe9", b"caf\xe9"),
            ],
            passed_on_to: None,
        },
    );
    world.advance(1);
    let file = format!(
        "\u{feff}{{\"type\":\"{}\",\"name\":\"NUL \\u0000 and half \\ud83e\",\"name\":\"Odd \\u0000 \
         \\ud800\",\"description\":\"a raw byte: ",
        files::TYPE
    );
    let mut file = file.into_bytes();
    file.extend_from_slice(b"\xff\", \"image\":\"https://odd.example/i.png\", \"services\":[");
    file.extend_from_slice(b"{\"name\":\"web\\u0000\",\"endpoint\":\"https://odd.example/\"}]}");
    world.set_uri("rupert", odd, &files::base64_of(&file));
}

/// Agents 30 and 31, whose registration the dump lacks.
pub fn unseen(world: &mut World) {
    world.advance(2_000);
    for uri in [
        &b"https://unseen.example/30.json"[..],
        &files::base64(&files::plain("Unseen", "Known by a URI update alone")),
    ] {
        let agent = world.register_unseen("sybil");
        world.advance(1);
        world.set_uri_filtered("sybil", agent, uri);
    }
}
