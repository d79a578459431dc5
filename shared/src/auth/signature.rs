//! Whether a wallet signed something: an account by its key, a contract by its own word (ERC-1271).

use alloy::sol;
use alloy::sol_types::{SolCall, SolValue};
use alloy_primitives::{B256, Bytes, Signature, eip191_hash_message};

use crate::address::Address;
use crate::chain::rpc::{EndpointError, RpcUrls};

sol! {
    /// <https://eips.ethereum.org/EIPS/eip-1271>
    function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4 magic);
}

/// Why it could not be found out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undecided {
    /// No endpoint of the chain is configured.
    #[error("no endpoint of chain {0} is configured")]
    NoEndpoint(u64),
    /// None of them answers.
    #[error(transparent)]
    Unavailable(#[from] EndpointError),
}

/// Whether `wallet` signed `message` (`personal_sign`).
pub(super) async fn is_signed_by(
    wallet: Address,
    message: &str,
    signature: &[u8],
    chain_id: u64,
    rpc: &RpcUrls,
) -> Result<bool, Undecided> {
    is_signed(
        wallet,
        eip191_hash_message(message),
        signature,
        chain_id,
        rpc,
    )
    .await
}

/// Whether `wallet` signed what has this hash. A contract is asked on `chain_id`, and only where the signature is not that
/// of the address's own key.
pub(crate) async fn is_signed(
    wallet: Address,
    hash: B256,
    signature: &[u8],
    chain_id: u64,
    rpc: &RpcUrls,
) -> Result<bool, Undecided> {
    if recovers_to(wallet, hash, signature) {
        return Ok(true);
    }
    let rpc = rpc.chain(chain_id).ok_or(Undecided::NoEndpoint(chain_id))?;
    let call = isValidSignatureCall {
        hash,
        signature: Bytes::copy_from_slice(signature),
    };
    let data = Bytes::from(call.abi_encode());
    let answer = rpc
        .ask(|endpoint| {
            let data = data.clone();
            async move { endpoint.call(wallet.into(), data).await }
        })
        .await;
    match answer {
        // A contract may revert rather than say no.
        Ok(answer) => Ok(answer.is_some_and(|answer| is_magic(&answer))),
        Err(error) => Err(error.into()),
    }
}

/// The selector of the function itself, padded on the right. An account without code answers with nothing.
fn is_magic(answer: &[u8]) -> bool {
    let magic = alloy_primitives::FixedBytes::<4>::from(isValidSignatureCall::SELECTOR);
    answer == magic.abi_encode()
}

/// `r`, `s` and `v` in 65 bytes, or compact in 64 (EIP-2098).
fn recovers_to(wallet: Address, hash: B256, signature: &[u8]) -> bool {
    let signature = match signature.len() {
        64 => Some(Signature::from_erc2098(signature)),
        65 => Signature::from_raw(signature).ok(),
        _ => None,
    };
    signature
        .and_then(|signature| signature.recover_address_from_prehash(&hash).ok())
        .is_some_and(|signer| signer == alloy_primitives::Address::from(wallet))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    /// Signed with anvil's first key by `cast wallet sign`: a public test key.
    const WALLET: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

    #[test]
    fn the_magic_value_is_that_of_the_standard() {
        assert_eq!(isValidSignatureCall::SELECTOR, hex!("1626ba7e"));
        let padded = hex!("1626ba7e00000000000000000000000000000000000000000000000000000000");
        assert!(is_magic(&padded));
        assert!(!is_magic(&padded[..4]));
        assert!(!is_magic(&[]));
        assert!(!is_magic(&[0; 32]));
    }

    #[test]
    fn nonsense_is_no_signature() {
        let wallet = WALLET.parse().unwrap();
        let hash = eip191_hash_message("hello");
        for length in [0, 1, 64, 65, 66, 1000] {
            for byte in [0, 1, 0xff] {
                assert!(!recovers_to(wallet, hash, &vec![byte; length]));
            }
        }
    }
}
