//! The Lambda Runtime API, as its public contract has it
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>), for one function process.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};

const VERSION: &str = "/2018-06-01/runtime";

/// What a function made of an event.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its answer.
    Response(Bytes),
    /// Its report of a failed invocation: `errorType` and `errorMessage`.
    Error(Bytes),
}

/// A Runtime API on a free port of the loopback address, until it is dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    function: String,
    queue: mpsc::UnboundedSender<Invocation>,
    next: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    /// Invocations that were handed out, by request id.
    pending: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
    first_poll: watch::Sender<Option<Instant>>,
    init_error: watch::Sender<Option<Bytes>>,
    invocations: AtomicU64,
}

#[derive(Debug)]
struct Invocation {
    id: String,
    event: Bytes,
    deadline_ms: u128,
    answer: oneshot::Sender<Outcome>,
}

impl RuntimeApi {
    /// Serves the function called `function`.
    ///
    /// # Errors
    ///
    /// When no port is free.
    pub async fn start(function: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (queue, next) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            function: function.to_owned(),
            queue,
            next: AsyncMutex::new(next),
            pending: Mutex::default(),
            first_poll: watch::Sender::new(None),
            init_error: watch::Sender::new(None),
            invocations: AtomicU64::new(0),
        });
        let server = tokio::spawn(serve(listener, shared.clone()));
        Ok(Self {
            address,
            shared,
            server,
        })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Hands the function an event that it must have answered within `timeout`, and returns its
    /// answer. Waits as long as the function takes; the caller bounds that.
    ///
    /// # Errors
    ///
    /// When the server has stopped.
    pub async fn invoke(&self, event: Bytes, timeout: Duration) -> Result<Outcome> {
        let number = self.shared.invocations.fetch_add(1, Ordering::Relaxed) + 1;
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + timeout;
        let (answer, answered) = oneshot::channel();
        self.shared.queue.send(Invocation {
            id: format!("00000000-0000-4000-8000-{number:012}"),
            event,
            deadline_ms: deadline.as_millis(),
            answer,
        })?;
        answered.await.context("the Runtime API has stopped")
    }

    /// When the function first asked for an event; waits until it does.
    ///
    /// # Errors
    ///
    /// When the server has stopped.
    pub async fn first_poll(&self) -> Result<Instant> {
        let mut polls = self.shared.first_poll.subscribe();
        let first = *polls.wait_for(Option::is_some).await?;
        first.context("it was there")
    }

    /// What the function reported when it could not start; waits until it does.
    ///
    /// # Errors
    ///
    /// When the server has stopped.
    pub async fn init_error(&self) -> Result<Bytes> {
        let mut errors = self.shared.init_error.subscribe();
        let error = errors.wait_for(Option::is_some).await?.clone();
        error.context("it was there")
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and every connection with it.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let shared = shared.clone();
        let service = service_fn(move |request| {
            let shared = shared.clone();
            async move { Ok::<_, Infallible>(shared.answer(request).await) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        connections.spawn(async move { drop(connection.await) });
        while connections.try_join_next().is_some() {}
    }
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let path = path.strip_prefix(VERSION).unwrap_or_default();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (request.method(), parts.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next_invocation().await,
            (&Method::POST, ["invocation", id, what @ ("response" | "error")]) => {
                let Ok(body) = request.into_body().collect().await else {
                    return status(StatusCode::BAD_REQUEST);
                };
                let body = body.to_bytes();
                let outcome = if *what == "error" {
                    Outcome::Error(body)
                } else {
                    Outcome::Response(body)
                };
                self.complete(id, outcome)
            }
            (&Method::POST, ["init", "error"]) => {
                let body = request.into_body().collect().await;
                let body = body.map(http_body_util::Collected::to_bytes);
                self.init_error.send_replace(Some(body.unwrap_or_default()));
                status(StatusCode::ACCEPTED)
            }
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    async fn next_invocation(&self) -> Response<Full<Bytes>> {
        self.first_poll.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert_with(Instant::now);
            is_first
        });
        let Some(invocation) = self.next.lock().await.recv().await else {
            return status(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let Invocation {
            id,
            event,
            deadline_ms,
            answer,
        } = invocation;
        let arn = format!(
            "arn:aws:lambda:us-east-1:000000000000:function:{}",
            self.function
        );
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", &id)
            .header("lambda-runtime-deadline-ms", deadline_ms.to_string())
            .header("lambda-runtime-invoked-function-arn", arn)
            .header(
                "lambda-runtime-trace-id",
                "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
            )
            .body(Full::new(event));
        self.pending().insert(id, answer);
        response.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
    }

    fn complete(&self, id: &str, outcome: Outcome) -> Response<Full<Bytes>> {
        match self.pending().remove(id) {
            Some(answer) => {
                // Nobody waits any more when the caller's patience ended; the function may go on.
                let _ = answer.send(outcome);
                status(StatusCode::ACCEPTED)
            }
            None => status(StatusCode::BAD_REQUEST),
        }
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Outcome>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{}")));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stack::http;

    #[tokio::test]
    async fn an_event_is_handed_out_once_and_its_answer_comes_back() {
        let api = RuntimeApi::start("get-nothing").await.unwrap();
        let base = format!("http://{}{VERSION}/invocation", api.address());
        let function = async {
            let (status, event) = http::get(&format!("{base}/next")).await.unwrap();
            assert_eq!((status, event.as_str()), (200, r#"{"a":1}"#));
            let id = "00000000-0000-4000-8000-000000000001";
            let answer = async |what: &str| {
                let url = format!("{base}/{id}/{what}");
                http::send(&url, &[], json!("done").to_string(), Duration::from_secs(5)).await
            };
            assert_eq!(answer("response").await.unwrap().0, 202);
            // The second time nobody waits for it.
            assert_eq!(answer("response").await.unwrap().0, 400);
        };
        let event = Bytes::from_static(br#"{"a":1}"#);
        let (outcome, ()) = tokio::join!(api.invoke(event, Duration::from_secs(5)), function);
        let Ok(Outcome::Response(answer)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(answer, Bytes::from_static(br#""done""#));
    }

    #[tokio::test]
    async fn a_function_that_cannot_start_says_so() {
        let api = RuntimeApi::start("get-nothing").await.unwrap();
        let url = format!("http://{}{VERSION}/init/error", api.address());
        let report = json!({ "errorMessage": "no settings" }).to_string();
        let sent = http::send(&url, &[], report.clone(), Duration::from_secs(5)).await;
        assert_eq!(sent.unwrap().0, 202);
        assert_eq!(api.init_error().await.unwrap(), report);
    }
}
