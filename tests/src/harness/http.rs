//! Small HTTP requests to servers on this machine.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(30)))
        .http_status_as_error(false)
        .build()
        .new_agent()
}

/// POSTs JSON and returns status and text, or why there is none.
pub async fn post(url: &str, body: &Value) -> Result<(u16, String), String> {
    let (url, body) = (url.to_owned(), body.to_string());
    let send = move || {
        let request = agent()
            .post(&url)
            .header("content-type", "application/json");
        let mut reply = request.send(body)?;
        let text = reply
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_string()?;
        Ok((reply.status().as_u16(), text))
    };
    let reply = tokio::task::spawn_blocking(send).await.unwrap();
    reply.map_err(|error: ureq::Error| error.to_string())
}
