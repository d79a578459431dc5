//! `migrate`: brings the schema up to date, before the functions that need it.

use std::error::Error;
use std::process::ExitCode;

use shared::schema::{self, Owner, Report};
use shared::task::{self, Task};

const TASK: Task = Task {
    name: env!("CARGO_PKG_NAME"),
    summary: "Migrates the schema, and makes the roles that read and write",
};

fn main() -> ExitCode {
    task::run(&TASK, migrate)
}

async fn migrate(owner: Owner) -> Result<Report, Box<dyn Error + Send + Sync>> {
    schema::migrate(&owner, sqlx::migrate!("../../migrations")).await
}
