//! `migrate`: brings the schema up to date, before the functions that need it; adds chains by hand.

use std::error::Error;
use std::process::ExitCode;

use shared::schema::{self, Order, Owner, Report};
use shared::task::{self, Task};

const TASK: Task = Task {
    name: env!("CARGO_PKG_NAME"),
    summary: "Migrates the schema, makes the roles that read and write, and adds chains",
};

fn main() -> ExitCode {
    task::run(&TASK, migrate)
}

async fn migrate(order: Order, owner: Owner) -> Result<Report, Box<dyn Error + Send + Sync>> {
    schema::migrate(&owner, &order, sqlx::migrate!("../../migrations")).await
}
