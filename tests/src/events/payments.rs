//! The chain and the rows that the events about payments speak of.

use serde_json::json;
use sqlx::Executor as _;
use tokio::sync::OnceCell;

use super::access;
use crate::harness::{Chain, World};

/// Transactions of the wallet whose private key is 32 bytes of 1, signed for chain 1337, with the nonces 0 to 3.
const TRANSACTIONS: [&str; 4] = [
    // 0x7c00e92c…: 0.0025 to the owner of agent 0.
    "0xf86d808477359400830186a0949e30dbbc352347c49003c61aaa2246bc12bf7a548708e1bc9bf0400080820a96a0e4e1585165a5ebbafd16562364dfc7b5b106967f8469444f47cd73859b95164ba03cd3a611bad17d9aea6a19780d532d13f81419db32235e71c87cc4e6d414e5d5",
    // 0x1c409f54…: 0.000001 USDC to the same, which the wallet does not have.
    "0xf8ab018477359400830186a09400000000000000000000000000000000000005dc80b844a9059cbb0000000000000000000000009e30dbbc352347c49003c61aaa2246bc12bf7a540000000000000000000000000000000000000000000000000000000000000001820a96a02d6fd879c1a6c7c58f0c9a23f25791b84ef8e46920ff14a5978d6b90267f01a5a071409ec7615b7f80ff4a86b8ee65217d9e94d21c7690a74c53b009c2cf5a7434",
    // 0xd9631c11…: 1 wei to somebody else.
    "0xf866028477359400830186a09400000000000000000000000000000000000a11ce0180820a96a0a332e100885c6149d62c19cb2c71bf5ecefa306fa9cfc2f9df300cc53deeb76ba06010280f7291005af7660049549a7ad3ed6a88561062b093c5a25415a8475a6f",
    // 0x88996953…: 7 wei to the owner of agent 0.
    "0xf866038477359400830186a0949e30dbbc352347c49003c61aaa2246bc12bf7a540780820a95a0fd0041c1468929133dab5924ad7046c98f337777029052260ad27f82c6da3ac8a00b580634c574e5cb8e29f21c1004a184b3f9618b8af860e3661c96c0a4642779",
];

/// USDC, and payments of agent 0 that were linked in 2025: of each status one, and one for which 0x7c00e92c… is the
/// refund.
const ROWS: &str = r"
    INSERT INTO payment_tokens VALUES (1337, '\x00000000000000000000000000000000000005dc', 'USDC', 6);
    INSERT INTO payments (id, chain_id, transaction_hash, log_index, agent, status, reason, payer, payee, token,
        token_symbol, token_decimals, amount, block_number, block_hash, paid_at, linked_by, linked_at,
        refund_transaction, refund_log, refund_block, refunded_at)
    SELECT id::uuid, 1337, decode(repeat(mark, 32), 'hex'), log, 'd17bcfd8-d86b-57f1-9f5d-43cf33e3c73b', status, reason,
        payer, payee, token, CASE WHEN token IS NOT NULL THEN 'USDC' END,
        CASE WHEN token IS NULL THEN 18 ELSE 6 END, amount, block,
        CASE WHEN block IS NOT NULL THEN decode(repeat('bb', 32), 'hex') END,
        CASE WHEN block IS NOT NULL THEN timestamptz '2025-12-30 12:00Z' END, payer, linked_at,
        CASE WHEN status = 'refunded' THEN decode(repeat('cc', 32), 'hex') END,
        CASE WHEN status = 'refunded' THEN 4 END, CASE WHEN status = 'refunded' THEN block + 1 END,
        CASE WHEN status = 'refunded' THEN timestamptz '2025-12-31 12:00Z' END
    FROM (VALUES
        ('0b6f4f0e-0000-4000-8000-000000000001', '11', 3, 'succeeded', NULL, wallet, owner, usdc, 2500000, 4203000,
         timestamptz '2025-12-31 10:00Z'),
        ('0b6f4f0e-0000-4000-8000-000000000002', '22', -1, 'failed', NULL, wallet, owner, usdc, 1000000, 4203001,
         '2025-12-31 11:00Z'),
        ('0b6f4f0e-0000-4000-8000-000000000003', '33', 0, 'refunded', NULL, wallet, owner, usdc, 750000, 4203002,
         '2025-12-31 13:00Z'),
        ('0b6f4f0e-0000-4000-8000-000000000004', '44', NULL, 'pending', 'Its transaction is in no block yet.', wallet,
         owner, usdc, 500000, NULL, '2025-12-31 14:00Z'),
        ('0b6f4f0e-0000-4000-8000-000000000005', '55', 0, 'withdrawn', 'The chain no longer knows its transaction.',
         wallet, owner, usdc, 1, NULL, '2025-12-31 15:00Z'),
        ('0b6f4f0e-0000-4000-8000-000000000006', '66', -1, 'succeeded', NULL, owner, wallet, NULL, 2500000000000000,
         4203003, '2025-12-31 16:00Z')
    ) AS rows (id, mark, log, status, reason, payer, payee, token, amount, block, linked_at)";

/// What `confirm-payments` meets: one payment that is in a block meanwhile, and one that its chain has long forgotten.
const PENDING: &str = r"
    DELETE FROM payments;
    INSERT INTO payments (chain_id, transaction_hash, agent, status, payer, payee, token_decimals, amount, linked_by,
        linked_at, missing_since)
    SELECT 1337, hash, 'd17bcfd8-d86b-57f1-9f5d-43cf33e3c73b', 'pending', wallet, owner, 18, 7, wallet, '2025-12-31',
        missing_since
    FROM (VALUES ('\x88996953879adb9673c36bc3c2d293a892d83c94bd298ef1c304ce12ff8ea0c7'::bytea, NULL),
                 (decode(repeat('77', 32), 'hex'), timestamptz '2025-12-31')) AS rows (hash, missing_since)";

/// The wallet of the key of the events, and the owner of agent 0.
const ACCOUNTS: [(&str, &str); 3] = [
    (
        "wallet",
        r"'\x1a642f0e3c3af545e7acbd38b07251b3990914f1'::bytea",
    ),
    (
        "owner",
        r"'\x9e30dbbc352347c49003c61aaa2246bc12bf7a54'::bytea",
    ),
    (
        "usdc",
        r"'\x00000000000000000000000000000000000005dc'::bytea",
    ),
];

/// The own dump with the transactions after it, indexed.
pub async fn world(function: &str) -> World {
    static CHAIN: OnceCell<Chain> = OnceCell::const_new();
    let chain = CHAIN.get_or_init(chain).await;
    let world = World::unsynced(chain).await;
    world.sync().await;
    access::prepare(&world).await;
    let mut connection = world.connect().await;
    connection
        .execute(sqlx::AssertSqlSafe(named(ROWS)))
        .await
        .unwrap();
    if function == "confirm-payments" {
        connection
            .execute(sqlx::AssertSqlSafe(named(PENDING)))
            .await
            .unwrap();
    }
    world
}

async fn chain() -> Chain {
    let chain = Chain::copy_of_own().await;
    let rich = json!([
        "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1",
        "0xde0b6b3a7640000"
    ]);
    chain.rpc("anvil_setBalance", rich).await;
    let token = include_str!("../../contracts/token.hex").trim();
    let token = json!(["0x00000000000000000000000000000000000005dc", token]);
    chain.rpc("anvil_setCode", token).await;
    for transaction in TRANSACTIONS {
        chain
            .rpc("eth_sendRawTransactionSync", json!([transaction]))
            .await;
    }
    chain
}

/// Puts the accounts in: the statements are of several, which take no parameters.
fn named(sql: &str) -> String {
    let accounts = ACCOUNTS
        .map(|(name, value)| format!("{value} AS {name}"))
        .join(", ");
    sql.replace(
        "FROM (VALUES",
        &format!("FROM (SELECT {accounts}) accounts, LATERAL (VALUES"),
    )
}
