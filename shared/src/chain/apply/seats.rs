//! Who held what when: owners, wallets, approvals, operators.

use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::super::Position;
use super::super::fold::{Agent, Fold, OperatorKey, Seat};
use super::rows::Rows;
use super::{index, number};

/// Stretches that end: whose, and where.
#[derive(Default)]
struct Ends {
    agents: Vec<Uuid>,
    blocks: Vec<i64>,
    logs: Vec<i32>,
}

impl Ends {
    fn of(fold: &Fold, seat: fn(&Agent) -> &Seat) -> Self {
        let mut ends = Self::default();
        for agent in &fold.agents {
            if let Some(at) = seat(agent).closed() {
                ends.agents.push(agent.id);
                ends.blocks.push(number(at.block));
                ends.logs.push(index(at.log));
            }
        }
        ends
    }
}

fn end(at: Option<Position>) -> (Option<i64>, Option<i32>) {
    (at.map(|at| number(at.block)), at.map(|at| index(at.log)))
}

/// A table of stretches, and its columns.
struct Table {
    name: &'static str,
    columns: &'static str,
    seat: fn(&Agent) -> &Seat,
}

const TABLES: [Table; 3] = [
    Table {
        name: "agent_owners",
        columns: "agent uuid, owner bytea, from_block bigint, from_log integer, \
                  to_block bigint, to_log integer",
        seat: |agent| &agent.owner,
    },
    Table {
        name: "agent_wallets",
        columns: "agent uuid, wallet bytea, from_block bigint, from_log integer, \
                  to_block bigint, to_log integer",
        seat: |agent| &agent.wallet,
    },
    Table {
        name: "agent_approvals",
        columns: "agent uuid, approved bytea, from_block bigint, from_log integer, \
                  to_block bigint, to_log integer",
        seat: |agent| &agent.approved,
    },
];

pub(super) async fn write(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
) -> Result<(), sqlx::Error> {
    for table in TABLES {
        table.close(connection, fold).await?;
        table.open(fold).send(connection).await?;
    }
    operators(connection, chain_id, fold).await
}

impl Table {
    /// Ends the stretches that were open.
    async fn close(&self, connection: &mut PgConnection, fold: &Fold) -> Result<(), sqlx::Error> {
        let ends = Ends::of(fold, self.seat);
        if ends.agents.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "UPDATE {} s SET to_block = t.block, to_log = t.log
             FROM unnest($1::uuid[], $2::bigint[], $3::integer[]) AS t (agent, block, log)
             WHERE s.agent = t.agent AND s.to_block IS NULL",
            self.name
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(&ends.agents)
            .bind(&ends.blocks)
            .bind(&ends.logs)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Those that began, which may have ended too.
    fn open(&self, fold: &Fold) -> Rows {
        let mut rows = Rows::new(self.name, self.columns);
        for agent in &fold.agents {
            for span in (self.seat)(agent).spans() {
                let (to_block, to_log) = end(span.to);
                rows.push(&[
                    &agent.id,
                    &span.holder,
                    &number(span.from.block),
                    &index(span.from.log),
                    &to_block,
                    &to_log,
                ]);
            }
        }
        rows
    }
}

async fn operators(
    connection: &mut PgConnection,
    chain_id: u64,
    fold: &Fold,
) -> Result<(), sqlx::Error> {
    let ends: Vec<(&OperatorKey, Position)> = fold
        .operators
        .iter()
        .filter_map(|(key, seat)| Some((key, seat.closed()?)))
        .collect();
    if !ends.is_empty() {
        let registries: Vec<Vec<u8>> = ends.iter().map(|(key, _)| key.registry.to_vec()).collect();
        let owners: Vec<Vec<u8>> = ends.iter().map(|(key, _)| key.owner.to_vec()).collect();
        let operators: Vec<Vec<u8>> = ends.iter().map(|(key, _)| key.operator.to_vec()).collect();
        let blocks: Vec<i64> = ends.iter().map(|(_, at)| number(at.block)).collect();
        let logs: Vec<i32> = ends.iter().map(|(_, at)| index(at.log)).collect();
        sqlx::query!(
            "UPDATE owner_operators o SET to_block = t.block, to_log = t.log
             FROM unnest($2::bytea[], $3::bytea[], $4::bytea[], $5::bigint[], $6::integer[])
                  AS t (registry, owner, operator, block, log)
             WHERE o.chain_id = $1 AND o.identity_registry = t.registry AND o.owner = t.owner
               AND o.operator = t.operator AND o.to_block IS NULL",
            number(chain_id),
            &registries,
            &owners,
            &operators,
            &blocks,
            &logs,
        )
        .execute(&mut *connection)
        .await?;
    }
    let mut rows = Rows::new(
        "owner_operators",
        "chain_id bigint, identity_registry bytea, owner bytea, operator bytea, \
         from_block bigint, from_log integer, to_block bigint, to_log integer",
    );
    let chain = number(chain_id);
    for (key, seat) in &fold.operators {
        for span in seat.spans() {
            let (to_block, to_log) = end(span.to);
            rows.push(&[
                &chain,
                &key.registry,
                &key.owner,
                &key.operator,
                &number(span.from.block),
                &index(span.from.log),
                &to_block,
                &to_log,
            ]);
        }
    }
    rows.send(connection).await
}
