//! Real agents: a dump of Ethereum mainnet's identity registry, named by `ERC8004_MAINNET_LOGS`.

use std::io::Write as _;
use std::path::PathBuf;

use super::against_raw_logs;
use crate::harness::{Chain, World, settings};

/// The dump; without one the test says so and is over.
fn dump() -> Option<PathBuf> {
    let dump = settings::mainnet_logs();
    if dump.is_none() {
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        // Past the capture of output: a test that did not run must be seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED {name}: ERC8004_MAINNET_LOGS is not set"
        );
    }
    dump
}

#[tokio::test]
async fn every_agent_of_ethereum_mainnet_is_what_its_raw_logs_say() {
    let Some(dump) = dump() else { return };
    let chain = Chain::replay(&dump).await;
    assert_eq!(chain.id(), 1);
    let world = World::unsynced(&chain).await;
    world.sync().await;
    world.run("refresh-views").await.unwrap();
    let compared = against_raw_logs::compare_all(&world, 1, &dump).await;
    assert_eq!((compared.registered, compared.incomplete), (73, 16));
    assert!(
        compared.files > 40,
        "only {} registration files were compared",
        compared.files
    );

    let chains = world.get("/v1/chains").await.expect(200);
    let totals = &chains["items"][0]["totals"];
    assert_eq!(
        (&totals["agents"], &totals["incomplete"]),
        (&73.into(), &16.into()),
        "{chains}"
    );
}
