//! What a request costs that asks the table of buckets and the cache, each once and both at once, and does nothing
//! else: no read of ours can cost less.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use lambda_http::{Body, Error, Request, Response, run, service_fn};
use redis::aio::ConnectionManager;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let (buckets, table) = (Client::new(&aws), std::env::var("RATE_LIMIT_TABLE")?);
    let cache = redis::Client::open(std::env::var("CACHE_URL")?)?;
    let cache = cache.get_connection_manager().await?;
    let (buckets, table, cache) = (&buckets, &table, &cache);
    run(service_fn(async |_: Request| {
        tokio::try_join!(take(buckets, table), get(cache))?;
        Ok::<_, Error>(Response::new(Body::Empty))
    }))
    .await
}

/// As much work for the table as a call that the limiter admits.
async fn take(buckets: &Client, table: &str) -> Result<(), Error> {
    let number = |value: &str| AttributeValue::N(value.to_owned());
    buckets
        .update_item()
        .table_name(table)
        .key("pk", AttributeValue::S("bench".to_owned()))
        .update_expression("SET tat = :next, expiresAt = :expires")
        .condition_expression("attribute_not_exists(tat) OR tat < :now")
        .expression_attribute_values(":next", number("1"))
        .expression_attribute_values(":now", number("2"))
        .expression_attribute_values(":expires", number("4102444800"))
        .return_values(ReturnValue::UpdatedNew)
        .send()
        .await?;
    Ok(())
}

async fn get(cache: &ConnectionManager) -> Result<(), Error> {
    let mut cache = cache.clone();
    let _: Option<Vec<u8>> = redis::cmd("GET")
        .arg("bench")
        .query_async(&mut cache)
        .await?;
    Ok(())
}
