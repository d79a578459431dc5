//! Feedback: who said what of whom.

use crate::dump::abi;
use crate::dump::reputation::Feedback;
use crate::dump::world::World;

/// The most that the registry takes: |value| is at most 10^38.
const VALUE_MAX: i128 = 10_i128.pow(38);

/// All feedback, revocations and responses.
pub fn tell(world: &mut World) {
    stars(world);
    tags(world);
    extremes(world);
    revoked(world);
    odd_tags(world);
}

/// 0 is well rated, 1 so-so, 2 badly; one client rates most.
fn stars(world: &mut World) {
    world.advance(100);
    for (client, value) in [
        ("uma", 97),
        ("victor", 92),
        ("walter", 88),
        ("xena", 100),
        ("yara", 81),
    ] {
        world.tag(0, client, "starred", value, 0);
        world.advance(3);
    }
    for value in [70, 75, 60, 90, 20, 55] {
        world.tag(1, "uma", "starred", value, 0);
    }
    world.tag(1, "victor", "starred", 65, 0);
    // One transaction, several agents.
    world.advance(1);
    world.together(|world| {
        world.tag(2, "walter", "starred", 12, 0);
        world.tag(2, "walter", "starred", 0, 0);
        world.tag(3, "walter", "starred", 50, 0);
    });
    // 3 has untagged values beside its star, 4 has nothing else.
    world.tag(3, "xena", "", 77, 0);
    world.tag(4, "xena", "", 855, 1);
    world.tag(4, "yara", "", 64, 0);
}

/// 21 is measured in every way the ERC gives as an example.
fn tags(world: &mut World) {
    world.advance(12);
    for (tag, value, decimals) in [
        ("reachable", 1, 0),
        ("ownerVerified", 1, 0),
        ("uptime", 9_977, 2),
        ("uptime", 99_500, 3),
        ("successRate", 89, 0),
        ("responseTime", 560, 0),
        ("blocktimeFreshness", 4, 0),
        ("revenues", 560, 0),
    ] {
        world.tag(21, "watcher", tag, value, decimals);
    }
    world.advance(1);
    for (period, value) in [("day", -32), ("week", 120), ("month", -5), ("year", 1_504)] {
        let (tag1, tag2) = (&b"tradingYield"[..], period.as_bytes());
        world.rate(
            21,
            "watcher",
            &Feedback {
                value,
                decimals: 1,
                tag1,
                tag2,
                ..Feedback::default()
            },
        );
    }
    // Its owner to be has rated it, and its owner of old does.
    world.tag(21, "ivan", "starred", 100, 0);
    world.rate(
        21,
        "uma",
        &Feedback {
            value: 87,
            tag1: b"starred",
            tag2: b"booking",
            endpoint: b"https://atlas.example/book",
            uri: b"https://feedback.example/21/uma/1.json",
            hash: abi::keccak(b"feedback of uma"),
            decimals: 0,
        },
    );
}

/// 22: the ends of every range.
fn extremes(world: &mut World) {
    world.advance(5);
    for (value, decimals) in [
        (VALUE_MAX, 0),
        (-VALUE_MAX, 0),
        (VALUE_MAX, 18),
        (-VALUE_MAX, 18),
        (1, 18),
        (-1, 18),
        (0, 18),
        (999_999_999_999_999_999, 18),
        (-100, 0),
    ] {
        world.tag(22, "extremist", "extreme", value, decimals);
    }
    // Not within 0 to 100, whatever the tag promises.
    world.tag(22, "extremist", "starred", 1_000, 0);
    world.tag(22, "uma", "starred", -7, 0);
}

/// 23 loses one of its ratings, 24 all; both are answered.
fn revoked(world: &mut World) {
    world.advance(9);
    let kept = world.tag(23, "uma", "starred", 90, 0);
    let withdrawn = world.tag(23, "uma", "starred", 10, 0);
    world.tag(23, "victor", "starred", 85, 0);
    world.advance(2);
    world.revoke(23, "uma", withdrawn);
    world.respond(
        23,
        "uma",
        kept,
        "laura",
        "https://purse.example/thanks.json",
    );
    world.respond(
        23,
        "uma",
        kept,
        "auditor",
        "ipfs://QmQmxb5dRoMAERwg3BPFByP1gjiXLEknmj4zkYTby21ayj",
    );
    world.respond(
        23,
        "uma",
        kept,
        "laura",
        "https://purse.example/thanks-again.json",
    );
    world.advance(1);
    world.respond(
        23,
        "uma",
        withdrawn,
        "laura",
        "data:application/json,%7B%22refund%22%3Atrue%7D",
    );

    let only = world.tag(24, "walter", "starred", 5, 0);
    world.revoke(24, "walter", only); // in the same block
    world.advance(1);
    world.tag(25, "xena", "starred", 40, 0);
    world.respond(
        25,
        "xena",
        1,
        "auditor",
        "https://auditor.example/spam.json",
    );
}

/// 29: tags that a database or JSON does not take, and long ones.
fn odd_tags(world: &mut World) {
    world.advance(30);
    let mut odd = |tag1: &[u8], tag2: &[u8], endpoint: &[u8]| {
        let feedback = Feedback {
            value: 50,
            tag1,
            tag2,
            endpoint,
            ..Feedback::default()
        };
        world.rate(29, "zoe", &feedback);
    };
    odd(b"nul\x00tag", b"\x00", b"https://odd.example/\x00");
    odd(b"\xff\xfe", b"caf\xe9", b"\x80");
    odd(
        "⭐️".as_bytes(),
        "\u{202e}drawkcab".as_bytes(),
        b"'; DROP TABLE agents; --",
    );
    odd("x".repeat(600).as_bytes(), b"", b"");
}
