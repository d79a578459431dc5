//! Gauges for CloudWatch, from scheduled functions: nobody waits for those.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::error::DisplayErrorContext;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use sqlx::PgPool;
use tokio::sync::OnceCell;

use super::exposition::Sample;
use super::{emf, gauges};
use crate::aws;
use crate::capability::{Capability, Name};
use crate::config::ConfigError;
use crate::deadline;

/// How long publishing may take, retries included.
const PUBLISH_MAX: Duration = Duration::from_secs(5);

/// What a run keeps that is about to end: to report what it did matters more.
const RESERVE: Duration = Duration::from_millis(500);

/// Metrics in one call (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html>).
const DATA_PER_CALL_MAX: usize = 1_000;

/// Puts metrics into CloudWatch. Connected at the first use.
#[derive(Clone, Debug, Default)]
pub struct CloudWatch(Arc<OnceCell<Client>>);

impl Capability for CloudWatch {
    const NAME: Name = Name::PutMetrics;

    fn connect() -> Result<Self, ConfigError> {
        Ok(Self::default())
    }
}

/// Publishes the gauges whose names begin with one of `prefixes`, and `more`. What goes wrong is logged: a run does not fail
/// for it.
pub async fn publish(cloudwatch: &CloudWatch, pool: &PgPool, prefixes: &[&str], more: &[Sample]) {
    let Some(namespace) = emf::namespace() else {
        return;
    };
    let samples = match gauges::read(pool).await {
        Ok(samples) => samples,
        Err(error) => return tracing::warn!(%error, "the gauges could not be read"),
    };
    let all: Vec<MetricDatum> = samples
        .iter()
        .filter(|sample| {
            prefixes
                .iter()
                .any(|prefix| sample.metric.name.starts_with(prefix))
        })
        .chain(more)
        .flat_map(data)
        .collect();
    for data in all.chunks(DATA_PER_CALL_MAX) {
        let put = cloudwatch.client().await.put_metric_data();
        let put = put
            .namespace(namespace)
            .set_metric_data(Some(data.to_vec()));
        let patience = deadline::patience(PUBLISH_MAX, RESERVE);
        let error = match tokio::time::timeout(patience, put.send()).await {
            Ok(Ok(_)) => continue,
            Ok(Err(error)) => DisplayErrorContext(error).to_string(),
            Err(late) => late.to_string(),
        };
        return tracing::warn!(error, "the gauges could not be published");
    }
}

impl CloudWatch {
    async fn client(&self) -> &Client {
        let connect = || async { Client::new(aws::config().await) };
        self.0.get_or_init(connect).await
    }
}

/// One value for each set of dimensions that the metric has in CloudWatch.
fn data(sample: &Sample) -> impl Iterator<Item = MetricDatum> {
    let labels = || sample.metric.labels.iter().zip(&sample.labels);
    sample.metric.dimensions.iter().map(move |set| {
        let in_set = labels().filter(|(name, _)| set.contains(name));
        let dimensions = in_set
            .map(|(name, value)| Dimension::builder().name(*name).value(value).build())
            .collect();
        MetricDatum::builder()
            .metric_name(sample.metric.name)
            .set_dimensions(Some(dimensions))
            .unit(StandardUnit::from(sample.metric.unit.as_str()))
            .value(sample.value)
            .build()
    })
}
