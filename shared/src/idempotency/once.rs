//! A write's own transaction: the effect and, under a key, the stored reply.

use std::marker::PhantomData;

use utoipa::openapi::{RefOr, Schema};

use super::{Lease, StoredReply};
use crate::db::{Atomic, Isolation, Writer, atomically};
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
    pub async fn commit<O: Output>(
        &self,
        writer: &Writer,
        isolation: Isolation,
        work: impl AsyncFn(&mut Atomic<'_>) -> Result<Reply<O>, Problem>,
    ) -> Result<Reply<Rendered<O>>, Problem> {
        atomically(writer, isolation, async |atomic: &mut Atomic<'_>| {
            let reply = work(atomic).await?;
            let (body, media_type) = reply.output.into_body()?;
            if let Some(lease) = &self.lease {
                let mut headers: Vec<(String, String)> = Vec::with_capacity(reply.headers.len() + 1);
                for (name, value) in &reply.headers {
                    headers.push(((*name).to_owned(), value.clone()));
                }
                headers.push(("content-type".to_owned(), media_type.clone()));
                let stored = StoredReply {
                    status: reply.status,
                    headers,
                    body: body.clone(),
                };
                lease.store(atomic.connection(), &stored).await?;
            }
            Ok(Reply {
                status: reply.status,
                headers: reply.headers,
                output: Rendered {
                    body,
                    media_type,
                    output: PhantomData,
                },
            })
        })
        .await
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
