//! Statistics: differences are added, so that others may change other columns meanwhile.

use sqlx::PgConnection;
use uuid::Uuid;

use super::super::fold::{Agent, Fold, Score};
use super::rows::{Numeric, Rows};
use super::time;

pub(super) async fn write(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    clients(connection, fold).await?;
    agents(connection, fold).await?;
    largest_clients(connection, fold).await?;
    tags(connection, fold).await
}

async fn clients(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    let mut rows = Rows::new(
        "agent_client_stats",
        "agent uuid, client bytea, feedback_count bigint, last_index numeric",
    );
    let (mut agents, mut clients, mut counts, mut last) = (vec![], vec![], vec![], vec![]);
    for ((slot, address), client) in fold.clients.iter().filter(|(_, client)| client.changed) {
        let agent = fold.agents[*slot].id;
        if client.stored {
            agents.push(agent);
            clients.push(address.to_vec());
            counts.push(client.count);
            last.push(client.last_index.to_string());
        } else {
            rows.push(&[
                &agent,
                address,
                &client.count,
                &Numeric::from(client.last_index),
            ]);
        }
    }
    rows.send(connection).await?;
    if agents.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE agent_client_stats c SET feedback_count = t.count, last_index = t.last
         FROM unnest($1::uuid[], $2::bytea[], $3::bigint[], $4::text[]::numeric[])
              AS t (agent, client, count, last)
         WHERE c.agent = t.agent AND c.client = t.client",
        &agents,
        &clients,
        &counts,
        &last,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn agents(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    let fresh: Vec<Uuid> = fold
        .agents
        .iter()
        .filter(|agent| !agent.is_stored() && agent.stats.is_empty())
        .map(|agent| agent.id)
        .collect();
    if !fresh.is_empty() {
        sqlx::query!(
            "INSERT INTO agent_stats (agent) SELECT unnest($1::uuid[])",
            &fresh
        )
        .execute(&mut *connection)
        .await?;
    }
    let changed: Vec<&Agent> = fold
        .agents
        .iter()
        .filter(|agent| !agent.stats.is_empty())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let count = |of: fn(&Agent) -> i64| changed.iter().map(|agent| of(agent)).collect::<Vec<i64>>();
    let sum = |of: fn(&Agent) -> Score| {
        changed
            .iter()
            .map(|agent| decimal(of(agent).sum))
            .collect::<Vec<String>>()
    };
    let ids: Vec<Uuid> = changed.iter().map(|agent| agent.id).collect();
    let last: Vec<_> = changed
        .iter()
        .map(|agent| agent.stats.last_feedback_s.map(time))
        .collect();
    sqlx::query!(
        "INSERT INTO agent_stats AS s (agent, feedback_count, revoked_count, client_count,
                client_max_count, response_count, starred_count, starred_sum, starred_positive,
                starred_negative, untagged_count, untagged_sum, untagged_positive,
                untagged_negative, last_feedback_at, validation_count, answered_count,
                response_sum, off_chain_count)
         SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                $6::bigint[], $7::bigint[], $8::text[]::numeric[], $9::bigint[], $10::bigint[],
                $11::bigint[], $12::text[]::numeric[], $13::bigint[], $14::bigint[],
                $15::timestamptz[], $16::bigint[], $17::bigint[], $18::bigint[],
                $19::bigint[])
         ON CONFLICT (agent) DO UPDATE SET
                feedback_count = s.feedback_count + excluded.feedback_count,
                revoked_count = s.revoked_count + excluded.revoked_count,
                client_count = s.client_count + excluded.client_count,
                client_max_count = greatest(s.client_max_count, excluded.client_max_count),
                response_count = s.response_count + excluded.response_count,
                starred_count = s.starred_count + excluded.starred_count,
                starred_sum = s.starred_sum + excluded.starred_sum,
                starred_positive = s.starred_positive + excluded.starred_positive,
                starred_negative = s.starred_negative + excluded.starred_negative,
                untagged_count = s.untagged_count + excluded.untagged_count,
                untagged_sum = s.untagged_sum + excluded.untagged_sum,
                untagged_positive = s.untagged_positive + excluded.untagged_positive,
                untagged_negative = s.untagged_negative + excluded.untagged_negative,
                last_feedback_at = greatest(s.last_feedback_at, excluded.last_feedback_at),
                validation_count = s.validation_count + excluded.validation_count,
                answered_count = s.answered_count + excluded.answered_count,
                response_sum = s.response_sum + excluded.response_sum,
                off_chain_count = s.off_chain_count + excluded.off_chain_count",
        &ids,
        &count(|agent| agent.stats.feedback),
        &count(|agent| agent.stats.revoked),
        &count(|agent| agent.stats.clients),
        &count(|agent| agent.stats.client_max),
        &count(|agent| agent.stats.responses),
        &count(|agent| agent.stats.starred.count),
        &sum(|agent| agent.stats.starred),
        &count(|agent| agent.stats.starred.positive),
        &count(|agent| agent.stats.starred.negative),
        &count(|agent| agent.stats.untagged.count),
        &sum(|agent| agent.stats.untagged),
        &count(|agent| agent.stats.untagged.positive),
        &count(|agent| agent.stats.untagged.negative),
        &last as _,
        &count(|agent| agent.stats.validations),
        &count(|agent| agent.stats.answered),
        &count(|agent| agent.stats.response_sum),
        &count(|agent| agent.stats.off_chain),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A revocation can lower the largest count: the index has the next one.
async fn largest_clients(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    let fell: Vec<Uuid> = fold
        .agents
        .iter()
        .filter(|agent| agent.stats.client_max_fell)
        .map(|agent| agent.id)
        .collect();
    if fell.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE agent_stats s SET client_max_count = coalesce(
             (SELECT c.feedback_count FROM agent_client_stats c
              WHERE c.agent = s.agent ORDER BY c.feedback_count DESC LIMIT 1), 0)
         WHERE s.agent = ANY($1)",
        &fell,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn tags(connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
    let (mut agents, mut hashes, mut scales) = (vec![], vec![], vec![]);
    let (mut tag1, mut tag2, mut counts, mut revoked, mut sums) =
        (vec![], vec![], vec![], vec![], vec![]);
    for agent in &fold.agents {
        for ((hash, decimals), tag) in &agent.tags {
            agents.push(agent.id);
            hashes.push(hash.to_vec());
            scales.push(i16::from(*decimals));
            tag1.push(tag.tag1.clone());
            tag2.push(tag.tag2.clone());
            counts.push(tag.feedback);
            revoked.push(tag.revoked);
            sums.push(tag.sum.to_string());
        }
    }
    if agents.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO agent_tag_stats AS s (agent, tag_hash, value_decimals, tag1, tag2,
                feedback_count, revoked_count, value_sum)
         SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::smallint[], $4::text[], $5::text[],
                $6::bigint[], $7::bigint[], $8::text[]::numeric[])
         ON CONFLICT (agent, tag_hash, value_decimals) DO UPDATE SET
                feedback_count = s.feedback_count + excluded.feedback_count,
                revoked_count = s.revoked_count + excluded.revoked_count,
                value_sum = s.value_sum + excluded.value_sum",
        &agents,
        &hashes,
        &scales,
        &tag1,
        &tag2,
        &counts,
        &revoked,
        &sums,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A sum in units of `10^-18` as a decimal. Always all 18 places, so that the sum's scale does
/// not tell in which portions it was added.
fn decimal(sum: i128) -> String {
    const ONE: u128 = 1_000_000_000_000_000_000;
    let sign = if sum < 0 { "-" } else { "" };
    let magnitude = sum.unsigned_abs();
    format!("{sign}{}.{:018}", magnitude / ONE, magnitude % ONE)
}
