//! One agent: who holds it, and what its registration file says.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::random::{Purpose, Random};
use super::words::{self, Words};
use super::world::{BEGIN, END, World};

/// An agent.
#[derive(Debug)]
pub struct Agent {
    /// Its id in our tables.
    pub id: [u8; 16],
    /// Its agentId.
    pub number: u64,
    /// How popular it is; 0 is the most.
    pub rank: u64,
    /// Who holds it.
    pub owner: [u8; 20],
    /// Where it is paid.
    pub wallet: Option<[u8; 20]>,
    /// Its registration.
    pub transaction: [u8; 32],
    /// When it was registered.
    pub created: u64,
    /// Whether its registry suspended it.
    pub is_suspended: bool,
    /// How good it is at what it does, 0 to 100: what feedback is about.
    pub quality: u64,
    /// Metadata on chain: key and value.
    pub metadata: Option<(&'static str, &'static str)>,
    /// What its file says; none where there is no file.
    pub file: Option<File>,
}

/// What a registration file says.
#[derive(Debug)]
pub struct File {
    /// What its URI is: `data`, `https` or `ipfs`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// A URI of its picture.
    pub image: String,
    /// Whether it takes work.
    pub active: bool,
    /// Whether it can be paid by x402.
    pub x402: bool,
    /// The trust models that it names.
    pub trust: Vec<&'static str>,
    /// How it can be reached.
    pub services: Vec<Service>,
    domain: String,
}

/// A service.
#[derive(Debug, Default)]
pub struct Service {
    /// Its protocol.
    pub name: &'static str,
    /// Where it is.
    pub endpoint: String,
    /// The protocol's version.
    pub version: Option<&'static str>,
    /// OASF skills.
    pub skills: Vec<&'static str>,
    /// OASF domains.
    pub domains: Vec<&'static str>,
}

impl Agent {
    /// The agent with an agentId.
    pub fn of(world: &World, number: u64) -> Self {
        let mut random = world.random(Purpose::Agent, number);
        let owner = world.owner(&mut random);
        let wallet = match random.below(10) {
            0 => None,
            1..=7 => Some(owner),
            _ => Some(random.bytes()),
        };
        let has_metadata = random.in_percent(10);
        Self {
            id: random.bytes(),
            number,
            rank: world.rank(number),
            owner,
            wallet,
            transaction: random.bytes(),
            created: BEGIN + (END - BEGIN) * number / world.size.agents,
            is_suspended: random.below(200) == 0,
            quality: 100 - random.skewed(75),
            metadata: has_metadata.then(|| (random.word(words::KEYS), random.word(words::VALUES))),
            file: (!random.in_percent(8)).then(|| File::of(world, number, &mut random)),
        }
    }
}

impl File {
    fn of(world: &World, number: u64, random: &mut Random) -> Self {
        let domain = world.domain(random.skewed(world.domains()));
        let (first, trade) = (random.word(words::FIRST), random.word(words::TRADE));
        // Names are taken: many have a number behind them.
        let name = if random.in_percent(60) {
            format!("{first} {trade} {}", random.below(1_000))
        } else {
            format!("{first} {trade}")
        };
        let description = format!(
            "{} {} and {}. {}",
            random.word(words::PROMISE),
            random.word(words::SUBJECT),
            random.word(words::SUBJECT),
            random.word(words::TERMS)
        );
        Self {
            kind: ["data", "https", "ipfs"][usize::from(random.bytes::<1>()[0] % 3)],
            name,
            description,
            image: format!("https://{domain}/{number}.png"),
            active: random.in_percent(80),
            x402: random.in_percent(35),
            trust: some(random, 60, words::TRUST),
            services: services(random, number, &domain),
            domain,
        }
    }

    /// The file itself.
    pub fn json(&self) -> String {
        let services = self.services.iter().map(Service::json);
        json!({
            "type": "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
            "name": self.name,
            "description": self.description,
            "image": self.image,
            "services": services.collect::<Vec<_>>(),
            "x402Support": self.x402,
            "active": self.active,
            "supportedTrust": self.trust,
        })
        .to_string()
    }

    /// Where the agent's token says that the file is.
    pub fn uri(&self, agent: &Agent, json: &str) -> String {
        match self.kind {
            "data" => format!(
                "data:application/json;base64,{}",
                BASE64_STANDARD.encode(json)
            ),
            "ipfs" => format!("ipfs://bafkrei{}", &hex::encode(agent.transaction)[..52]),
            _ => format!("https://{}/agents/{}.json", self.domain, agent.number),
        }
    }

    /// What a filter compares with: each item once, in lower case and in order.
    pub fn terms(&self, of: fn(&Service) -> Vec<&'static str>) -> Vec<String> {
        let items = self.services.iter().flat_map(of);
        let mut terms: Vec<String> = items.map(str::to_lowercase).collect();
        terms.sort_unstable();
        terms.dedup();
        terms
    }
}

impl Service {
    fn json(&self) -> Value {
        let mut json = json!({ "name": self.name, "endpoint": self.endpoint });
        if let Some(version) = self.version {
            json["version"] = json!(version);
        }
        if self.name == "OASF" {
            json["skills"] = json!(self.skills);
            json["domains"] = json!(self.domains);
        }
        json
    }
}

fn services(random: &mut Random, number: u64, domain: &str) -> Vec<Service> {
    let all = [
        ("A2A", 60, "/.well-known/agent-card.json", Some("0.3.0")),
        ("MCP", 45, "/mcp", Some("2025-06-18")),
        ("web", 40, "/", None),
        ("OASF", 55, "/oasf", Some("v0.8.0")),
    ];
    let mut services = Vec::new();
    for (name, percent, path, version) in all {
        if !random.in_percent(percent) {
            continue;
        }
        let is_oasf = name == "OASF";
        services.push(Service {
            name,
            endpoint: format!("https://{domain}/agents/{number}{path}"),
            version,
            skills: if is_oasf {
                random.words(words::SKILLS, 3)
            } else {
                Vec::new()
            },
            domains: if is_oasf {
                random.words(words::DOMAINS, 2)
            } else {
                Vec::new()
            },
        });
    }
    if random.in_percent(10) {
        let endpoint = format!("agent-{number}.eth");
        services.push(Service {
            name: "ENS",
            endpoint,
            ..Service::default()
        });
    }
    services
}

fn some(random: &mut Random, percent: u64, words: Words) -> Vec<&'static str> {
    if random.in_percent(percent) {
        random.words(words, 2)
    } else {
        Vec::new()
    }
}
