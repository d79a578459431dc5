//! From rows to columns, each an array in PostgreSQL's binary form.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};

/// A column and its type.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    kind: &'static str,
}

impl Column {
    /// From `name type`.
    pub fn new(text: &'static str) -> Self {
        let (name, kind) = text.split_once(' ').unwrap_or((text, "text"));
        Self { name, kind }
    }

    /// The type of the array's items: there is no array of arrays of different lengths, so those
    /// are sent as text.
    pub fn sent_as(&self) -> &'static str {
        if self.nested() { "text" } else { self.kind }
    }

    /// The column as it is selected.
    pub fn selected(&self) -> String {
        if self.nested() {
            format!("{}::{}", self.name, self.kind)
        } else {
            self.name.to_owned()
        }
    }

    fn nested(&self) -> bool {
        self.kind.ends_with("[]")
    }

    /// The built-in types' numbers: of an item and of an array of them.
    fn oids(&self) -> (u32, u32) {
        match self.sent_as() {
            "boolean" => (16, 1000),
            "bytea" => (17, 1001),
            "bigint" => (20, 1016),
            "smallint" => (21, 1005),
            "integer" => (23, 1007),
            "timestamptz" => (1184, 1185),
            "numeric" => (1700, 1231),
            "uuid" => (2950, 2951),
            "jsonb" => (3802, 3807),
            _ => (25, 1009),
        }
    }
}

/// A parameter: an array.
pub struct Array {
    oid: Oid,
    bytes: Vec<u8>,
}

impl Type<Postgres> for Array {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("anyarray")
    }
}

impl Encode<'_, Postgres> for Array {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(self.oid))
    }
}

/// The rows of a binary `COPY`, as one array a column.
pub fn transpose(mut rows: &[u8], columns: &[Column], count: usize) -> Vec<Array> {
    let mut arrays: Vec<Array> = columns.iter().map(|column| start(*column, count)).collect();
    for _ in 0..count {
        take::<2>(&mut rows);
        for (column, array) in columns.iter().zip(&mut arrays) {
            let size = take::<4>(&mut rows);
            // Negative for NULL.
            let length = usize::try_from(i32::from_be_bytes(size)).ok();
            let value = rows.split_off(..length.unwrap_or(0)).unwrap_or_default();
            if length.is_some() && column.nested() {
                let text = literal(value);
                let size = i32::try_from(text.len()).unwrap_or(i32::MAX);
                array.bytes.extend_from_slice(&size.to_be_bytes());
                array.bytes.extend_from_slice(text.as_bytes());
            } else {
                array.bytes.extend_from_slice(&size);
                array.bytes.extend_from_slice(value);
            }
        }
    }
    arrays
}

/// One dimension, perhaps with NULLs, counted from 1.
fn start(column: Column, count: usize) -> Array {
    let (item, array) = column.oids();
    let mut bytes = Vec::new();
    for word in [1, 1, item, u32::try_from(count).unwrap_or(u32::MAX), 1] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    Array {
        oid: Oid(array),
        bytes,
    }
}

/// An array in binary form as text: `{"a","b"}`.
fn literal(mut array: &[u8]) -> String {
    let [dimensions, _, oid] = [(); 3].map(|()| i32::from_be_bytes(take::<4>(&mut array)));
    let mut text = String::from("{");
    if dimensions > 0 {
        let count = i32::from_be_bytes(take::<4>(&mut array));
        take::<4>(&mut array);
        for place in 0..count {
            let length = i32::from_be_bytes(take::<4>(&mut array));
            let length = usize::try_from(length).unwrap_or(0);
            let value = array.split_off(..length).unwrap_or_default();
            text.push_str(if place > 0 { ",\"" } else { "\"" });
            if oid == 17 {
                text.push_str(r"\\x");
                text.push_str(&alloy_primitives::hex::encode(value));
            } else {
                let value = String::from_utf8_lossy(value);
                text.push_str(&value.replace('\\', r"\\").replace('"', "\\\""));
            }
            text.push('"');
        }
    }
    text.push('}');
    text
}

/// The next bytes of what this module's neighbour wrote; zeros beyond its end.
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let next = bytes.split_off(..N).unwrap_or_default();
    next.try_into().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use super::super::field::{Field, Hashes, Texts};
    use super::*;

    fn text_of(field: &dyn Field) -> String {
        let mut bytes = Vec::new();
        field.put(&mut bytes);
        literal(&bytes[4..])
    }

    #[test]
    fn an_array_as_text_keeps_what_is_special() {
        let items = [r#"a"b"#.to_owned(), r"c\d".to_owned(), "{e,f}".to_owned()];
        assert_eq!(text_of(&Texts(&items)), r#"{"a\"b","c\\d","{e,f}"}"#);
        assert_eq!(text_of(&Texts(&[])), "{}");
        let hash = B256::repeat_byte(0xab);
        let expected = format!(r#"{{"\\x{}"}}"#, "ab".repeat(32));
        assert_eq!(text_of(&Hashes(&[hash])), expected);
    }
}
