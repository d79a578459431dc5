//! One endpoint: the few questions that are asked of a chain.

mod transactions;

use std::sync::Arc;
use std::time::Duration;

use alloy::rpc::client::{RpcClient, Waiter};
use alloy::rpc::json_rpc::ErrorPayload;
use alloy::rpc::types::{BlockNumberOrTag, Filter};
use alloy::transports::RpcError as AlloyError;
use alloy_primitives::{Address, Bytes, U64};
use backon::{ExponentialBuilder, Retryable as _};
use reqwest::{Client, Url};

pub use self::transactions::{Mined, Sighting, Sightings, TRANSACTIONS_MAX};

use super::http::Http;
use super::{Header, RpcError, WireLog};
use crate::chain::events::topics;

/// A reply that is longer is refused, and the question made smaller.
const REPLY_BYTES_MAX: usize = 24 << 20;
/// One block cannot be asked for in parts.
const BLOCK_REPLY_BYTES_MAX: usize = 128 << 20;
/// Common providers refuse larger batches.
const BATCH_MAX: usize = 100;
/// A URL's parts that are shorter are words, not keys.
const SECRET_CHARS_MIN: usize = 8;

/// Where the chain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The latest block.
    pub head: Header,
    /// The latest block that is final, where the chain has a tag for it.
    pub finalized: Option<Header>,
    /// The block at the height that was asked for, if there is one.
    pub at: Option<Header>,
}

/// One JSON-RPC endpoint of a chain.
#[derive(Clone, Debug)]
pub struct Endpoint {
    name: Arc<str>,
    secrets: Arc<[String]>,
    client: RpcClient,
    /// The same with a larger bound.
    block_client: RpcClient,
}

type Block = Option<Header>;

impl Endpoint {
    /// An endpoint at a URL. Nothing is sent yet.
    #[must_use]
    pub fn new(client: &Client, url: &Url) -> Self {
        let host = url.host_str().unwrap_or("?");
        let name = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let parts = url.path_segments().into_iter().flatten().map(str::to_owned);
        let query = url.query_pairs().map(|(_, value)| value.into_owned());
        let login = [
            url.username().to_owned(),
            url.password().unwrap_or_default().to_owned(),
        ];
        let secrets = parts
            .chain(query)
            .chain(login)
            .filter(|part| part.chars().count() >= SECRET_CHARS_MIN)
            .collect();
        let bounded = |bytes| RpcClient::new(Http::new(client.clone(), url.clone(), bytes), true);
        let block_client = bounded(BLOCK_REPLY_BYTES_MAX);
        Self {
            name: name.into(),
            secrets,
            client: bounded(REPLY_BYTES_MAX),
            block_client,
        }
    }

    /// Its host: what may be shown of it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn redact(&self, error: RpcError) -> RpcError {
        error.redacted(&self.secrets)
    }

    /// Where the chain is, and its block at height `at`: one round trip.
    ///
    /// # Errors
    ///
    /// Fails where the endpoint does, and where it speaks for another chain.
    pub async fn tip(&self, chain_id: u64, at: u64, finalized: bool) -> Result<Tip, RpcError> {
        let ask = || async {
            let mut batch = self.client.new_batch();
            let id: Waiter<U64> = batch.add_call("eth_chainId", &())?;
            let block = "eth_getBlockByNumber";
            let head: Waiter<Block> = batch.add_call(block, &(BlockNumberOrTag::Latest, false))?;
            let at: Waiter<Block> = batch.add_call(block, &(BlockNumberOrTag::from(at), false))?;
            let last = if finalized {
                Some(batch.add_call::<_, Block>(block, &(BlockNumberOrTag::Finalized, false))?)
            } else {
                None
            };
            batch.send().await?;
            let last = match last {
                // A young chain has no final block yet, which some endpoints call an error.
                Some(waiter) => waiter.await.ok().flatten(),
                None => None,
            };
            Ok((id.await?, head.await?, at.await?, last))
        };
        let (id, head, block, finalized) = self.patiently(ask).await?;
        if id.to::<u64>() != chain_id {
            return Err(RpcError::Lie(format!(
                "it speaks for chain {id}, not {chain_id}"
            )));
        }
        let head = head.ok_or_else(|| RpcError::Unavailable("no latest block".to_owned()))?;
        if let Some(block) = block.filter(|block| block.number != at) {
            let text = format!("block {} in answer to {at}", block.number);
            return Err(RpcError::Lie(text));
        }
        Ok(Tip {
            head,
            finalized,
            at: block,
        })
    }

    /// The blocks with these numbers, in the same order. All of them must be there.
    ///
    /// # Errors
    ///
    /// Fails where the endpoint does, and where one of the blocks is not there or is another.
    pub async fn headers(&self, numbers: &[u64]) -> Result<Vec<Header>, RpcError> {
        let mut headers = Vec::with_capacity(numbers.len());
        for numbers in numbers.chunks(BATCH_MAX) {
            let blocks = self.patiently(|| self.batch(numbers)).await?;
            for (number, block) in numbers.iter().zip(blocks) {
                let block = block
                    .ok_or_else(|| RpcError::Unavailable(format!("it has no block {number}")))?;
                if block.number != *number {
                    let text = format!("block {} in answer to {number}", block.number);
                    return Err(RpcError::Lie(text));
                }
                headers.push(block);
            }
        }
        Ok(headers)
    }

    async fn batch(&self, numbers: &[u64]) -> Result<Vec<Block>, RpcError> {
        let mut batch = self.client.new_batch();
        let mut waiters: Vec<Waiter<Block>> = Vec::with_capacity(numbers.len());
        for number in numbers {
            let params = (BlockNumberOrTag::from(*number), false);
            waiters.push(batch.add_call("eth_getBlockByNumber", &params)?);
        }
        batch.send().await?;
        let mut blocks = Vec::with_capacity(numbers.len());
        for waiter in waiters {
            blocks.push(waiter.await?);
        }
        Ok(blocks)
    }

    /// The logs of these contracts in a range of blocks, both ends included. Not checked yet.
    ///
    /// # Errors
    ///
    /// Fails where the endpoint does.
    pub async fn logs(
        &self,
        from: u64,
        to: u64,
        addresses: &[Address],
    ) -> Result<Vec<WireLog>, RpcError> {
        let filter = Filter::new()
            .from_block(from)
            .to_block(to)
            .address(addresses.to_vec())
            .event_signature(topics().to_vec());
        let client = if from == to {
            &self.block_client
        } else {
            &self.client
        };
        let ask = || async {
            let logs: Vec<WireLog> = client.request("eth_getLogs", (&filter,)).await?;
            Ok(logs)
        };
        self.patiently(ask).await
    }

    /// What a contract answers to a call in the latest block; `None` where it reverts or fails in
    /// another way of its own.
    ///
    /// # Errors
    ///
    /// Fails where the endpoint does.
    pub async fn call(&self, to: Address, data: Bytes) -> Result<Option<Bytes>, RpcError> {
        let ask = || async {
            let call = serde_json::json!({ "to": to, "data": data });
            let answer = self
                .client
                .request("eth_call", (call, BlockNumberOrTag::Latest))
                .await;
            match answer {
                Ok(answer) => Ok(Some(answer)),
                Err(AlloyError::ErrorResp(payload)) if is_failed_call(&payload) => Ok(None),
                Err(error) => Err(error.into()),
            }
        };
        self.patiently(ask).await
    }

    /// The gas that a call needs in the latest block; `None` where the call would fail. Asked once: who wants to know
    /// has a bound to go by, and a caller that waits.
    ///
    /// # Errors
    ///
    /// Fails where the endpoint does.
    pub async fn estimate_gas(
        &self,
        from: Address,
        to: Address,
        data: &Bytes,
    ) -> Result<Option<u64>, RpcError> {
        let call = serde_json::json!({ "from": from, "to": to, "data": data });
        let answer: Result<U64, _> = self.client.request("eth_estimateGas", (call,)).await;
        match answer {
            Ok(gas) => Ok(Some(gas.to())),
            Err(AlloyError::ErrorResp(payload)) if is_failed_call(&payload) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks up to three times, with a growing and random pause between.
    async fn patiently<T, Fut>(&self, ask: impl FnMut() -> Fut) -> Result<T, RpcError>
    where
        Fut: Future<Output = Result<T, RpcError>>,
    {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(2))
            .with_max_times(2)
            .with_jitter();
        ask.retry(pauses).when(RpcError::is_transient).await
    }
}

/// Code 3 is a revert in the API's specification; older nodes have a code for everything and say
/// it in words.
fn is_failed_call(payload: &ErrorPayload) -> bool {
    const WORDS: [&str; 5] = [
        "revert",
        "invalid opcode",
        "out of gas",
        "execution error",
        "stack underflow",
    ];
    let message = payload.message.to_ascii_lowercase();
    payload.code == 3 || WORDS.iter().any(|words| message.contains(words))
}
