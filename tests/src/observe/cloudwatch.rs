//! Scheduled functions publish gauges by the API of CloudWatch.

use std::io::Read as _;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use crate::harness::World;
use crate::harness::server::Server;

/// Takes whatever is put, and keeps it.
async fn receiver() -> (Server, Arc<Mutex<Vec<u8>>>) {
    let received = Arc::new(Mutex::new(Vec::new()));
    let kept = received.clone();
    let server = Server::start(move |request| {
        let kept = kept.clone();
        async move {
            let is_packed = request.headers().get("content-encoding").is_some();
            let body = request.body().to_vec();
            let mut plain = Vec::new();
            if is_packed {
                flate2::read::GzDecoder::new(body.as_slice())
                    .read_to_end(&mut plain)
                    .unwrap();
            } else {
                plain = body;
            }
            kept.lock().unwrap().extend(plain);
            Response::builder()
                .header("smithy-protocol", "rpc-v2-cbor")
                .header("content-type", "application/cbor")
                .body(Full::new(Bytes::from_static(&[0xa0])))
                .unwrap()
        }
    });
    (server.await, received)
}

#[tokio::test]
async fn scheduled_functions_publish_the_gauges() {
    let (server, received) = receiver().await;
    let mut world = World::unsynced(crate::harness::Chain::own().await).await;
    world.set("METRICS_NAMESPACE", "ERC8004/marked");
    world.set("AWS_ENDPOINT_URL_CLOUDWATCH", server.url());
    for (function, names) in [
        (
            "sync-chain",
            &[
                "erc8004_sync_lag_blocks",
                "erc8004_sync_lag_seconds",
                "erc8004_sync_reorg_depth_blocks",
                "chain_id",
            ][..],
        ),
        (
            "refresh-views",
            &[
                "erc8004_view_age_seconds",
                "erc8004_active_agents_total",
                "erc8004_database_connections_ratio",
                "mv_agent_ranking",
            ],
        ),
    ] {
        world.run(function).await.unwrap();
        let bytes = std::mem::take(&mut *received.lock().unwrap());
        let text = String::from_utf8_lossy(&bytes);
        for name in names.iter().chain(&["ERC8004/marked"]) {
            assert!(
                text.contains(name),
                "{function} does not publish {name}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn a_run_does_not_fail_because_its_gauges_cannot_be_published() {
    let mut world = World::synced().await;
    world.set("METRICS_NAMESPACE", "ERC8004");
    let dead = crate::harness::server::refusing_address();
    world.set("AWS_ENDPOINT_URL_CLOUDWATCH", format!("http://{dead}"));
    let function = world.start("refresh-views").await;
    function
        .invoke(&xtask::lambda::event::scheduled(), World::RUN)
        .await
        .unwrap();
    assert!(
        function.log().contains("the gauges could not be published"),
        "{}",
        function.log()
    );
}
