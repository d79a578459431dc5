//! The validation registry: which events each of its calls emits.

use super::abi::{self, Address, Value, Word};
use super::ledger::{account, hash};
use super::world::World;

const REQUEST: &str = "ValidationRequest(address,uint256,string,bytes32)";
const RESPONSE: &str = "ValidationResponse(address,uint256,bytes32,uint8,string,bytes32,string)";

/// The registry.
pub struct Validation {
    /// Its address.
    pub contract: Address,
}

impl Validation {
    /// An empty registry.
    pub fn new() -> Self {
        Self {
            contract: account("validation registry"),
        }
    }
}

/// A request for validation, which responses name.
#[derive(Clone, Copy)]
pub struct Request {
    validator: Address,
    agent: u64,
    hash: Word,
}

impl World {
    /// `validationRequest` for `agent`; `name` stands for the request's content.
    pub fn request(&mut self, agent: u64, validator: &str, name: &str) -> Request {
        self.ledger.transaction();
        let validator = account(validator);
        let request = Request {
            validator,
            agent,
            hash: hash(name),
        };
        let topics = [abi::address(validator), abi::uint(agent), request.hash];
        let uri = format!("https://requests.example/{name}.json");
        let data = [Value::Bytes(uri.as_bytes())];
        self.ledger
            .emit(self.validation.contract, REQUEST, &topics, &data);
        request
    }

    /// `validationResponse` by the named validator.
    pub fn answer(&mut self, request: Request, response: u8, uri: &str, tag: &str) {
        self.ledger.transaction();
        let topics = [
            abi::address(request.validator),
            abi::uint(request.agent),
            request.hash,
        ];
        let hash = if uri.is_empty() {
            [0; 32]
        } else {
            abi::keccak(uri.as_bytes())
        };
        let data = [
            Value::Word(abi::uint(u64::from(response))),
            Value::Bytes(uri.as_bytes()),
            Value::Word(hash),
            Value::Bytes(tag.as_bytes()),
        ];
        self.ledger
            .emit(self.validation.contract, RESPONSE, &topics, &data);
    }
}
