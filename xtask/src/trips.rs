//! Counts the round trips to a server: a proxy in between sees who speaks when.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Nobody who has something to ask waits so long.
const QUIET: Duration = Duration::from_millis(50);

/// A proxy before a server, until it is dropped.
#[derive(Debug)]
pub struct Trips {
    /// `host:port` of the proxy.
    pub address: String,
    count: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Trips {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Trips {
    /// Stands before the server at `host:port`.
    ///
    /// # Errors
    ///
    /// When there is no port left.
    pub async fn before(server: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let count = Arc::new(AtomicU64::new(0));
        let (server, counted) = (server.to_owned(), count.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A server that does not answer is one to the client, too.
                if let Ok(server) = TcpStream::connect(&server).await {
                    join(client, server, counted.clone());
                }
            }
        });
        Ok(Self {
            address,
            count,
            task,
        })
    }

    /// Stands before the server of a URL; returns the URL that leads here.
    ///
    /// # Errors
    ///
    /// When there is no port left.
    pub async fn before_url(url: &str) -> io::Result<(Self, String)> {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let server = authority.rsplit('@').next().unwrap_or_default();
        let trips = Self::before(server).await?;
        let here = url.replacen(server, &trips.address, 1);
        Ok((trips, here))
    }

    /// Returns when nothing was asked for a moment: what a pool does with a connection that is
    /// given back comes late.
    pub async fn wait_for_quiet(&self) {
        let mut before = None;
        loop {
            let now = self.count.load(Ordering::SeqCst);
            if before.replace(now) == Some(now) {
                return;
            }
            tokio::time::sleep(QUIET).await;
        }
    }

    /// The trips since this was asked last.
    #[must_use]
    pub fn take(&self) -> u64 {
        self.count.swap(0, Ordering::SeqCst)
    }
}

fn join(client: TcpStream, server: TcpStream, count: Arc<AtomicU64>) {
    for stream in [&client, &server] {
        // Without it the count is the same, only later.
        let _ = stream.set_nodelay(true);
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // Whether the server spoke last: what the client says then is another trip.
    let answered = Arc::new(AtomicBool::new(true));
    let asked = answered.clone();
    tokio::spawn(copy(from_client, to_server, move || {
        if asked.swap(false, Ordering::SeqCst) {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }));
    tokio::spawn(copy(from_server, to_client, move || {
        answered.store(true, Ordering::SeqCst);
    }));
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, note: impl Fn()) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        note();
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_trip_is_a_question_and_its_answer_however_many_packets_they_are() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let trips = Trips::before(&server.local_addr().unwrap().to_string()).await;
        let trips = trips.unwrap();
        let mut client = TcpStream::connect(&trips.address).await.unwrap();
        let (mut other, _) = server.accept().await.unwrap();
        let mut buffer = [0; 8];
        for _ in 0..3 {
            for part in [b"ask", b"on!"] {
                client.write_all(part).await.unwrap();
                other.read_exact(&mut buffer[..3]).await.unwrap();
            }
            for part in [b"yes", b"no!"] {
                other.write_all(part).await.unwrap();
                client.read_exact(&mut buffer[..3]).await.unwrap();
            }
        }
        trips.wait_for_quiet().await;
        assert_eq!((trips.take(), trips.take()), (3, 0));
    }
}
