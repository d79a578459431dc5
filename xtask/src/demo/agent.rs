//! From two wallets to an agent on chain.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::account::Account;
use super::{Demo, show};
/// The API keys of both.
#[derive(Debug)]
pub struct Keys {
    /// Of who registers the agent.
    pub maker: String,
    /// Of who pays it and rates it.
    pub client: String,
}

/// The agent that the demo is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Our id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What its owner has to send.
    pub transaction: Value,
}

/// A key for each.
pub async fn sign_in(demo: &Demo) -> Result<Keys> {
    Ok(Keys {
        maker: key(demo, &demo.maker, "demo, maker").await?,
        client: key(demo, &demo.client, "demo, client").await?,
    })
}

async fn key(demo: &Demo, account: &Account, name: &str) -> Result<String> {
    let asked = json!({ "address": account.address, "chainId": demo.chain.id });
    let challenge = demo.api.post("/v1/auth/challenges", None, &asked).await?;
    let message = text(&challenge, "message")?;
    let signature = account.sign(&message).await?;
    let signed = json!({ "message": message, "signature": signature, "name": name });
    let made = demo.api.post("/v1/api-keys", None, &signed).await?;
    text(&made, "key")
}

/// Hands in a registration file that no demo before had.
pub async fn prepare(demo: &Demo, key: &str) -> Result<Subject> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let name = format!("Demo oracle {}", now.as_secs());
    let body = json!({
        "chainId": demo.chain.id,
        "registration": {
            "type": "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
            "name": name,
            "description": "Forecasts for any place, paid by x402.",
            "image": "https://agent.example/picture.png",
            "services": [
                { "name": "A2A", "endpoint": "https://agent.example/.well-known/agent-card.json", "version": "0.3.0" },
            ],
            "x402Support": true,
            "active": true,
            "supportedTrust": ["reputation"],
        },
        "metadata": [{ "key": "version", "text": "1.4.2" }],
    });
    let prepared = demo.api.post("/v1/agents", Some(key), &body).await?;
    Ok(Subject {
        id: text(&prepared["agent"], "id")?,
        name,
        transaction: prepared["transaction"].clone(),
    })
}

/// Has the maker's wallet sign and send what was prepared.
pub async fn send(demo: &Demo, subject: &Subject) -> Result<()> {
    demo.maker.send(&subject.transaction).await.map(drop)
}

/// Runs `sync-chain` until the agent is on chain here too, and shows it. Returns where it is paid.
pub async fn sync(demo: &Demo, subject: &Subject) -> Result<String> {
    let path = format!("/v1/agents/{}", subject.id);
    let registered = |agent: &Value| agent["status"] == "registered";
    demo.run_until(&["sync-chain"], &path, registered).await?;
    let agent = demo.api.get(&path).await?;
    ensure!(agent["id"] == json!(subject.id), "the agent has another id");
    let name = text(&agent, "agentRef")?;
    show::say(&format!("{} is {name} now", subject.id));
    text(&agent, "agentWallet")
}

/// Finds the agent by its name, and reads its file where the chain says that it is.
pub async fn look_up(demo: &Demo, subject: &Subject) -> Result<()> {
    let words = subject.name.replace(' ', "+");
    let query = format!("/v1/agents?q=%22{words}%22&chainId={}", demo.chain.id);
    let page = demo.api.get(&query).await?;
    let found = page["items"].as_array().into_iter().flatten();
    ensure!(
        found.clone().any(|item| item["id"] == json!(subject.id)),
        "the search does not find it"
    );
    let file = format!("/v1/registration-files/{}", subject.id);
    let file = demo.api.get(&file).await?;
    ensure!(file["name"] == json!(subject.name), "the file is another");
    Ok(())
}

/// A member that is text.
pub fn text(value: &Value, member: &str) -> Result<String> {
    let text = value[member].as_str();
    text.map(str::to_owned)
        .with_context(|| format!("there is no `{member}` in {value}"))
}
