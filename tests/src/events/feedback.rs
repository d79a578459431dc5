//! The rows that the events about feedback speak of, beside those about API keys.

use sqlx::Executor as _;

use crate::harness::World;

/// Feedback of the events' wallet to agent 0, off chain and on chain; of another wallet; agents that take none from it;
/// a wallet of the pro tier, whose key is `erc8004_AnotherExampleOfTheTestsThatOpensNothing00020DSEj`.
const ROWS: &str = r#"
    INSERT INTO api_keys (id, key_hash, wallet, name, created_at, expires_at, last_used_at) VALUES
        ('6f1c1c3e-6a55-4a0b-9a43-5d9a3c2b1d03',
         decode('ee3ab070d5824362fe0c471b1c027084a5de7ff844ca68487414aef2173f1ece', 'hex'),
         decode('5cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb', 'hex'),
         'of the pro tier', '2026-01-01', '2099-01-01', '2098-01-01');
    INSERT INTO wallet_tiers VALUES (decode('5cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb', 'hex'), 'pro');

    INSERT INTO feedback (id, agent, chain_id, identity_registry, reputation_registry, client, value, value_decimals,
        tag1, tag2, endpoint, feedback_uri, feedback_hash, source, feedback_file, created_at,
        feedback_index, block_number, log_index, transaction_hash)
    SELECT t.id::uuid, a.id, a.chain_id, a.identity_registry, r.address, decode(t.client, 'hex'), t.value, 0,
        'starred', '', '', 'https://api.example.com/v1/feedback-files/' || t.id, decode(t.hash, 'hex'), 'api',
        convert_to(format('{"agentRegistry":"eip155:1337:0x440dbe245Ea99b3091c4b64BE08A0F5193eC7D0A","agentId":0,'
            '"clientAddress":"eip155:1337:%s","createdAt":"2026-01-29T12:00:00Z","value":%s,"valueDecimals":0,'
            '"tag1":"starred"}', t.shown, t.value), 'UTF8'),
        '2026-01-29T12:00:00Z', t.index, t.block, t.log, decode(t.transaction, 'hex')
    FROM agents a
    JOIN registries r ON r.chain_id = a.chain_id AND r.kind = 'reputation',
    (VALUES
        ('0b0f6a3c-5f3e-4b7e-9a58-2f0f3d6d4c11', '1a642f0e3c3af545e7acbd38b07251b3990914f1',
         '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1', 87,
         '8bd90272504672432f69de34b543b46ed58a52b34cecffeb05305bc815e4de0e', NULL, NULL, NULL, NULL),
        ('0b0f6a3c-5f3e-4b7e-9a58-2f0f3d6d4c12', '1a642f0e3c3af545e7acbd38b07251b3990914f1',
         '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1', 88,
         '3fa735201ba2a38e2d019550f822c39aa62efab9e89718995625366fe01001d9', 1, 4201900, 3, repeat('7c', 32)),
        ('0b0f6a3c-5f3e-4b7e-9a58-2f0f3d6d4c13', '742d35cc6634c0532925a3b844bc454e4438f44e',
         '0x742d35Cc6634C0532925a3b844Bc454e4438f44e', 89,
         'fe269d9c35609ac6be9f555250b9796dd9bffc448699b7b1c1b6c087b1b32a74', NULL, NULL, NULL, NULL)
    ) AS t (id, client, shown, value, hash, index, block, log, transaction)
    WHERE a.agent_id = 0;

    -- From a time that does not come: the whole pause is left.
    INSERT INTO feedback_turns
    SELECT id, decode('1a642f0e3c3af545e7acbd38b07251b3990914f1', 'hex'), '2099-01-01' FROM agents WHERE agent_id = 1;
    UPDATE agents SET owner = decode('1a642f0e3c3af545e7acbd38b07251b3990914f1', 'hex') WHERE agent_id = 2;
    UPDATE agents SET status = 'suspended' WHERE agent_id = 3"#;

/// Inserts them.
pub async fn prepare(world: &World) {
    world.connect().await.execute(ROWS).await.unwrap();
}
