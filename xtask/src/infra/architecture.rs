//! Lambda's processor: one value of an environment, by which functions are built and run.

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use super::{folder, packages};
use crate::run;

/// Lambda's processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Graviton.
    Arm64,
    /// Intel and AMD.
    X86,
}

/// That of an environment.
///
/// # Errors
///
/// When there is no such environment.
pub async fn of(environment: &str) -> Result<Architecture> {
    packages(&|_| ()).await?;
    let mut command = Command::new("node");
    command
        .args(["--import", "tsx", "bin/architecture.ts", environment])
        .current_dir(folder());
    let output = run::captured(command)
        .await
        .with_context(|| format!("the environment {environment}"))?;
    match &*String::from_utf8_lossy(&output.stdout) {
        "arm64" => Ok(Architecture::Arm64),
        "x86_64" => Ok(Architecture::X86),
        other => bail!("{environment} has the architecture {other:?}"),
    }
}

impl Architecture {
    /// The name that AWS has for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86 => "x86_64",
        }
    }

    /// The compiler's name for it.
    #[must_use]
    pub const fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86 => "x86_64-unknown-linux-gnu",
        }
    }

    /// Whether it is that of this machine.
    #[must_use]
    pub fn is_native(self) -> bool {
        self == Self::native()
    }

    /// That of this machine.
    #[must_use]
    pub const fn native() -> Self {
        if cfg!(target_arch = "aarch64") {
            Self::Arm64
        } else {
            Self::X86
        }
    }
}
