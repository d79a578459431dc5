//! `cargo xtask load`: the requests of many callers at once, and how an API bears them.

mod asked;
mod callers;
mod client;
mod drive;
mod picture;
mod report;
mod watch;

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use indicatif::ProgressBar;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::cli::scale::{Load, Profile};
use crate::commands::UP;
use crate::paths;
use crate::stack::{Stack, gateway, http};
use asked::{Agents, Asked};
use client::Client;
use report::Run;

/// Instances add what they counted to the cache once a second.
const METRICS_LAG: Duration = Duration::from_secs(2);
/// One request in twenty changes something.
const WRITES_PERCENT: u32 = 5;

/// Sends the load, prints the verdicts and writes the report.
///
/// # Errors
///
/// When there is nothing to ask, or the report cannot be written. A target that is missed is no error, and the exit code.
pub async fn run(args: &Load) -> Result<ExitCode> {
    let stack = Stack::open(UP)?;
    let own = gateway::url(&stack).ok();
    let url = args.url.clone().or_else(|| own.clone());
    let url = url.context("`cargo xtask up` starts an API; --url names another")?;
    let url = url.trim_end_matches('/').to_owned();
    let client = Arc::new(Client::new(&url, args.i_own_this_host)?);
    let is_own = own.as_ref() == Some(&url);
    let agents = agents(&url).await?;
    let rate = args.rate.unwrap_or_else(|| args.profile.rate());
    let mut asked = if is_own {
        let mut callers = callers::Callers::of(&stack, &url).await?;
        let mut asked = Asked::new(args.profile, agents, callers.keys(), args.seed);
        if args.profile == Profile::Mixed {
            out!("Preparing writes ...");
            let count = rate * args.seconds * WRITES_PERCENT / 100;
            asked.add_writes(callers.writes(count, args.seconds).await?);
        }
        asked
    } else {
        let keys = std::env::var("LOAD_API_KEYS").unwrap_or_default();
        let keys = keys
            .split(',')
            .filter(|key| !key.is_empty())
            .map(str::to_owned);
        Asked::new(args.profile, agents, keys.collect(), args.seed)
    };
    out!(
        "{} requests/s for {} s to {url}, about {} agents (seed {})",
        rate,
        args.seconds,
        agents.count,
        args.seed
    );
    warm(&client, &mut asked).await;
    let before = watch::kept(&url).await;
    let bar = ProgressBar::new_spinner();
    let (stop, stopped) = oneshot::channel();
    let show = |line: &str| {
        if bar.is_hidden() {
            out!("{line}");
        } else {
            bar.set_message(line.to_owned());
            bar.tick();
        }
    };
    let driven = async {
        let samples = drive::drive(client, asked, rate, args.seconds, &show).await;
        // It may have ended by itself, without a database.
        let _ = stop.send(());
        samples
    };
    let watched = async {
        if is_own {
            Some(watch::watch(&stack, stopped).await)
        } else {
            None
        }
    };
    let (samples, used) = tokio::join!(driven, watched);
    bar.finish_and_clear();
    tokio::time::sleep(METRICS_LAG).await;
    let kept = watch::between(&before, &watch::kept(&url).await);
    let subject = format!(
        "{} agents on chain {}, {}; seed {}.",
        agents.count,
        agents.chain,
        if is_own {
            "on this machine, with everything else"
        } else {
            url.as_str()
        },
        args.seed
    );
    let profile = args.profile;
    finish(&Run {
        profile,
        rate,
        seconds: args.seconds,
        subject,
        samples,
        kept,
        used,
    })
}

/// The chain with most agents, which are asked for.
async fn agents(url: &str) -> Result<Agents> {
    let (status, text) = http::get(&format!("{url}/v1/chains")).await?;
    ensure!(status == 200, "{url}/v1/chains answered {status}: {text}");
    let chains: Value = serde_json::from_str(&text)?;
    let chains = chains["items"].as_array().into_iter().flatten();
    let agents = chains.filter_map(|chain| {
        Some(Agents {
            chain: chain["chainId"].as_i64()?,
            count: chain["totals"]["agents"].as_u64()?,
        })
    });
    let most = agents.max_by_key(|agents| agents.count);
    most.filter(|agents| agents.count > 0)
        .context("the API has no agents: `cargo xtask seed` makes some")
}

/// Starts the instances, and has them know the keys; and the cache what is popular.
async fn warm(client: &Arc<Client>, asked: &mut Asked) {
    for _ in 0..40 {
        let mut round = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (client, (_, request)) = (Arc::clone(client), asked.next_read());
            round.spawn(async move { client.send(request).await });
        }
        while round.join_next().await.is_some() {}
    }
}

fn finish(run: &Run) -> Result<ExitCode> {
    let dir = paths::local().join("load");
    fs::create_dir_all(&dir)?;
    let name = run.profile.name();
    let (page, picture) = (dir.join(format!("{name}.md")), format!("{name}.svg"));
    let markdown = run.markdown(&picture);
    fs::write(dir.join(&picture), picture::svg(run))?;
    fs::write(&page, &markdown)?;
    out!("\n{markdown}\nWritten to {}.", page.display());
    let passes = run.verdicts().iter().all(|verdict| verdict.passes);
    Ok(if passes {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
