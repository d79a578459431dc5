//! Validations and what the validators answered.

use alloy_primitives::map::HashMap;
use sqlx::PgConnection;

use super::super::fold::{Fold, ValidationKey, Verdict};
use super::rows::{Rows, Time};
use super::{index, number, time};

pub(super) async fn write(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
) -> Result<(), sqlx::Error> {
    // Later ones replace earlier ones: verdicts are in log order.
    let latest: HashMap<ValidationKey, &Verdict> = fold
        .verdicts
        .iter()
        .map(|verdict| (verdict.key, verdict))
        .collect();
    insert(connection, chain_id, fold, &latest).await?;
    update(connection, chain_id, fold, &latest).await?;
    verdicts(connection, chain_id, fold).await
}

async fn insert(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
    latest: &HashMap<ValidationKey, &Verdict>,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "validations",
        "chain_id bigint, validation_registry bytea, request_hash bytea, agent uuid, \
         validator bytea, request_uri text, requested_block bigint, \
         requested_log integer, requested_tx bytea, requested_at timestamptz, \
         response smallint, response_uri text, response_hash bytea, tag text, \
         responded_block bigint, responded_at timestamptz, response_count integer",
    );
    let chain = number(chain_id);
    for (key, validation) in &fold.validations {
        let Some(new) = &validation.new else { continue };
        let verdict = latest.get(key);
        rows.push(&[
            &chain,
            &key.registry,
            &key.request_hash,
            &validation.agent,
            &validation.validator,
            &new.uri.as_str(),
            &number(new.at.block),
            &index(new.at.log),
            &new.transaction_hash,
            &Time(new.time_s),
            &verdict.map(|verdict| i16::from(verdict.response)),
            &verdict.map(|verdict| verdict.uri.as_str()),
            &verdict.map(|verdict| verdict.hash),
            &verdict.map(|verdict| verdict.tag.as_str()),
            &verdict.map(|verdict| number(verdict.at.block)),
            &verdict.map(|verdict| Time(verdict.time_s)),
            &i32::try_from(validation.answers).unwrap_or(i32::MAX),
        ]);
    }
    rows.send(connection).await
}

/// Validations that are there already and were answered.
async fn update(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
    latest: &HashMap<ValidationKey, &Verdict>,
) -> Result<(), sqlx::Error> {
    let answered: Vec<(&Verdict, i64)> = latest
        .iter()
        .filter_map(|(key, verdict)| Some((*verdict, fold.validations.get(key)?)))
        .filter(|(_, validation)| validation.new.is_none())
        .map(|(verdict, validation)| (verdict, validation.answers))
        .collect();
    if answered.is_empty() {
        return Ok(());
    }
    let registries: Vec<_> = answered
        .iter()
        .map(|(v, _)| v.key.registry.to_vec())
        .collect();
    let requests: Vec<_> = answered
        .iter()
        .map(|(v, _)| v.key.request_hash.to_vec())
        .collect();
    let responses: Vec<_> = answered
        .iter()
        .map(|(v, _)| i16::from(v.response))
        .collect();
    let uris: Vec<_> = answered.iter().map(|(v, _)| v.uri.clone()).collect();
    let hashes: Vec<_> = answered.iter().map(|(v, _)| v.hash.to_vec()).collect();
    let tags: Vec<_> = answered.iter().map(|(v, _)| v.tag.clone()).collect();
    let blocks: Vec<_> = answered.iter().map(|(v, _)| number(v.at.block)).collect();
    let times: Vec<_> = answered.iter().map(|(v, _)| time(v.time_s)).collect();
    let counts: Vec<_> = answered.iter().map(|(_, answers)| *answers).collect();
    sqlx::query!(
        "UPDATE validations v SET response = t.response, response_uri = t.uri,
                response_hash = t.hash, tag = t.tag, responded_block = t.block,
                responded_at = t.at, response_count = v.response_count + t.answers::integer
         FROM unnest($2::bytea[], $3::bytea[], $4::smallint[], $5::text[], $6::bytea[],
                     $7::text[], $8::bigint[], $9::timestamptz[], $10::bigint[])
              AS t (registry, request, response, uri, hash, tag, block, at, answers)
         WHERE v.chain_id = $1 AND v.validation_registry = t.registry
           AND v.request_hash = t.request",
        number(chain_id),
        &registries,
        &requests,
        &responses,
        &uris,
        &hashes,
        &tags,
        &blocks,
        &times,
        &counts,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn verdicts(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "validation_responses",
        "chain_id bigint, block_number bigint, log_index integer, \
         validation_registry bytea, request_hash bytea, response smallint, \
         response_uri text, response_hash bytea, tag text, transaction_hash bytea, \
         created_at timestamptz",
    );
    let chain = number(chain_id);
    for verdict in &fold.verdicts {
        rows.push(&[
            &chain,
            &number(verdict.at.block),
            &index(verdict.at.log),
            &verdict.key.registry,
            &verdict.key.request_hash,
            &i16::from(verdict.response),
            &verdict.uri.as_str(),
            &verdict.hash,
            &verdict.tag.as_str(),
            &verdict.transaction_hash,
            &Time(verdict.time_s),
        ]);
    }
    rows.send(connection).await
}
