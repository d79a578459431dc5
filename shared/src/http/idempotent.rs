//! The place of idempotency in the pipeline: between the parsed input and the handler.

use std::future::Future;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::event::Answer;
use super::request::RawRequest;
use super::{Input, Meta, Problem};
use crate::db::Writer;
use crate::idempotency::{Begun, Fingerprint, IdempotencyKey, Lease, Once, StoredReply, begin};
use crate::{deadline, limits};

/// How long an answer waits for its lease to be given back. Less than [`limits::ANSWER_RESERVE`].
const RELEASE_MAX: Duration = Duration::from_millis(100);

/// How a write with a key goes on.
enum Next {
    /// It is carried out.
    Carry(Option<Lease>),
    /// It was carried out already.
    Replay(Answer),
}

/// Carries a request out once: `work` runs unless a reply to it is stored. What has no effect gives its lease back.
pub(super) async fn once<I, Fut>(
    writer: Option<&Writer>,
    raw: &RawRequest,
    meta: &Meta,
    mut input: I,
    work: impl FnOnce(I) -> Fut,
) -> Result<Answer, Problem>
where
    I: Input,
    Fut: Future<Output = Result<Answer, Problem>>,
{
    let (Some(slot), Some(writer)) = (input.once(), writer) else {
        return work(input).await;
    };
    let lease = match next(writer, raw, meta).await? {
        Next::Replay(answer) => return Ok(answer),
        Next::Carry(lease) => lease,
    };
    if let Some(lease) = &lease {
        *slot = Once::leased(lease.clone());
    }
    let result = work(input).await;
    if let (Err(_), Some(lease)) = (&result, lease) {
        give_back(lease, writer.clone()).await;
    }
    result
}

/// The answer waits for that only a moment: it may be late already.
async fn give_back(lease: Lease, writer: Writer) {
    let released = deadline::by(Instant::now() + RELEASE_MAX, async move {
        lease.release(&writer).await
    });
    let error = match released.await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(unfinished) => unfinished.to_string(),
    };
    tracing::warn!(error, "a lease was not given back; it ends by itself");
}

async fn next(writer: &Writer, raw: &RawRequest, meta: &Meta) -> Result<Next, Problem> {
    let Some(key) = raw.idempotency_key.as_deref() else {
        return Ok(Next::Carry(None));
    };
    let key = IdempotencyKey::parse(key)?;
    let wallet = meta.caller.holder()?.wallet;
    let fingerprint = Fingerprint::of(&raw.method, &raw.path, &raw.body);
    let lease = (meta.now, lease_end(meta, Instant::now()));
    let writer = writer.clone();
    let begun = deadline::by(meta.deadline, async move {
        begin(&writer, (wallet, key), fingerprint, lease).await
    });
    Ok(match begun.await?? {
        Begun::Leased(lease) => Next::Carry(Some(lease)),
        Begun::Answered(reply) => Next::Replay(replay(reply)),
    })
}

/// The end of the invocation: no attempt goes on beyond it.
fn lease_end(meta: &Meta, now: Instant) -> DateTime<Utc> {
    let left = meta.deadline.saturating_duration_since(now) + limits::ANSWER_RESERVE;
    meta.now + left
}

fn replay(reply: StoredReply) -> Answer {
    let mut answer = Answer {
        status: reply.status,
        headers: Vec::with_capacity(reply.headers.len() + 1),
        body: reply.body,
    };
    for (name, value) in reply.headers {
        answer.add(name, value);
    }
    answer.add("idempotency-replayed", "true");
    answer
}
