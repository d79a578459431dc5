//! A closed loop of requests: each connection sends the next one when it has the answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::latency::{Latencies, milliseconds};

/// No run sends more than this over one connection: it is bounded in count as well as in time.
const REQUESTS_MAX: usize = 200_000;

/// A request that is sent once.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: String,
}

impl Request {
    /// Asks for something.
    pub fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// Hands JSON in, with an API key.
    pub fn post(path: String, key: &str, body: String) -> Self {
        Self {
            method: "POST",
            path,
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("authorization", format!("Bearer {key}")),
            ],
            body,
        }
    }

    /// As it goes to a host.
    ///
    /// # Errors
    ///
    /// When its path or a header is none.
    pub fn to(self, host: &str) -> Result<hyper::Request<Full<Bytes>>> {
        let mut builder = hyper::Request::builder()
            .method(self.method)
            .uri(self.path)
            .header("host", host);
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        Ok(builder.body(Full::from(self.body))?)
    }
}

/// A connection that is ready for its first request. It ends when it is dropped.
///
/// # Errors
///
/// When nobody listens there.
pub async fn connect(host: &str, port: u16) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    sender.ready().await?;
    Ok(sender)
}

/// What [`Measured::row`] begins with.
pub const HEADER: [&str; 6] = [
    "function",
    "connections",
    "requests/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
];

/// What a run measured.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// How long each request took.
    pub latencies: Latencies,
    /// How long all of them took together.
    pub time: Duration,
}

impl Measured {
    /// Adds what another run measured of the same.
    pub fn extend(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.time += other.time;
    }

    /// Requests per second.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a count of requests is far below 2^52"
    )]
    pub fn rate(&self) -> f64 {
        self.latencies.count() as f64 / self.time.as_secs_f64().max(f64::EPSILON)
    }

    /// The cells of a row under [`HEADER`], with its ratios to floors behind them.
    pub fn row(&self, name: &str, connections: usize, ratios: &[f64]) -> Vec<String> {
        let latency = |percent| milliseconds(self.latencies.percentile(percent));
        let mut cells = vec![
            name.to_owned(),
            connections.to_string(),
            format!("{:.0}", self.rate()),
            latency(50),
            latency(95),
            latency(99),
        ];
        cells.extend(ratios.iter().map(|ratio| format!("{ratio:.2}")));
        cells
    }
}

/// Asks for `path` over `connections` for `time`.
///
/// # Errors
///
/// When the server closes a connection or answers with anything but 200: that would be a
/// measurement of something else.
pub async fn run(port: u16, path: &str, connections: usize, time: Duration) -> Result<Measured> {
    let began = Instant::now();
    let mut loops = JoinSet::new();
    for _ in 0..connections {
        loops.spawn(connection(port, path.to_owned(), began + time));
    }
    let mut measured = Measured::default();
    while let Some(latencies) = loops.join_next().await {
        measured.latencies.extend(latencies??);
    }
    measured.time = began.elapsed();
    Ok(measured)
}

/// Sends each request once, over so many connections.
///
/// # Errors
///
/// As [`run`].
pub async fn send(port: u16, requests: Vec<Request>, connections: usize) -> Result<Measured> {
    let began = Instant::now();
    let queue = Arc::new(Mutex::new(requests.into_iter()));
    let mut loops = JoinSet::new();
    for _ in 0..connections {
        let queue = queue.clone();
        let next = move || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        loops.spawn(ask_all(port, next));
    }
    let mut measured = Measured::default();
    while let Some(latencies) = loops.join_next().await {
        measured.latencies.extend(latencies??);
    }
    measured.time = began.elapsed();
    Ok(measured)
}

async fn connection(port: u16, path: String, until: Instant) -> Result<Latencies> {
    let mut left = REQUESTS_MAX;
    let request = Request::get(&path);
    let next = move || {
        left = left.checked_sub(1)?;
        (Instant::now() < until).then(|| request.clone())
    };
    ask_all(port, next).await
}

/// Sends what `next` has, one after the other, over one connection.
async fn ask_all(port: u16, mut next: impl FnMut() -> Option<Request>) -> Result<Latencies> {
    let mut sender = connect("127.0.0.1", port).await?;
    let mut latencies = Latencies::default();
    while let Some(request) = next() {
        let sent = Instant::now();
        ask(&mut sender, request).await?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

async fn ask(sender: &mut SendRequest<Full<Bytes>>, request: Request) -> Result<()> {
    let path = request.path.clone();
    let request = request.to("127.0.0.1")?;
    sender.ready().await.context("the connection was closed")?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    let text = String::from_utf8_lossy(&body);
    ensure!(
        status == 200 || status == 201,
        "{path} answered {status}: {text}"
    );
    Ok(())
}
