//! One endpoint: the few questions that are asked of a chain.

mod transactions;

use std::sync::Arc;
use std::time::Duration;

use alloy::rpc::client::{RpcClient, Waiter};
use alloy::rpc::json_rpc::{ErrorPayload, RpcRecv, RpcSend};
use alloy::rpc::types::{BlockNumberOrTag, Filter};
use alloy::transports::RpcError as AlloyError;
use alloy_primitives::{Address, B256, Bytes, U64};
use backon::{ExponentialBuilder, Retryable as _};
use reqwest::{Client, Url};

pub use self::transactions::{Mined, Sighting, Sightings, TRANSACTIONS_MAX};

use super::error::is_too_often;
use super::http::Http;
use super::{Filtered, Header, RpcError, WireLog};
use crate::chain::events::topics;

/// A reply that is longer is refused, and the question made smaller. Several are read at once, each
/// two times over (as text, then as JSON), and all of them together fit into 256 MB.
const REPLY_BYTES_MAX: usize = 12 << 20;
/// One block cannot be asked for in parts.
const BLOCK_REPLY_BYTES_MAX: usize = 48 << 20;
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
    /// The latest block that is safe, likewise: final unless the chain's validators are attacked.
    pub safe: Option<Header>,
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
    pub async fn tip(&self, chain_id: u64, at: u64, has_tags: bool) -> Result<Tip, RpcError> {
        let ask = || async {
            let mut batch = self.client.new_batch();
            let id: Waiter<U64> = batch.add_call("eth_chainId", &())?;
            let block = "eth_getBlockByNumber";
            let head: Waiter<Block> = batch.add_call(block, &(BlockNumberOrTag::Latest, false))?;
            let at: Waiter<Block> = batch.add_call(block, &(BlockNumberOrTag::from(at), false))?;
            let mut tags: Vec<Waiter<Block>> = Vec::new();
            if has_tags {
                for tag in [BlockNumberOrTag::Finalized, BlockNumberOrTag::Safe] {
                    tags.push(batch.add_call(block, &(tag, false))?);
                }
            }
            batch.send().await?;
            let mut tagged = Vec::with_capacity(tags.len());
            for waiter in tags {
                // A young chain has no such block yet, which some endpoints call an error.
                tagged.push(waiter.await.ok().flatten());
            }
            Ok((id.await?, head.await?, at.await?, tagged))
        };
        let (id, head, block, tagged) = self.patiently(ask).await?;
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
        let mut tagged = tagged.into_iter();
        Ok(Tip {
            head,
            finalized: tagged.next().flatten(),
            safe: tagged.next().flatten(),
            at: block,
        })
    }

    /// The blocks with these numbers, in the same order. All of them must be there.
    ///
    /// # Errors
    ///
    /// Fails where the endpoint does, and where one of the blocks is not there or is another.
    pub async fn headers(&self, numbers: &[u64]) -> Result<Vec<Header>, RpcError> {
        self.blocks(numbers, |header: &Header| header.number).await
    }

    /// The same with the filters of their logs.
    ///
    /// # Errors
    ///
    /// As [`Self::headers`].
    pub async fn filtered(&self, numbers: &[u64]) -> Result<Vec<Filtered>, RpcError> {
        self.blocks(numbers, |block: &Filtered| block.header.number)
            .await
    }

    async fn blocks<T: RpcRecv>(
        &self,
        numbers: &[u64],
        number_of: fn(&T) -> u64,
    ) -> Result<Vec<T>, RpcError> {
        let mut blocks = Vec::with_capacity(numbers.len());
        for numbers in numbers.chunks(BATCH_MAX) {
            let params: Vec<_> = numbers
                .iter()
                .map(|number| (BlockNumberOrTag::from(*number), false))
                .collect();
            let ask = || self.batch::<_, Option<T>>("eth_getBlockByNumber", &params);
            let answers = self.patiently(ask).await?;
            for (number, block) in numbers.iter().zip(answers) {
                let block = block
                    .ok_or_else(|| RpcError::Unavailable(format!("it has no block {number}")))?;
                let answered = number_of(&block);
                if answered != *number {
                    let text = format!("block {answered} in answer to {number}");
                    return Err(RpcError::Lie(text));
                }
                blocks.push(block);
            }
        }
        Ok(blocks)
    }

    /// One method with many parameters in one round trip.
    async fn batch<P: RpcSend, T: RpcRecv>(
        &self,
        method: &'static str,
        params: &[P],
    ) -> Result<Vec<T>, RpcError> {
        let mut batch = self.client.new_batch();
        let mut waiters: Vec<Waiter<T>> = Vec::with_capacity(params.len());
        for params in params {
            waiters.push(batch.add_call(method, params)?);
        }
        batch.send().await?;
        let mut answers = Vec::with_capacity(params.len());
        for waiter in waiters {
            answers.push(waiter.await?);
        }
        Ok(answers)
    }

    /// The logs of these contracts in single blocks, named by their hashes. Not checked yet.
    ///
    /// # Errors
    ///
    /// Fails where the endpoint does.
    pub async fn block_logs(
        &self,
        hashes: &[B256],
        addresses: &[Address],
    ) -> Result<Vec<WireLog>, RpcError> {
        let mut logs = Vec::new();
        for hashes in hashes.chunks(BATCH_MAX) {
            let filters: Vec<_> = hashes
                .iter()
                .map(|hash| (filter(addresses).at_block_hash(*hash),))
                .collect();
            let ask = || self.batch::<_, Vec<WireLog>>("eth_getLogs", &filters);
            logs.extend(self.patiently(ask).await?.into_iter().flatten());
        }
        Ok(logs)
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
        let filter = filter(addresses).from_block(from).to_block(to);
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

    /// Whether a contract had code after a block. `None` where the endpoint does not keep what was
    /// true then.
    ///
    /// # Errors
    ///
    /// Fails where the endpoint does not answer at all.
    pub async fn has_code(&self, address: Address, block: u64) -> Result<Option<bool>, RpcError> {
        let ask = || async {
            let params = (address, BlockNumberOrTag::from(block));
            let code: Result<Bytes, _> = self.client.request("eth_getCode", params).await;
            match code {
                Ok(code) => Ok(Some(!code.is_empty())),
                // Every kind of node has other words for a state that it does not keep.
                Err(AlloyError::ErrorResp(payload)) if !is_too_often(&payload) => Ok(None),
                Err(error) => Err(error.into()),
            }
        };
        self.patiently(ask).await
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

/// The events that are read of these contracts.
fn filter(addresses: &[Address]) -> Filter {
    Filter::new()
        .address(addresses.to_vec())
        .event_signature(topics().to_vec())
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
