//! An open web of a test's own: `127.0.0.2` is public, all else is as it is.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use shared::config::ResolverConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What is public.
pub const PUBLIC: &str = "127.0.0.2";

/// A listener that counts connections and answers each with the same bytes, and closes it.
#[derive(Debug)]
pub struct Site {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Site {
    /// `answer` is given the request's head and returns a whole response.
    pub async fn start(
        ip: &str,
        port: u16,
        answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((ip, port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut head = Vec::new();
                let mut chunk = [0; 1024];
                while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut chunk).await {
                        Ok(length) if length > 0 => head.extend_from_slice(&chunk[..length]),
                        _ => break,
                    }
                }
                let response = answer(&String::from_utf8_lossy(&head));
                // A client that has enough closes before the end.
                drop(stream.write_all(&response).await);
            }
        });
        Self {
            address,
            connections,
            task,
        }
    }

    /// A page that is always the same.
    pub async fn page(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::start(PUBLIC, 0, move |_| response.clone()).await
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Settings by which this site is of the open web.
    pub fn config(&self) -> ResolverConfig {
        ResolverConfig {
            ports: vec![self.port()],
            networks: vec![IpAddr::from([127, 0, 0, 2]).into()],
            timeout: Duration::from_secs(5),
            ..ResolverConfig::default()
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A response with a body of known length.
pub fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

/// A response that sends elsewhere.
pub fn redirect(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}
