//! Asks again what callers ask most: whoever comes first after a refresh of the views, or after an answer expired, finds
//! an answer.
//!
//! What is still kept costs one round trip to the cache. So a run that comes too early, or twice, does nothing.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::stream;
use redis::RedisError;
use serde::Serialize;

use crate::agents::search::{self, SearchQuery};
use crate::agents::{self, AgentRef};
use crate::cache::{AGENT, Cache, Operation, Question, REPUTATION, SEARCH, STATS};
use crate::db::Reader;
use crate::feedback;
use crate::http::Problem;

/// Questions in one run.
const QUESTIONS_MAX: usize = 200;
/// Questions at once: callers need the database, too.
const AT_ONCE: usize = 2;
/// A question is not begun with less time left than this.
const ANSWER_DURATION_MIN: Duration = Duration::from_secs(3);

/// What a run did.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Questions whose answers are kept now.
    pub kept: usize,
    /// Those that had no answer; the next caller sees why.
    pub failed: usize,
    /// Names that an older version left, or a newer one.
    pub unknown: usize,
    /// Questions for which no time was left.
    pub left: usize,
}

/// What was asked.
#[derive(Debug, PartialEq)]
enum Wanted {
    Agent(&'static Operation, AgentRef),
    Search(Box<SearchQuery>),
}

/// Asks the most asked questions, as long as there is time.
///
/// # Errors
/// When the cache does not answer: then there is nothing to be kept in, either.
pub async fn run(
    stores: &(Reader, Cache),
    now: DateTime<Utc>,
    deadline: Instant,
) -> Result<Report, RedisError> {
    let names = stores.1.most_asked(QUESTIONS_MAX).await?;
    let mut report = Report::default();
    let known: Vec<Wanted> = names.iter().filter_map(|name| Wanted::read(name)).collect();
    report.unknown = names.len() - known.len();
    let known: Vec<_> = known
        .into_iter()
        .map(|wanted| wanted.ask_in_time(stores, now, deadline))
        .collect();
    let mut asked = stream::iter(known).buffer_unordered(AT_ONCE);
    while let Some(answer) = asked.next().await {
        match answer {
            None => report.left += 1,
            Some(Ok(())) => report.kept += 1,
            // That there is no such agent is an answer, and kept.
            Some(Err(problem)) if problem.code().status() < 500 => report.kept += 1,
            Some(Err(problem)) => {
                report.failed += 1;
                tracing::warn!(cause = problem.cause(), "an answer could not be made");
            }
        }
    }
    Ok(report)
}

impl Wanted {
    /// From a question's name: the operation and what it was asked.
    fn read(name: &str) -> Option<Self> {
        let (operation, asked) = name.split_once(' ')?;
        if operation == SEARCH.name {
            let (size, query): (u16, SearchQuery) = serde_json::from_str(asked).ok()?;
            return Some(Self::Search(Box::new(SearchQuery {
                limit: Some(size),
                ..query
            })));
        }
        let mut known = [&AGENT, &STATS, &REPUTATION].into_iter();
        let operation = known.find(|known| known.name == operation)?;
        Some(Self::Agent(operation, asked.parse().ok()?))
    }

    async fn ask_in_time(
        self,
        stores: &(Reader, Cache),
        now: DateTime<Utc>,
        deadline: Instant,
    ) -> Option<Result<(), Problem>> {
        if Instant::now() + ANSWER_DURATION_MIN > deadline {
            return None;
        }
        Some(self.ask(stores, now).await)
    }

    async fn ask(
        self,
        (reader, cache): &(Reader, Cache),
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let (operation, agent) = match self {
            Self::Search(query) => {
                return search::again((reader, cache), *query, now).await.map(drop);
            }
            Self::Agent(operation, agent) => (operation, agent),
        };
        let question = Question::about(operation, &agent).warming();
        if *operation == AGENT {
            let work = || agents::profile(reader, &agent);
            cache.answer(&question, now, work).await.map(drop)
        } else if *operation == STATS {
            let work = || agents::stats(reader, &agent);
            cache.answer(&question, now, work).await.map(drop)
        } else {
            let work = || feedback::reputation(reader, &agent);
            cache.answer(&question, now, work).await.map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::search::Sort;

    #[test]
    fn a_question_is_read_from_the_name_that_it_was_counted_under() {
        let agent: AgentRef = "1:22".parse().expect("it is a name");
        for operation in [&AGENT, &STATS, &REPUTATION] {
            let name = Question::about(operation, &agent).name.expect("it has one");
            assert_eq!(
                Wanted::read(&name),
                Some(Wanted::Agent(operation, agent.clone()))
            );
        }
        for other in [
            "",
            "get-agent",
            "get-agent nobody",
            "drop-tables 1:22",
            "search-agents {",
        ] {
            assert_eq!(Wanted::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_search_is_read_with_its_filters_order_and_size() {
        let query = SearchQuery {
            q: Some("weather".to_owned()),
            service: vec!["mcp".to_owned()],
            min_score: Some("79.5".to_owned().try_into().expect("it is one")),
            sort: Some(Sort::Score),
            ..SearchQuery::default()
        };
        let asked = Question::of_search(&SEARCH, &()).counted_as(&(7, &query));
        let read = Wanted::read(&asked.name.expect("it has one"));
        let limit = Some(7);
        assert_eq!(
            read,
            Some(Wanted::Search(Box::new(SearchQuery { limit, ..query })))
        );
    }
}
