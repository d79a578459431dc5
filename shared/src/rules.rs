//! Rules that fields of several bodies keep, in the form in which garde calls them.

use alloy_primitives::Bytes;

use crate::limits::SIGNATURE_BYTES_MAX;

/// Nothing that a log line or a page could not show, or that PostgreSQL's text cannot hold.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that garde calls"
)]
pub(crate) fn printable(text: &str, (): &()) -> garde::Result {
    if text.chars().any(char::is_control) {
        return Err(garde::Error::new("holds a control character"));
    }
    Ok(())
}

/// Some signature; whose it is, is another question.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that garde calls"
)]
pub(crate) fn signature_length(signature: &Bytes, (): &()) -> garde::Result {
    if (1..=SIGNATURE_BYTES_MAX).contains(&signature.len()) {
        return Ok(());
    }
    let detail = format!("is not of 1 to {SIGNATURE_BYTES_MAX} bytes");
    Err(garde::Error::new(detail))
}
