//! A TCP proxy before a server, that can be cut, slowed and closed while callers are at it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How it is between a client and its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// As if there were no proxy.
    Fair,
    /// Every connection is broken, and each new one as soon as it was made.
    Cut,
    /// Each packet takes so much longer.
    Slow(Duration),
    /// Nothing listens: connections are refused.
    Refusing,
}

/// Connections that may wait to be taken.
const BACKLOG: u32 = 1_024;

/// The proxy, until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    silences: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Stands before the server of a URL; returns the URL that leads here.
    pub async fn before_url(url: &str) -> (Self, String) {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap();
        let server = authority.rsplit('@').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let here = url.replacen(&server, &address.to_string(), 1);
        let (weather, seen) = watch::channel(Weather::Fair);
        let silences = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(serve(listener, server, seen, silences.clone()));
        let proxy = Self {
            address,
            weather,
            silences,
            task,
        };
        (proxy, here)
    }

    /// Has the connections that are there fall silent for good, as when a firewall forgets them: neither end is told. New
    /// ones are well.
    pub fn silence(&self) {
        self.silences.fetch_add(1, Ordering::SeqCst);
    }

    /// Changes the weather, for connections that are there too.
    pub async fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
        // Back only when the next connection would meet it.
        loop {
            let connected = TcpStream::connect(self.address).await.is_ok();
            if connected == (weather != Weather::Refusing) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Where connections come in.
enum Door {
    Open(TcpListener),
    /// Holds the port, lest somebody else gets it meanwhile, and does not listen: connections are refused.
    Shut(TcpSocket),
}

impl Door {
    fn in_weather(self, weather: Weather, address: SocketAddr) -> Self {
        match self {
            Self::Open(listener) if weather == Weather::Refusing => {
                drop(listener);
                let socket = TcpSocket::new_v4().unwrap();
                socket.set_reuseaddr(true).unwrap();
                socket.bind(address).unwrap();
                Self::Shut(socket)
            }
            Self::Shut(socket) if weather != Weather::Refusing => {
                Self::Open(socket.listen(BACKLOG).unwrap())
            }
            same => same,
        }
    }
}

async fn serve(
    listener: TcpListener,
    server: String,
    mut weather: watch::Receiver<Weather>,
    silences: Arc<AtomicU64>,
) {
    let address = listener.local_addr().unwrap();
    let mut door = Door::Open(listener);
    let mut connections = JoinSet::new();
    loop {
        let now = *weather.borrow_and_update();
        if matches!(now, Weather::Cut | Weather::Refusing) {
            connections.abort_all();
        }
        door = door.in_weather(now, address);
        let accept = async {
            match &door {
                Door::Open(listener) => listener.accept().await,
                Door::Shut(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = weather.changed() => if changed.is_err() { return },
            Ok((client, _)) = accept => {
                if now != Weather::Cut && let Ok(server) = TcpStream::connect(&server).await {
                    let air = Air { weather: weather.clone(), silences: silences.clone() };
                    connections.spawn(join(client, server, air));
                }
            }
        }
    }
}

/// What is between the ends of a connection.
#[derive(Clone)]
struct Air {
    weather: watch::Receiver<Weather>,
    silences: Arc<AtomicU64>,
}

async fn join(client: TcpStream, server: TcpStream, air: Air) {
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
    }
    let born = air.silences.load(Ordering::SeqCst);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = copy(from_client, to_server, air.clone(), born) => {}
        () = copy(from_server, to_client, air, born) => {}
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut air: Air, born: u64) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let now = *air.weather.borrow_and_update();
        if let Weather::Slow(time) = now {
            // What is on its way arrives at once when the weather changes.
            tokio::select! {
                () = tokio::time::sleep(time) => {}
                _ = air.weather.changed() => {}
            }
        }
        if air.silences.load(Ordering::SeqCst) != born {
            return std::future::pending().await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
