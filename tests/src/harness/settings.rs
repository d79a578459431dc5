//! What `cargo xtask test` tells the tests, in environment variables.
//!
//! | variable | what |
//! |---|---|
//! | `TEST_DATABASE_URL` | a PostgreSQL superuser's URL; every test makes databases of its own |
//! | `TEST_DATABASE_LOG` | the file that server logs to |
//! | `TEST_POOLER_URL` | a pooler before that server, through which functions go; unset, they go straight |
//! | `TEST_CACHE_URL` | a Valkey; every test takes one of its numbered databases |
//! | `TEST_DYNAMODB_URL` | a DynamoDB; every test makes tables of its own |
//! | `TEST_ANVIL` | the anvil binary |
//! | `TEST_VALKEY_WITH_TLS` | the binary of a Valkey server that speaks TLS |
//! | `TEST_CHROMIUM` | a Chromium; its tests are skipped when unset |
//! | `TEST_PROMTOOL` | the promtool binary; its test is skipped when unset |
//! | `TEST_FUNCTIONS_DIR` | the folder of the built functions; the tests' own profile when unset |
//! | `ERC8004_MAINNET_LOGS` | a dump of Ethereum mainnet's registry; its tests are skipped when unset |
//! | `UPDATE_SNAPSHOTS` | `1` writes the snapshots that differ (`cargo xtask test --accept`) |

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The superuser's URL of the database server.
pub fn database_url() -> String {
    required("TEST_DATABASE_URL")
}

/// The file that the database server logs to.
pub fn database_log() -> PathBuf {
    required("TEST_DATABASE_LOG").into()
}

/// The URL of the pooler before the database server, where there is one.
pub fn pooler_url() -> Option<String> {
    std::env::var("TEST_POOLER_URL").ok()
}

/// The cache's URL, without a database number.
pub fn cache_url() -> String {
    required("TEST_CACHE_URL")
}

/// The DynamoDB endpoint's URL.
pub fn dynamodb_url() -> String {
    required("TEST_DYNAMODB_URL")
}

/// The anvil binary.
pub fn anvil() -> PathBuf {
    required("TEST_ANVIL").into()
}

/// The folder of the built functions.
pub fn functions_dir() -> PathBuf {
    let beside = || {
        let test = std::env::current_exe().unwrap();
        test.ancestors().nth(2).unwrap().to_owned()
    };
    std::env::var_os("TEST_FUNCTIONS_DIR").map_or_else(beside, PathBuf::from)
}

/// The dump of Ethereum mainnet's registry, where there is one.
pub fn mainnet_logs() -> Option<PathBuf> {
    std::env::var_os("ERC8004_MAINNET_LOGS").map(PathBuf::from)
}

/// The tool that checks metrics and rules, where there is one.
pub fn promtool() -> Option<PathBuf> {
    std::env::var_os("TEST_PROMTOOL").map(PathBuf::from)
}

/// The binary of a Valkey server that speaks TLS.
pub fn valkey_with_tls() -> PathBuf {
    required("TEST_VALKEY_WITH_TLS").into()
}

/// A Chromium, where there is one.
pub fn chromium() -> Option<PathBuf> {
    std::env::var_os("TEST_CHROMIUM").map(PathBuf::from)
}

/// Whether snapshots that differ are to be written.
pub fn accepts_snapshots() -> bool {
    std::env::var("UPDATE_SNAPSHOTS").is_ok_and(|value| value == "1")
}

fn required(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask test`"))
}
