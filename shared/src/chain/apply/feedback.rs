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
    bring_on_chain(connection, fold).await?;
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
        let Some(new) = feedback.new.as_ref().filter(|new| !new.was_handed_in) else {
            continue;
        };
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

/// Gives rows that were handed in here their place on chain. What was said stands as it was said here.
async fn bring_on_chain(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    let (mut ids, mut indexes, mut blocks, mut logs) = (vec![], vec![], vec![], vec![]);
    let (mut hashes, mut revocations) = (vec![], vec![]);
    for (key, feedback) in &fold.feedback {
        let Some(new) = feedback.new.as_ref().filter(|new| new.was_handed_in) else {
            continue;
        };
        ids.push(feedback.id);
        indexes.push(key.index.to_string());
        blocks.push(number(new.at.block));
        logs.push(index(new.at.log));
        hashes.push(new.transaction_hash.to_vec());
        revocations.push(feedback.revoked);
    }
    if ids.is_empty() {
        return Ok(());
    }
    let revoked = revocations.iter();
    let revoked_blocks: Vec<_> = revoked
        .clone()
        .map(|r| r.map(|r| number(r.at.block)))
        .collect();
    let revoked_logs: Vec<_> = revoked
        .clone()
        .map(|r| r.map(|r| index(r.at.log)))
        .collect();
    let revoked_at: Vec<_> = revoked.map(|r| r.map(|r| time(r.time_s))).collect();
    sqlx::query!(
        "UPDATE feedback f SET feedback_index = t.index, block_number = t.block, log_index = t.log,
                transaction_hash = t.hash, revoked_block = t.revoked_block,
                revoked_log = t.revoked_log, revoked_at = t.revoked_at
         FROM unnest($1::uuid[], $2::text[]::numeric[], $3::bigint[], $4::integer[], $5::bytea[],
                     $6::bigint[], $7::integer[], $8::timestamptz[])
              AS t (id, index, block, log, hash, revoked_block, revoked_log, revoked_at)
         WHERE f.id = t.id",
        &ids,
        &indexes,
        &blocks,
        &logs,
        &hashes,
        &revoked_blocks as _,
        &revoked_logs as _,
        &revoked_at as _,
    )
    .execute(connection)
    .await?;
    Ok(())
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
