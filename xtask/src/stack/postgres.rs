//! PostgreSQL: the database cluster of a stack.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User};
use sqlx::{Connection as _, PgConnection};

use super::process::{Process, tail};
use super::{GRACE, Stack};
use crate::tools::POSTGRES;

/// The part's name in `status` and `logs`.
pub const NAME: &str = "postgres";

/// Who runs the server, and from where. PostgreSQL refuses to run as root: root hands it to
/// `nobody`, who may not be able to enter the checkout (`/root/...`), and then programs and data
/// lie in `/var/tmp`.
struct Setting {
    programs: PathBuf,
    data: PathBuf,
    user: Option<(u32, u32)>,
}

impl Setting {
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        // The checkout may be out of the user's reach, and the server need not start there.
        command.current_dir("/");
        command
    }
}

/// Starts the server unless it is running, with a new cluster where there is none.
///
/// # Errors
///
/// When the cluster cannot be made or the server does not come up.
pub async fn start(stack: &mut Stack) -> Result<String> {
    if let Some(part) = stack.running(NAME) {
        return Ok(format!("already on 127.0.0.1:{}", part.port));
    }
    let setting = setting(stack)?;
    let password = password(stack)?;
    let made = make_cluster(&setting, &password)?;
    end_forgotten_server(&setting.data).await;
    for _ in 0..3 {
        let port = stack.choose_port(NAME, 0)?;
        let mut command = setting.command("postgres");
        command.arg("-D").arg(&setting.data).args(options(port));
        let process = stack.spawn(NAME, port, command)?;
        let url = url("postgres", &password, port, "postgres");
        let up = process.ready(Duration::from_mins(1), async || {
            PgConnection::connect(&url).await?.close().await?;
            Ok(())
        });
        match up.await {
            Ok(()) => {
                let new = if made { ", a new cluster" } else { "" };
                return Ok(format!("{} on 127.0.0.1:{port}{new}", POSTGRES.version));
            }
            Err(_) if tail(&process.log, 5).contains("could not bind") => {}
            Err(error) => return Err(error),
        }
    }
    bail!("PostgreSQL found no free port in three attempts")
}

fn options(port: u16) -> Vec<String> {
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "max_connections=300".to_owned(),
        // Everything in it is there once more, on a chain or in a test: what a crash of the machine
        // would cost is less than what waiting for the disk does.
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
        // No replica reads its log, so what fills a new table or index need not be in it.
        "wal_level=minimal".to_owned(),
        "max_wal_senders=0".to_owned(),
        "max_wal_size=4GB".to_owned(),
        // Taken as it is used. A million agents do not fit into the default.
        "shared_buffers=1GB".to_owned(),
        // With the role: `cargo xtask plans` reads there what one did.
        "log_line_prefix=%m [%p] %u ".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
    ];
    settings
        .into_iter()
        .flat_map(|setting| ["-c".to_owned(), setting])
        .collect()
}

/// The URL of the superuser's connection.
///
/// # Errors
///
/// When the server is not running.
pub fn admin_url(stack: &Stack) -> Result<String> {
    Ok(url(
        "postgres",
        &password(stack)?,
        stack.port(NAME)?,
        "postgres",
    ))
}

/// A connection URL for `user`; every role of a stack has the stack's one password.
#[must_use]
pub fn url(user: &str, password: &str, port: u16, database: &str) -> String {
    format!("postgres://{user}:{password}@127.0.0.1:{port}/{database}")
}

/// The stack's password: random, so that other users of the machine cannot come in by the port.
///
/// # Errors
///
/// When it cannot be read or made.
pub fn password(stack: &Stack) -> Result<String> {
    let file = stack.dir.join("postgres.password");
    if let Ok(password) = fs::read_to_string(&file) {
        return Ok(password);
    }
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let password = format!("{:032x}", u128::from_be_bytes(bytes));
    fs::write(&file, &password)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    Ok(password)
}

fn setting(stack: &Stack) -> Result<Setting> {
    let mut setting = Setting {
        programs: POSTGRES.path(),
        data: stack.folder(NAME)?,
        user: None,
    };
    if Uid::effective().is_root() {
        let nobody = User::from_name("nobody")?.context("there is no user `nobody` to run as")?;
        setting.user = Some((nobody.uid.as_raw(), nobody.gid.as_raw()));
        let reachable = setting
            .command("postgres")
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if !reachable.is_ok_and(|status| status.success()) {
            setting = elsewhere(stack, &setting)?;
        }
        chown(
            &setting.data,
            Some(nobody.uid.as_raw()),
            Some(nobody.gid.as_raw()),
        )?;
    }
    fs::set_permissions(&setting.data, fs::Permissions::from_mode(0o700))?;
    setting.data.push("data");
    Ok(setting)
}

/// Copies the programs to where everyone can enter, and puts the data beside them.
fn elsewhere(stack: &Stack, setting: &Setting) -> Result<Setting> {
    let dir = folder_elsewhere(stack);
    let programs = dir.join(POSTGRES.version);
    fs::create_dir_all(&dir)?;
    ensure!(
        fs::symlink_metadata(&dir)?.uid() == 0,
        "{} belongs to someone else: remove it",
        dir.display()
    );
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755))?;
    if !programs.exists() {
        let partial = dir.join("partial");
        let copied = Command::new("cp")
            .args(["-r", "--no-target-directory"])
            .arg(POSTGRES.folder())
            .arg(&partial)
            .status();
        ensure!(
            copied.is_ok_and(|status| status.success()),
            "copying to {}",
            dir.display()
        );
        let opened = Command::new("chmod")
            .args(["-R", "go+rX"])
            .arg(&partial)
            .status();
        ensure!(
            opened.is_ok_and(|status| status.success()),
            "opening {}",
            dir.display()
        );
        fs::rename(&partial, &programs)?;
    }
    let inner = setting.programs.strip_prefix(POSTGRES.folder())?;
    let data = dir.join(NAME);
    fs::create_dir_all(&data)?;
    Ok(Setting {
        programs: programs.join(inner),
        data,
        user: setting.user,
    })
}

fn folder_elsewhere(stack: &Stack) -> PathBuf {
    let name = stack.dir.display().to_string().replace('/', "-");
    Path::new("/var/tmp").join(format!("xtask{name}"))
}

/// Removes the data that [`start`] had to put outside the checkout, if there is any.
///
/// # Errors
///
/// When a file cannot be removed.
pub fn remove_data_elsewhere(stack: &Stack) -> Result<()> {
    let dir = folder_elsewhere(stack);
    if dir.exists() {
        fs::remove_dir_all(&dir).with_context(|| format!("removing {}", dir.display()))?;
    }
    Ok(())
}

/// Makes the cluster unless it is there; says whether it did. An `initdb` that was interrupted
/// leaves only the folder with the other name.
fn make_cluster(setting: &Setting, password: &str) -> Result<bool> {
    if setting.data.join("PG_VERSION").exists() {
        return Ok(false);
    }
    let partial = setting.data.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    let password_file = setting.data.with_extension("password");
    fs::write(&password_file, password)?;
    if let Some((user, group)) = setting.user {
        chown(&password_file, Some(user), Some(group))?;
    }
    let output = setting
        .command("initdb")
        .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"])
        // The built-in provider sorts and classifies alike on every system.
        .args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"])
        .arg("--pwfile")
        .arg(&password_file)
        .arg("-D")
        .arg(&partial)
        .output()
        .context("starting initdb")?;
    fs::remove_file(&password_file)?;
    if !output.status.success() {
        bail!("initdb failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    fs::rename(&partial, &setting.data)?;
    Ok(true)
}

/// Ends a server that still holds the cluster though no state file names it.
async fn end_forgotten_server(data: &Path) {
    let pid_file = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let Some(pid) = pid_file.lines().next().and_then(|line| line.parse().ok()) else {
        return;
    };
    let command_line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let serves_it = String::from_utf8_lossy(&command_line).contains(&*data.to_string_lossy());
    if let Some(process) = Process::of(pid).filter(|_| serves_it) {
        process.stop(Signal::SIGINT, GRACE).await;
    }
}
