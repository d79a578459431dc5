//! What a deployment is used for, and what must be seen of it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::aws::Aws;
use super::parameters::{credentials, named, secret_name};
use crate::stack::{Stack, http, postgres};

/// A schedule's rate is a minute; it fires within that.
const SCHEDULE_PATIENCE: Duration = Duration::from_secs(100);
const POLL: Duration = Duration::from_millis(500);
/// Requests until a function has noticed that its password changed.
const ROTATION_TRIES_MAX: usize = 6;

/// Where the deployed API answers.
///
/// # Errors
///
/// When there is none.
pub async fn api(aws: &Aws) -> Result<String> {
    let body = json!({ "Name": "/erc8004/dev/api/id" });
    let found = aws.json("ssm", "AmazonSSM.GetParameter", body).await?;
    let id = found["Parameter"]["Value"]
        .as_str()
        .context("no id of an API")?;
    // By path: no resolver knows the host name that the emulator gives an API.
    Ok(format!("{}/_aws/execute-api/{id}/$default", aws.url()))
}

/// Waits until the schedule has run a function of its own accord, as its log tells.
///
/// # Errors
///
/// When it does not in time.
pub async fn schedules(aws: &Aws) -> Result<String> {
    let function = named("refresh-views");
    let deadline = Instant::now() + SCHEDULE_PATIENCE;
    let is_run = |line: &str| line.contains("\"message\":\"run\"");
    loop {
        let lines = logs(aws, &function).await?;
        let runs = lines.iter().filter(|line| is_run(line)).count();
        // Nobody else invokes it here.
        if runs > 0 {
            return Ok(format!("{function} ran, {} lines in its log", lines.len()));
        }
        if Instant::now() > deadline {
            bail!("{function} was not run; its log:\n{}", lines.join("\n"));
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn logs(aws: &Aws, function: &str) -> Result<Vec<String>> {
    let body = json!({ "logGroupName": format!("/aws/lambda/{function}"), "limit": 1000 });
    let found = aws
        .json("logs", "Logs_20140328.FilterLogEvents", body)
        .await?;
    let events = found["events"].as_array().cloned().unwrap_or_default();
    let message = |event: Value| event["message"].as_str().unwrap_or_default().to_owned();
    Ok(events.into_iter().map(message).collect())
}

/// Changes the password of the reader as a rotation does, and asks what reads until it has noticed.
///
/// # Errors
///
/// When it goes on failing.
pub async fn rotation(aws: &Aws, stack: &Stack, api: &str) -> Result<String> {
    let path = format!("{api}/v1/chains");
    let (status, text) = http::get(&path).await?;
    ensure!(status == 200, "before the rotation: {status}: {text}");
    let mut admin = PgConnection::connect(&postgres::admin_url(stack)?).await?;
    let role = "erc8004_reader";
    let second = "second";
    admin
        .execute(AssertSqlSafe(format!(
            "ALTER ROLE {role} PASSWORD '{second}'"
        )))
        .await?;
    let body =
        json!({ "SecretId": secret_name("reader"), "SecretString": credentials(role, second) });
    aws.json("secretsmanager", "secretsmanager.PutSecretValue", body)
        .await?;
    // Connections that were made with the old one would go on for ever.
    let end =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'erc8004_reader'";
    admin.execute(end).await?;
    admin.close().await?;
    let mut statuses = Vec::new();
    for _ in 0..ROTATION_TRIES_MAX {
        let (status, _) = http::get(&path).await?;
        statuses.push(status);
        if status == 200 {
            let refused = statuses.len() - 1;
            return Ok(format!("{refused} requests were asked to come again"));
        }
        ensure!(status == 503, "{statuses:?}");
    }
    bail!("still refused: {statuses:?}")
}

/// Sets an alarm off, and reads of it where its topic is heard.
///
/// # Errors
///
/// When nothing arrives.
pub async fn alarm(aws: &Aws) -> Result<String> {
    let name = named("dead-letters");
    let queue = aws
        .json(
            "sqs",
            "AmazonSQS.CreateQueue",
            json!({ "QueueName": "listener" }),
        )
        .await?;
    let queue = queue["QueueUrl"].clone();
    let topic = format!("arn:aws:sns:us-east-1:000000000000:{}", named("alarms"));
    let subscription = [
        ("Action", "Subscribe"),
        ("Version", "2010-03-31"),
        ("TopicArn", &*topic),
        ("Protocol", "sqs"),
        ("Endpoint", "arn:aws:sqs:us-east-1:000000000000:listener"),
    ];
    aws.query("sns", &subscription).await?;
    let state = [
        ("Action", "SetAlarmState"),
        ("Version", "2010-08-01"),
        ("AlarmName", &*name),
        ("StateValue", "ALARM"),
        ("StateReason", "the end-to-end test"),
    ];
    aws.query("monitoring", &state).await?;
    let ask = json!({ "QueueUrl": queue, "WaitTimeSeconds": 10 });
    let heard = aws.json("sqs", "AmazonSQS.ReceiveMessage", ask).await?;
    let text = heard["Messages"][0]["Body"].as_str().unwrap_or_default();
    ensure!(text.contains(&name), "the topic said {heard}");
    Ok(format!("{name} was heard"))
}

/// The version behind the live alias of a function.
///
/// # Errors
///
/// When there is none.
pub async fn live_version(aws: &Aws) -> Result<u64> {
    let function = named("get-agent");
    let url = format!("{}/2015-03-31/functions/{function}/aliases/live", aws.url());
    let (status, text) = http::get(&url).await?;
    ensure!(status == 200, "{url} answered {status}: {text}");
    let alias: Value = serde_json::from_str(&text)?;
    let version = alias["FunctionVersion"].as_str().context("no version")?;
    version
        .parse()
        .with_context(|| format!("version {version}"))
}

/// The names of the stacks, functions and schedules that are there, but for the stack of the bootstrap.
///
/// # Errors
///
/// When the emulator does not answer.
pub async fn resources(aws: &Aws) -> Result<Vec<String>> {
    let describe = [("Action", "DescribeStacks"), ("Version", "2010-05-15")];
    let stacks = aws.query("cloudformation", &describe).await?;
    let stacks = stacks.split("<StackName>").skip(1);
    let stacks = stacks.filter_map(|rest| rest.split('<').next());
    let ours = stacks.filter(|name| name.starts_with(&named("")));
    let mut found: Vec<String> = ours.map(str::to_owned).collect();
    let listed = aws.get("scheduler", "/schedules").await?;
    let schedules = listed["Schedules"]
        .as_array()
        .context("no list of schedules")?;
    let functions = functions(aws).await?;
    let names = functions.iter().map(|function| &function["FunctionName"]);
    let names = names.chain(schedules.iter().map(|schedule| &schedule["Name"]));
    found.extend(names.filter_map(Value::as_str).map(str::to_owned));
    Ok(found)
}

async fn functions(aws: &Aws) -> Result<Vec<Value>> {
    let (status, text) = http::get(&format!("{}/2015-03-31/functions", aws.url())).await?;
    ensure!(status == 200, "{status}: {text}");
    let found: Value = serde_json::from_str(&text)?;
    Ok(found["Functions"].as_array().cloned().unwrap_or_default())
}

/// Tries for every function to read every secret with its role: it may read those that its variables name, which are
/// those of its capabilities, and no other.
///
/// # Errors
///
/// When a role allows too much or too little.
pub async fn permissions(aws: &Aws) -> Result<String> {
    let listed = aws
        .json("secretsmanager", "secretsmanager.ListSecrets", json!({}))
        .await?;
    let secrets = listed["SecretList"].as_array().cloned().unwrap_or_default();
    let (mut allowed, mut denied) = (0, 0);
    for function in functions(aws).await? {
        let name = function["FunctionName"].as_str().unwrap_or_default();
        let variables = function["Environment"]["Variables"].as_object();
        for secret in &secrets {
            let named =
                variables.is_some_and(|all| all.values().any(|value| *value == secret["ARN"]));
            let may = is_allowed(aws, &function["Role"], &secret["ARN"]).await?;
            ensure!(
                may == named,
                "{name} and {}: allowed is {may}",
                secret["Name"]
            );
            *(if may { &mut allowed } else { &mut denied }) += 1;
        }
    }
    ensure!(allowed > 0 && denied > 0, "nothing was tried");
    Ok(format!(
        "{allowed} reads of secrets allowed, {denied} denied"
    ))
}

async fn is_allowed(aws: &Aws, role: &Value, secret: &Value) -> Result<bool> {
    let tried = [
        ("Action", "SimulatePrincipalPolicy"),
        ("Version", "2010-05-08"),
        ("PolicySourceArn", role.as_str().context("no role")?),
        ("ActionNames.member.1", "secretsmanager:GetSecretValue"),
        ("ResourceArns.member.1", secret.as_str().context("no ARN")?),
    ];
    let said = aws.query("iam", &tried).await?;
    ensure!(said.contains("<EvalDecision>"), "no decision: {said}");
    Ok(said.contains("<EvalDecision>allowed</EvalDecision>"))
}
