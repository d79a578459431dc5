//! Wallets that sign, and how a test signs in with one.

use alloy_primitives::{Address, B256, Signature, eip191_hash_message, hex};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};

use crate::harness::{Reply, World, request};

/// An account with a key.
#[derive(Debug)]
pub struct Wallet(SigningKey);

impl Wallet {
    /// The wallet number `n`: always the same.
    pub fn number(n: u8) -> Self {
        Self(SigningKey::from_slice(&[n; 32]).unwrap())
    }

    /// Its address, with the EIP-55 checksum.
    pub fn address(&self) -> String {
        Address::from_private_key(&self.0).to_string()
    }

    /// Signs a hash, as of a transaction.
    pub fn sign_hash(&self, hash: B256) -> Signature {
        self.0
            .sign_prehash_recoverable(hash.as_slice())
            .unwrap()
            .into()
    }

    /// `personal_sign`
    pub fn sign(&self, message: &str) -> String {
        let hash = eip191_hash_message(message);
        let (signature, recovery) = self.0.sign_prehash_recoverable(hash.as_slice()).unwrap();
        let mut bytes = signature.to_bytes().to_vec();
        bytes.push(27 + recovery.to_byte());
        hex::encode_prefixed(bytes)
    }
}

/// Sends a JSON body.
pub async fn post(world: &World, target: &str, body: &Value) -> Reply {
    let body = body.to_string();
    let headers = [("content-type", "application/json")];
    let event = request("POST", target, &headers, Some(body.as_bytes()));
    world.send(&event).await
}

/// Sends a JSON body with a key.
pub async fn post_with_key(world: &World, target: &str, key: &str, body: &Value) -> Reply {
    let authorization = format!("Bearer {key}");
    let headers = [
        ("content-type", "application/json"),
        ("authorization", authorization.as_str()),
    ];
    let body = body.to_string();
    let event = request("POST", target, &headers, Some(body.as_bytes()));
    world.send(&event).await
}

/// Sends a request with a key.
pub async fn with_key(world: &World, method: &str, target: &str, key: &str) -> Reply {
    let authorization = format!("Bearer {key}");
    let event = request(method, target, &[("authorization", &authorization)], None);
    world.send(&event).await
}

/// A challenge for an address.
pub async fn challenge(world: &World, address: &str, chain: u64) -> Value {
    let body = json!({ "address": address, "chainId": chain });
    post(world, "/v1/auth/challenges", &body).await.expect(201)
}

/// Hands a signed message in.
pub async fn hand_in(world: &World, message: &str, signature: &str) -> Reply {
    let body = json!({ "message": message, "signature": signature, "name": "a test" });
    post(world, "/v1/api-keys", &body).await
}

/// Signs in and returns the new key with all that is said of it.
pub async fn sign_in(world: &World, wallet: &Wallet, chain: u64) -> Value {
    let challenge = challenge(world, &wallet.address(), chain).await;
    let message = challenge["message"].as_str().unwrap();
    hand_in(world, message, &wallet.sign(message))
        .await
        .expect(201)
}
