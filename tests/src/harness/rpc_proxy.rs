//! A chain endpoint that misbehaves as it is told: it stands between a function and a real chain.

use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::server::Server;
use super::{Chain, http};

/// What an endpoint answers a call with.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A JSON-RPC reply.
    Reply(Value),
    /// Anything else, with its HTTP status.
    Text(u16, String),
    /// Nothing, ever.
    Silence,
}

impl Answer {
    /// A JSON-RPC error.
    pub fn error(code: i64, message: &str) -> Self {
        let error = json!({ "code": code, "message": message });
        Self::Reply(json!({ "jsonrpc": "2.0", "id": null, "error": error }))
    }
}

/// Makes an answer of a call and of the honest reply to it.
type Behaviour = dyn Fn(&Value, Value) -> Answer + Send + Sync;

/// An endpoint of a chain that is honest until it is told to be something else.
pub struct RpcProxy {
    server: Server,
    behaviour: Arc<Mutex<Arc<Behaviour>>>,
    calls: watch::Receiver<u64>,
}

impl RpcProxy {
    /// Stands before `chain`.
    pub async fn start(chain: &Chain) -> Self {
        Self::before(chain.url()).await
    }

    /// Stands before the endpoint at a URL.
    pub async fn before(url: &str) -> Self {
        let honest: Arc<Behaviour> = Arc::new(|_, reply| Answer::Reply(reply));
        let behaviour = Arc::new(Mutex::new(honest));
        let (count, calls) = watch::channel(0);
        let shared = (url.to_owned(), behaviour.clone(), Arc::new(count));
        let server = Server::start(move |request: hyper::Request<Bytes>| {
            let (url, behaviour, count) = shared.clone();
            async move {
                let call: Value = serde_json::from_slice(request.body()).unwrap_or_default();
                count.send_modify(|count| *count += 1);
                let (_, text) = http::post(&url, &call).await.unwrap();
                let honest = serde_json::from_str(&text).unwrap();
                let behaviour = lock(&behaviour).clone();
                respond(each(&call, honest, &*behaviour)).await
            }
        });
        Self {
            server: server.await,
            behaviour,
            calls,
        }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Answers differently from now on.
    pub fn behave(&self, how: impl Fn(&Value, Value) -> Answer + Send + Sync + 'static) {
        *lock(&self.behaviour) = Arc::new(how);
    }

    /// Tells the truth from now on.
    pub fn be_honest(&self) {
        self.behave(|_, reply| Answer::Reply(reply));
    }

    /// Lies about the logs of every range, by changing them.
    pub fn change_logs(&self, change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) {
        self.behave(move |call, mut reply| {
            if call["method"] == "eth_getLogs"
                && let Some(logs) = reply["result"].as_array_mut()
            {
                change(logs);
            }
            Answer::Reply(reply)
        });
    }

    /// How many requests have come.
    pub fn calls(&self) -> u64 {
        *self.calls.borrow()
    }

    /// Waits for the `number`th request.
    pub async fn wait_for_call(&self, number: u64) {
        self.calls
            .clone()
            .wait_for(|count| *count >= number)
            .await
            .unwrap();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Applies a behaviour to a call, or to each call of a batch; a batch is as bad as its worst.
fn each(call: &Value, honest: Value, behaviour: &Behaviour) -> Answer {
    let Value::Array(calls) = call else {
        return with_id(call, behaviour(call, honest));
    };
    let mut replies = Vec::new();
    for call in calls {
        let own = honest
            .as_array()
            .into_iter()
            .flatten()
            .find(|reply| reply["id"] == call["id"]);
        match with_id(call, behaviour(call, own.cloned().unwrap_or_default())) {
            Answer::Reply(reply) => replies.push(reply),
            worse => return worse,
        }
    }
    Answer::Reply(replies.into())
}

fn with_id(call: &Value, answer: Answer) -> Answer {
    match answer {
        Answer::Reply(mut reply) if reply["id"].is_null() => {
            reply["id"] = call["id"].clone();
            Answer::Reply(reply)
        }
        other => other,
    }
}

async fn respond(answer: Answer) -> Response<Full<Bytes>> {
    let (status, text) = match answer {
        Answer::Reply(reply) => (200, reply.to_string()),
        Answer::Text(status, text) => (status, text),
        Answer::Silence => std::future::pending().await,
    };
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    response.body(Full::new(text.into())).unwrap()
}
