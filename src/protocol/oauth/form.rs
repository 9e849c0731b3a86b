//! `application/x-www-form-urlencoded`, read strictly: the query of the authorization endpoint, the bodies of the others.

/// The most octets of a query or a body.
pub const MAX_FORM_BYTES: usize = 48 * 1024;
/// The most parameters.
pub const MAX_PARAMETERS: usize = 64;

/// Why a form was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Too large.
    #[error("the request has more than {MAX_FORM_BYTES} bytes of parameters")]
    TooLarge,
    /// Too many parameters.
    #[error("the request has more than {MAX_PARAMETERS} parameters")]
    TooMany,
    /// Escapes that are none, or not UTF-8. A lenient reader would replace them, and compare something else.
    #[error("the request's parameters must be percent-encoded UTF-8")]
    Encoding,
}

/// Splits a raw query or body into names and values. An empty pair (`&&`) is none.
///
/// # Errors
/// [`FormError`] when it is too large or wrongly encoded.
pub fn parse_form(raw: &str) -> Result<Vec<(String, String)>, FormError> {
    if raw.len() > MAX_FORM_BYTES {
        return Err(FormError::TooLarge);
    }
    let mut pairs = Vec::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        if pairs.len() == MAX_PARAMETERS {
            return Err(FormError::TooMany);
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode = |text| form_decode(text).ok_or(FormError::Encoding);
        pairs.push((decode(name)?, decode(value)?));
    }
    Ok(pairs)
}

/// `%XX` and `+`; none when an escape is none or the result is not UTF-8.
pub(super) fn form_decode(raw: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
