//! What the network and the data stack would have written, for stores of this machine.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::aws::Aws;
use super::{ENVIRONMENT, PREFIX};
use crate::stack::{Stack, database, dynamodb, env, postgres, valkey};

/// What the roles of the functions begin with as password; a rotation gives them another.
const FIRST_PASSWORD: &str = "first";

/// The secret of a role of the database.
#[must_use]
pub fn secret_name(role: &str) -> String {
    format!("erc8004/{ENVIRONMENT}/database/{role}")
}

/// What such a secret holds.
#[must_use]
pub fn credentials(username: &str, password: &str) -> String {
    json!({ "username": username, "password": password }).to_string()
}

/// Writes parameters and secrets.
///
/// # Errors
///
/// When the emulator refuses one, or a store is not running.
pub async fn write(aws: &Aws, stack: &Stack) -> Result<()> {
    let owner = credentials("erc8004", &postgres::password(stack)?);
    let writer = credentials("erc8004_writer", FIRST_PASSWORD);
    let reader = credentials("erc8004_reader", FIRST_PASSWORD);
    // The cache of this machine lets in its default user with any password.
    let cache = credentials("default", "any");
    let chain_rpc = env::rpc_urls(&stack.state.chains);
    let secrets = [
        ("database/owner", "database/owner-secret-arn", owner),
        ("database/writer", "database/writer-secret-arn", writer),
        ("database/reader", "database/reader-secret-arn", reader),
        ("cache", "cache/secret-arn", cache),
        ("chain-rpc", "chain-rpc/secret-arn", chain_rpc),
    ];
    for (name, parameter, text) in secrets {
        let full = format!("erc8004/{ENVIRONMENT}/{name}");
        let body = json!({ "Name": full, "SecretString": text });
        let made = aws
            .json("secretsmanager", "secretsmanager.CreateSecret", body)
            .await?;
        let arn = made["ARN"].as_str().context("a secret without ARN")?;
        put(aws, &format!("data/{parameter}"), arn).await?;
    }
    let url = format!(
        "{}?sslmode=disable",
        without_credentials(&database::url(stack)?)
    );
    let table = dynamodb::RATE_LIMIT_TABLE;
    let texts = [
        ("network/vpc-id", "vpc-00000000000000000".to_owned()),
        ("network/key-arn", key_arn()),
        ("data/database/writer-url", url.clone()),
        ("data/database/reader-url", url),
        ("data/cache/url", valkey::url(stack)?),
        ("data/cache/is-cluster", "off".to_owned()),
        ("data/rate-limit/table-name", table.to_owned()),
        (
            "data/rate-limit/table-arn",
            format!("arn:aws:dynamodb:us-east-1:000000000000:table/{table}"),
        ),
    ];
    for (name, text) in &texts {
        put(aws, name, text).await?;
    }
    for group in [
        "database",
        "database-client",
        "cache",
        "cache-client",
        "https-client",
        "http-client",
    ] {
        put(
            aws,
            &format!("network/security-group/{group}"),
            "sg-00000000000000000",
        )
        .await?;
    }
    for subnets in ["network/subnets/private", "network/subnets/egress"] {
        let two = "subnet-00000000000000000,subnet-00000000000000001";
        put(aws, subnets, two).await?;
    }
    Ok(())
}

async fn put(aws: &Aws, name: &str, text: &str) -> Result<()> {
    let name = format!("/erc8004/{ENVIRONMENT}/{name}");
    let body = json!({ "Name": name, "Value": text, "Type": "String" });
    aws.json("ssm", "AmazonSSM.PutParameter", body)
        .await
        .map(drop)
}

fn key_arn() -> String {
    let id = "00000000-0000-4000-8000-000000000000";
    format!("arn:aws:kms:us-east-1:000000000000:key/{id}")
}

/// `postgres://user:password@host/…` without the first part: functions read that from a secret.
fn without_credentials(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => url.to_owned(),
    }
}

/// The name of a resource of the environment.
#[must_use]
pub fn named(name: &str) -> String {
    format!("{PREFIX}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_loses_its_credentials_and_nothing_else() {
        let url = "postgres://erc8004:pass@127.0.0.1:5432/erc8004";
        assert_eq!(
            without_credentials(url),
            "postgres://127.0.0.1:5432/erc8004"
        );
    }
}
