//! What is asked: which endpoint, of which agent, for which words. A seed decides all of it.

use std::collections::VecDeque;

use crate::bench::load::Request;
use crate::cli::scale::Profile;
use crate::seed::popularity::{Shares, agent_of};
use crate::seed::random::{Purpose, Random};
use crate::seed::words;

/// What is measured apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `GET /v1/agents/{agent}`
    Agent,
    /// `GET /v1/agents/{agent}/stats`
    Stats,
    /// `GET /v1/agents`
    Search,
    /// `GET /v1/agents/{agent}/feedback` and `/payments`
    List,
    /// `POST /v1/agents`
    Register,
    /// `POST /v1/agents/{agent}/feedback`
    Feedback,
    /// `POST /v1/agents/{agent}/payments`
    Payment,
}

impl Operation {
    /// Its name in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "get-agent",
            Self::Stats => "get-agent-stats",
            Self::Search => "search-agents",
            Self::List => "list-feedback, list-payments",
            Self::Register => "register-agent",
            Self::Feedback => "submit-feedback",
            Self::Payment => "link-payment",
        }
    }
}

/// Agents of one chain, whose ids begin at 0 and have no gaps.
#[derive(Clone, Copy, Debug)]
pub struct Agents {
    /// Their chain.
    pub chain: i64,
    /// How many there are.
    pub count: u64,
}

/// Searches that callers make, some more often than others.
const SEARCHES: u64 = 2_000;
/// In how fine steps popularity is told apart.
const STEPS: u64 = 1 << 40;

/// Makes requests.
#[derive(Debug)]
pub struct Asked {
    profile: Profile,
    agents: Agents,
    popular_agents: Shares,
    popular_searches: Shares,
    keys: Vec<String>,
    writes: VecDeque<(Operation, Request)>,
    random: Random,
    seed: u64,
}

impl Asked {
    /// Of agents, by callers with these keys.
    pub fn new(profile: Profile, agents: Agents, keys: Vec<String>, seed: u64) -> Self {
        Self {
            profile,
            popular_agents: Shares::of(STEPS, agents.count),
            popular_searches: Shares::of(STEPS, SEARCHES),
            agents,
            keys,
            writes: VecDeque::new(),
            random: Random::of(seed, Purpose::Load, 0),
            seed,
        }
    }

    /// Adds requests that change something: each can be sent once.
    pub fn add_writes(&mut self, writes: impl IntoIterator<Item = (Operation, Request)>) {
        self.writes.extend(writes);
    }

    /// The next request that changes nothing.
    pub fn next_read(&mut self) -> (Operation, Request) {
        let writes = std::mem::take(&mut self.writes);
        let read = self.next();
        self.writes = writes;
        read
    }

    /// The next request.
    pub fn next(&mut self) -> (Operation, Request) {
        let operation = match (self.profile, self.random.below(100)) {
            (Profile::Lookup, _) | (Profile::Mixed, 0..=29) => Operation::Agent,
            (Profile::Stats, _) | (Profile::Mixed, 30..=59) => Operation::Stats,
            (Profile::Search, _) | (Profile::Mixed, 60..=84) => Operation::Search,
            (Profile::Mixed, 85..=94) => Operation::List,
            (Profile::Mixed, _) => match self.writes.pop_front() {
                Some(write) => return write,
                None => Operation::Agent,
            },
        };
        let path = match operation {
            Operation::Search => self.search(),
            Operation::Stats => format!("/v1/agents/{}/stats", self.agent()),
            Operation::List if self.random.in_percent(50) => {
                format!("/v1/agents/{}/feedback", self.agent())
            }
            Operation::List => format!("/v1/agents/{}/payments", self.agent()),
            _ => format!("/v1/agents/{}", self.agent()),
        };
        let mut request = Request::get(&path);
        if !self.keys.is_empty() {
            let any = usize::try_from(self.random.next()).unwrap_or_default() % self.keys.len();
            let key = format!("Bearer {}", self.keys[any]);
            request.headers.push(("authorization", key));
        }
        (operation, request)
    }

    fn agent(&mut self) -> String {
        let rank = self.popular_agents.rank_of(self.random.below(STEPS));
        let Agents { chain, count } = self.agents;
        format!("{chain}:{}", agent_of(rank, count))
    }

    fn search(&mut self) -> String {
        let rank = self.popular_searches.rank_of(self.random.below(STEPS));
        let mut random = Random::of(self.seed, Purpose::Load, 1 + rank);
        format!("/v1/agents?{}", search(&mut random))
    }
}

/// A search: words, filters, or both, in any order.
fn search(random: &mut Random) -> String {
    let word = |random: &mut Random, list| random.word(list).replace(' ', "+");
    let skill = |random: &mut Random| format!("skill={}", random.word(words::SKILLS));
    match random.below(12) {
        0 => format!("q={}", word(random, words::TRADE)),
        1 => format!(
            "q={}+{}",
            word(random, words::FIRST),
            word(random, words::TRADE)
        ),
        2 => format!("q={}&active=true&sort=score", word(random, words::SUBJECT)),
        3 => "active=true".to_owned(),
        4 => format!("active=true&sort=score&{}", skill(random)),
        5 => format!("{}&service=mcp", skill(random)),
        6 => format!("domain={}&sort=feedback", random.word(words::DOMAINS)),
        7 => "trustLevel=excellent&trustLevel=good&sort=score".to_owned(),
        8 => format!("minScore={}&service=a2a", 50 + 5 * random.below(9)),
        9 => format!("x402=true&active=true&trust={}", random.word(words::TRUST)),
        10 => format!("sort=name&{}", skill(random)),
        _ => format!(
            "q={}&sort=feedback&reachable=true",
            word(random, words::TRADE)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_load_has_its_shares_and_asks_for_the_popular_more_often() {
        let agents = Agents {
            chain: 1,
            count: 1_000,
        };
        let mut asked = Asked::new(Profile::Mixed, agents, vec!["key".to_owned()], 7);
        let mut searches = 0;
        let mut first = 0;
        let path = format!("/v1/agents/1:{}", agent_of(0, 1_000));
        for _ in 0..10_000 {
            let (operation, request) = asked.next();
            searches += usize::from(operation == Operation::Search);
            first += usize::from(request.path.starts_with(&path));
        }
        assert!(searches.abs_diff(2_500) < 250, "{searches}");
        // One in 7.5 of those that ask for an agent, by Zipf's law.
        assert!(first.abs_diff(1_000) < 250, "{first}");
    }
}
