//! The token of `tests/contracts/Token.sol`, and how it is called.

use alloy::sol;
use alloy::sol_types::{SolCall, SolValue as _};
use alloy_primitives::{Address, B256, U256, address, hex, keccak256};
use serde_json::Value;

use super::Market;
use crate::access::wallet::Wallet;
use crate::harness::Node;

/// Its code, as it is planted.
pub const CODE: &str = include_str!("../../contracts/token.hex");
/// The one that the chain's configuration names.
pub const USDC: Address = address!("0x00000000000000000000000000000000000005dc");
/// One that it does not.
pub const OTHER: Address = address!("0x00000000000000000000000000000000000007e5");

sol! {
    function mint(address to, uint256 value);
    function approve(address spender, uint256 value);
    function transfer(address to, uint256 value);
    function transferFrom(address from, address to, uint256 value);
    function transferTwice(address to, uint256 first, uint256 second);
    function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8 v, bytes32 r, bytes32 s);
}

/// Calldata of `transfer`.
pub fn transfer(to: Address, value: u64) -> Vec<u8> {
    let value = U256::from(value);
    transferCall { to, value }.abi_encode()
}

/// Calldata of an x402 settlement: a transfer that `from` has signed, and anyone can hand in (ERC-3009).
pub fn settlement(from: &Wallet, to: Address, value: u64, nonce: u8) -> Vec<u8> {
    let authorization = "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,\
                         uint256 validBefore,bytes32 nonce)";
    let (payer, value, nonce) = (
        Market::address(from),
        U256::from(value),
        B256::repeat_byte(nonce),
    );
    let message = (
        keccak256(authorization),
        payer,
        to,
        value,
        U256::ZERO,
        U256::MAX,
        nonce,
    );
    let message = keccak256(message.abi_encode());
    let hash = [&[0x19, 0x01], domain().as_slice(), message.as_slice()].concat();
    let signature = from.sign_hash(keccak256(hash));
    transferWithAuthorizationCall {
        from: payer,
        to,
        value,
        validAfter: U256::ZERO,
        validBefore: U256::MAX,
        nonce,
        v: 27 + u8::from(signature.v()),
        r: signature.r().into(),
        s: signature.s().into(),
    }
    .abi_encode()
}

/// The EIP-712 domain of the token at [`USDC`].
fn domain() -> B256 {
    let kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    let domain = (
        keccak256(kind),
        keccak256("USDC"),
        keccak256("2"),
        U256::from(Node::ID),
        USDC,
    );
    keccak256(domain.abi_encode())
}

/// Any call's data, as JSON-RPC takes it.
pub fn data(call: &[u8]) -> Value {
    hex::encode_prefixed(call).into()
}

/// Calldata of any of the functions above.
pub fn call(call: &impl SolCall) -> Vec<u8> {
    call.abi_encode()
}
