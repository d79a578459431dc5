//! Counts the round trips to a server: a proxy in between sees who speaks when.

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
    pub async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let count = Arc::new(AtomicU64::new(0));
        let (server, counted) = (server.to_owned(), count.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                }
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                // Whether the server spoke last: what the client says then is another trip.
                let answered = Arc::new(AtomicBool::new(true));
                let (asked, counted) = (answered.clone(), counted.clone());
                tokio::spawn(copy(from_client, to_server, move || {
                    if asked.swap(false, Ordering::SeqCst) {
                        counted.fetch_add(1, Ordering::SeqCst);
                    }
                }));
                tokio::spawn(copy(from_server, to_client, move || {
                    answered.store(true, Ordering::SeqCst);
                }));
            }
        });
        Self {
            address,
            count,
            task,
        }
    }

    /// Returns when nothing was asked for a moment: what a pool does with a connection that is given back comes late.
    pub async fn wait_for_quiet(&self) {
        let mut before = None;
        while before.replace(self.count.load(Ordering::SeqCst))
            != Some(self.count.load(Ordering::SeqCst))
        {
            tokio::time::sleep(QUIET).await;
        }
    }

    /// The trips since this was asked last.
    pub fn take(&self) -> u64 {
        self.count.swap(0, Ordering::SeqCst)
    }
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
