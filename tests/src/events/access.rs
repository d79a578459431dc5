//! The rows that the events about API keys speak of.

use sqlx::Executor as _;

use crate::harness::World;

/// The wallet whose private key is 32 bytes of 1, two keys of it, and a challenge.
///
/// The first key is `erc8004_ExampleOfTheTestsWhichOpensNothingAnywhere034aocW`. Its last use is in the future, so that
/// it is not noted again while the events run.
const ROWS: &str = "
    INSERT INTO api_keys (id, key_hash, wallet, name, created_at, expires_at, last_used_at) VALUES
        ('6f1c1c3e-6a55-4a0b-9a43-5d9a3c2b1d01',
         decode('e95d6caacef9b9f3d1bbde2b3b8245366663242dfb1f3ecaa516daf7b0b3f020', 'hex'),
         decode('1a642f0e3c3af545e7acbd38b07251b3990914f1', 'hex'),
         'of the events', '2026-01-01', '2099-01-01', '2098-01-01'),
        ('6f1c1c3e-6a55-4a0b-9a43-5d9a3c2b1d02',
         decode(repeat('5a', 32), 'hex'),
         decode('1a642f0e3c3af545e7acbd38b07251b3990914f1', 'hex'),
         'to be revoked', '2025-12-31', '2099-01-01', NULL);
    INSERT INTO sign_in_challenges (nonce, wallet, chain_id, created_at, expires_at)
    SELECT nonce, decode('1a642f0e3c3af545e7acbd38b07251b3990914f1', 'hex'), chain_id, '2026-01-01', '2099-01-01'
    FROM chains, unnest(ARRAY['NonceOfTheTests0Abcdefgh', 'NonceOfTheTests1Abcdefgh']) AS nonce";

/// Inserts them.
pub async fn prepare(world: &World) {
    world.connect().await.execute(ROWS).await.unwrap();
}
