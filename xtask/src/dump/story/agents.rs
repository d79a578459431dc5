//! Agents 0 to 13: sound ones, and every form that an agentURI takes.

use serde_json::{Value, json};

use crate::dump::files;
use crate::dump::identity::Registration;
use crate::dump::world::World;

/// How long the URI of agent 9 is: the most that fits under the gas cap of one transaction.
const HUGE: usize = 20 * 1024;

/// Agents 0 to 4: nothing is wrong with them.
pub fn sound(world: &mut World) {
    // 0 and 1 in one transaction.
    let registry = format!("eip155:1337:0x{}", hex::encode(world.identity.contract));
    let everything = files::base64(&everything(&registry));
    world.advance(40);
    world.together(|world| {
        world.register("ada", &everything);
        world.register("ada", &files::base64(&old_spelling()));
    });

    // 2 and 3 in one block.
    world.advance(11);
    let unicode = files::plain(
        "北京 Übersetzer 🤖👩‍🔬",
        "Traduit – переводит – 翻訳します – يترجم",
    );
    world.register("bob", &files::percent(&unicode));
    let unencoded = files::plain("Plain Speaker", "JSON in a data URI as it is");
    let unencoded = format!("data:application/json;charset=utf-8,{unencoded}");
    world.register("carol", unencoded.as_bytes());

    world.advance(1);
    let bare = files::plain("Bare", "JSON in place of a URI");
    world.register("dave", bare.to_string().as_bytes());
}

/// Every field that the ERC names, every kind of service.
fn everything(registry: &str) -> Value {
    files::with(
        files::plain("Atlas", "Plans routes, books them and pays for them"),
        json!({
            "services": [
                { "name": "web", "endpoint": "https://atlas.example/" },
                {
                    "name": "A2A",
                    "endpoint": "https://atlas.example/.well-known/agent-card.json",
                    "version": "0.3.0",
                    "a2aSkills": ["route-planning", "booking"],
                },
                {
                    "name": "MCP",
                    "endpoint": "https://mcp.atlas.example/",
                    "version": "2025-06-18",
                    "mcpTools": ["plan", "book"],
                    "capabilities": [],
                },
                {
                    "name": "OASF",
                    "endpoint": "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
                    "version": "0.8",
                    "skills": [
                        "advanced_reasoning_planning/strategic_planning",
                        "natural_language_processing/summarization",
                    ],
                    "domains": ["transportation/logistics", "hospitality_and_tourism/travel_services"],
                },
                { "name": "ENS", "endpoint": "atlas.eth", "version": "v1" },
                { "name": "DID", "endpoint": "did:web:atlas.example", "version": "v1" },
                { "name": "email", "endpoint": "mail@atlas.example" },
                { "name": "agentWallet", "endpoint": "eip155:8453:0x00000000000000000000000000000000000a71a5" },
            ],
            "x402Support": true,
            "registrations": [{ "agentId": 0, "agentRegistry": registry }],
            "supportedTrust": ["reputation", "crypto-economic", "tee-attestation"],
            "updatedAt": 1_768_478_880,
        }),
    )
}

/// As files were written before the ERC settled its names.
fn old_spelling() -> Value {
    json!({
        "type": files::TYPE,
        "name": "Oldtimer",
        "description": "Speaks the first draft: endpoints and x402support",
        "image": "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "endpoints": [
            { "name": "MCP", "endpoint": "https://oldtimer.example/mcp", "version": "2025-03-26" },
        ],
        "x402support": true,
        "active": true,
        "registrations": [],
        "supportedTrust": ["reputation"],
    })
}

/// Agents 5 to 8: what they are is told elsewhere, or cannot be found.
pub fn elsewhere(world: &mut World) {
    world.advance(25);
    world.register("bob", b"https://agents.example/5/registration.json");
    world.advance(2);
    world.register("carol", b"http://agents.example/6.json");
    world.advance(120);
    world.register(
        "dave",
        b"ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/agent.json",
    );
    world.advance(1);
    world.register("erin", b"ar://bNbA3TEQVL60xlgCcqdz4ZPHFZ711cZ3hmkpGttDt_U");
}

/// Agents 9 to 13: as much and as little as can be registered.
pub fn sparse(world: &mut World) {
    // 9: a huge one.
    world.advance(300);
    let huge = |padding: usize| {
        files::base64(&files::plain(
            "Encyclopaedia",
            &"All that is known. ".repeat(padding),
        ))
    };
    let padding = (1..HUGE)
        .take_while(|padding| huge(*padding).len() <= HUGE)
        .last()
        .unwrap_or(1);
    world.register("erin", &huge(padding));

    // 10: registered without a URI, which came six blocks later.
    world.advance(5);
    let late = world.register_as("erin", &Registration::default());
    world.advance(6);
    let file = files::with(
        files::plain("Latecomer", "Got its URI after its id"),
        json!({
            "services": [{ "name": "A2A", "endpoint": "https://late.example/card.json" }],
        }),
    );
    world.set_uri("erin", late, &files::base64(&file));

    // 11: never got one.
    world.advance(1);
    world.register_as("frank", &Registration::default());

    // 12: an empty one, and metadata.
    let entries: [(&[u8], &[u8]); 3] = [
        (b"category", b"defi"),
        (b"empty", b""),
        ("名前".as_bytes(), "値".as_bytes()),
    ];
    let empty = Registration {
        uri: Some(b""),
        entries: &entries,
        ..Registration::default()
    };
    world.register_as("frank", &empty);

    // 13: no URI at all.
    world.advance(44);
    world.register("mallory", b"my cool agent");
}
