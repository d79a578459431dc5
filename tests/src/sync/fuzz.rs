//! Logs of our topics over any topics and data: each is stored whole, and none leaves half an event.

use alloy::primitives::{Address, B256, Bytes, U256};
use shared::chain::apply::rebuild;
use shared::chain::events::topics;

use super::chain::Log;
use super::contracts::{IDENTITY, REPUTATION, VALIDATION};
use super::{History, World};
use crate::harness::random::Random;

fn word(random: &mut Random) -> B256 {
    let few = [0, 1, 2, 32, 64, 96, 256, u64::MAX];
    match random.place(4) {
        0 => B256::from(U256::from(random.next()) << 128),
        1 => B256::from(U256::from(random.next())),
        2 => Address::with_last_byte(3).into_word(),
        _ => B256::from(U256::from(*random.one(&few))),
    }
}

fn anything(random: &mut Random) -> Log {
    let mut all = vec![*random.one(topics())];
    all.extend((0..random.place(4)).map(|_| word(random)));
    let words = random.place(12);
    let mut data: Vec<u8> = (0..words).flat_map(|_| word(random).0).collect();
    data.truncate(data.len().saturating_sub(random.place(3)));
    Log {
        address: *random.one(&[IDENTITY, REPUTATION, VALIDATION]),
        topics: all,
        data: Bytes::from(data),
    }
}

#[tokio::test]
async fn any_log_is_stored_whole_and_read_as_one_event_or_none() {
    let mut history = History::new(31_337, 71);
    let mut random = Random::new(71);
    for _ in 0..40 {
        let logs = (0..50).map(|_| anything(&mut random)).collect();
        history.chain.push(vec![logs]);
    }
    let world = World::new(&history.chain).await;
    let report = world.catch_up().await;
    assert_eq!(report.events.values().sum::<u64>(), 2_000, "{report:?}");
    for kind in ["malformed", "other"] {
        assert!(report.events[kind] > 100, "{report:?}");
    }
    assert!(
        report.events.len() > 4,
        "some must have been events: {report:?}"
    );
    let stored: Vec<(i64, i32, Vec<u8>)> = sqlx::query_as(
        "SELECT block_number, log_index, data FROM chain_events ORDER BY block_number, log_index",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let emitted = history.chain.blocks.iter().flat_map(|block| {
        let logs = block.transactions.iter().flatten().zip(0..);
        logs.map(|(log, index)| {
            (
                i64::try_from(block.number).unwrap(),
                index,
                log.data.to_vec(),
            )
        })
    });
    assert_eq!(stored, emitted.collect::<Vec<_>>());
    let rebuilt = rebuild(world.connection().await, &|_, _| {}).await.unwrap();
    assert!(rebuilt.is_same(), "{rebuilt:#?}");
}
