//! `cargo xtask doctor` names what is wrong, and where to read what to do.

use tokio::process::Command;

use crate::harness::server::refusing_address;
use crate::harness::{Gateway, World, settings};

/// Whether it found nothing, and what it printed.
async fn doctor(url: &str, token: &str) -> (bool, String) {
    let mut command = Command::new(settings::functions_dir().join("xtask"));
    command.args(["doctor", "--seconds", "0", "--url", url]);
    command.env("METRICS_TOKEN", token);
    let output = command.output().await.unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), said)
}

async fn current() -> World {
    let world = World::synced().await;
    // However long ago the copied rows were made.
    world.sync().await;
    world.run("refresh-views").await.unwrap();
    world
}

#[tokio::test]
async fn nothing_is_wrong_with_a_deployment_that_is_well() {
    let gateway = Gateway::start(current().await).await;
    let (well, said) = doctor(&gateway.url(), "").await;
    assert!(well && said.contains("Nothing is wrong."), "{said}");
}

#[tokio::test]
async fn what_is_wrong_comes_with_its_runbook() {
    let mut world = current().await;
    world.set("CACHE_URL", format!("redis://{}", refusing_address()));
    let halt = sqlx::query("UPDATE chains SET status = 'halted'");
    halt.execute(&mut world.connect().await).await.unwrap();
    let gateway = Gateway::start(world).await;
    let (well, said) = doctor(&gateway.url(), "").await;
    assert!(!well, "{said}");
    for finding in [
        "cache is down.",
        "TROUBLESHOOTING.md#dependency-down",
        "Chain 1337 is not followed",
        "TROUBLESHOOTING.md#sync-failing",
        "2 findings.",
    ] {
        assert!(said.contains(finding), "{finding} in {said}");
    }
}

#[tokio::test]
async fn closed_metrics_are_read_with_their_token_and_missed_without() {
    let mut world = current().await;
    world.set("METRICS_TOKEN", "only-the-scraper-knows");
    let gateway = Gateway::start(world).await;
    let missed = "/metrics is not open from here";
    assert!(doctor(&gateway.url(), "").await.1.contains(missed));
    let (well, said) = doctor(&gateway.url(), "only-the-scraper-knows").await;
    assert!(well && !said.contains(missed), "{said}");
}

#[tokio::test]
async fn a_deployment_that_does_not_answer_is_one_finding() {
    let (well, said) = doctor(&format!("http://{}", refusing_address()), "").await;
    assert!(
        !well && said.contains("TROUBLESHOOTING.md#no-answer"),
        "{said}"
    );
}
