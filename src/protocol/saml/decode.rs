//! From a parameter to the octets of the message: base64, DEFLATE, and the caps on both.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Decompress, FlushDecompress, Status};

use super::error::ReceiveError;
use crate::protocol::xml::Limits;

/// The largest query of a redirect request, in bytes.
pub const MAX_QUERY_BYTES: usize = 32 * 1024;
/// The largest message, in bytes, after inflating.
pub const MAX_MESSAGE_BYTES: usize = Limits::MESSAGE.max_bytes;
/// The longest RelayState, in bytes (SAML bindings, 3.4.3).
pub const MAX_RELAY_STATE_BYTES: usize = 80;

/// Strict base64: standard alphabet, canonical padding, nothing else.
pub(super) fn base64(text: &str, name: &'static str) -> Result<Vec<u8>, ReceiveError> {
    STANDARD
        .decode(text)
        .map_err(|_| ReceiveError::Base64 { name })
}

/// Inflates one raw DEFLATE stream into at most [`MAX_MESSAGE_BYTES`]: the buffer's size is the cap, so that a bomb costs
/// what a message costs (CVE-2026-2575, CVE-2023-28119).
pub(super) fn inflate(deflated: &[u8]) -> Result<Vec<u8>, ReceiveError> {
    let message = inflate_once(deflated)?;
    let begins_as_text = message
        .iter()
        .find(|b| !b.is_ascii_whitespace())
        .is_some_and(|b| *b == b'<');
    if !begins_as_text && inflate_once(&message).is_ok_and(|twice| twice.contains(&b'<')) {
        return Err(ReceiveError::DoublyDeflated);
    }
    Ok(message)
}

fn inflate_once(deflated: &[u8]) -> Result<Vec<u8>, ReceiveError> {
    let too_large = ReceiveError::MessageTooLarge {
        max: MAX_MESSAGE_BYTES,
    };
    let mut message = Vec::with_capacity(MAX_MESSAGE_BYTES + 1);
    let mut inflater = Decompress::new(false);
    let status = inflater
        .decompress_vec(deflated, &mut message, FlushDecompress::Finish)
        .map_err(|_| ReceiveError::Deflate)?;
    if message.len() > MAX_MESSAGE_BYTES {
        return Err(too_large);
    }
    if status != Status::StreamEnd {
        return Err(ReceiveError::Deflate);
    }
    if usize::try_from(inflater.total_in()) != Ok(deflated.len()) {
        return Err(ReceiveError::DeflateTrailingData);
    }
    message.shrink_to_fit();
    Ok(message)
}

/// RelayState is opaque, and echoed: at most 80 bytes (SAML bindings, 3.4.3 and 3.5.3), no control characters.
///
/// # Errors
/// [`ReceiveError`] with the rule.
pub fn check_relay_state(relay_state: &str) -> Result<(), ReceiveError> {
    if relay_state.len() > MAX_RELAY_STATE_BYTES {
        return Err(ReceiveError::RelayStateTooLong {
            max: MAX_RELAY_STATE_BYTES,
        });
    }
    if relay_state.chars().any(char::is_control) {
        return Err(ReceiveError::RelayStateControlCharacter);
    }
    Ok(())
}
