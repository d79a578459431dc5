//! A closed loop of requests: each connection sends the next one when it has the answer.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::latency::Latencies;

/// No run sends more than this over one connection: it is bounded in count as well as in time.
const REQUESTS_MAX: usize = 200_000;

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

async fn connection(port: u16, path: String, until: Instant) -> Result<Latencies> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let mut latencies = Latencies::default();
    while Instant::now() < until && latencies.count() < REQUESTS_MAX {
        let sent = Instant::now();
        ask(&mut sender, &path).await?;
        latencies.push(sent.elapsed());
    }
    driver.abort();
    Ok(latencies)
}

async fn ask(sender: &mut SendRequest<Empty<Bytes>>, path: &str) -> Result<()> {
    let request = Request::get(path)
        .header("host", "127.0.0.1")
        .body(Empty::new())?;
    sender.ready().await.context("the connection was closed")?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    let text = String::from_utf8_lossy(&body);
    ensure!(status == 200, "{path} answered {status}: {text}");
    Ok(())
}
