//! What agents are called and what they say of themselves. Lists begin with what is common.

/// A list of words.
pub type Words = &'static [&'static str];

/// How names begin.
pub const FIRST: Words = &[
    "Swift", "Nova", "Atlas", "Lumen", "Quantum", "Echo", "Vertex", "Aurora", "Cobalt", "Helios",
    "Orbit", "Sable", "Zephyr", "Onyx", "Prism", "Ember", "Delta", "Solace", "Tidal", "Umbra",
    "Cinder", "Harbor", "Mosaic", "Nimbus", "Pioneer", "Quill", "Ripple", "Sierra", "Tundra",
    "Vesper", "Willow", "Xenon", "Yonder", "Zenith", "Arbor", "Basalt", "Cedar", "Drift",
    "Everest", "Fjord", "Granite", "Hollow", "Indigo", "Juniper", "Kestrel", "Lagoon", "Meadow",
    "Nectar", "Opal", "Pebble",
];
/// What they do.
pub const TRADE: Words = &[
    "agent",
    "assistant",
    "trading bot",
    "oracle",
    "research agent",
    "data analyst",
    "translator",
    "code reviewer",
    "market maker",
    "weather oracle",
    "travel planner",
    "support agent",
    "portfolio manager",
    "news summariser",
    "image generator",
    "auditor",
    "tutor",
    "scheduler",
    "copywriter",
    "risk scorer",
    "yield optimiser",
    "bridge watcher",
    "compliance checker",
    "logistics planner",
    "medical scribe",
    "legal researcher",
    "price feed",
    "music composer",
    "recipe finder",
    "fraud detector",
    "grant writer",
    "energy forecaster",
    "crop adviser",
    "sentiment tracker",
    "game master",
    "liquidity router",
    "bug hunter",
    "contract drafter",
    "interview coach",
    "route finder",
];
/// How they say it.
pub const PROMISE: Words = &[
    "Answers questions about",
    "Watches and reports",
    "Automates",
    "Finds the best offers for",
    "Forecasts",
    "Reviews and explains",
    "Negotiates",
    "Summarises",
    "Verifies",
    "Translates",
    "Optimises",
    "Monitors risks of",
    "Drafts and checks",
    "Compares providers of",
    "Schedules",
];
/// What it is about.
pub const SUBJECT: Words = &[
    "on-chain markets",
    "customer requests",
    "decentralised finance positions",
    "weather and climate",
    "source code",
    "travel and hotels",
    "legal documents",
    "scientific papers",
    "energy prices",
    "supply chains",
    "medical literature",
    "stablecoin payments",
    "non-fungible tokens",
    "governance proposals",
    "social media",
    "insurance claims",
    "satellite images",
    "real estate",
    "agricultural yields",
    "music catalogues",
    "tax reports",
    "ocean freight",
    "public tenders",
    "job applications",
    "cross-chain bridges",
];
/// On what terms.
pub const TERMS: Words = &[
    "Paid by x402 for each request.",
    "Free for small requests.",
    "Replies within seconds.",
    "Works in twelve languages.",
    "Every answer names its sources.",
    "Runs in a trusted execution environment.",
    "Settles in stablecoins.",
    "Open for other agents over A2A.",
];
/// OASF skills.
pub const SKILLS: Words = &[
    "natural_language_processing/summarization",
    "natural_language_processing/question_answering",
    "data_engineering/data_transformation",
    "natural_language_processing/translation",
    "analytical_skills/coding_skills",
    "analytical_skills/mathematical_reasoning",
    "retrieval_augmented_generation/document_retrieval",
    "tool_interaction/api_schema_understanding",
    "agent_orchestration/task_decomposition",
    "security_privacy/vulnerability_analysis",
    "natural_language_processing/sentiment_analysis",
    "data_engineering/data_cleaning",
    "images_computer_vision/image_generation",
    "audio/speech_recognition",
    "tabular_text/tabular_classification",
    "governance_compliance/policy_mapping",
    "evaluation_monitoring/anomaly_detection",
    "devops_mlops/model_versioning",
    "multi_modal/image_to_text",
    "advanced_reasoning_planning/strategic_planning",
    "images_computer_vision/object_detection",
    "data_engineering/feature_engineering",
    "security_privacy/secret_leak_detection",
    "agent_orchestration/negotiation_resolution",
];
/// OASF domains.
pub const DOMAINS: Words = &[
    "finance_and_business/finance",
    "technology/blockchain",
    "finance_and_business/investment_services",
    "technology/software_engineering",
    "technology/data_science",
    "trust_and_safety/fraud_prevention",
    "education/online_learning",
    "healthcare/medical_technology",
    "legal/contract_law",
    "energy/renewable_energy",
    "agriculture/precision_agriculture",
    "transportation/logistics",
    "media_and_entertainment/gaming",
    "hospitality_and_tourism/travel",
    "environmental_science/climate_science",
    "insurance/claims_processing",
    "real_estate/property_management",
    "government_and_public_sector/civic_engagement",
];
/// Trust models of ERC-8004.
pub const TRUST: Words = &["reputation", "crypto-economic", "tee-attestation"];
/// Second tags of feedback.
pub const TAGS: Words = &["", "week", "month", "day", "a2a", "mcp"];
/// Keys of metadata on chain.
pub const KEYS: Words = &["version", "category", "region"];
/// What they are set to.
pub const VALUES: Words = &[
    "1.0.0",
    "assistant",
    "eu-central",
    "2.1.3",
    "finance",
    "us-east",
];
