//! The zips of the functions: built, packed the same way every time, measured.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::process::Command;

use super::architecture::Architecture;
use super::{local, log, zip};
use crate::tools::{CARGO_LAMBDA, folders};
use crate::{functions, paths, run};

/// Lambda takes 50 MiB; long before that, starting takes too long.
const ZIP_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A development build is larger, and starts where nobody waits.
const FAST_ZIP_BYTES_MAX: usize = 40 * 1024 * 1024;
/// The C library of `provided.al2023`.
const GLIBC_MAX: (u32, u32) = (2, 34);
const ZIG: [&str; 1] = ["ziglang==0.14.1"];

/// A packed function.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Its name.
    pub name: String,
    /// The size of its zip.
    pub zip_bytes: usize,
    /// The size of its program.
    pub program_bytes: usize,
}

/// Where the zips of an architecture are.
#[must_use]
pub fn folder(architecture: Architecture, fast: bool) -> PathBuf {
    let profile = if fast { "-fast" } else { "" };
    paths::local()
        .join("package")
        .join(format!("{}{profile}", architecture.as_str()))
}

/// Builds every function; the folder of the programs.
///
/// # Errors
///
/// When one does not compile, or this machine cannot build for the architecture.
pub async fn build(architecture: Architecture, fast: bool, note: &dyn Fn(&str)) -> Result<PathBuf> {
    let native = architecture.is_native();
    if fast {
        ensure!(native, "--fast is for a processor as this machine has it");
        return stripped(&functions::build(false, note).await?).await;
    }
    let mut command = if native {
        Command::new("cargo")
    } else {
        cross(architecture, note).await?
    };
    command.args(["build", "--locked", "--release"]);
    for name in functions::names()? {
        command.args(["--package", &name]);
    }
    if !native {
        // The profile is ours: theirs would have a panic end the process.
        command.args(["--disable-optimizations", "--target", architecture.target()]);
    }
    command
        .current_dir(paths::root())
        .env("SQLX_OFFLINE", "true")
        .env(functions::FLAGS, functions::release_flags());
    run::logged(command, &log("package"), note).await?;
    Ok(if native {
        functions::folder(true)
    } else {
        paths::target().join(architecture.target()).join("release")
    })
}

/// `cargo lambda`, with zig as linker and C compiler for another processor, and the standard library for it.
async fn cross(architecture: Architecture, note: &dyn Fn(&str)) -> Result<Command> {
    let venv = local().join("zig");
    folders::python(&venv, &ZIG, &log("zig"), note).await?;
    let mut add = Command::new("rustup");
    add.args(["target", "add", architecture.target()])
        .current_dir(paths::root());
    run::logged(add, &log("target"), note).await?;
    let mut path = venv.join("bin").into_os_string();
    if let Some(others) = std::env::var_os("PATH") {
        path.push(":");
        path.push(others);
    }
    let mut command = Command::new(CARGO_LAMBDA.path());
    command.arg("lambda").env("PATH", path);
    Ok(command)
}

/// The programs of a development build without what only a debugger reads.
async fn stripped(programs: &Path) -> Result<PathBuf> {
    let into = paths::local().join("package/stripped");
    fs::create_dir_all(&into)?;
    for name in functions::names()? {
        let mut strip = Command::new("strip");
        strip
            .arg("-o")
            .arg(into.join(&name))
            .arg(programs.join(&name));
        run::captured(strip)
            .await
            .context("strip (Debian, Ubuntu: apt-get install binutils)")?;
    }
    Ok(into)
}

/// Packs every function of a folder of programs.
///
/// # Errors
///
/// When one is larger than it may be, or would not run in Lambda.
pub fn pack(programs: &Path, architecture: Architecture, fast: bool) -> Result<Vec<Packed>> {
    let into = folder(architecture, fast);
    fs::create_dir_all(&into).with_context(|| format!("creating {}", into.display()))?;
    let most = if fast {
        FAST_ZIP_BYTES_MAX
    } else {
        ZIP_BYTES_MAX
    };
    let mut packed = Vec::new();
    for name in functions::names()? {
        let program = fs::read(programs.join(&name)).with_context(|| format!("reading {name}"))?;
        let (major, minor) = glibc(&program);
        ensure!(
            (major, minor) <= GLIBC_MAX,
            "{name} needs glibc {major}.{minor}, and provided.al2023 has {}.{}: build it on an older system",
            GLIBC_MAX.0,
            GLIBC_MAX.1
        );
        let zip = zip::archive("bootstrap", &program, fast)?;
        if zip.len() > most {
            bail!("{name}.zip has {} bytes; {most} are the most", zip.len());
        }
        let file = into.join(format!("{name}.zip"));
        // Untouched when it is the same: nothing is deployed anew.
        if fs::read(&file).ok().as_ref() != Some(&zip) {
            fs::write(&file, &zip)?;
        }
        packed.push(Packed {
            name,
            zip_bytes: zip.len(),
            program_bytes: program.len(),
        });
    }
    Ok(packed)
}

/// The newest version of glibc whose symbols a program asks for.
fn glibc(program: &[u8]) -> (u32, u32) {
    const MARK: &[u8] = b"GLIBC_2.";
    let after_marks = program
        .windows(MARK.len())
        .enumerate()
        .filter(|(_, window)| *window == MARK)
        .map(|(at, _)| &program[at + MARK.len()..]);
    let minor = after_marks
        .map(|rest| {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).take(4);
            digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
        })
        .max();
    (2, minor.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_symbol_decides_which_glibc_a_program_needs() {
        let program = b"\0GLIBC_2.2.5\0GLIBC_2.34\0memcpy@GLIBC_2.14\0";
        assert_eq!(glibc(program), (2, 34));
        assert!((2, 38) > GLIBC_MAX && (2, 9) < GLIBC_MAX);
    }
}
