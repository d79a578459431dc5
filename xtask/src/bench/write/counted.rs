//! How often a function asks whom.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::event;
use super::writes::Writer;
use crate::lambda::{Function, Settings};
use crate::stack::{Stack, env};
use crate::trips::Trips;

const INVOCATION: Duration = Duration::from_mins(1);
/// Requests until both connections of the pool know every statement, and the function every key.
const WARM_UP: usize = 26;

/// A function with proxies before all that it asks: database, cache, buckets, chain.
#[derive(Debug)]
pub struct Counted {
    function: Function,
    trips: [Trips; 4],
}

impl Counted {
    /// Starts a process of a function.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub async fn start(stack: &Stack, gateway: u16, binary: &Path) -> Result<Self> {
        let mut settings = env::functions(stack, gateway)?;
        let database = before(&mut settings, "DATABASE_URL").await?;
        let cache = before(&mut settings, "CACHE_URL").await?;
        let buckets = before(&mut settings, "AWS_ENDPOINT_URL_DYNAMODB").await?;
        let chain = stack.state.chains.first().context("there is no chain")?;
        let (trips, url) = Trips::before_url(&chain.rpc_url).await?;
        let urls = json!({ chain.id.to_string(): [url] });
        settings.insert("CHAIN_RPC_URLS".to_owned(), urls.to_string());
        Ok(Self {
            function: Function::start(binary, &settings).await?,
            trips: [database, cache, buckets, trips],
        })
    }

    /// The trips of one request when the function is warm.
    ///
    /// # Errors
    ///
    /// When a request is not answered with success.
    pub async fn count(&self, writer: &mut Writer, name: &str) -> Result<[u64; 4]> {
        let mut counts = [0; 4];
        for _ in 0..=WARM_UP {
            let request = writer.next(name).await?;
            let answer: Value = self.function.invoke(&event(&request), INVOCATION).await?;
            ensure!(answer["statusCode"] == 201, "{name} answered {answer}");
            self.trips[0].wait_for_quiet().await;
            counts = self.trips.each_ref().map(Trips::take);
        }
        Ok(counts)
    }
}

async fn before(settings: &mut Settings, name: &str) -> Result<Trips> {
    let url = settings.get(name).context("a setting is missing")?;
    let (trips, url) = Trips::before_url(url).await?;
    settings.insert(name.to_owned(), url);
    Ok(trips)
}
