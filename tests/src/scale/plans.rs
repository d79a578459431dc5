//! How reads find their answers.

use sqlx::{Connection as _, PgConnection};
use xtask::plans::{self, Subject, log};

use super::seeded;
use crate::harness::{database, settings};

#[tokio::test]
async fn no_read_scans_a_large_table_sorts_more_than_a_page_or_takes_more_than_two_statements() {
    let world = seeded().await;
    let mut admin = PgConnection::connect(&settings::database_url())
        .await
        .unwrap();
    log::make_role(&mut admin, database::ROLE, log::ROLE)
        .await
        .unwrap();
    let subject = Subject::seeded(&mut world.connect().await).await.unwrap();
    let mut asked = world.settings();
    asked.insert(
        "DATABASE_URL".to_owned(),
        world.database.url_as(log::ROLE, log::ROLE),
    );
    let functions = settings::functions_dir();
    let looked = plans::look(&subject, &functions, &mut asked, &settings::database_log()).await;
    let mut wrong = Vec::new();
    for (read, found) in looked.unwrap() {
        for fault in found.faults {
            let texts: Vec<&str> = found.statements.iter().map(|s| s.text.as_str()).collect();
            wrong.push(format!(
                "{} ({}): {fault}\n{}",
                read.name,
                read.target,
                texts.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
