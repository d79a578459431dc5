//! An answer as it lies in the cache: a short head, and the body that a caller gets.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::generation::Token;
use crate::http::{Code, Problem};

/// The form of the head; what has another is nobody's.
const FORM: u8 = 1;
const HEAD_BYTES: usize = 22;
/// Longer bodies are compressed (RFC 1951).
const PLAIN_BYTES_MAX: usize = 2 * 1024;
/// A longer entry is not kept.
const ENTRY_BYTES_MAX: usize = 256 * 1024;
const COMPRESSED: u8 = 1;
const NEGATIVE: u8 = 2;
/// Of an answer's life, the part at whose end it is made anew by chance.
const EARLY_PART: u32 = 100;

/// What there is to say to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The body of a reply.
    Found(Vec<u8>),
    /// There is no such thing: the problem's code and detail.
    Missing(Code, String),
}

/// An answer, and when and from what it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The generation that it was made in.
    pub(super) token: Token,
    pub(super) made_at: DateTime<Utc>,
    /// How long making it took.
    pub(super) cost: Duration,
    pub(super) answer: Answer,
}

impl Answer {
    /// What of a result is worth keeping: other problems than these are of the moment.
    pub(super) fn of(result: &Result<Vec<u8>, Problem>) -> Option<Self> {
        match result {
            Ok(body) => Some(Self::Found(body.clone())),
            Err(problem) if is_lasting(problem.code()) => {
                Some(Self::Missing(problem.code(), problem.detail().to_owned()))
            }
            Err(_) => None,
        }
    }

    /// As it was when it was kept.
    pub(super) fn into_result(self) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Found(body) => Ok(body),
            Self::Missing(code, detail) => Err(Problem::new(code, detail)),
        }
    }
}

const fn is_lasting(code: Code) -> bool {
    matches!(code, Code::AgentNotFound | Code::ChainNotSupported)
}

impl Entry {
    /// `None` where it is too long to keep.
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        let (mut flags, mut body) = match &self.answer {
            Answer::Found(body) => (0, body.clone()),
            Answer::Missing(code, detail) => {
                (NEGATIVE, format!("{} {detail}", code.as_str()).into_bytes())
            }
        };
        if body.len() > PLAIN_BYTES_MAX {
            flags |= COMPRESSED;
            let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
            deflate.write_all(&body).ok()?;
            body = deflate.finish().ok()?;
        }
        let cost_ms = u32::try_from(self.cost.as_millis()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(HEAD_BYTES + body.len());
        bytes.extend([FORM, flags]);
        bytes.extend(self.token.0);
        bytes.extend(self.made_at.timestamp_millis().to_be_bytes());
        bytes.extend(cost_ms.to_be_bytes());
        bytes.append(&mut body);
        (bytes.len() <= ENTRY_BYTES_MAX).then_some(bytes)
    }

    /// `None` for what is no entry of this form.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (head, body) = bytes.split_at_checked(HEAD_BYTES)?;
        let (form, flags) = (head[0], head[1]);
        if form != FORM {
            return None;
        }
        let token = Token(head[2..10].try_into().ok()?);
        let made_at = i64::from_be_bytes(head[10..18].try_into().ok()?);
        let cost_ms = u32::from_be_bytes(head[18..22].try_into().ok()?);
        let mut plain = Vec::new();
        if flags & COMPRESSED == 0 {
            plain.extend_from_slice(body);
        } else {
            DeflateDecoder::new(body).read_to_end(&mut plain).ok()?;
        }
        let answer = if flags & NEGATIVE == 0 {
            Answer::Found(plain)
        } else {
            let text = String::from_utf8(plain).ok()?;
            let (code, detail) = text.split_once(' ')?;
            let code = Code::ALL.iter().find(|known| known.as_str() == code)?;
            Answer::Missing(*code, detail.to_owned())
        };
        Some(Self {
            token,
            made_at: DateTime::from_timestamp_millis(made_at)?,
            cost: Duration::from_millis(cost_ms.into()),
            answer,
        })
    }

    /// Whether it is to be made anew before its time is over: by chance, and the more likely the less is left, so that
    /// of many callers one does it, and what is asked often never expires (Vattani, Chierichetti and Lowenstein:
    /// "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015). `chance` is uniform in (0, 1].
    pub(super) fn is_due(&self, age_max: Duration, now: DateTime<Utc>, chance: f64) -> bool {
        let left = self.left(age_max, now);
        let early = self.cost.max(age_max / EARLY_PART);
        early.as_secs_f64() * -chance.ln() >= left.as_secs_f64()
    }

    /// How much of its life is left.
    pub(super) fn left(&self, age_max: Duration, now: DateTime<Utc>) -> Duration {
        // A clock that is behind that of whoever made it sees no age.
        let age = (now - self.made_at).to_std().unwrap_or_default();
        age_max.saturating_sub(age)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn entry(answer: Answer) -> Entry {
        Entry {
            token: Token([7; 8]),
            made_at: DateTime::from_timestamp_millis(1_700_000_000_123).expect("it is a time"),
            cost: Duration::from_millis(12),
            answer,
        }
    }

    #[test]
    fn what_is_kept_is_read_again_long_short_or_negative() {
        let long: Vec<u8> = (0..50_000_u32)
            .flat_map(|n| (n % 100).to_be_bytes())
            .collect();
        for answer in [
            Answer::Found(b"{}".to_vec()),
            Answer::Found(long.clone()),
            Answer::Missing(Code::AgentNotFound, "No agent 1:2 is indexed.".to_owned()),
        ] {
            let entry = entry(answer);
            let bytes = entry.encode().expect("it is short enough");
            assert!(bytes.len() < long.len() / 10);
            assert_eq!(Entry::decode(&bytes), Some(entry));
        }
    }

    #[test]
    fn what_is_no_entry_is_nothing_and_what_is_too_long_is_not_kept() {
        let bytes = entry(Answer::Found(vec![b' '; 100_000]))
            .encode()
            .expect("it is short enough");
        for cut in [0, 1, HEAD_BYTES - 1, HEAD_BYTES + 3] {
            assert_eq!(Entry::decode(&bytes[..cut]), None, "{cut}");
        }
        let mut other = bytes;
        other[0] = FORM + 1;
        assert_eq!(Entry::decode(&other), None);
        let mut state = 1_u32;
        let noise = (0..2 * ENTRY_BYTES_MAX).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        });
        assert_eq!(entry(Answer::Found(noise.collect())).encode(), None);
    }

    #[test]
    fn an_answer_is_made_anew_only_towards_its_end_and_surely_at_it() {
        let entry = entry(Answer::Found(Vec::new()));
        let age = Duration::from_mins(5);
        let after = |seconds| entry.made_at + TimeDelta::seconds(seconds);
        // One caller in a thousand is seven hundredths of the time early.
        assert!(!entry.is_due(age, after(0), 0.001));
        assert!(!entry.is_due(age, after(270), 0.001));
        assert!(entry.is_due(age, after(285), 0.001));
        assert!(!entry.is_due(age, after(295), 0.9));
        assert!(entry.is_due(age, after(300), 1.0));
    }
}
