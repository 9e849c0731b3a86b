//! Parameters of the bindings, with their raw octets: each at most once, so that what is signed is what is read.

use std::borrow::Cow;

use super::error::ReceiveError;

/// The parameters that the bindings define, each with its raw octets.
#[derive(Debug, Default)]
pub(super) struct Parameters<'q> {
    pub(super) request: Option<&'q str>,
    pub(super) relay_state: Option<&'q str>,
    pub(super) signature_algorithm: Option<&'q str>,
    pub(super) signature: Option<&'q str>,
    pub(super) encoding: Option<&'q str>,
}

pub(super) const REQUEST: &str = "SAMLRequest";
pub(super) const RELAY_STATE: &str = "RelayState";
pub(super) const SIGNATURE_ALGORITHM: &str = "SigAlg";
pub(super) const SIGNATURE: &str = "Signature";
const ENCODING: &str = "SAMLEncoding";
/// They belong to messages of other kinds; their presence means that somebody mixes messages
/// (CVE-2025-27773, CVE-2025-31335).
const FOREIGN: [&str; 2] = ["SAMLResponse", "SAMLart"];

impl<'q> Parameters<'q> {
    /// Splits a raw query or form body. Parameters that SAML does not define are ignored: proxies add them.
    pub(super) fn split(raw: &'q str, max: usize) -> Result<Self, ReceiveError> {
        if raw.len() > max {
            return Err(ReceiveError::QueryTooLarge { max });
        }
        let mut parameters = Self::default();
        for pair in raw.split('&') {
            let (raw_name, value) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.take(raw_name, value)?;
        }
        Ok(parameters)
    }

    fn take(&mut self, raw_name: &str, value: &'q str) -> Result<(), ReceiveError> {
        let Some(name) = known_name(raw_name)? else {
            return Ok(());
        };
        let slot = match name {
            REQUEST => &mut self.request,
            RELAY_STATE => &mut self.relay_state,
            SIGNATURE_ALGORITHM => &mut self.signature_algorithm,
            SIGNATURE => &mut self.signature,
            ENCODING => &mut self.encoding,
            _ => return Err(ReceiveError::ForeignParameter { name }),
        };
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(ReceiveError::RepeatedParameter { name }),
        }
    }
}

/// Which of the defined parameters a raw name is. A name that is one only after unescaping is refused: the signature is
/// over raw octets, and another component in front of us may not unescape as we do.
fn known_name(raw_name: &str) -> Result<Option<&'static str>, ReceiveError> {
    let names = [
        REQUEST,
        RELAY_STATE,
        SIGNATURE_ALGORITHM,
        SIGNATURE,
        ENCODING,
    ];
    let all = names.into_iter().chain(FOREIGN);
    let mut all = all.into_iter();
    match percent_decode(raw_name) {
        Some(Cow::Borrowed(name)) => Ok(all.find(|known| *known == name)),
        Some(Cow::Owned(name)) => match all.find(|known| *known == name) {
            Some(name) => Err(ReceiveError::EncodedParameterName { name }),
            None => Ok(None),
        },
        None => Ok(None),
    }
}

/// Decodes a value; borrowed when nothing was escaped.
pub(super) fn decode_value<'q>(
    raw: &'q str,
    name: &'static str,
) -> Result<Cow<'q, str>, ReceiveError> {
    percent_decode(raw).ok_or(ReceiveError::PercentEncoding { name })
}

/// `%XX` and `+`; `None` when an escape is none or the result is not UTF-8.
fn percent_decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.bytes().any(|b| matches!(b, b'%' | b'+')) {
        return Some(Cow::Borrowed(raw));
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
