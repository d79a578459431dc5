//! What CloudFormation asks of a custom resource, and how it is answered.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// CloudFormation reads this much of a reason.
const REASON_CHARS_MAX: usize = 1_000;
const ANSWER_DURATION_MAX: Duration = Duration::from_secs(30);

/// A request of CloudFormation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Deployment {
    request_type: RequestType,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum RequestType {
    Create,
    Update,
    Delete,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
}

impl Deployment {
    /// The request in an event; none where somebody else called.
    pub(super) fn of(event: &Value) -> Result<Option<Self>, serde_json::Error> {
        if event.get("ResponseURL").is_none() {
            return Ok(None);
        }
        Self::deserialize(event).map(Some)
    }

    /// Whether the resource is to go.
    pub(super) fn is_end(&self) -> bool {
        self.request_type == RequestType::Delete
    }

    /// Puts the answer where CloudFormation waits for it: a signed URL of S3.
    pub(super) async fn answer(
        &self,
        result: &Result<Value, Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let body = serde_json::to_vec(&self.document(result))?;
        let client = reqwest::Client::builder().timeout(ANSWER_DURATION_MAX);
        // The signature covers an empty content type.
        let request = client.build()?.put(&self.response_url).body(body);
        // The URL is a key to the answer: it must not be in an error.
        let reply = request.send().await.map_err(reqwest::Error::without_url)?;
        reply
            .error_for_status()
            .map_err(reqwest::Error::without_url)?;
        Ok(())
    }

    fn document<E: std::fmt::Display>(&self, result: &Result<Value, E>) -> Answer<'_> {
        let reason = result.as_ref().err().map(|error| {
            let reason = error.to_string();
            reason.chars().take(REASON_CHARS_MAX).collect()
        });
        Answer {
            status: if reason.is_none() {
                "SUCCESS"
            } else {
                "FAILED"
            },
            reason,
            // The same for ever: another one would have CloudFormation delete what it takes for the old resource.
            physical_resource_id: self
                .physical_resource_id
                .as_deref()
                .unwrap_or(&self.logical_resource_id),
            stack_id: &self.stack_id,
            request_id: &self.request_id,
            logical_resource_id: &self.logical_resource_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(kind: &str) -> Value {
        json!({
            "RequestType": kind, "ResponseURL": "https://bucket.example/answer", "StackId": "stack",
            "RequestId": "request", "ResourceType": "Custom::Migrated", "LogicalResourceId": "Migrated",
            "ResourceProperties": { "version": "2" },
        })
    }

    #[test]
    fn an_answer_names_its_request_and_says_why_it_failed() {
        let deployment = Deployment::of(&request("Update")).unwrap().unwrap();
        let failed: Result<Value, &str> = Err("no");
        let answer = serde_json::to_value(deployment.document(&failed)).unwrap();
        let expected = json!({
            "Status": "FAILED", "Reason": "no", "PhysicalResourceId": "Migrated", "StackId": "stack",
            "RequestId": "request", "LogicalResourceId": "Migrated",
        });
        assert_eq!(answer, expected);
    }

    #[test]
    fn only_a_delete_is_the_end_and_other_callers_are_no_deployment() {
        let is_end = |kind| Deployment::of(&request(kind)).unwrap().unwrap().is_end();
        assert!(is_end("Delete") && !is_end("Create") && !is_end("Update"));
        assert!(Deployment::of(&json!({})).unwrap().is_none());
    }
}
