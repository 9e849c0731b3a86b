//! Tokens that Signet issued and is shown again: `id_token_hint`, JWT access tokens.

use super::public_key::VerificationKeys;
use super::sign::{Algorithm, TokenType};
use super::verify::{Expected, ExpectedType, JoseError, VerifiedClaims, verify_jws};
use crate::model::Timestamp;

/// Whether a token's time matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It must still be valid now.
    Checked(Timestamp),
    /// It may be over: an `id_token_hint` names a person and a client, and proves nothing (OpenID Connect core, 3.1.2.1;
    /// RP-initiated logout, section 4).
    Ignored,
}

/// Which token of ours is expected.
#[derive(Debug, Clone, Copy)]
pub struct OwnToken<'k> {
    /// Its kind.
    pub typ: TokenType,
    /// The keys that Signet published and still trusts.
    pub keys: &'k VerificationKeys,
    /// Our issuer.
    pub issuer: &'k str,
    /// Whether its time matters.
    pub expiry: Expiry,
}

/// Verifies a token as one that this issuer wrote: its type, our signature, our `iss`, an `exp`. That it is for this
/// client (`aud`, `client_id`) is for the caller to check.
///
/// # Errors
/// [`JoseError`] with the rule that was broken.
pub fn verify_own_token(token: &str, own: &OwnToken<'_>) -> Result<VerifiedClaims, JoseError> {
    let claims = verify_jws(
        token,
        &Expected {
            typ: ExpectedType::Own(own.typ),
            algorithms: &Algorithm::ALL,
            keys: own.keys,
        },
    )?;
    if claims.text("iss") != Some(own.issuer) {
        return Err(JoseError::Issuer);
    }
    let expires_at = claims.time("exp").ok_or(JoseError::Time("exp"))?;
    match own.expiry {
        Expiry::Checked(now) if expires_at <= now => Err(JoseError::Expired),
        Expiry::Checked(_) | Expiry::Ignored => Ok(claims),
    }
}
