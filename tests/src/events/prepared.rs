//! The rows that the events about hosted files speak of.

use sqlx::Executor as _;

use crate::harness::World;

/// An agent that waits for its registration.
const ROWS: &str = r#"
    INSERT INTO agent_identities (id, chain_id, identity_registry, origin)
    SELECT '67e55044-10b1-426f-9247-bb680e5fe0c8', chain_id, address, 'prepared'
    FROM registries WHERE kind = 'identity';
    INSERT INTO agents (id, chain_id, identity_registry, status, updated_at, created_at)
    SELECT id, chain_id, identity_registry, 'prepared', '2026-01-01', '2026-01-01'
    FROM agent_identities WHERE origin = 'prepared';
    INSERT INTO prepared_agents (agent, chain_id, identity_registry, owner, agent_uri, uri_hash,
        registration_file, file_hash, final_block, created_at)
    SELECT id, chain_id, identity_registry, decode('1a642f0e3c3af545e7acbd38b07251b3990914f1', 'hex'),
        'https://api.example.com/v1/registration-files/' || id, decode(repeat('5a', 32), 'hex'),
        '{"type":"https://eips.ethereum.org/EIPS/eip-8004#registration-v1","name":"Weather oracle"}',
        decode(repeat('5a', 32), 'hex'), 0, '2026-01-01'
    FROM agents WHERE status = 'prepared'"#;

/// Inserts them.
pub async fn prepare(world: &World) {
    world.connect().await.execute(ROWS).await.unwrap();
}
