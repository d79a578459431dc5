//! Events of faults for Sentry: what is ours to mend, never what a caller did wrong.
//!
//! Nothing of it exists before the first fault, and nothing at all where `SENTRY_DSN` is not set. An event is sent
//! before the answer, because the environment may be frozen right after; that wait is bounded by [`SEND_MAX`], and for the
//! first event of a process, which reads the system's certificates, by [`START_MAX`].

use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sentry::protocol::{Event, Exception};
use sentry::transports::DefaultTransportFactory;
use sentry::types::Dsn;
use sentry::{Client, ClientOptions, Level};

use crate::config;
use crate::http::{Code, Problem};

/// How long an answer waits for its event to be sent.
pub const SEND_MAX: Duration = Duration::from_secs(1);

/// How long an answer waits for an event where none was made ready before. What it does not wait for is sent beside it.
const START_MAX: Duration = Duration::from_secs(5);

/// While a dependency is out of reach each request fails alike: one event in this time says it.
const OUTAGE_EVERY: Duration = Duration::from_mins(1);

/// What is told of a fault. No address, no header, no body, no key: nothing of the caller.
#[derive(Debug)]
pub struct Fault<'a> {
    /// The function.
    pub function: &'static str,
    /// The invocation.
    pub request_id: &'a str,
    /// The X-Ray trace that it is part of.
    pub trace_id: Option<&'a str>,
    /// `GET /v1/agents/{agent}`, or the function's name where it has no route.
    pub transaction: String,
    /// What it is called in the catalogue of problems, or `SCHEDULED_RUN_FAILED`.
    pub code: &'static str,
    /// The whole chain of causes.
    pub cause: String,
    /// When whoever waits for the answer must have it.
    pub answer_by: Option<Instant>,
}

/// Whether a problem is a fault of ours that wants an event now.
#[must_use]
pub fn is_event(problem: &Problem) -> bool {
    static LAST_OUTAGE: Mutex<Option<Instant>> = Mutex::new(None);
    match problem.code() {
        Code::InternalError => true,
        Code::DependencyUnavailable => {
            let mut last = LAST_OUTAGE.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = last.is_none_or(|at| at.elapsed() >= OUTAGE_EVERY);
            if is_due {
                *last = Some(Instant::now());
            }
            is_due
        }
        _ => false,
    }
}

/// Sends an event, where somebody wants it.
pub async fn report(fault: Fault<'_>) {
    static DSN: LazyLock<Option<String>> = LazyLock::new(|| config::optional("SENTRY_DSN"));
    let Some(dsn) = DSN.as_deref() else { return };
    let left = |until: Instant| until.saturating_duration_since(Instant::now());
    let patience = START_MAX.min(fault.answer_by.map_or(START_MAX, left));
    let event = event(fault);
    // The transport has a thread of its own, and waiting for it blocks.
    let sent = tokio::task::spawn_blocking(move || {
        let Some(client) = client(dsn) else {
            return false;
        };
        client.capture_event(event, None);
        client.flush(Some(SEND_MAX))
    });
    let sent = tokio::time::timeout(patience, sent).await;
    if !matches!(sent, Ok(Ok(true))) {
        tracing::warn!("the event of a fault was not sent");
    }
}

fn client(dsn: &str) -> Option<&'static Client> {
    static CLIENT: OnceLock<Option<Client>> = OnceLock::new();
    let make = || {
        // The parser's error could quote the DSN, which holds a key.
        dsn.parse::<Dsn>().ok()?;
        let release = concat!("erc8004@", env!("CARGO_PKG_VERSION"));
        let mut options = ClientOptions::new()
            .dsn(dsn)
            .release(config::optional("RELEASE").unwrap_or_else(|| release.to_owned()))
            .transport(DefaultTransportFactory)
            .default_integrations(false)
            .send_default_pii(false);
        if let Some(environment) = config::optional("ENVIRONMENT") {
            options = options.environment(environment);
        }
        Some(Client::from_config(options))
    };
    CLIENT.get_or_init(make).as_ref()
}

fn event(fault: Fault<'_>) -> Event<'static> {
    let mut event = Event {
        level: Level::Error,
        transaction: Some(fault.transaction),
        exception: vec![Exception {
            ty: fault.code.to_owned(),
            value: Some(fault.cause),
            ..Exception::default()
        }]
        .into(),
        ..Event::default()
    };
    let tags = [
        ("function", Some(fault.function)),
        ("request_id", Some(fault.request_id)),
        ("trace_id", fault.trace_id),
    ];
    for (name, value) in tags {
        if let Some(value) = value {
            event.tags.insert(name.to_owned(), value.to_owned());
        }
    }
    event
}
