//! The steps of an order, and the keys by which a page goes on.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::card::Row;
use super::query::{SearchQuery, Sort};

/// A part of an order: rows that one index holds in the order of the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Agents whose words match, the best first.
    Matched,
    /// Agents whose name looks like the text, the most alike first; only where no word matched at all.
    Similar,
    /// Agents with a score, the highest first.
    Scored,
    /// Agents with feedback, the most first.
    Counted,
    /// Agents with a name, in its order.
    Named,
    /// All, the newest first.
    All,
    /// Those without a score, the newest first.
    Unscored,
    /// Those without feedback, the newest first.
    Uncounted,
    /// Those without a name, the newest first.
    Unnamed,
}

/// The last row shown, by what its step sorts by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Key {
    #[serde(rename = "m")]
    Matched(f32, Uuid),
    #[serde(rename = "t")]
    Similar(f32, Uuid),
    /// The score in decimal.
    #[serde(rename = "s")]
    Scored(String, Uuid),
    #[serde(rename = "f")]
    Counted(i64, Uuid),
    #[serde(rename = "n")]
    Named(String, Uuid),
    #[serde(rename = "c")]
    Newest(DateTime<Utc>, Uuid),
}

impl Step {
    /// The steps of a search from where it goes on.
    pub fn from(filter: &SearchQuery, after: Option<&Key>) -> Vec<Self> {
        if matches!(after, Some(Key::Similar(..))) {
            return vec![Self::Similar];
        }
        let mut steps = match filter.order() {
            Sort::Relevance => vec![Self::Matched],
            Sort::Newest => vec![Self::All],
            // Whoever asks for a least score does not ask for those without one.
            Sort::Score if filter.min_score.is_some() => vec![Self::Scored],
            Sort::Score => vec![Self::Scored, Self::Unscored],
            Sort::Feedback => vec![Self::Counted, Self::Uncounted],
            Sort::Name => vec![Self::Named, Self::Unnamed],
        };
        match after {
            None if filter.q.is_some() => steps.push(Self::Similar),
            None => {}
            Some(key) => steps.retain(|step| step.takes(key) || !step.is_keyed()),
        }
        if matches!(after, Some(Key::Newest(..))) {
            steps.retain(|step| !step.is_keyed());
        }
        steps
    }

    /// Whether it runs only where nothing else was found.
    pub const fn is_fallback(self) -> bool {
        matches!(self, Self::Similar)
    }

    /// Whether it sorts by how well a text matches.
    pub const fn is_ranked(self) -> bool {
        matches!(self, Self::Matched | Self::Similar)
    }

    /// Whether it sorts by something other than age.
    const fn is_keyed(self) -> bool {
        !matches!(
            self,
            Self::All | Self::Unscored | Self::Uncounted | Self::Unnamed
        )
    }

    /// Whether a key is one of its rows'.
    pub const fn takes(self, key: &Key) -> bool {
        match key {
            Key::Matched(..) => matches!(self, Self::Matched),
            Key::Similar(..) => matches!(self, Self::Similar),
            Key::Scored(..) => matches!(self, Self::Scored),
            Key::Counted(..) => matches!(self, Self::Counted),
            Key::Named(..) => matches!(self, Self::Named),
            Key::Newest(..) => !self.is_keyed(),
        }
    }

    /// The key of one of its rows.
    pub fn key(self, row: &Row) -> Key {
        match self {
            Self::Matched => Key::Matched(row.rank, row.id),
            Self::Similar => Key::Similar(row.rank, row.id),
            Self::Scored => Key::Scored(row.score.clone().unwrap_or_default(), row.id),
            Self::Counted => Key::Counted(row.feedback_count.unwrap_or_default(), row.id),
            Self::Named => Key::Named(row.name_key.clone().unwrap_or_default(), row.id),
            Self::All | Self::Unscored | Self::Uncounted | Self::Unnamed => {
                Key::Newest(row.created_at, row.id)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_goes_on_in_the_step_in_which_its_last_page_ended() {
        let by = |sort, q: Option<&str>| SearchQuery {
            sort: Some(sort),
            q: q.map(str::to_owned),
            ..SearchQuery::default()
        };
        let id = Uuid::nil();
        let newest = Key::Newest(DateTime::UNIX_EPOCH, id);
        let scored = Key::Scored("80".to_owned(), id);
        let name = by(Sort::Score, None);
        assert_eq!(Step::from(&name, None), [Step::Scored, Step::Unscored]);
        assert_eq!(
            Step::from(&name, Some(&scored)),
            [Step::Scored, Step::Unscored]
        );
        assert_eq!(Step::from(&name, Some(&newest)), [Step::Unscored]);
        assert_eq!(
            Step::from(&by(Sort::Newest, None), Some(&newest)),
            [Step::All]
        );
        let text = by(Sort::Name, Some("x"));
        assert_eq!(
            Step::from(&text, None),
            [Step::Named, Step::Unnamed, Step::Similar]
        );
        assert_eq!(
            Step::from(&text, Some(&Key::Similar(0.5, id))),
            [Step::Similar]
        );
    }

    #[test]
    fn a_rank_survives_its_cursor_exactly() {
        for rank in [0.1f32, 0.607_927_1, f32::MIN_POSITIVE, 1.0 / 3.0] {
            let key = Key::Matched(rank, Uuid::nil());
            let text = serde_json::to_string(&key).expect("it serialises");
            assert_eq!(
                serde_json::from_str::<Key>(&text).expect("it is a key"),
                key
            );
        }
    }
}
