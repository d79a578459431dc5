//! A write's own transaction: the effect and, under a key, the stored reply.

use std::marker::PhantomData;

use utoipa::openapi::{RefOr, Schema};

use super::{Lease, StoredReply};
use crate::db::{Atomic, Isolation, ScopedFutureExt as _, Work, Writer, atomically};
use crate::http::{Output, Problem, Reply};

/// What a write commits with. It is handed to the handler by the pipeline, with a lease where the caller sent a key.
#[derive(Clone, Debug, Default)]
pub struct Once {
    lease: Option<Lease>,
}

/// The reply of a committed write: only [`Once::commit`] makes one.
#[derive(Debug)]
pub struct Rendered<O> {
    body: Vec<u8>,
    media_type: String,
    output: PhantomData<fn() -> O>,
}

impl Once {
    /// With a lease.
    #[must_use]
    pub const fn leased(lease: Lease) -> Self {
        Self { lease: Some(lease) }
    }

    /// Does `work` in one transaction with storing its reply. It may be begun anew after a conflict, so it must be free
    /// of effects outside of the database; a problem undoes all of it, and stores nothing.
    ///
    /// # Errors
    /// Those of the work and of the database; `IDEMPOTENCY_KEY_IN_USE` where another attempt has taken over.
    pub async fn commit<'a, O, F>(
        &self,
        writer: &Writer,
        isolation: Isolation,
        work: F,
    ) -> Result<Reply<Rendered<O>>, Problem>
    where
        O: Output,
        F: for<'t> Fn(&'t mut Atomic) -> Work<'a, 't, Reply<O>, Problem> + Sync,
    {
        let (lease, work) = (self.lease.as_ref(), &work);
        atomically(writer, isolation, |atomic| {
            async move {
                let reply = Rendered::of(work(atomic).await?)?;
                if let Some(lease) = lease {
                    lease.store(atomic.connection(), &stored(&reply)).await?;
                }
                Ok(reply)
            }
            .scope_boxed()
        })
        .await
    }
}

impl<O: Output> Rendered<O> {
    fn of(reply: Reply<O>) -> Result<Reply<Self>, Problem> {
        let (body, media_type) = reply.output.into_body()?;
        Ok(Reply {
            status: reply.status,
            headers: reply.headers,
            output: Self {
                body,
                media_type,
                output: PhantomData,
            },
        })
    }
}

/// What a replay sends again.
fn stored<O>(reply: &Reply<Rendered<O>>) -> StoredReply {
    let headers = reply.headers.iter();
    let mut headers: Vec<(String, String)> = headers
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    headers.push(("content-type".to_owned(), reply.output.media_type.clone()));
    StoredReply {
        status: reply.status,
        headers,
        body: reply.output.body.clone(),
    }
}

impl<O: Output> Output for Rendered<O> {
    const STATUS: u16 = O::STATUS;

    fn into_body(self) -> Result<(Vec<u8>, String), Problem> {
        Ok((self.body, self.media_type))
    }

    fn media_type() -> &'static str {
        O::media_type()
    }

    fn other_successes() -> &'static [(u16, &'static str)] {
        O::other_successes()
    }

    fn schema(named: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        O::schema(named)
    }
}
