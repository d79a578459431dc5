//! How the database answers reads: each is asked of a function whose cache is off, and the plans of its statements are
//! taken from the server's log and judged. What is judged is what runs, with its real parameters.

mod judge;
pub mod log;
pub mod reads;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};

use crate::bench::table;
use crate::commands::UP;
use crate::lambda::{Function, Settings, event};
use crate::seed::popularity::agent_of;
use crate::seed::world::CHAIN;
use crate::stack::{Stack, database, env, gateway, postgres};
use log::{Log, Statement};
use reads::Read;

/// Statements that a read may take: what it is about, and why it found nothing.
const STATEMENTS_MAX: usize = 2;
const INVOCATION: Duration = Duration::from_mins(1);
/// Requests until the function knows the statement as it will for the rest of its life.
const WARM_UP: usize = 6;

/// Which agents are read.
#[derive(Debug)]
pub struct Subject {
    /// The most popular one, as `{chainId}:{agentId}`.
    pub popular: String,
    /// One of those that nobody has rated.
    pub quiet: String,
    /// One that is not there.
    pub missing: String,
    /// Who holds agents, as an address.
    pub owner: String,
}

/// What a read took.
#[derive(Debug)]
pub struct Looked {
    /// Its statements.
    pub statements: Vec<Statement>,
    /// What is wrong with them.
    pub faults: Vec<String>,
}

impl Subject {
    /// Of the seeded agents.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub async fn seeded(connection: &mut PgConnection) -> Result<Self> {
        let (count, owner): (i64, Option<String>) = sqlx::query_as(
            "SELECT count(*), '0x' || encode((array_agg(owner ORDER BY agent_id))[1], 'hex')
             FROM (SELECT owner, agent_id FROM agents WHERE chain_id = $1) AS seeded",
        )
        .bind(CHAIN)
        .fetch_one(connection)
        .await?;
        let count = u64::try_from(count)?;
        let owner = owner.context("there are no seeded agents: `cargo xtask seed` makes some")?;
        Ok(Self {
            popular: format!("{CHAIN}:{}", agent_of(0, count)),
            quiet: format!("{CHAIN}:{}", agent_of(count - 1, count)),
            missing: format!("{CHAIN}:{count}"),
            owner,
        })
    }
}

/// `cargo xtask plans`: of the running stack, with a table and an exit code.
///
/// # Errors
///
/// When there is no stack, or nothing is seeded.
pub(crate) async fn run() -> Result<ExitCode> {
    let stack = Stack::open(UP)?;
    let mut connection = database::connect(&stack)
        .await
        .context("`cargo xtask up` starts the database")?;
    let subject = Subject::seeded(&mut connection).await?;
    let mut settings = env::functions(&stack, stack.port(gateway::NAME)?)?;
    let folder = stack.state.functions.clone().context("nothing is built")?;
    let mut admin = PgConnection::connect(&postgres::admin_url(&stack)?).await?;
    let password = postgres::password(&stack)?;
    log::make_role(&mut admin, database::NAME, &password).await?;
    let port = stack.port(postgres::NAME)?;
    let url = postgres::url(log::ROLE, &password, port, database::NAME);
    settings.insert("DATABASE_URL".to_owned(), url);
    let looked = look(&subject, &folder, &mut settings, &stack.log(postgres::NAME)).await?;
    let mut table = table(&[
        "read",
        "statements",
        "ms",
        "blocks",
        "of them read",
        "what is wrong",
    ]);
    for (read, found) in &looked {
        let time: f64 = found.statements.iter().map(|s| s.milliseconds).sum();
        let blocks = found.statements.iter().map(|s| judge::blocks(&s.plan));
        let (hit, missed) = blocks.fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        table.add_row([
            read.name.to_owned(),
            found.statements.len().to_string(),
            format!("{time:.2}"),
            (hit + missed).to_string(),
            missed.to_string(),
            found.faults.join("; "),
        ]);
    }
    out!("{table}");
    let is_good = looked.iter().all(|(_, found)| found.faults.is_empty());
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Asks each read of a function of its own, and looks at what the database did for it. The functions must have the role
/// whose statements the server explains ([`log::make_role`]).
///
/// # Errors
///
/// When a function does not answer, or the log says nothing of it.
pub async fn look(
    subject: &Subject,
    folder: &Path,
    settings: &mut Settings,
    log: &Path,
) -> Result<Vec<(Read, Looked)>> {
    settings.insert("CACHE_ANSWERS".to_owned(), "off".to_owned());
    settings.insert("DATABASE_POOL_MAX".to_owned(), "1".to_owned());
    settings.insert(
        "RATE_LIMIT_QUOTAS".to_owned(),
        "lookup=1000000,search=1000000".to_owned(),
    );
    let mut log = Log::open(log)?;
    let mut all = Vec::new();
    for read in reads::all(subject) {
        let function = Function::start(&folder.join(read.function), settings).await?;
        let event = event::request("GET", &read.target, &[], None);
        for _ in 0..WARM_UP {
            log.take()?;
            let reply: Value = function.invoke(&event, INVOCATION).await?;
            let status = reply["statusCode"].as_u64().unwrap_or_default();
            ensure!(
                matches!(status, 200 | 404),
                "{} answered {reply}",
                read.target
            );
        }
        let statements = log.take()?;
        ensure!(
            !statements.is_empty(),
            "the log says nothing of {}",
            read.target
        );
        let faults = faults(&read, &statements);
        all.push((read, Looked { statements, faults }));
    }
    Ok(all)
}

fn faults(read: &Read, statements: &[Statement]) -> Vec<String> {
    let mut faults = Vec::new();
    if statements.len() > STATEMENTS_MAX {
        faults.push(format!("{} statements", statements.len()));
    }
    for statement in statements {
        faults.extend(judge::faults(&statement.plan, read.sorted_max));
    }
    faults
}
