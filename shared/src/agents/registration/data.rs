//! What a `data:` URI holds (RFC 2397), as it is written in the wild.

use std::borrow::Cow;
use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use flate2::read::MultiGzDecoder;
use percent_encoding::percent_decode_str;

use super::fault::{Fault, FaultCode};
use crate::limits::REGISTRATION_FILE_BYTES_MAX;

/// Either alphabet is mapped to the standard one first; padding and stray bits are nobody's loss.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What is before the comma.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header<'a> {
    base64: bool,
    /// The compression that is marked, unless there is none.
    encoding: Option<&'a str>,
}

/// The bytes that a `data:` URI holds; `rest` is what follows `data:`. What is marked as compressed
/// is decompressed, up to the size that a registration file may have.
///
/// A body that is not base64 is percent-decoded as the RFC wants, which can break JSON that was
/// never encoded: then [`raw`] has what was meant.
pub(super) fn decode(rest: &str) -> Result<Vec<u8>, Fault> {
    let (header, body) = split(rest)?;
    let bytes = if header.base64 {
        base64(body)?
    } else {
        percent_decode_str(body).collect()
    };
    match header.encoding {
        None => Ok(bytes),
        Some(encoding) if encoding.eq_ignore_ascii_case("gzip") => gunzip(&bytes),
        Some(encoding) => {
            let encoding: String = encoding.chars().take(40).collect();
            let detail = format!("is compressed as `{encoding}`, which is not known");
            Err(Fault::error(FaultCode::UnknownEncoding, "", detail))
        }
    }
}

/// The body of an unmarked `data:` URI as it is written, if decoding it changes it.
pub(super) fn raw(rest: &str) -> Option<&str> {
    let (header, body) = split(rest).ok()?;
    (header == Header::default() && body.contains('%')).then_some(body)
}

/// JSON has commas, media types do not; a quoted parameter with one was never seen.
fn split(rest: &str) -> Result<(Header<'_>, &str), Fault> {
    let no_data = || Fault::error(FaultCode::NoData, "", "is a `data:` URI without a comma");
    let (header, body) = rest.split_once(',').ok_or_else(no_data)?;
    Ok((parse_header(header), body))
}

/// Compression is not in the RFC. Seen on chain: `enc=gzip`; the others are how people spell the
/// same elsewhere.
fn parse_header(text: &str) -> Header<'_> {
    let mut header = Header::default();
    for (place, part) in text.split(';').map(str::trim).enumerate() {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "base64" => header.base64 = true,
            "enc" | "encoding" | "content-encoding" if !value.eq_ignore_ascii_case("identity") => {
                header.encoding = Some(value);
            }
            "application/gzip" | "application/x-gzip" => header.encoding = Some("gzip"),
            media if place == 0 && media.ends_with("+gzip") => header.encoding = Some("gzip"),
            _ => {}
        }
    }
    header
}

fn base64(body: &str) -> Result<Vec<u8>, Fault> {
    let bytes: Cow<'_, [u8]> = percent_decode_str(body).into();
    let letters: Vec<u8> = bytes
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    BASE64
        .decode(letters)
        .map_err(|error| Fault::error(FaultCode::NotBase64, "", format!("is not base64: {error}")))
}

fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut file = Vec::new();
    let bound = u64::try_from(REGISTRATION_FILE_BYTES_MAX + 1).unwrap_or(u64::MAX);
    let read = MultiGzDecoder::new(bytes)
        .take(bound)
        .read_to_end(&mut file);
    // The bound first: a bomb may be broken behind it.
    if file.len() > REGISTRATION_FILE_BYTES_MAX {
        let detail = format!("is larger than {REGISTRATION_FILE_BYTES_MAX} bytes decompressed");
        return Err(Fault::error(FaultCode::TooLarge, "", detail));
    }
    match read {
        Ok(_) => Ok(file),
        Err(error) => Err(Fault::error(
            FaultCode::NotGzip,
            "",
            format!("is not whole gzip: {error}"),
        )),
    }
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
