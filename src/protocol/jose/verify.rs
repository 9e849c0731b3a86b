//! Verification of tokens: every rule before the signature, then the signature, then the claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::json::{JsonError, parse_object};
use super::public_key::VerificationKeys;
use super::sign::{Algorithm, TokenType};
use crate::model::Timestamp;

/// The most octets of a token: an ID token with many groups has a few thousand; AWS takes 20,000.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The claims that are times (RFC 7519, section 4.1; OpenID Connect core, section 2).
const TIMES: [&str; 4] = ["exp", "nbf", "iat", "auth_time"];
/// 9999-12-31T23:59:59Z: later times are mistakes, such as milliseconds.
const LAST_SECOND: i64 = 253_402_300_799;

/// What `typ` must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedType {
    /// A token of Signet's own: exactly its `typ`.
    Own(TokenType),
    /// A client's assertion: no `typ`, or `JWT` (RFC 7523 fixes none).
    ClientAssertion,
}

/// What a token must be to be looked at.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'k> {
    /// Its type.
    pub typ: ExpectedType,
    /// The algorithms that this use allows; the key must be of the same.
    pub algorithms: &'k [Algorithm],
    /// The keys that may have signed it: from the registration, or those that Signet published.
    pub keys: &'k VerificationKeys,
}

/// Why a token was refused. The texts carry nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// Too large.
    #[error("the token has more than {MAX_TOKEN_BYTES} bytes")]
    TooLarge,
    /// Not three parts in base64url: unsigned, encrypted or cut.
    #[error(
        "the token must be a JWS of three parts in base64url without padding, joined by dots; encrypted and unsigned tokens are not taken"
    )]
    Form,
    /// The header is no unambiguous object.
    #[error("the token's header cannot be read: {0}")]
    Header(JsonError),
    /// Extensions that Signet does not implement (RFC 7515, section 4.1.11: they must not be ignored).
    #[error("the token's header has \"{0}\", which is not supported; leave it out")]
    Extension(&'static str),
    /// `none`, HMAC, or another algorithm that this use does not allow.
    #[error("the token's alg is not accepted; sign with RS256 or ES256")]
    Algorithm,
    /// Another kind of token.
    #[error("the token's typ is not that of the token that is expected here")]
    Type,
    /// `kid` is no text.
    #[error("the token's kid must be a text")]
    KeyIdForm,
    /// No such key.
    #[error(
        "no registered key has the token's kid (or the token has none, and several keys are registered)"
    )]
    UnknownKey,
    /// The key is for the other algorithm.
    #[error("the token's alg is not the one that its key is registered for")]
    KeyAlgorithm,
    /// Not this key's signature over these octets.
    #[error("the token's signature does not verify with the registered key")]
    Signature,
    /// The claims are no unambiguous object.
    #[error("the token's claims cannot be read: {0}")]
    Claims(JsonError),
    /// A time that is no whole number (a text was taken for "no expiry": CVE-2026-25537).
    #[error("the claim \"{0}\" must be a whole number of seconds since 1970")]
    Time(&'static str),
    /// A claim that must be there and a text.
    #[error("the claim \"{0}\" must be there, as a text")]
    Text(&'static str),
    /// Not ours.
    #[error("the token's iss is not this issuer")]
    Issuer,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
}

/// Claims whose signature and times' form were verified. What they mean is still to be judged: issuer, audience, expiry.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedClaims {
    claims: Map<String, Value>,
}

impl VerifiedClaims {
    /// A claim of any type.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// A claim that is a text; none too where it is of another type.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A claim that is a time in whole seconds; none where it is absent. `exp`, `nbf`, `iat` and `auth_time` are known
    /// to be times where they are there at all.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.claims.get(name).and_then(as_time)
    }
}

fn as_time(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64()?;
    (0..=LAST_SECOND)
        .contains(&seconds)
        .then(|| Timestamp::from_millis(seconds.saturating_mul(1_000)))
}

/// A token's parts, decoded; nothing of it is verified.
struct Parts<'t> {
    header: Map<String, Value>,
    claims: Vec<u8>,
    signature: Vec<u8>,
    signed: &'t str,
}

impl<'t> Parts<'t> {
    fn split(token: &'t str) -> Result<Self, JoseError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JoseError::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JoseError::Form)?;
        let (header, claims) = signed.split_once('.').ok_or(JoseError::Form)?;
        Ok(Self {
            header: parse_object(&decode(header)?).map_err(JoseError::Header)?,
            claims: decode(claims)?,
            signature: decode(signature)?,
            signed,
        })
    }
}

/// One part: not empty, strict base64url. A dot is none of its characters, so more than three parts are refused here.
fn decode(part: &str) -> Result<Vec<u8>, JoseError> {
    match URL_SAFE_NO_PAD.decode(part) {
        Ok(octets) if !octets.is_empty() => Ok(octets),
        _ => Err(JoseError::Form),
    }
}

/// Verifies a token.
///
/// Keys inside the header (`jwk`, `jku`, `x5u`, `x5c`) are never looked at: whoever writes a token could bring the key
/// that verifies it.
///
/// # Errors
/// [`JoseError`] with the rule that was broken.
pub fn verify_jws(token: &str, expected: &Expected<'_>) -> Result<VerifiedClaims, JoseError> {
    let parts = Parts::split(token)?;
    check_extensions(&parts.header)?;
    let algorithm = check_algorithm(&parts.header, expected.algorithms)?;
    check_type(&parts.header, expected.typ)?;
    let key_id = read_key_id(&parts.header)?;
    let key = expected.keys.find(key_id).ok_or(JoseError::UnknownKey)?;
    if key.algorithm() != algorithm {
        return Err(JoseError::KeyAlgorithm);
    }
    if !key.verifies(parts.signed.as_bytes(), &parts.signature) {
        return Err(JoseError::Signature);
    }
    let claims = parse_object(&parts.claims).map_err(JoseError::Claims)?;
    check_times(&claims)?;
    Ok(VerifiedClaims { claims })
}

/// The `sub` that a client's assertion claims, with nothing verified: good for one thing, to find the registration whose
/// keys then verify it, as SAML's issuer is.
///
/// # Errors
/// [`JoseError`] when the token has no such claim or is not of the form of one.
pub fn claimed_subject(token: &str) -> Result<String, JoseError> {
    let parts = Parts::split(token)?;
    let claims = parse_object(&parts.claims).map_err(JoseError::Claims)?;
    match claims.get("sub") {
        Some(Value::String(subject)) => Ok(subject.clone()),
        _ => Err(JoseError::Text("sub")),
    }
}

/// `crit` names extensions that must be understood, and Signet understands none; `b64` changes what is signed (RFC 7797).
fn check_extensions(header: &Map<String, Value>) -> Result<(), JoseError> {
    match ["crit", "b64"]
        .into_iter()
        .find(|name| header.contains_key(*name))
    {
        Some(name) => Err(JoseError::Extension(name)),
        None => Ok(()),
    }
}

fn check_algorithm(
    header: &Map<String, Value>,
    allowed: &[Algorithm],
) -> Result<Algorithm, JoseError> {
    header
        .get("alg")
        .and_then(Value::as_str)
        .and_then(Algorithm::from_name)
        .filter(|algorithm| allowed.contains(algorithm))
        .ok_or(JoseError::Algorithm)
}

fn check_type(header: &Map<String, Value>, expected: ExpectedType) -> Result<(), JoseError> {
    let typ = header.get("typ");
    let fits = match expected {
        ExpectedType::Own(own) => typ.and_then(Value::as_str) == Some(own.as_str()),
        ExpectedType::ClientAssertion => typ.is_none_or(|typ| typ == "JWT"),
    };
    if fits { Ok(()) } else { Err(JoseError::Type) }
}

fn read_key_id(header: &Map<String, Value>) -> Result<Option<&str>, JoseError> {
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) => Ok(Some(kid)),
        Some(_) => Err(JoseError::KeyIdForm),
    }
}

fn check_times(claims: &Map<String, Value>) -> Result<(), JoseError> {
    for name in TIMES {
        if claims.get(name).is_some_and(|v| as_time(v).is_none()) {
            return Err(JoseError::Time(name));
        }
    }
    Ok(())
}
