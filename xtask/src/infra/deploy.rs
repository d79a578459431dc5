//! A deployment: what would change, a question, the stacks in their order.

use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use super::{Target, architecture, cdk, local, package};
use crate::cli::infra::{Deploy, Destroy};
use crate::run;

/// Shows what would change, asks, and deploys.
///
/// # Errors
///
/// When the CDK cannot be started, or nobody is there to answer.
pub async fn deploy(args: &Deploy) -> Result<ExitCode> {
    let target = target(&args.environment, args.release.clone()).await?;
    if !target.zips.exists() {
        bail!(
            "nothing is packaged: cargo xtask package --env {}",
            args.environment
        );
    }
    let mut diff = cdk("diff", &target);
    diff.arg("--all");
    let shown = run::attached(diff).await?;
    if shown != ExitCode::SUCCESS {
        return Ok(shown);
    }
    if !args.yes && !agreed(&format!("Deploy this to {}?", args.environment))? {
        bail!("nothing was deployed");
    }
    let mut deploy = cdk("deploy", &target);
    // What was asked here is not asked again.
    deploy.args(["--require-approval", "never", "--outputs-file"]);
    deploy.arg(local().join(format!("outputs-{}.json", args.environment)));
    deploy.args(stacks(&args.environment, &args.stacks));
    run::attached(deploy).await
}

/// Asks, and takes away what was deployed.
///
/// # Errors
///
/// When the CDK cannot be started, or nobody is there to answer.
pub async fn destroy(args: &Destroy) -> Result<ExitCode> {
    let target = target(&args.environment, None).await?;
    let question = format!("Destroy {} for good?", args.environment);
    if !args.yes && !agreed(&question)? {
        bail!("nothing was destroyed");
    }
    let mut destroy = cdk("destroy", &target);
    destroy.arg("--force");
    destroy.args(stacks(&args.environment, &args.stacks));
    run::attached(destroy).await
}

async fn target(environment: &str, release: Option<String>) -> Result<Target> {
    let architecture = architecture::of(environment).await?;
    Ok(Target {
        environment: environment.to_owned(),
        change: None,
        zips: package::folder(architecture, false),
        output: local().join("cdk.out").join(environment),
        release,
    })
}

/// The stacks by their names in CloudFormation; all of them where none is named.
fn stacks(environment: &str, parts: &[String]) -> Vec<String> {
    if parts.is_empty() {
        return vec!["--all".to_owned()];
    }
    let named = parts
        .iter()
        .map(|part| format!("erc8004-{environment}-{part}"));
    // The others are as they are.
    named.chain(["--exclusively".to_owned()]).collect()
}

/// Whether whoever sits at the terminal types the word.
fn agreed(question: &str) -> Result<bool> {
    out!("\n{question} Only `yes` counts.");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.context("reading the answer")? == 0 {
        bail!("nobody answered; --yes goes on without asking");
    }
    Ok(answer.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_that_are_named_are_deployed_alone() {
        assert_eq!(stacks("dev", &[]), ["--all"]);
        let named = stacks("dev", &["api".to_owned(), "schedules".to_owned()]);
        assert_eq!(
            named,
            ["erc8004-dev-api", "erc8004-dev-schedules", "--exclusively"]
        );
    }
}
