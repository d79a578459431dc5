//! Counts the round trips to a server: a proxy in between sees who speaks when, and can fall silent
//! at any of them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Nobody who has something to ask waits so long.
const QUIET: Duration = Duration::from_millis(50);

/// What does not pass any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The question of the n-th trip: the server never sees it.
    Question(u64),
    /// The answer of the n-th trip: the server did what it was asked, and nobody learns of it.
    Answer(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passing {
    All,
    Until(Silence),
    /// The silence began.
    Nothing,
    Closed,
}

/// A proxy before a server, until it is dropped.
#[derive(Debug)]
pub struct Trips {
    /// `host:port` of the proxy.
    pub address: String,
    count: Arc<AtomicU64>,
    passing: Arc<watch::Sender<Passing>>,
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
        let passing = Arc::new(watch::Sender::new(Passing::All));
        let (server, counted) = (server.to_owned(), count.clone());
        let obeyed = passing.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A server that does not answer is one to the client, too.
                if let Ok(server) = TcpStream::connect(&server).await {
                    join(client, server, counted.clone(), obeyed.clone());
                }
            }
        });
        Ok(Self {
            address,
            count,
            passing,
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

    /// From this question or answer on, counted from the last [`take`](Self::take), nothing passes.
    pub fn silence(&self, from: Silence) {
        self.passing.send_replace(Passing::Until(from));
    }

    /// Returns when the silence has begun.
    pub async fn wait_for_silence(&self) {
        let mut passing = self.passing.subscribe();
        // The sender is ours: it lives as long as this.
        let _ = passing.wait_for(|now| *now == Passing::Nothing).await;
    }

    /// Ends the connections on which there was silence. What was held back is lost.
    pub fn close(&self) {
        self.passing.send_replace(Passing::Closed);
    }

    /// The trips since this was asked last.
    #[must_use]
    pub fn take(&self) -> u64 {
        self.count.swap(0, Ordering::SeqCst)
    }
}

fn join(
    client: TcpStream,
    server: TcpStream,
    count: Arc<AtomicU64>,
    passing: Arc<watch::Sender<Passing>>,
) {
    for stream in [&client, &server] {
        // Without it the count is the same, only later.
        let _ = stream.set_nodelay(true);
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // Whether the server spoke last: what the client says then is another trip.
    let answered = Arc::new(AtomicBool::new(true));
    let (asked, counted) = (answered.clone(), count.clone());
    tokio::spawn(copy(from_client, to_server, passing.clone(), move || {
        if asked.swap(false, Ordering::SeqCst) {
            count.fetch_add(1, Ordering::SeqCst);
        }
        Silence::Question(count.load(Ordering::SeqCst))
    }));
    tokio::spawn(copy(from_server, to_client, passing, move || {
        answered.store(true, Ordering::SeqCst);
        Silence::Answer(counted.load(Ordering::SeqCst))
    }));
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    passing: Arc<watch::Sender<Passing>>,
    note: impl Fn() -> Silence,
) {
    let mut buffer = vec![0; 64 * 1024];
    let mut now = passing.subscribe();
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let said = note();
        passing.send_if_modified(|passing| {
            let begins = *passing == Passing::Until(said);
            if begins {
                *passing = Passing::Nothing;
            }
            begins
        });
        let holds = |now: &Passing| !matches!(now, Passing::Nothing);
        let Ok(Passing::All | Passing::Until(_)) = now.wait_for(holds).await.as_deref() else {
            return;
        };
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

    #[tokio::test]
    async fn silence_keeps_a_question_from_the_server_or_an_answer_from_the_client() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        for (silence, heard) in [(Silence::Question(2), 1), (Silence::Answer(2), 2)] {
            let trips = Trips::before(&address).await.unwrap();
            trips.silence(silence);
            let mut client = TcpStream::connect(&trips.address).await.unwrap();
            let (mut server, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 1];
            client.write_all(b"1").await.unwrap();
            server.read_exact(&mut buffer).await.unwrap();
            server.write_all(b"!").await.unwrap();
            client.read_exact(&mut buffer).await.unwrap();
            client.write_all(b"2").await.unwrap();
            if heard == 2 {
                server.read_exact(&mut buffer).await.unwrap();
                server.write_all(b"!").await.unwrap();
            }
            trips.wait_for_silence().await;
            trips.close();
            // Neither the question nor the answer comes late.
            drop(client);
            assert_eq!(server.read(&mut buffer).await.unwrap_or_default(), 0);
        }
    }
}
