//! Programs from Debian's packages, unpacked below `.local/tools/` with everything that they link.
//!
//! apt-get finds, verifies and downloads them as ever, but keeps its lists, its locks and its idea
//! of what is installed in a folder of ours: nothing of the machine is changed, root is not needed,
//! and a release newer than the machine's own can be asked for. A program from such a release wants
//! that release's C library, so it is started by the loader that was unpacked beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use super::Tool;
use crate::run;

/// Debian's own key ring: the release that is asked for may be newer than what apt trusts by itself.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// What a package's files are unpacked in.
const ROOT: &str = "root";
const LIBRARIES: &str = if cfg!(target_arch = "aarch64") {
    "usr/lib/aarch64-linux-gnu"
} else {
    "usr/lib/x86_64-linux-gnu"
};
/// A library of Chromium's links others from here, by a path of the machine's own.
const PRIVATE_LIBRARIES: &str = "pulseaudio";
const LOADER: &str = if cfg!(target_arch = "aarch64") {
    "ld-linux-aarch64.so.1"
} else {
    "ld-linux-x86-64.so.2"
};

/// Installs `tool`, whose version is a release of Debian, in `into`; `binary` is the program's path
/// in its package.
pub async fn install(
    tool: &Tool,
    binary: &str,
    into: &Path,
    log: &Path,
    note: &dyn Fn(&str),
) -> Result<()> {
    let apt = into.join("apt");
    for folder in ["lists/partial", "archives/partial"] {
        fs::create_dir_all(apt.join(folder))?;
    }
    // Nothing is installed in the world that apt sees, so that it brings the C library too.
    fs::write(apt.join("status"), "")?;
    fs::write(apt.join("sources.list"), source(tool.version).await?)?;
    let run = async |args: &[&str]| run::logged(apt_get(&apt, args), log, note).await;
    run(&["update"]).await?;
    run(&[
        "install",
        "--download-only",
        "--no-install-recommends",
        "--yes",
        tool.package,
    ])
    .await?;
    let root = into.join(ROOT);
    for archive in fs::read_dir(apt.join("archives"))?.flatten() {
        if archive.path().extension().is_some_and(|name| name == "deb") {
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").arg(archive.path()).arg(&root);
            run::logged(unpack, log, note).await?;
        }
    }
    fs::remove_dir_all(&apt)?;
    launcher(&into.join(tool.program), binary)
}

fn apt_get(apt: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    let folders: [(&str, PathBuf); 6] = [
        ("Dir::Etc::SourceList", apt.join("sources.list")),
        ("Dir::Etc::SourceParts", "-".into()),
        ("Dir::State", apt.to_owned()),
        ("Dir::State::Lists", apt.join("lists")),
        ("Dir::State::Status", apt.join("status")),
        ("Dir::Cache", apt.to_owned()),
    ];
    for (option, path) in folders {
        command
            .arg("-o")
            .arg(format!("{option}={}", path.display()));
    }
    let settings = [
        "Debug::NoLocking=true",
        // As root, apt would download as a user who may not be able to enter the checkout.
        "APT::Sandbox::User=root",
        "Acquire::Languages=none",
    ];
    for setting in settings {
        command.args(["-o", setting]);
    }
    command.args(args);
    command
}

/// One line of apt's sources: the mirror that this machine uses, with another release.
async fn source(release: &str) -> Result<String> {
    let mut targets = Command::new("apt-get");
    targets.args(["indextargets", "--format", "$(REPO_URI) $(RELEASE)"]);
    targets.args(["Created-By: Packages", "Component: main"]);
    let targets = run::captured(targets).await?;
    let known = String::from_utf8(targets.stdout)?;
    let own = own_release()?;
    let mirror = known
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(_, release)| *release == own)
        .map(|(mirror, _)| mirror)
        .context("apt knows no mirror of this machine's release of Debian")?;
    let signed = if Path::new(KEYRING).exists() {
        format!("[signed-by={KEYRING}] ")
    } else {
        String::new()
    };
    Ok(format!("deb {signed}{mirror} {release} main\n"))
}

fn own_release() -> Result<String> {
    let about = fs::read_to_string("/etc/os-release")?;
    let field = |name: &str| {
        let value = about.lines().find_map(|line| line.strip_prefix(name));
        value.map(|value| value.trim_matches('"').to_owned())
    };
    ensure!(
        field("ID=").as_deref() == Some("debian"),
        "these come from Debian's packages, which this machine does not use"
    );
    field("VERSION_CODENAME=").context("/etc/os-release names no release")
}

/// A script that starts `binary` with the loader and libraries of its own release.
///
/// The loader stands beside the binary: a program that asks where it is, to find its files there, is told where its
/// loader is.
fn launcher(path: &Path, binary: &str) -> Result<()> {
    let root = path
        .ancestors()
        .nth(2)
        .context("a program lies in a folder")?
        .join(ROOT);
    let beside = Path::new(binary).with_file_name(LOADER);
    fs::copy(root.join(LIBRARIES).join(LOADER), root.join(&beside))?;
    let beside = beside.display();
    let script = format!(
        "#!/bin/sh\n\
         root=$(dirname \"$0\")/../{ROOT}\n\
         export FONTCONFIG_SYSROOT=\"$root\"\n\
         libraries=\"$root/{LIBRARIES}:$root/{LIBRARIES}/{PRIVATE_LIBRARIES}\"\n\
         exec \"$root/{beside}\" --library-path \"$libraries\" \"$root/{binary}\" \"$@\"\n"
    );
    let folder = path.parent().context("a program lies in a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(path, script)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
