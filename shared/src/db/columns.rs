//! How our own types are read from columns and bound to them.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

use crate::address::Address;
use crate::agents::AgentId;
use crate::agents::registration::{State, UriKind};
use crate::hex::Hex;

/// `bytea` of 20 bytes.
impl Type<Postgres> for Address {
    fn type_info() -> PgTypeInfo {
        <[u8] as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for Address {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let bytes = <&[u8] as Decode<Postgres>>::decode(value)?;
        Self::from_slice(bytes).ok_or_else(|| "an address column does not hold 20 bytes".into())
    }
}

impl Encode<'_, Postgres> for Address {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <&[u8] as Encode<Postgres>>::encode_by_ref(&self.as_bytes(), buffer)
    }
}

/// `bytea`.
impl Type<Postgres> for Hex {
    fn type_info() -> PgTypeInfo {
        <[u8] as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for Hex {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        <Vec<u8> as Decode<Postgres>>::decode(value).map(Self)
    }
}

impl Encode<'_, Postgres> for Hex {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <&[u8] as Encode<Postgres>>::encode_by_ref(&self.0.as_slice(), buffer)
    }
}

/// `numeric` cast to `text`: the driver has no integer of 256 bits.
impl Type<Postgres> for AgentId {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for AgentId {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(<&str as Decode<Postgres>>::decode(value)?.parse()?)
    }
}

/// `text` that holds the word of an enum, as it is on the wire.
macro_rules! word {
    ($($word:ty),+) => {$(
        impl Type<Postgres> for $word {
            fn type_info() -> PgTypeInfo {
                <str as Type<Postgres>>::type_info()
            }
        }

        impl Decode<'_, Postgres> for $word {
            fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                let word: StrDeserializer<'_, serde::de::value::Error> =
                    <&str as Decode<Postgres>>::decode(value)?.into_deserializer();
                Ok(Self::deserialize(word)?)
            }
        }
    )+};
}

word!(State, UriKind);
