//! Valkey: the cache.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Stack;
use crate::tools::VALKEY;

/// The part's name in `status` and `logs`.
pub const NAME: &str = "valkey";

/// Starts the cache unless it is running. It keeps nothing on disk: it is a cache.
///
/// # Errors
///
/// When it does not come up.
pub async fn start(stack: &mut Stack) -> Result<String> {
    if let Some(part) = stack.running(NAME) {
        return Ok(format!("already on 127.0.0.1:{}", part.port));
    }
    let port = stack.choose_port(NAME, 0)?;
    let mut command = Command::new(VALKEY.path());
    command
        .args([
            "--bind",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--daemonize",
            "no",
        ])
        .args(["--save", "", "--appendonly", "no"])
        .args(["--maxmemory", "256mb", "--maxmemory-policy", "volatile-lfu"])
        .current_dir(stack.folder(NAME)?);
    let process = stack.spawn(NAME, port, command)?;
    process
        .ready(Duration::from_secs(20), async || ping(port).await)
        .await?;
    Ok(format!("{} on 127.0.0.1:{port}", VALKEY.version))
}

async fn ping(port: u16) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .context("connecting")?;
    stream.write_all(b"PING\r\n").await?;
    let mut reply = [0_u8; 7];
    stream.read_exact(&mut reply).await?;
    ensure!(
        &reply == b"+PONG\r\n",
        "the cache answered {}",
        String::from_utf8_lossy(&reply)
    );
    Ok(())
}

/// Where functions find the cache.
///
/// # Errors
///
/// When it is not running.
pub fn url(stack: &Stack) -> Result<String> {
    Ok(format!("redis://127.0.0.1:{}", stack.port(NAME)?))
}
