//! Values in PostgreSQL's binary form.

use alloy_primitives::{Address, B256, Bytes, U256};
use uuid::Uuid;

/// PostgreSQL counts microseconds from 2000-01-01.
const EPOCH_2000_S: i64 = 946_684_800;

/// A value that knows its binary form, with its length before it.
pub trait Field {
    /// Appends it.
    fn put(&self, out: &mut Vec<u8>);
}

/// Seconds since 1970, as `timestamptz`.
pub struct Time(pub u64);
/// A whole number, as `numeric`.
pub struct Numeric {
    magnitude: U256,
    negative: bool,
}
/// An array of text.
pub struct Texts<'a>(pub &'a [String]);
/// An array of 32-byte values, as `bytea[]`.
pub struct Hashes<'a>(pub &'a [B256]);
/// JSON text, as `jsonb`.
pub struct Json<'a>(pub &'a str);

impl From<U256> for Numeric {
    fn from(magnitude: U256) -> Self {
        Self {
            magnitude,
            negative: false,
        }
    }
}

impl From<u64> for Numeric {
    fn from(number: u64) -> Self {
        Self::from(U256::from(number))
    }
}

impl From<i128> for Numeric {
    fn from(number: i128) -> Self {
        Self {
            magnitude: U256::from(number.unsigned_abs()),
            negative: number < 0,
        }
    }
}

/// Writes a value behind its length.
fn framed(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out);
    let length = length(out.len() - start - 4);
    out[start..start + 4].copy_from_slice(&length);
}

/// No field comes near 2 GiB: a whole reply of an endpoint is bounded far below.
fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).unwrap_or(i32::MAX).to_be_bytes()
}

fn plain(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&length(bytes.len()));
    out.extend_from_slice(bytes);
}

/// One dimension, no NULLs, elements of the type with this OID, counted from 1.
fn array<'a>(out: &mut Vec<u8>, oid: i32, items: impl ExactSizeIterator<Item = &'a [u8]>) {
    framed(out, |out| {
        let dimensions = i32::from(items.len() > 0);
        for word in [dimensions, 0, oid] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        if dimensions > 0 {
            out.extend_from_slice(&length(items.len()));
            out.extend_from_slice(&1_i32.to_be_bytes());
        }
        for item in items {
            plain(out, item);
        }
    });
}

impl<T: Field> Field for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.put(out),
            None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }
}

impl Field for bool {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, &[u8::from(*self)]);
    }
}

impl Field for i16 {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, &self.to_be_bytes());
    }
}

impl Field for i32 {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, &self.to_be_bytes());
    }
}

impl Field for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, &self.to_be_bytes());
    }
}

impl Field for &str {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, self.as_bytes());
    }
}

impl Field for &[u8] {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, self);
    }
}

impl Field for Address {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, self.as_slice());
    }
}

impl Field for B256 {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, self.as_slice());
    }
}

impl Field for Bytes {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, self);
    }
}

impl Field for Uuid {
    fn put(&self, out: &mut Vec<u8>) {
        plain(out, self.as_bytes());
    }
}

impl Field for Time {
    fn put(&self, out: &mut Vec<u8>) {
        let seconds = i64::try_from(self.0).unwrap_or(i64::MAX);
        seconds
            .saturating_sub(EPOCH_2000_S)
            .saturating_mul(1_000_000)
            .put(out);
    }
}

impl Field for Texts<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        array(out, 25, self.0.iter().map(String::as_bytes));
    }
}

impl Field for Hashes<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        array(out, 17, self.0.iter().map(B256::as_slice));
    }
}

impl Field for Json<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        framed(out, |out| {
            out.push(1);
            out.extend_from_slice(self.0.as_bytes());
        });
    }
}

impl Field for Numeric {
    /// Digits of base 10,000, the most significant first, trailing zeros left out.
    fn put(&self, out: &mut Vec<u8>) {
        let base = U256::from(10_000);
        let mut digits: Vec<i16> = Vec::with_capacity(20);
        let mut rest = self.magnitude;
        while !rest.is_zero() {
            let (quotient, digit) = rest.div_rem(base);
            digits.push(digit.to::<i16>());
            rest = quotient;
        }
        let weight = digits.len().saturating_sub(1);
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        let digits = &digits[zeros..];
        framed(out, |out| {
            for word in [digits.len(), weight] {
                out.extend_from_slice(&i16::try_from(word).unwrap_or(0).to_be_bytes());
            }
            let sign = if self.negative { 0x4000_u16 } else { 0 };
            out.extend_from_slice(&sign.to_be_bytes());
            out.extend_from_slice(&0_i16.to_be_bytes());
            for digit in digits.iter().rev() {
                out.extend_from_slice(&digit.to_be_bytes());
            }
        });
    }
}
