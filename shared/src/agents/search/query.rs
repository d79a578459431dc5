//! What a search asks for.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Percent;
use crate::address::Address;
use crate::agents::{AgentStatus, TrustLevel};
use crate::http::{Cursor, Problem, of_the_page};
use crate::limits::{FILTER_VALUES_MAX, PAGE_SIZE_MAX, SEARCH_CHARS_MAX};

/// Filters, order and page of a search. Filters narrow each other; where one is repeated (`skill=a&skill=b`) all its
/// values must be held, except `trustLevel`, of which one is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SearchQuery {
    /// Words to look for in names, services, skills, domains and descriptions, weighted in this order.
    /// `"quoted words"` stand together, `or` and `-` mean what they say. Where no word matches, agents whose name
    /// looks alike are found, the most alike first. At most 1,000 matches are ranked by relevance: where there are more,
    /// add words or filters, or ask for another order, which knows no such bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = SEARCH_CHARS_MAX)))]
    #[param(min_length = 1, max_length = 200, example = "weather oracle")]
    pub q: Option<String>,
    /// Only on this chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[param(minimum = 1, example = 1)]
    pub chain_id: Option<i64>,
    /// Only held by this address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub owner: Option<Address>,
    /// Only paid at this address (`agentWallet`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub wallet: Option<Address>,
    /// Only those that say that they take work, or only those that do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Only with a service of this name, in any case: `mcp`, `a2a`, `web`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = FILTER_VALUES_MAX), inner(length(chars, min = 1, max = SEARCH_CHARS_MAX)))]
    #[param(max_items = 10, example = json!(["mcp"]))]
    pub service: Vec<String>,
    /// Only with this skill, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = FILTER_VALUES_MAX), inner(length(chars, min = 1, max = SEARCH_CHARS_MAX)))]
    #[param(max_items = 10)]
    pub skill: Vec<String>,
    /// Only with this domain, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = FILTER_VALUES_MAX), inner(length(chars, min = 1, max = SEARCH_CHARS_MAX)))]
    #[param(max_items = 10)]
    pub domain: Vec<String>,
    /// Only those that say that they can be paid by x402, or only those that do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x402: Option<bool>,
    /// Only those with a service whose domain answered when it was last asked, or only those without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reachable: Option<bool>,
    /// Only those that name this trust model: `reputation`, `crypto-economic`, `tee-attestation`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = FILTER_VALUES_MAX), inner(length(chars, min = 1, max = SEARCH_CHARS_MAX)))]
    #[param(max_items = 10)]
    pub trust: Vec<String>,
    /// Only in this state; by default all that are on chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub status: Option<AgentStatus>,
    /// Only of this trust level, or one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = FILTER_VALUES_MAX))]
    #[param(inline, max_items = 10)]
    pub trust_level: Vec<TrustLevel>,
    /// Only with a score of at least this, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<f64>, minimum = 0, maximum = 100, example = 80)]
    pub min_score: Option<Percent>,
    /// Only with at least this percentage of payments that succeeded, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<f64>, minimum = 0, maximum = 100, example = 95)]
    pub min_payment_success: Option<Percent>,
    /// The order: by default `relevance` with `q`, else `newest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub sort: Option<Sort>,
    /// Rows in a page; 20 by default.
    #[serde(skip_serializing_if = "of_the_page")]
    #[garde(inner(range(min = 1, max = PAGE_SIZE_MAX)))]
    #[param(minimum = 1, maximum = 100, example = 20)]
    pub limit: Option<u16>,
    /// `nextCursor` of the page before. It carries filters and order; those beside it repeat them or are absent.
    #[serde(skip_serializing_if = "of_the_page")]
    #[param(value_type = Option<String>)]
    pub cursor: Option<Cursor>,
}

/// The order of a search. `relevance`: the best match of `q` first. `newest`: what was first seen last. `score`: the
/// highest first, then agents without one. `feedback`: the most first, then agents without any. `name`: by name, then
/// agents without one. Ties are broken by our own id, so that an order is always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Sort {
    /// The best match of `q` first.
    Relevance,
    /// The first seen last comes first.
    Newest,
    /// The highest score first, then agents without one.
    Score,
    /// The most feedback first, then agents without any.
    Feedback,
    /// By name, then agents without one.
    Name,
}

impl SearchQuery {
    /// As the index spells it, so that one question has one form.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        self.q = self
            .q
            .map(|q| q.trim().to_owned())
            .filter(|q| !q.is_empty());
        for values in [
            &mut self.service,
            &mut self.skill,
            &mut self.domain,
            &mut self.trust,
        ] {
            for value in &mut *values {
                *value = value.trim().to_lowercase().chars().take(128).collect();
            }
            values.sort();
            values.dedup();
        }
        self.trust_level.sort();
        self.trust_level.dedup();
        self
    }

    /// The order that is asked for or follows.
    #[must_use]
    pub fn order(&self) -> Sort {
        let default = if self.q.is_some() {
            Sort::Relevance
        } else {
            Sort::Newest
        };
        self.sort.unwrap_or(default)
    }

    /// Relevance needs something to be relevant to.
    pub(super) fn check_sort(&self) -> Result<(), Problem> {
        if self.order() == Sort::Relevance && self.q.is_none() {
            return Err(Problem::at(
                "/query/sort",
                "is `relevance`, which needs `q`",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_has_one_form() {
        let asked = |service: &[&str], q: &str| {
            SearchQuery {
                service: service.iter().map(|&s| s.to_owned()).collect(),
                q: Some(q.to_owned()),
                ..SearchQuery::default()
            }
            .normalised()
        };
        assert_eq!(
            asked(&["MCP", "a2a"], " x "),
            asked(&["A2A", "mcp", "MCP "], "x")
        );
        assert_eq!(asked(&[], "  ").order(), Sort::Newest);
        assert_eq!(asked(&[], "x").order(), Sort::Relevance);
    }
}
