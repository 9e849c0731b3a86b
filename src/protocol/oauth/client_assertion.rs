//! What a client's signed assertion must say (RFC 7523, section 3; OpenID Connect core, section 9), once its signature
//! was verified with that client's keys.

use serde_json::Value;

use crate::model::{Span, Timestamp};
use crate::protocol::jose::{JoseError, VerifiedClaims};

/// How far ahead `exp` may be: a longer life fills the memory of used ids (CVE-2025-2559).
pub const MAX_ASSERTION_LIFETIME: Span = Span::minutes(5);
/// How far a client's clock may be ahead of ours (FAPI 2.0: accept 10 s, refuse more than 60 s).
pub const CLOCK_SKEW: Span = Span::seconds(60);
const MAX_TOKEN_ID: usize = 256;

/// Why an assertion was refused. Each is `invalid_client`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientAssertionError {
    /// The token itself.
    #[error(transparent)]
    Jose(#[from] JoseError),
    /// Not by and about the client itself.
    #[error("the assertion's iss and sub must both be the client_id")]
    Client,
    /// For somebody else: a token endpoint's URL, several audiences, another provider.
    #[error(
        "the assertion's aud must be the issuer, as a single text (not an array, not an endpoint)"
    )]
    Audience,
    /// No expiry.
    #[error("the assertion must have an exp")]
    NoExpiry,
    /// Over.
    #[error("the assertion has expired")]
    Expired,
    /// It would live too long.
    #[error("the assertion's exp must be at most 5 minutes ahead")]
    ExpiryTooFar,
    /// From the future.
    #[error("the assertion's {0} is in the future; check the client's clock")]
    Future(&'static str),
    /// No id, by which a second use is noticed.
    #[error("the assertion must have a jti of 1 to {MAX_TOKEN_ID} bytes, new for each assertion")]
    TokenId,
}

/// An assertion that says what it must. Whether its id was used before is still to be asked: once for each client and
/// `token_id`, kept until `expires_at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAssertion {
    /// The client.
    pub client_id: String,
    /// Its `jti`.
    pub token_id: String,
    /// From when on it would be refused anyway.
    pub expires_at: Timestamp,
}

/// Checks the claims of an assertion.
///
/// `aud` is the issuer alone, as a text: with several audiences, or with an endpoint's URL, whoever else is named can
/// present the assertion here (IPSIE SL1; FAPI 2.0). `exp` may exceed [`MAX_ASSERTION_LIFETIME`] by [`CLOCK_SKEW`], for
/// clients whose clock is ahead.
///
/// # Errors
/// [`ClientAssertionError`] with the rule that was broken.
pub fn check_client_assertion(
    claims: &VerifiedClaims,
    client_id: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<ClientAssertion, ClientAssertionError> {
    if claims.text("iss") != Some(client_id) || claims.text("sub") != Some(client_id) {
        return Err(ClientAssertionError::Client);
    }
    if claims.get("aud").and_then(Value::as_str) != Some(issuer) {
        return Err(ClientAssertionError::Audience);
    }
    let expires_at = check_times(claims, now)?;
    let token_id = claims
        .text("jti")
        .filter(|id| (1..=MAX_TOKEN_ID).contains(&id.len()))
        .ok_or(ClientAssertionError::TokenId)?;
    Ok(ClientAssertion {
        client_id: client_id.to_owned(),
        token_id: token_id.to_owned(),
        expires_at,
    })
}

fn check_times(claims: &VerifiedClaims, now: Timestamp) -> Result<Timestamp, ClientAssertionError> {
    let expires_at = claims.time("exp").ok_or(ClientAssertionError::NoExpiry)?;
    if expires_at <= now {
        return Err(ClientAssertionError::Expired);
    }
    if expires_at > now.plus(MAX_ASSERTION_LIFETIME).plus(CLOCK_SKEW) {
        return Err(ClientAssertionError::ExpiryTooFar);
    }
    let soon = now.plus(CLOCK_SKEW);
    match ["iat", "nbf"]
        .into_iter()
        .find(|name| claims.time(name).is_some_and(|time| time > soon))
    {
        Some(name) => Err(ClientAssertionError::Future(name)),
        None => Ok(expires_at),
    }
}
