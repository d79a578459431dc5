//! A registry of some size: what is seeded is consistent, and no read walks through it.

mod plans;
mod seeded;

use sqlx::PgConnection;
use tokio::sync::OnceCell;
use xtask::seed::{self, Size};

use crate::harness::{TestDatabase, World};

/// Enough for the planner to prefer indexes, and made within seconds.
const SIZE: Size = Size {
    agents: 20_000,
    feedback: 100_000,
    payments: 20_000,
};
const SEED: u64 = 8_004;

async fn fill(connection: &mut PgConnection, seed: u64) {
    println!("seed {seed}");
    let world = seed::World::new(SIZE, seed);
    seed::fill(connection, world).await.unwrap();
}

/// The project's own dump, and a seeded registry beside it.
async fn seeded() -> World {
    static TEMPLATE: OnceCell<TestDatabase> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(|| async {
        let world = World::indexed().await;
        let mut connection = world.connect().await;
        fill(&mut connection, SEED).await;
        drop(connection);
        world.into_database().await
    });
    World::of_own_dump(template.await).await
}
