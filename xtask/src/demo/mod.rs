//! `cargo xtask demo`: one agent's way from its registration to its statistics, against the stack
//! of `cargo xtask up`.
//!
//! Two accounts of the local chain take part: a maker, who registers an agent, and a client, who
//! pays it and says how it was. The chain holds their keys and signs for them; everything else is
//! what any caller would do.

mod account;
mod agent;
mod api;
mod show;
mod standing;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

pub use self::account::{Account, all as accounts};
pub use self::api::Api;
use self::show::Show;
use crate::chains::Chain;
use crate::cli;
use crate::stack::{Stack, gateway, sync};

/// The stages, as the picture of progress has them.
const STAGES: [&str; 9] = [
    "sign in", "prepare", "register", "sync", "look up", "pay", "link", "rate", "stats",
];
/// Runs of scheduled functions until they have seen what is there already.
const RUNS_MAX: usize = 20;

/// What every stage needs.
#[derive(Debug)]
pub struct Demo {
    /// Where functions are invoked, and what their names begin with there.
    pub lambda: Lambda,
    /// The chain that takes transactions.
    pub chain: Chain,
    /// Who registers the agent.
    pub maker: Account,
    /// Who pays it and rates it.
    pub client: Account,
    /// The API.
    pub api: Api,
}

/// Lambda's own API.
#[derive(Clone, Debug)]
pub struct Lambda {
    /// Its URL.
    pub endpoint: String,
    /// In front of each function's name.
    pub prefix: String,
}

/// Runs the whole flow.
///
/// # Errors
///
/// With the first request that is not answered as it should be.
pub async fn run(args: &cli::Demo) -> Result<()> {
    let stack = Stack::open("up")?;
    let port = stack
        .port(gateway::NAME)
        .context("the demo runs against `cargo xtask up`, which is not running")?;
    let chain = chain(&stack, args.chain)?;
    let url = format!("http://127.0.0.1:{port}");
    let lambda = Lambda {
        endpoint: url.clone(),
        prefix: String::new(),
    };
    at(Api::new(url), lambda, chain).await
}

/// Runs the whole flow through an API, on a chain that holds keys.
///
/// # Errors
///
/// With the first request that is not answered as it should be.
pub async fn at(api: Api, lambda: Lambda, chain: Chain) -> Result<()> {
    let accounts = account::all(&chain.rpc_url).await?;
    let [maker, client] = accounts
        .last_chunk()
        .context("the chain has no accounts of its own")?;
    let demo = Demo {
        api,
        lambda,
        maker: Account::new(&chain.rpc_url, maker),
        client: Account::new(&chain.rpc_url, client),
        chain,
    };
    demo.tell(&Show::new(&STAGES)).await
}

impl Demo {
    async fn tell(&self, show: &Show) -> Result<()> {
        show.begin("Wallets prove themselves and get API keys (EIP-4361).");
        let keys = agent::sign_in(self).await?;
        show.begin("The maker hands in a registration file and gets a transaction.");
        let subject = agent::prepare(self, &keys.maker).await?;
        show.begin("The maker's wallet signs and sends it; the registry mints the agent.");
        agent::send(self, &subject).await?;
        show.begin("The scheduled function reads the chain: the prepared agent has its agentId.");
        let wallet = agent::sync(self, &subject).await?;
        show.begin("Anybody finds the agent, without a key.");
        agent::look_up(self, &subject).await?;
        show.begin("The client pays the agent's wallet on chain.");
        let paid = standing::pay(self, &wallet).await?;
        show.begin("The client links the payment; it counts once it is confirmed.");
        standing::link(self, &keys.client, &subject.id, &paid).await?;
        show.begin(
            "The client says how it was, with the payment as proof, and puts that on chain.",
        );
        standing::rate(self, &keys.client, &subject.id, &paid).await?;
        show.begin("What there is to know of the agent now.");
        standing::stats(self, &subject.id).await?;
        show.end();
        Ok(())
    }

    /// Runs scheduled functions until the reply to a `GET` is as it should be.
    async fn run_until(
        &self,
        functions: &[&str],
        path: &str,
        is_there: impl Fn(&Value) -> bool,
    ) -> Result<()> {
        for _ in 0..RUNS_MAX {
            for function in functions {
                let name = format!("{}{function}", self.lambda.prefix);
                sync::tick_at(&self.lambda.endpoint, function, &name).await?;
            }
            if is_there(&self.api.peek(path).await?) {
                return Ok(());
            }
        }
        bail!("{path} is not as it should be after {RUNS_MAX} runs of {functions:?}")
    }
}

/// A chain of the stack.
fn chain(stack: &Stack, id: u64) -> Result<Chain> {
    let chains = &stack.state.chains;
    let known: Vec<String> = chains.iter().map(|chain| chain.id.to_string()).collect();
    let chain = chains.iter().find(|chain| chain.id == id);
    chain
        .cloned()
        .with_context(|| format!("the stack has no chain {id}, only {}", known.join(", ")))
}

/// A key for an account, without a word.
///
/// # Errors
///
/// When the API or the chain refuses.
pub async fn sign_in(api: &Api, account: &Account, chain: u64) -> Result<String> {
    let asked = json!({ "address": account.address, "chainId": chain });
    let challenge = api.poke("/v1/auth/challenges", &asked).await?;
    let message = agent::text(&challenge, "message")?;
    let signature = account.sign(&message).await?;
    let signed = json!({ "message": message, "signature": signature, "name": "a benchmark" });
    let made = api.poke("/v1/api-keys", &signed).await?;
    agent::text(&made, "key")
}
