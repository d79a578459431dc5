//! The model as a JSON-RPC endpoint, which can be told to fail and to lie.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use alloy::primitives::{Address, B256};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::chain::{Chain, quantity};

/// What an endpoint makes of the true result: itself, another one, or an error.
pub type Temper = Box<dyn FnMut(&str, &Value, Value) -> Result<Value, (i64, String)> + Send>;

#[derive(Clone)]
pub struct Server {
    pub chain: Arc<Mutex<Chain>>,
    temper: Arc<Mutex<Temper>>,
    pub url: String,
    task: Arc<JoinHandle<()>>,
}

impl Server {
    pub async fn start(chain: Arc<Mutex<Chain>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://{}/key-that-is-secret",
            listener.local_addr().unwrap()
        );
        let temper: Temper = Box::new(|_, _, result| Ok(result));
        let mut server = Self {
            chain,
            temper: Arc::new(Mutex::new(temper)),
            url,
            task: Arc::new(tokio::spawn(async {})),
        };
        let answering = server.clone();
        server.task = Arc::new(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = answering.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let server = server.clone();
                        async move { server.http(request).await }
                    });
                    let stream = TokioIo::new(stream);
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(stream, service).await;
                });
            }
        }));
        server
    }

    /// From now on every result passes through this.
    pub fn temper(
        &self,
        temper: impl FnMut(&str, &Value, Value) -> Result<Value, (i64, String)> + Send + 'static,
    ) {
        *self.temper.lock().unwrap() = Box::new(temper);
    }

    pub fn honest(&self) {
        self.temper(|_, _, result| Ok(result));
    }

    async fn http(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let reply = match &body {
            Value::Array(calls) => calls.iter().map(|call| self.answer(call)).collect(),
            call => self.answer(call),
        };
        Ok(Response::new(Full::new(Bytes::from(reply.to_string()))))
    }

    fn answer(&self, call: &Value) -> Value {
        let (method, params) = (call["method"].as_str().unwrap(), &call["params"]);
        let truth = self.truth(method, params);
        let result = self.temper.lock().unwrap()(method, params, truth);
        match result {
            Ok(result) => json!({"jsonrpc": "2.0", "id": call["id"], "result": result}),
            Err((code, message)) => {
                let error = json!({"code": code, "message": message});
                json!({"jsonrpc": "2.0", "id": call["id"], "error": error})
            }
        }
    }

    fn truth(&self, method: &str, params: &Value) -> Value {
        let chain = self.chain.lock().unwrap();
        match method {
            "eth_chainId" => quantity(chain.id).into(),
            "eth_getBlockByNumber" => match params[0].as_str().unwrap() {
                "latest" => chain.header(chain.head().number),
                "finalized" | "safe" => chain.header(chain.head().number.saturating_sub(64)),
                number => chain.header(parse(number)),
            },
            "eth_getCode" => chain.code(parse(params[1].as_str().unwrap())).into(),
            "eth_getLogs" => {
                let filter = &params[0];
                let [from, to] = match filter.get("blockHash") {
                    Some(hash) => chain.number_of(hash).map_or([1, 0], |number| [number; 2]),
                    None => {
                        ["fromBlock", "toBlock"].map(|bound| parse(filter[bound].as_str().unwrap()))
                    }
                };
                let addresses: Vec<Address> = one_or_many(&filter["address"]);
                let topics: Vec<B256> = one_or_many(&filter["topics"][0]);
                chain.logs(from, to, &addresses, &topics).into()
            }
            other => panic!("{other} is not a method of the model"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if Arc::strong_count(&self.task) == 1 {
            self.task.abort();
        }
    }
}

pub fn parse(quantity: &str) -> u64 {
    u64::from_str_radix(quantity.trim_start_matches("0x"), 16).unwrap()
}

fn one_or_many<T: serde::de::DeserializeOwned>(value: &Value) -> Vec<T> {
    let many = if value.is_array() {
        value.clone()
    } else {
        json!([value])
    };
    serde_json::from_value(many).unwrap()
}
