//! Where a chain's registries begin: the block from which on one of them has code.

use alloy_primitives::Address;
use futures_util::future::try_join_all;

use super::super::rpc::{EndpointError, Rpc};
use super::store::Chain;

/// The first block to look at: the configured one, or a later one before which no registry was
/// there. It is found by bisection, where the endpoint still knows what was true then.
pub async fn block(rpc: &Rpc, chain: &Chain) -> Result<u64, EndpointError> {
    let (id, start) = (chain.id, chain.start_block);
    let tip = rpc
        .ask(|endpoint| async move { endpoint.tip(id, start, false).await })
        .await?;
    let head = tip.head.number;
    let firsts = chain
        .registries
        .keys()
        .map(|registry| bisect(rpc, *registry, start, head));
    let firsts = try_join_all(firsts).await?;
    Ok(firsts.into_iter().min().unwrap_or(start))
}

/// The first block of `start..=head` with code; `start` where that cannot be told, and where there
/// is none.
async fn bisect(rpc: &Rpc, registry: Address, start: u64, head: u64) -> Result<u64, EndpointError> {
    let has_code = |block: u64| {
        rpc.ask(move |endpoint| async move { endpoint.has_code(registry, block).await })
    };
    if start >= head || has_code(start).await? != Some(false) || has_code(head).await? != Some(true)
    {
        return Ok(start);
    }
    // Without code at the one, with code at the other.
    let (mut without, mut with) = (start, head);
    while with - without > 1 {
        let middle = without + (with - without) / 2;
        match has_code(middle).await? {
            Some(true) => with = middle,
            Some(false) => without = middle,
            None => return Ok(start),
        }
    }
    Ok(with)
}
