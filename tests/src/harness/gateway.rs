//! The API behind HTTP: turns requests into events as API Gateway does, and answers into responses.

use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};

use super::server::Server;
use super::{Reply, World, request};

/// A world that is served over HTTP.
#[derive(Debug)]
pub struct Gateway {
    server: Server,
}

impl Gateway {
    /// Serves `world`.
    pub async fn start(world: World) -> Self {
        let world = Arc::new(world);
        let server = Server::start(move |request| {
            let world = world.clone();
            async move { respond(world.send(&event(&request)).await) }
        });
        Self {
            server: server.await,
        }
    }

    /// The API's base URL.
    pub fn url(&self) -> String {
        self.server.url()
    }
}

fn event(received: &Request<Bytes>) -> serde_json::Value {
    let headers: Vec<(&str, &str)> = received
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let target = received
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let body = Some(received.body().as_ref()).filter(|body| !body.is_empty());
    request(received.method().as_str(), target, &headers, body)
}

fn respond(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(reply.body.into())).unwrap()
}
