//! A real node that takes blocks back: the model's transactions on anvil, and what `anvil_reorg`
//! makes of them, followed by one run after the other, with and without restarts.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::chain::rpc::RpcUrls;
use shared::chain::sync::sync;
use sqlx::PgPool;
use xtask::replay;

use super::History;
use super::chain::{Block, Log};
use super::contracts::{IDENTITY, REPUTATION, VALIDATION};
use super::tables;
use super::world::configure;
use crate::harness::TestDatabase;
use crate::harness::node::Node;

/// What happens, one after the other.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many blocks are mined.
    Mine(usize),
    /// So many are replaced by others.
    Reorg(usize),
    /// So many are replaced by empty ones.
    Empty(usize),
    /// So many are replaced by ones with the same transactions at other places.
    Again(usize),
    /// A run to the head.
    Sync,
    /// The next run is another process's.
    Restart,
}

use Step::{Again, Empty, Mine, Reorg, Restart, Sync};

const SCENARIOS: [(&str, &[Step]); 16] = [
    ("the last block", &[Mine(20), Sync, Reorg(1), Sync]),
    ("five blocks", &[Mine(30), Sync, Reorg(5), Sync]),
    ("thirty blocks", &[Mine(50), Sync, Reorg(30), Sync]),
    ("sixty-four blocks", &[Mine(70), Sync, Reorg(64), Sync]),
    ("all but the first", &[Mine(40), Sync, Reorg(39), Sync]),
    (
        "two before a run sees one",
        &[Mine(30), Sync, Reorg(7), Reorg(4), Sync],
    ),
    (
        "the second deeper",
        &[Mine(40), Sync, Reorg(3), Sync, Reorg(20), Sync],
    ),
    (
        "one after the other",
        &[
            Mine(30),
            Sync,
            Reorg(6),
            Sync,
            Reorg(6),
            Sync,
            Reorg(6),
            Sync,
        ],
    ),
    (
        "blocks that nobody has read",
        &[Mine(20), Sync, Mine(10), Reorg(8), Sync],
    ),
    (
        "read and unread ones",
        &[Mine(20), Sync, Mine(10), Reorg(15), Sync],
    ),
    ("before the first run", &[Mine(20), Reorg(10), Sync]),
    (
        "empty ones instead",
        &[Mine(30), Sync, Empty(12), Sync, Mine(5), Sync],
    ),
    (
        "the same transactions elsewhere",
        &[Mine(30), Sync, Again(9), Sync],
    ),
    (
        "away and back",
        &[Mine(30), Sync, Empty(6), Sync, Reorg(6), Sync],
    ),
    (
        "a restart before it",
        &[Mine(30), Sync, Restart, Reorg(10), Sync, Mine(3), Sync],
    ),
    (
        "a restart before every run",
        &[
            Mine(25),
            Sync,
            Restart,
            Reorg(5),
            Sync,
            Restart,
            Reorg(9),
            Sync,
            Restart,
            Mine(9),
            Sync,
        ],
    ),
];

struct Scene {
    node: Node,
    history: History,
    database: TestDatabase,
    pool: PgPool,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let node = Node::start();
        let code = |code: &[u8]| alloy::primitives::hex::encode_prefixed(code);
        for address in [IDENTITY, REPUTATION, VALIDATION] {
            node.call("anvil_setCode", json!([address, code(replay::EMITTER)]))
                .await;
        }
        let router = code(&replay::ROUTER);
        node.call("anvil_setCode", json!([router, code(replay::ROUTER_CODE)]))
            .await;
        node.call("evm_setAutomine", json!([false])).await;
        let database = TestDatabase::migrated().await;
        configure(&mut database.connect().await, Node::ID).await;
        let pool = PgPool::connect_lazy(&database.url()).unwrap();
        let history = History::new(Node::ID, seed);
        Self {
            node,
            history,
            database,
            pool,
        }
    }

    async fn step(&mut self, step: Step) {
        let history = &mut self.history;
        match step {
            Mine(blocks) => {
                let from = history.chain.blocks.len();
                history.mine_many(blocks);
                self.mine(from).await;
            }
            Reorg(depth) => {
                history.reorg(depth, depth);
                self.replace(depth).await;
            }
            Empty(depth) => {
                history.reorg_to_empty(depth);
                self.replace(depth).await;
            }
            Again(depth) => {
                history.reorder(depth, depth);
                self.replace(depth).await;
            }
            Restart => {
                self.pool.close().await;
                self.pool = PgPool::connect_lazy(&self.database.url()).unwrap();
            }
            Sync => self.sync(&self.pool).await,
        }
    }

    async fn mine(&self, from: usize) {
        for block in &self.history.chain.blocks[from..] {
            for transaction in &block.transactions {
                self.node
                    .call("eth_sendTransaction", json!([sent(transaction)]))
                    .await;
            }
            self.node.call("evm_mine", json!([])).await;
        }
    }

    async fn replace(&self, depth: usize) {
        let blocks = &self.history.chain.blocks;
        let new: &[Block] = &blocks[blocks.len() - depth..];
        let transactions: Vec<Value> = new
            .iter()
            .enumerate()
            .flat_map(|(place, block)| {
                let sent = block.transactions.iter().map(|logs| sent(logs));
                sent.map(move |transaction| json!([transaction, place]))
            })
            .collect();
        self.node
            .call("anvil_reorg", json!([depth, transactions]))
            .await;
    }

    async fn sync(&self, pool: &PgPool) {
        let urls = json!({ Node::ID.to_string(): [self.node.url()] }).to_string();
        let deadline = Instant::now() + Duration::from_mins(1);
        let report = sync(
            (pool, None),
            &RpcUrls::parse(&urls).unwrap(),
            None,
            deadline,
        )
        .await;
        let report = report.unwrap().chains.remove(0);
        assert!(report.caught_up, "{report:?}");
        let head = self.history.chain.head().number;
        assert_eq!(report.to_block, Some(head), "{report:?}");
    }

    /// What the contracts hold is what the tables say, and what a fresh sync would.
    async fn assert_exact(&self, about: &str) {
        let fresh = TestDatabase::migrated().await;
        configure(&mut fresh.connect().await, Node::ID).await;
        let pool = PgPool::connect_lazy(&fresh.url()).unwrap();
        self.sync(&pool).await;
        pool.close().await;
        let left = tables::dump(&mut self.database.connect().await).await;
        let right = tables::dump(&mut fresh.connect().await).await;
        tables::assert_same(&left, &right, about);
        let said = tables::agents(&mut self.database.connect().await).await;
        let expected = tables::expected(self.history.state());
        pretty_assertions::assert_eq!(said, expected, "{about}");
        assert!(said.len() > 2, "{about}: only {} agents", said.len());
    }
}

/// One transaction that emits these logs.
fn sent(logs: &[Log]) -> Value {
    let logs: Vec<replay::Log> = logs.iter().map(replay::Log::from).collect();
    json!({
        "from": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "to": alloy::primitives::hex::encode_prefixed(replay::ROUTER),
        "input": alloy::primitives::hex::encode_prefixed(replay::calldata(&logs)),
        "gas": "0x200000",
    })
}

#[tokio::test]
async fn whatever_a_node_takes_back_the_tables_are_those_of_its_chain() {
    for (seed, (name, steps)) in (300..).zip(SCENARIOS) {
        let mut scene = Scene::new(seed).await;
        for step in steps {
            scene.step(*step).await;
        }
        scene.assert_exact(name).await;
    }
}
