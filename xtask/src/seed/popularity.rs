//! Who gets how much: as in real registries a few agents get most of it, and most agents get none.

/// How a total is spread over ranks by Zipf's law: the second gets half of what the first gets, the third a third.
#[derive(Debug)]
pub struct Shares {
    /// What lies before each rank, and the total behind the last.
    starts: Vec<u64>,
}

/// A prime above any number of agents: multiplying by it spreads ranks over the ids.
const SPREAD: u64 = 2_654_435_761;
/// What the first rank weighs. In whole numbers, so that every machine spreads alike.
const WEIGHT: u64 = 1 << 40;

impl Shares {
    /// Spreads `total` over `ranks`.
    pub fn of(total: u64, ranks: u64) -> Self {
        let all: u128 = (1..=ranks).map(weight).sum();
        let mut starts = vec![0];
        let mut sum = 0;
        for rank in 1..=ranks {
            sum += weight(rank);
            let start = u128::from(total) * sum / all;
            starts.push(u64::try_from(start).unwrap_or(total));
        }
        Self { starts }
    }

    /// What the agent of a rank gets: the number of the first, and how many.
    pub fn get(&self, rank: u64) -> (u64, u64) {
        let at = usize::try_from(rank).unwrap_or(usize::MAX);
        match self.starts.get(at..) {
            Some([start, end, ..]) => (*start, end - start),
            _ => (0, 0),
        }
    }

    /// The rank that a number of the total falls to.
    pub fn rank_of(&self, number: u64) -> u64 {
        let before = self.starts.partition_point(|start| *start <= number);
        u64::try_from(before.saturating_sub(1)).unwrap_or_default()
    }
}

fn weight(rank: u64) -> u128 {
    u128::from(WEIGHT / rank)
}

/// The agentId that has a rank: the popular ones are spread over all of `agents`.
pub fn agent_of(rank: u64, agents: u64) -> u64 {
    rank * SPREAD % agents
}

/// The ranks by agentId.
pub fn ranks(agents: u64) -> Vec<u64> {
    let mut ranks = vec![0; usize::try_from(agents).unwrap_or_default()];
    for rank in 0..agents {
        if let Some(place) = usize::try_from(agent_of(rank, agents))
            .ok()
            .and_then(|agent| ranks.get_mut(agent))
        {
            *place = rank;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_spread_whole_and_the_first_gets_most() {
        let shares = Shares::of(10_000, 1_000);
        let counts: Vec<u64> = (0..1_000).map(|rank| shares.get(rank).1).collect();
        assert_eq!(counts.iter().sum::<u64>(), 10_000);
        assert!(counts[0] > 1_300 && counts[0].abs_diff(2 * counts[1]) <= 2);
        for rank in [0, 1, 7, 500] {
            let (start, count) = shares.get(rank);
            assert_eq!(shares.rank_of(start), rank);
            assert_eq!(shares.rank_of(start + count - 1), rank);
        }
    }

    #[test]
    fn each_agent_has_one_rank() {
        for agents in [1, 2, 73, 1_000] {
            let ranks = ranks(agents);
            for (agent, rank) in (0..).zip(&ranks) {
                assert_eq!(agent_of(*rank, agents), agent);
            }
        }
    }
}
