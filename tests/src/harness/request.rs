//! Requests as API Gateway hands them on (HTTP API, payload format 2.0), and replies.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use xtask::lambda::event;

/// A `GET` of a path with its query.
pub fn get(target: &str) -> Value {
    request("GET", target, &[], None)
}

/// A request of a path with its query.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Value {
    // The gateway hands on text as it is and anything else as base64.
    let body = body.map(|body| match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(body), true),
    });
    let body = body
        .as_ref()
        .map(|(text, is_base64)| (text.as_str(), *is_base64));
    event::request(method, target, headers, body)
}

/// What a caller gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers, by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Reply {
    /// Reads a function's answer in payload format 2.0.
    pub fn from_lambda(answer: &Value) -> Self {
        let mut headers = BTreeMap::new();
        for (name, value) in members(&answer["headers"]) {
            headers.insert(name.to_ascii_lowercase(), text(value));
        }
        for (name, values) in members(&answer["multiValueHeaders"]) {
            let values: Vec<String> = values.as_array().into_iter().flatten().map(text).collect();
            headers.insert(name.to_ascii_lowercase(), values.join(", "));
        }
        let body = answer["body"].as_str().unwrap_or_default();
        let body = if answer["isBase64Encoded"] == true {
            STANDARD.decode(body).unwrap()
        } else {
            body.as_bytes().to_vec()
        };
        let status = answer["statusCode"]
            .as_u64()
            .unwrap_or_else(|| panic!("no status: {answer}"));
        Self {
            status: u16::try_from(status).unwrap(),
            headers,
            body,
        }
    }

    /// A header's value; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in: {}", self.text()))
    }

    /// The body as JSON of a reply that has `status`.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
