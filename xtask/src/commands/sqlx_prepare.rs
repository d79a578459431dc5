//! `cargo xtask sqlx-prepare`

use anyhow::Result;
use tokio::process::Command;

use crate::run;
use crate::stack::{Stack, database, postgres};
use crate::steps::Steps;
use crate::{paths, tools};

/// Writes `.sqlx/` against a database of its own, which has all migrations.
pub async fn run() -> Result<()> {
    let mut stack = Stack::open("prepare")?;
    let _lock = stack.lock()?;
    let result = tokio::select! {
        result = prepare(&mut stack) => result,
        () = super::interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    stack.stop_all().await;
    stack.remove()?;
    result
}

async fn prepare(stack: &mut Stack) -> Result<()> {
    let steps = Steps::new(4);
    let needed = [tools::POSTGRES, tools::SQLX];
    steps
        .run("tools", async |step| {
            Ok((tools::ensure(&needed, step).await?, ()))
        })
        .await?;
    steps
        .run("PostgreSQL", async |_| {
            Ok((postgres::start(stack).await?, ()))
        })
        .await?;
    steps
        .run("migrations", async |_| {
            database::create(stack).await?;
            Ok((database::migrate(stack).await?, ()))
        })
        .await?;
    let url = database::url(stack)?;
    steps
        .run("queries", async |step| {
            cargo_sqlx(&url, false, &|line| step.note(line)).await?;
            let count = std::fs::read_dir(paths::root().join(".sqlx")).map_or(0, Iterator::count);
            Ok((format!("{count} in .sqlx/"), ()))
        })
        .await
}

/// Has sqlx write `.sqlx/`, or compare it with the queries and the database behind `url`.
pub async fn cargo_sqlx(url: &str, check: bool, note: &dyn Fn(&str)) -> Result<()> {
    let mut command = Command::new(tools::SQLX.path());
    command.args(["sqlx", "prepare", "--workspace"]);
    if check {
        command.arg("--check");
    }
    command
        .args(["--", "--all-targets"])
        .current_dir(paths::root())
        .env("DATABASE_URL", url)
        .env_remove("SQLX_OFFLINE");
    run::logged(command, &paths::local().join("logs/sqlx.log"), note).await
}
