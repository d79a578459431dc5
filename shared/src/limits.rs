//! Every named limit of what callers may hand in. What is on chain is stored whole.

use std::time::Duration;

/// Longest raw query string, in bytes.
pub const QUERY_BYTES_MAX: usize = 4096;
/// Largest request body unless an endpoint says otherwise, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long a sign-in challenge can be used.
pub const CHALLENGE_AGE_MAX: Duration = Duration::from_mins(5);
/// Longest life of an API key, and that of one that names none.
pub const KEY_AGE_MAX: Duration = Duration::from_hours(24 * 365);
/// Longest sign-in message, in bytes.
pub const SIGN_IN_MESSAGE_BYTES_MAX: usize = 4_096;
/// Longest signature, in bytes: contract wallets take several in one.
pub const SIGNATURE_BYTES_MAX: usize = 4_096;
/// Longest `Idempotency-Key`, in characters.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// How long an idempotency key is bound to its first request.
pub const IDEMPOTENCY_AGE_MAX: Duration = Duration::from_hours(24);
/// Longest text of a search, in characters.
pub const SEARCH_CHARS_MAX: usize = 200;
/// Most matches of a text that are ranked by relevance: what a common word matches is too much for each caller.
pub const RANKED_MAX: i64 = 1_000;
/// Most values of one filter that can be repeated.
pub const FILTER_VALUES_MAX: usize = 10;
/// Rows in a page that names no size.
pub const PAGE_SIZE_DEFAULT: u16 = 20;
/// Most rows in a page.
pub const PAGE_SIZE_MAX: u16 = 100;
/// Most rows in a page for callers below the pro tier.
pub const PAGE_SIZE_FREE_MAX: u16 = 50;
/// Longest tag of feedback that is handed in, in bytes: what our registry takes.
pub const TAG_BYTES_MAX: usize = 64;
/// Longest URI of feedback, response and endpoint, in bytes: what our registry takes.
pub const URI_BYTES_MAX: usize = 512;
/// Most skills, or domains, that feedback names.
pub const CONTEXT_ITEMS_MAX: usize = 32;
/// Longest name of a tool, skill, task and the like in feedback, in characters.
pub const CONTEXT_ITEM_CHARS_MAX: usize = 256;
/// How long a client waits between two feedbacks to one agent.
pub const FEEDBACK_PAUSE_MIN: Duration = Duration::from_mins(1);
/// Characters that a list shows of a text from the chain, where nothing bounds it; `truncated` names what was cut.
pub const SHOWN_CHARS_MAX: usize = 2048;
/// Most payments that are linked by one request; a transaction with more is linked transfer by transfer.
pub const PAYMENTS_PER_TRANSACTION_MAX: usize = 20;
/// How long a chain may not know the transaction of a payment before the payment is withdrawn: nodes forget and lag.
pub const PAYMENT_MISSING_MAX: Duration = Duration::from_mins(15);
/// Largest registration file that is decoded or fetched, in bytes.
pub const REGISTRATION_FILE_BYTES_MAX: usize = 256 * 1024;
/// Largest body of `register-agent`, in bytes.
pub const REGISTER_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Longest `agentURI` that is prepared, in bytes. A longer one would not fit under the gas cap of one transaction
/// (EIP-7825).
pub const AGENT_URI_BYTES_MAX: usize = 20 * 1024;
/// Most metadata entries of one agent.
pub const METADATA_KEYS_MAX: usize = 50;
/// Longest metadata value, in bytes.
pub const METADATA_VALUE_BYTES_MAX: usize = 10 * 1024;
/// How long a chain is given to estimate the gas of a transaction.
pub const GAS_ESTIMATE_DURATION_MAX: Duration = Duration::from_secs(1);
/// Most faults that are listed of one registration file.
pub const REGISTRATION_FAULTS_MAX: usize = 100;
/// Longest that a request may take before it is answered with a problem.
/// API Gateway gives up after 30 s: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
pub const REQUEST_DURATION_MAX: Duration = Duration::from_secs(20);
/// How much of an invocation's time is kept for the answer itself.
pub const ANSWER_RESERVE: Duration = Duration::from_millis(250);

/// Whole seconds, rounded up: a caller that waits exactly this long has waited long enough.
#[must_use]
pub fn seconds_up(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
