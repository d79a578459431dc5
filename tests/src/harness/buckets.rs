//! A rate-limit table that no other test uses.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::settings;

/// A table of buckets, all full.
#[derive(Debug)]
pub struct TestBuckets {
    name: String,
}

impl TestBuckets {
    /// Creates it.
    pub async fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test-{}-{number}", std::process::id());
        let table = json!({
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        });
        let create = move || call("CreateTable", &table.to_string());
        tokio::task::spawn_blocking(create).await.unwrap();
        Self { name }
    }

    /// What functions are told.
    pub fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("RATE_LIMIT_TABLE", self.name.clone()),
            ("AWS_ENDPOINT_URL_DYNAMODB", settings::dynamodb_url()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ]
    }
}

/// One call of the DynamoDB API. The emulator wants the form of a signature and checks none.
fn call(operation: &str, body: &str) {
    let credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request";
    ureq::post(settings::dynamodb_url())
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("x-amz-date", "20260101T000000Z")
        .header(
            "authorization",
            format!("{credential}, SignedHeaders=host, Signature=0"),
        )
        .send(body)
        .unwrap();
}
