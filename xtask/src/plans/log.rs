//! Plans in the server's log, as `auto_explain` writes them
//! (<https://www.postgresql.org/docs/18/auto-explain.html>).

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

/// The role whose plans are read.
pub const ROLE: &str = "xtask_plans";
/// What the server says of each statement of the role. Only a superuser may have it say so.
const SETTINGS: [(&str, &str); 5] = [
    ("session_preload_libraries", "auto_explain"),
    ("auto_explain.log_min_duration", "0"),
    ("auto_explain.log_analyze", "on"),
    ("auto_explain.log_buffers", "on"),
    ("auto_explain.log_format", "json"),
];

/// A statement that was carried out.
#[derive(Debug)]
pub struct Statement {
    /// Its text.
    pub text: String,
    /// How long it took.
    pub milliseconds: f64,
    /// The top node of its plan.
    pub plan: Value,
}

/// The log of a server, from where it was read last.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    read: u64,
}

/// Makes the role, which may do what another may, and has the server explain what it does.
///
/// # Errors
///
/// When the connection is no superuser's.
pub async fn make_role(admin: &mut PgConnection, like: &str, password: &str) -> Result<()> {
    let role = sqlx::query("SELECT 1 FROM pg_roles WHERE rolname = $1").bind(ROLE);
    if admin.fetch_optional(role).await?.is_none() {
        let sql = format!("CREATE ROLE {ROLE}");
        admin.execute(AssertSqlSafe(sql)).await?;
    }
    // Utility statements take no parameters; all of it is of our own making, without quotes.
    let sql = format!("ALTER ROLE {ROLE} LOGIN PASSWORD '{password}'");
    admin.execute(AssertSqlSafe(sql)).await?;
    let sql = format!("GRANT {like} TO {ROLE}");
    admin.execute(AssertSqlSafe(sql)).await?;
    // A setting is known once its library is loaded.
    admin.execute("LOAD 'auto_explain'").await?;
    let sql = format!("ALTER ROLE {ROLE} RESET ALL");
    admin.execute(AssertSqlSafe(sql)).await?;
    for (name, value) in SETTINGS {
        let sql = format!("ALTER ROLE {ROLE} SET {name} = '{value}'");
        admin.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

impl Log {
    /// The log in a file, from its present end.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        let read = path
            .metadata()
            .with_context(|| format!("looking at {}", path.display()))?
            .len();
        Ok(Self {
            path: path.to_owned(),
            read,
        })
    }

    /// The statements that were carried out since it was asked last.
    ///
    /// # Errors
    ///
    /// When the log cannot be read.
    pub fn take(&mut self) -> Result<Vec<Statement>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        self.read += u64::try_from(file.read_to_end(&mut bytes)?)?;
        Ok(statements(&String::from_utf8_lossy(&bytes)))
    }
}

fn statements(log: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        let entry = line.split_once("LOG:  duration: ");
        let Some((_, rest)) = entry.filter(|(head, _)| head.contains(ROLE)) else {
            continue;
        };
        let Some(milliseconds) = rest
            .strip_suffix(" ms  plan:")
            .and_then(|ms| ms.parse().ok())
        else {
            continue;
        };
        let mut json = String::new();
        while let Some(line) = lines.next_if(|line| line.starts_with('\t')) {
            json.push_str(line);
            json.push('\n');
        }
        // A query's text can hold anything; what is no JSON is not a plan.
        let Ok(mut entry) = serde_json::from_str::<Value>(&json) else {
            continue;
        };
        found.push(Statement {
            text: entry["Query Text"].as_str().unwrap_or_default().to_owned(),
            milliseconds,
            plan: entry["Plan"].take(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_found_among_other_lines() {
        let log = "2026 UTC [7] xtask_plans LOG:  duration: 0.042 ms  plan:\n\t{\n\t  \"Query Text\": \"SELECT 1\",\n\
                   \t  \"Plan\": {\n\t    \"Node Type\": \"Result\"\n\t  }\n\t}\n\
                   2026 UTC [8] other LOG:  duration: 9.000 ms  plan:\n\t{\"Query Text\": \"SELECT 2\"}\n\
                   2026 UTC [7] xtask_plans LOG:  checkpoint starting: time\n";
        let found = statements(log);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "SELECT 1");
        assert_eq!(found[0].plan["Node Type"], "Result");
        assert!((found[0].milliseconds - 0.042).abs() < 1e-9);
    }
}
