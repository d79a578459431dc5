//! Why a chain's run ended before the head.

use super::super::rpc::EndpointError;

/// A failure of one chain's run; the cursor is where the last whole range ended.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// No endpoint gave what was asked.
    #[error("{0}")]
    Endpoint(#[from] EndpointError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The chain went another way again and again while it was read.
    #[error("the chain moved {0} times while it was read")]
    Restless(usize),
    /// The time was over before the first range was there.
    #[error("the time of the run was over before a range was read: the endpoint is too slow")]
    OutOfTime,
    /// A fork below everything that is remembered.
    #[error(
        "a reorg is deeper than the {depth} blocks that are remembered: none of them is on the \
         chain any more. Is this endpoint of the same chain? If so, index the chain anew"
    )]
    Deep {
        /// How far back the memory goes.
        depth: u64,
    },
}
