//! Rows on their way into a table, encoded once and sent by one of two ways.
//!
//! Many rows go by `COPY … (FORMAT BINARY)`, the fastest there is. But a `COPY` ends in a packet of
//! its own, which TCP holds back until the one before is acknowledged (the driver does not set
//! `TCP_NODELAY`): some 40 ms for each table, too long for a block with twenty events. So few rows
//! go by one `INSERT … SELECT FROM unnest(…)`, with a column an array.

mod columns;
mod field;

use sqlx::{AssertSqlSafe, PgConnection};

pub(super) use self::field::{Field, Hashes, Json, Numeric, Texts, Time};

use self::columns::{Column, transpose};

/// What precedes the rows of a `COPY`: signature, flags, no header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// From here on `COPY` is worth its last packet.
const COPY_ROWS_MIN: usize = 1_000;
/// Messages of this size keep the server's buffer small.
const MESSAGE_BYTES: usize = 1 << 20;

/// Rows for one table.
pub(super) struct Rows {
    table: &'static str,
    columns: &'static str,
    buffer: Vec<u8>,
    count: usize,
}

impl Rows {
    /// Rows for a table with these columns: `name type, name type`.
    pub(super) fn new(table: &'static str, columns: &'static str) -> Self {
        Self {
            table,
            columns,
            buffer: HEADER.to_vec(),
            count: 0,
        }
    }

    /// Adds a row; the fields come in the columns' order.
    pub(super) fn push(&mut self, fields: &[&dyn Field]) {
        let count = i16::try_from(fields.len()).unwrap_or(i16::MAX);
        self.buffer.extend_from_slice(&count.to_be_bytes());
        for field in fields {
            field.put(&mut self.buffer);
        }
        self.count += 1;
    }

    /// Writes the rows, if there are any.
    pub(super) async fn send(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        match self.count {
            0 => Ok(()),
            1..COPY_ROWS_MIN => self.insert(connection).await,
            _ => self.copy(connection).await,
        }
    }

    async fn insert(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let columns: Vec<Column> = self.columns.split(", ").map(Column::new).collect();
        let list = |of: &dyn Fn(usize, &Column) -> String| {
            let items: Vec<String> = columns.iter().enumerate().map(|(i, c)| of(i, c)).collect();
            items.join(", ")
        };
        let sql = format!(
            "INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS t ({})",
            self.table,
            list(&|_, column| column.name.to_owned()),
            list(&|_, column| column.selected()),
            list(&|place, column| format!("${}::{}[]", place + 1, column.sent_as())),
            list(&|_, column| column.name.to_owned()),
        );
        // Made of this module's own texts.
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for array in transpose(&self.buffer[HEADER.len()..], &columns, self.count) {
            query = query.bind(array);
        }
        query.execute(connection).await?;
        Ok(())
    }

    async fn copy(mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        self.buffer.extend_from_slice(&(-1_i16).to_be_bytes());
        let names: Vec<&str> = self
            .columns
            .split(", ")
            .filter_map(|column| column.split(' ').next())
            .collect();
        let sql = format!(
            "COPY {} ({}) FROM STDIN (FORMAT BINARY)",
            self.table,
            names.join(", ")
        );
        let mut copy = connection.copy_in_raw(&sql).await?;
        let sent = async {
            for message in self.buffer.chunks(MESSAGE_BYTES) {
                copy.send(message).await?;
            }
            Ok::<_, sqlx::Error>(())
        };
        match sent.await {
            Ok(()) => copy.finish().await.map(|_| ()),
            Err(error) => {
                // The server's own words, where it has some, say more than a broken pipe.
                let aborted = copy.abort("the rows could not be sent").await;
                aborted.err().map_or(Err(error), Err)
            }
        }
    }
}
