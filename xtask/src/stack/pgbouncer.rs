//! pgbouncer in transaction mode: what RDS Proxy does to a connection, in front of a stack's
//! PostgreSQL.
//!
//! A transaction may run on another server connection than the one before it, so nothing that a
//! session keeps (`SET`, a session's advisory lock) may be relied on. Named prepared statements are
//! the exception: from 1.21 on the pooler follows them, as RDS Proxy does.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::unistd::{Uid, User};
use sqlx::{Connection as _, PgConnection};

use super::{Stack, postgres};
use crate::tools::PGBOUNCER;

/// The part's name in `status` and `logs`.
pub const NAME: &str = "pgbouncer";

/// Starts the pooler of the stack's running PostgreSQL. It knows every role by asking the server.
///
/// # Errors
///
/// When it does not come up.
pub async fn start(stack: &mut Stack) -> Result<String> {
    if let Some(part) = stack.running(NAME) {
        return Ok(format!("already on 127.0.0.1:{}", part.port));
    }
    let folder = stack.folder(NAME)?;
    let port = stack.choose_port(NAME, 0)?;
    let users = folder.join("users");
    let password = postgres::password(stack)?;
    fs::write(&users, format!("\"postgres\" \"{password}\"\n"))?;
    fs::set_permissions(&users, fs::Permissions::from_mode(0o600))?;
    let settings = folder.join("pgbouncer.ini");
    let mut text = format!(
        "[databases]\n\
         * = host=127.0.0.1 port={server}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = scram-sha-256\n\
         auth_file = {users}\n\
         auth_user = postgres\n\
         auth_dbname = postgres\n\
         pool_mode = transaction\n\
         max_client_conn = 1000\n\
         default_pool_size = 20\n\
         max_prepared_statements = 200\n\
         ignore_startup_parameters = extra_float_digits\n\
         ; tests make and drop a database each\n\
         server_idle_timeout = 1\n",
        server = stack.port(postgres::NAME)?,
        users = users.display(),
    );
    // It refuses to run as root, and reads its files before it becomes the other user.
    if Uid::effective().is_root() {
        let nobody = User::from_name("nobody")?.context("there is no user `nobody` to run as")?;
        chown(&users, Some(nobody.uid.as_raw()), None)?;
        text.push_str("user = nobody\n");
    }
    fs::write(&settings, text)?;
    let mut command = Command::new(PGBOUNCER.path());
    command.arg(&settings);
    let process = stack.spawn(NAME, port, command)?;
    let url = url(stack)?;
    process
        .ready(Duration::from_secs(20), async || {
            PgConnection::connect(&url).await?.close().await?;
            Ok(())
        })
        .await?;
    Ok(format!("of {} on 127.0.0.1:{port}", PGBOUNCER.version))
}

/// The superuser's URL through the pooler.
///
/// # Errors
///
/// When it is not running.
pub fn url(stack: &Stack) -> Result<String> {
    let password = postgres::password(stack)?;
    let port = stack.port(NAME)?;
    Ok(postgres::url("postgres", &password, port, "postgres"))
}
