//! A receiver of Sentry's events.

use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::Value;

use crate::harness::server::Server;

/// Speaks the envelope protocol (<https://develop.sentry.dev/sdk/data-model/envelopes/>) and keeps the events.
pub struct Receiver {
    server: Server,
    events: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let kept = events.clone();
        let server = Server::start(move |request| {
            let kept = kept.clone();
            async move {
                assert_eq!(request.uri().path(), "/api/42/envelope/");
                kept.lock().unwrap().extend(events_of(request.body()));
                Response::new(Full::new(Bytes::from_static(b"{}")))
            }
        });
        Self {
            server: server.await,
            events,
        }
    }

    /// What functions are told.
    pub fn dsn(&self) -> String {
        self.server.url().replace("http://", "http://public@") + "/42"
    }

    /// The events since the last time.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

/// A line of the envelope's own headers, then of each item its header and its payload.
fn events_of(envelope: &[u8]) -> Vec<Value> {
    let text = String::from_utf8(envelope.to_vec()).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let items = lines.chunks(2).filter(|item| item[0]["type"] == "event");
    items.map(|item| item[1].clone()).collect()
}
