//! The limiter on a real table: a DynamoDB endpoint named by `TEST_DYNAMODB_URL`. Without one these tests say so and
//! do nothing.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use futures_util::{StreamExt, stream};

use super::gcra_tests::{TokenBucket, pause_us, random_rate};
use super::{Bucket, Rate, RateLimiter, Source};
use crate::config::RateLimitConfig;
use crate::http::LimitClass;
use crate::testing::Random;

const SCHEDULES: u64 = 10_000;
const START_US: u64 = 1_795_435_200_000_000;
const HOUR_US: u64 = 3_600_000_000;

/// A table of the test's own.
struct Table {
    aws: SdkConfig,
    name: String,
}

impl Table {
    async fn create() -> Option<Self> {
        let Ok(url) = std::env::var("TEST_DYNAMODB_URL") else {
            eprintln!("skipped: TEST_DYNAMODB_URL is not set");
            return None;
        };
        let table = Self {
            aws: aws(&url),
            name: format!("rate-limits-{}", uuid::Uuid::new_v4()),
        };
        let key = KeySchemaElement::builder().attribute_name("pk");
        let attribute = AttributeDefinition::builder().attribute_name("pk");
        Client::new(&table.aws)
            .create_table()
            .table_name(&table.name)
            .billing_mode(BillingMode::PayPerRequest)
            .key_schema(key.key_type(KeyType::Hash).build().unwrap())
            .attribute_definitions(
                attribute
                    .attribute_type(ScalarAttributeType::S)
                    .build()
                    .unwrap(),
            )
            .send()
            .await
            .unwrap();
        Some(table)
    }

    /// A limiter as another process would have it: with a memory of its own.
    fn limiter(&self) -> RateLimiter {
        RateLimiter::with_aws(
            RateLimitConfig::for_testing(&self.name),
            Some(self.aws.clone()),
        )
    }
}

fn aws(url: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

fn bucket(n: u64) -> Bucket {
    let ip = std::net::Ipv6Addr::from_bits(u128::from(n) << 64);
    Bucket::of_address(LimitClass::Lookup, Some(ip.into()))
}

/// Calls of one caller that reach two processes in turn.
async fn schedule(processes: [RateLimiter; 2], mut random: Random, number: u64) {
    let at = format!("seed {}, schedule {number}", random.seed);
    let rate = random_rate(&mut random);
    let mut now_us = START_US;
    let mut expected = TokenBucket::full(rate.quota, rate.interval_us, now_us);
    for call in 0..2 + random.below(5) {
        let process = &processes[usize::from(random.below(2) == 1)];
        let decision = process.take(&bucket(number), rate, now_us).await;
        assert_ne!(decision.source, Source::Local, "{at}, call {call}");
        assert_eq!(
            decision.admitted,
            expected.take(now_us),
            "{at}, call {call}: {decision:?}"
        );
        now_us += pause_us(&mut random, rate);
    }
}

#[tokio::test]
async fn the_table_admits_what_a_token_bucket_admits() {
    let Some(table) = Table::create().await else {
        return;
    };
    let processes = [table.limiter(), table.limiter()];
    let mut random = Random::new();
    let schedules: Vec<_> = (0..SCHEDULES)
        .map(|number| {
            let mut own = random.clone();
            own.skip(random.next());
            schedule(processes.clone(), own, number)
        })
        .collect();
    stream::iter(schedules)
        .for_each_concurrent(16, |schedule| schedule)
        .await;
}

#[tokio::test]
async fn sixty_four_callers_at_once_share_one_bucket_exactly() {
    const CALLERS: usize = 64;
    let Some(table) = Table::create().await else {
        return;
    };
    let callers: Vec<_> = (0..CALLERS).map(|_| table.limiter()).collect();
    let rate = Rate::new(100, HOUR_US);
    let mut random = Random::new();
    let mut now_us = START_US;
    let mut expected = TokenBucket::full(rate.quota, rate.interval_us, now_us);
    for round in 0..60 {
        let bucket = bucket(0);
        let calls = callers
            .iter()
            .map(|limiter| limiter.take(&bucket, rate, now_us));
        let decisions = futures_util::future::join_all(calls).await;
        assert!(decisions.iter().all(|d| d.source != Source::Local));
        let admitted = decisions.iter().filter(|d| d.admitted).count();
        let due = (0..CALLERS).filter(|_| expected.take(now_us)).count();
        assert_eq!(admitted, due, "seed {}, round {round}", random.seed);
        now_us += random.below(rate.interval_us * 40);
    }
}

#[tokio::test]
async fn a_slow_caller_costs_one_write_a_call_and_is_never_denied() {
    let Some(table) = Table::create().await else {
        return;
    };
    let rate = Rate::new(10, HOUR_US);
    let limiter = table.limiter();
    for call in 0..200 {
        let now_us = START_US + call * (rate.interval_us + 1);
        let decision = limiter.take(&bucket(0), rate, now_us).await;
        assert!(decision.admitted, "call {call}");
        assert_eq!(decision.remaining, rate.quota - 1, "call {call}");
    }
}

#[tokio::test]
async fn a_denial_is_remembered_until_it_ends_and_no_longer() {
    let Some(table) = Table::create().await else {
        return;
    };
    let rate = Rate::new(2, HOUR_US);
    let limiter = table.limiter();
    let take = async |now_us| limiter.take(&bucket(0), rate, now_us).await;
    assert!(take(START_US).await.admitted);
    assert!(take(START_US).await.admitted);
    let denied = take(START_US).await;
    assert!(!denied.admitted);
    assert_eq!(denied.source, Source::Memory);
    assert_eq!(denied.next, Duration::from_micros(rate.interval_us));
    assert!(!take(START_US + rate.interval_us - 1).await.admitted);
    assert!(take(START_US + rate.interval_us).await.admitted);
}

#[tokio::test]
async fn without_the_table_calls_go_on_up_to_the_local_floor() {
    // Port 9 is discard, which nothing listens on here: the connection is refused.
    let config = RateLimitConfig::for_testing("none");
    let limiter = RateLimiter::with_aws(config, Some(aws("http://127.0.0.1:9")));
    let limiter = Arc::new(limiter);
    let rate = Rate::new(3, HOUR_US);
    for call in 0..4 {
        let decision = limiter.take(&bucket(0), rate, START_US).await;
        assert_eq!(decision.source, Source::Local);
        assert_eq!(decision.admitted, call < 3, "call {call}");
    }
    let later = limiter
        .take(&bucket(0), rate, START_US + rate.interval_us)
        .await;
    assert!(later.admitted);
}
