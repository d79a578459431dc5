//! Feedback, its revocations, and responses to it.

use sqlx::PgConnection;

use super::super::fold::Fold;
use super::rows::{Numeric, Rows, Time};
use super::{index, number, time};

pub(super) async fn write(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
) -> Result<(), sqlx::Error> {
    insert(connection, chain_id, fold).await?;
    revoke(connection, fold).await?;
    responses(connection, chain_id, fold).await
}

async fn insert(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "feedback",
        "id uuid, agent uuid, chain_id bigint, identity_registry bytea, \
         reputation_registry bytea, client bytea, feedback_index numeric, \
         value numeric, value_decimals smallint, tag1 text, tag2 text, endpoint text, \
         feedback_uri text, feedback_hash bytea, source text, block_number bigint, \
         log_index integer, transaction_hash bytea, created_at timestamptz, \
         revoked_block bigint, revoked_log integer, revoked_at timestamptz",
    );
    let chain = number(chain_id);
    for (key, feedback) in &fold.feedback {
        let Some(new) = &feedback.new else { continue };
        let agent = &fold.agents[key.agent];
        let revoked = feedback.revoked;
        rows.push(&[
            &feedback.id,
            &agent.id,
            &chain,
            &agent.key.registry,
            &key.registry,
            &key.client,
            &Numeric::from(key.index),
            &Numeric::from(feedback.value),
            &i16::from(feedback.decimals),
            &feedback.tag1.as_str(),
            &feedback.tag2.as_str(),
            &new.endpoint.as_str(),
            &new.uri.as_str(),
            &new.hash,
            &"chain",
            &number(new.at.block),
            &index(new.at.log),
            &new.transaction_hash,
            &Time(new.time_s),
            &revoked.map(|revoked| number(revoked.at.block)),
            &revoked.map(|revoked| index(revoked.at.log)),
            &revoked.map(|revoked| Time(revoked.time_s)),
        ]);
    }
    rows.send(connection).await
}

async fn revoke(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    let (mut ids, mut blocks, mut logs, mut times) = (vec![], vec![], vec![], vec![]);
    for feedback in fold
        .feedback
        .values()
        .filter(|feedback| feedback.new.is_none())
    {
        let Some(revoked) = feedback.revoked else {
            continue;
        };
        ids.push(feedback.id);
        blocks.push(number(revoked.at.block));
        logs.push(index(revoked.at.log));
        times.push(time(revoked.time_s));
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE feedback f SET revoked_block = t.block, revoked_log = t.log, revoked_at = t.at
         FROM unnest($1::uuid[], $2::bigint[], $3::integer[], $4::timestamptz[])
              AS t (id, block, log, at)
         WHERE f.id = t.id",
        &ids,
        &blocks,
        &logs,
        &times,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn responses(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "feedback_responses",
        "chain_id bigint, block_number bigint, log_index integer, feedback uuid, \
         responder bytea, response_uri text, response_hash bytea, \
         transaction_hash bytea, created_at timestamptz",
    );
    let chain = number(chain_id);
    for response in &fold.responses {
        rows.push(&[
            &chain,
            &number(response.at.block),
            &index(response.at.log),
            &response.feedback,
            &response.responder,
            &response.uri.as_str(),
            &response.hash,
            &response.transaction_hash,
            &Time(response.time_s),
        ]);
    }
    rows.send(connection).await
}
