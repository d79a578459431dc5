//! Connections that may be dropped in the middle of a query.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

/// A connection that goes back to its pool only when its work is done.
///
/// A future that is dropped at the deadline may leave half a query on the wire, and the driver
/// would hand that connection to the next run. Closing it instead also ends its transaction.
#[derive(Debug)]
pub struct Session {
    connection: PoolConnection<Postgres>,
    done: bool,
}

impl Session {
    /// Takes a connection from the pool.
    pub async fn open(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self {
            connection: pool.acquire().await?,
            done: false,
        })
    }

    /// The work is done: gives the connection back. Passes its result on.
    pub fn done<T>(mut self, result: T) -> T {
        self.done = true;
        result
    }
}

impl Deref for Session {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.done {
            self.connection.close_on_drop();
        }
    }
}
