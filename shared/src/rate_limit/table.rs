//! The table of buckets: two conditional writes, one for a bucket in use and one for an idle one.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure,
};
use tokio::sync::OnceCell;

use super::{Bucket, Rate};
use crate::aws;
use crate::config::RateLimitConfig;

/// How long a bucket's row outlives its use, in seconds: more than clocks differ.
const ROW_MARGIN_S: u64 = 300;

/// Which of the two writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    /// Moves `tat` on by one interval, if it lies ahead and leaves room for a call.
    Hot,
    /// Starts from now, if the bucket is full or was never used.
    Idle,
}

/// What a write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was made; `tat` is now this.
    Written(u64),
    /// Its condition did not hold; `tat` was this.
    Refused(Option<u64>),
}

/// Why the table could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OutOfReach(String);

impl OutOfReach {
    /// The table's answers contradict each other: a row vanished between two writes.
    pub(super) fn inconsistent() -> Self {
        Self("the bucket's row changed in a way that no writer of ours makes".into())
    }
}

/// The table, connected at the first use.
#[derive(Debug)]
pub(super) struct Table {
    name: String,
    timeout: Duration,
    /// Where it is not the process's own configuration.
    aws: Option<SdkConfig>,
    client: OnceCell<Client>,
}

impl Table {
    pub(super) fn new(config: &RateLimitConfig, aws: Option<SdkConfig>) -> Self {
        Self {
            name: config.table.clone(),
            timeout: config.timeout,
            aws,
            client: OnceCell::new(),
        }
    }

    async fn client(&self) -> &Client {
        let connect = || async {
            let timeout = TimeoutConfig::builder()
                .operation_timeout(self.timeout)
                .build();
            // A write that timed out may have been made; made again, it would count twice.
            let aws = match &self.aws {
                Some(aws) => aws,
                None => aws::config().await,
            };
            let config = aws_sdk_dynamodb::config::Builder::from(aws)
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeout);
            Client::from_conf(config.build())
        };
        self.client.get_or_init(connect).await
    }

    /// Tries one of the writes.
    pub(super) async fn write(
        &self,
        write: Write,
        bucket: &Bucket,
        rate: Rate,
        now_us: u64,
    ) -> Result<Outcome, OutOfReach> {
        let expires_s = now_us.saturating_add(rate.window_us()) / 1_000_000 + ROW_MARGIN_S;
        let request = self.client().await.update_item();
        let request = request
            .table_name(&self.name)
            .key("pk", AttributeValue::S(bucket.as_str().to_owned()))
            .expression_attribute_values(":now", number(now_us))
            .expression_attribute_values(":expires", number(expires_s))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        let request = match write {
            Write::Hot => request
                .update_expression("SET tat = tat + :interval, expiresAt = :expires")
                .condition_expression("tat >= :now AND tat <= :latest")
                .expression_attribute_values(":interval", number(rate.interval_us))
                .expression_attribute_values(":latest", number(rate.latest_us(now_us))),
            Write::Idle => request
                .update_expression("SET tat = :next, expiresAt = :expires")
                .condition_expression("attribute_not_exists(tat) OR tat < :now")
                .expression_attribute_values(":next", number(now_us + rate.interval_us)),
        };
        match request.send().await {
            Ok(output) => output
                .attributes
                .as_ref()
                .and_then(tat)
                .map(Outcome::Written)
                .ok_or_else(|| OutOfReach("the table did not return what it wrote".into())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Outcome::Refused(failed.item.as_ref().and_then(tat)))
                }
                _ => Err(OutOfReach(DisplayErrorContext(&error).to_string())),
            },
        }
    }
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn tat(item: &std::collections::HashMap<String, AttributeValue>) -> Option<u64> {
    item.get("tat")?.as_n().ok()?.parse().ok()
}
