//! Each part that functions call cut off, slow, refusing and silent, under load: what callers get, how soon all is well
//! again, that nothing is lost or half done, and that log, metrics and events name the cause.

mod chain;
mod load;
mod reads;
mod silence;
mod writes;

use std::time::{Duration, Instant};

use serde_json::Value;
use xtask::lambda::Function;

use super::receiver::Receiver;
use super::{lines, samples};
use crate::harness::weather::{Proxy, Weather};
use crate::harness::{Reply, World};

const CALLERS: usize = 4;
/// What an invocation is given; no reply may be later. The first event of a process takes seconds in a development build.
const LIMIT: Duration = Duration::from_secs(10);
/// How long a fault may go on being felt when it is over.
const RECOVERY_MAX: Duration = Duration::from_secs(2);
/// How long the first requests may fail: the machine may be busy.
const WARM_UP_MAX: Duration = Duration::from_secs(20);

const FAULTS: [Weather; 3] = [
    Weather::Cut,
    Weather::Slow(Duration::from_secs(30)),
    Weather::Refusing,
];

/// A world that reaches one of its parts through a proxy, and whose faults are received.
struct Stage {
    world: World,
    proxy: Proxy,
    receiver: Receiver,
}

impl Stage {
    /// Puts a proxy before the part whose URL is a setting.
    async fn before(mut world: World, setting: &str) -> Self {
        let (proxy, url) = Proxy::before_url(world.setting(setting)).await;
        world.set(setting, url);
        Self::with(world, proxy).await
    }

    /// Puts a proxy before the one endpoint of a chain.
    async fn before_chain(mut world: World, chain: u64, url: &str) -> Self {
        let (proxy, url) = Proxy::before_url(url).await;
        world.set_rpc(chain, &[&url]);
        Self::with(world, proxy).await
    }

    async fn with(mut world: World, proxy: Proxy) -> Self {
        let receiver = Receiver::start().await;
        let quotas = "lookup=100000000,register=100000000,payment=100000000,auth=100000000";
        for (name, value) in [
            ("AWS_LAMBDA_MAX_CONCURRENCY", CALLERS.to_string()),
            ("DATABASE_POOL_MAX", CALLERS.to_string()),
            ("RATE_LIMIT_QUOTAS", quotas.to_owned()),
            ("METRICS_NAMESPACE", "ERC8004/test".to_owned()),
            ("METRICS_FLUSH_MS", "1".to_owned()),
            (
                "AWS_ENDPOINT_URL_CLOUDWATCH",
                "http://127.0.0.1:9".to_owned(),
            ),
            ("SENTRY_DSN", receiver.dsn()),
        ] {
            world.set(name, value);
        }
        Self {
            world,
            proxy,
            receiver,
        }
    }

    /// Each 503 is told with its cause: by its line, which is a metric too, by a counter, and by an event a minute.
    async fn told(&self, log: &str) {
        let lines = lines(log);
        let failed: Vec<&Value> = lines
            .iter()
            .filter(|line| line["message"] == "request" && line["status"] == 503)
            .collect();
        assert!(!failed.is_empty(), "{log}");
        for line in &failed {
            assert_eq!(line["code"], "DEPENDENCY_UNAVAILABLE", "{line}");
            assert_eq!(line["erc8004_api_server_error_ratio"], 1, "{line}");
            assert!(!cause(line).is_empty(), "{line}");
        }
        let events = self.receiver.take();
        assert!(!events.is_empty() && events.len() < 4, "{events:?}");
        for event in &events {
            let told = &event["exception"]["values"][0];
            assert_eq!(told["type"], "DEPENDENCY_UNAVAILABLE");
            assert!(
                failed.iter().any(|line| line["cause"] == told["value"]),
                "{event}"
            );
        }
        self.counted("erc8004_problems_total{code=\"DEPENDENCY_UNAVAILABLE\"}")
            .await;
    }

    /// Waits until a series that was 0 is counted by everyone.
    async fn counted(&self, series: &str) {
        let asked = Instant::now();
        while !self.is_counted(series).await {
            assert!(asked.elapsed() < WARM_UP_MAX, "nothing of {series}");
        }
    }

    async fn is_counted(&self, series: &str) -> bool {
        self.value(series).await > 0
    }

    /// A counter, or a gauge of whole numbers; 0 where nobody counted yet.
    async fn value(&self, series: &str) -> u64 {
        let samples = samples(&self.world).await;
        samples
            .get(series)
            .map_or(0, |value| value.parse().unwrap())
    }
}

/// Why a request was not answered as asked.
fn cause(line: &Value) -> &str {
    line["cause"].as_str().unwrap_or_default()
}

/// The reply to an event, which must come in time.
async fn ask(function: &Function, event: &Value) -> Reply {
    let sent = Instant::now();
    let answer = function.invoke(event, LIMIT).await.unwrap();
    assert!(sent.elapsed() < LIMIT, "a reply took {:?}", sent.elapsed());
    Reply::from_lambda(&answer)
}

/// A refusal as it is documented.
#[track_caller]
fn assert_unavailable(reply: &Reply) {
    assert_eq!(reply.expect(503)["code"], "DEPENDENCY_UNAVAILABLE");
    assert!(reply.header("retry-after").parse::<u32>().is_ok());
}
