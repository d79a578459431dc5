//! Who may act for an agent is what its registry would answer.

use alloy::primitives::Address;
use sqlx::PgConnection;
use uuid::Uuid;

use super::contracts::Contracts;
use super::history::account;
use super::{History, World};

/// `isAuthorizedOrOwner` of the reference: the owner, who is approved, and the owner's operators.
fn is_authorized(state: &Contracts, agent: usize, spender: Address) -> bool {
    let agent = &state.agents[agent];
    let operators = &state.operators;
    spender == agent.owner
        || spender == agent.approved
        || operators.get(&(agent.owner, spender)) == Some(&true)
}

/// What feedback is held against.
async fn is_authorized_or_owner(
    connection: &mut PgConnection,
    agent: Uuid,
    wallet: Address,
) -> bool {
    sqlx::query_scalar("SELECT is_authorized_or_owner($1, $2)")
        .bind(wallet.as_slice())
        .bind(agent)
        .fetch_one(connection)
        .await
        .unwrap()
}

/// Asks for each agent and account, and returns how often each answer was right.
async fn compare(world: &World, history: &History, about: &str) -> [usize; 2] {
    let mut connection = world.connection().await;
    let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM agents ORDER BY agent_id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(ids.len(), history.state().agents.len(), "{about}");
    let mut answers = [0, 0];
    for (agent, id) in ids.into_iter().enumerate() {
        for number in 0..7 {
            let wallet = account(number);
            let expected = is_authorized(history.state(), agent, wallet);
            let said = is_authorized_or_owner(&mut connection, id, wallet).await;
            let case = format!("{about}, agent {agent}, account {number}");
            assert_eq!(said, expected, "{case}");
            answers[usize::from(expected)] += 1;
        }
    }
    answers
}

#[tokio::test]
async fn who_may_act_for_an_agent_follows_transfers_approvals_and_reorgs() {
    for seed in [11, 12] {
        let mut history = History::new(31_337, seed);
        history.mine_many(90);
        let world = World::new(&history.chain).await;
        world.catch_up().await;
        for round in 0..6 {
            let about = format!("seed {seed}, round {round}");
            let [no, yes] = compare(&world, &history, &about).await;
            assert!(no > 20 && yes > 20, "{about}: {no} no, {yes} yes");
            let depth = 1 + history.random.place(40);
            history.reorg(depth, depth + 10);
            world.serve(&history);
            world.catch_up().await;
        }
        world.assert_exact(&history, &format!("seed {seed}")).await;
    }
}

#[tokio::test]
async fn nobody_acts_for_an_agent_that_is_not_there() {
    let history = History::new(31_337, 1);
    let world = World::new(&history.chain).await;
    let mut connection = world.connection().await;
    assert!(!is_authorized_or_owner(&mut connection, Uuid::nil(), Address::ZERO).await);
}
