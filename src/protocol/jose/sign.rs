//! Writing of tokens: the seam to the key ring, and the compact serialisation.
//!
//! The token is assembled here rather than by a library, so that the key stays parsed and the octets signed are the
//! octets sent.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// How tokens are signed: what AWS takes (STS AssumeRoleWithWebIdentity refuses EdDSA and PS256).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256; the signature is `r` and `s`, 32 octets each (RFC 7518, section 3.4).
    #[serde(rename = "ES256")]
    Es256,
}

impl Algorithm {
    /// Every algorithm that Signet signs and verifies with.
    pub const ALL: [Self; 2] = [Self::Rs256, Self::Es256];

    /// The name in a header's `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of a name; `none`, HMAC and the rest are none of ours.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a token is, in its header: so that none is taken for another kind (RFC 8725, section 3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// An ID token (OpenID Connect core, section 2).
    IdToken,
    /// A JWT access token (RFC 9068, section 2.1).
    AccessToken,
    /// A logout token (OpenID back-channel logout, section 2.4).
    LogoutToken,
}

impl TokenType {
    /// Every type that Signet issues.
    pub const ALL: [Self; 3] = [Self::IdToken, Self::AccessToken, Self::LogoutToken];

    /// The value of `typ`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "JWT",
            Self::AccessToken => "at+jwt",
            Self::LogoutToken => "logout+jwt",
        }
    }
}

/// A key that signs tokens. The key ring implements it; tests do with keys of their own.
pub trait Sign {
    /// What [`sign`](Self::sign) computes.
    fn algorithm(&self) -> Algorithm;
    /// The key's id, under which its public half is published.
    fn key_id(&self) -> &str;
    /// Signs the message: for RSA the PKCS #1 signature, for ECDSA `r || s`.
    ///
    /// # Errors
    /// [`SignError`] when the key refuses.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// The signing key could not sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the signing key could not sign: {reason}; check the key ring with `signet keys`")]
pub struct SignError {
    /// What the key said.
    pub reason: String,
}

/// Why a token could not be written. A fault of ours or of the key ring, never of the receiver.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteJwsError {
    /// The key could not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The claims have no JSON form, or are not an object.
    #[error("the claims of a token must have the form of a JSON object")]
    Claims,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

/// Writes a token: header, claims and signature in compact serialisation (RFC 7515, section 7.1).
///
/// # Errors
/// [`WriteJwsError`] when the key refuses or the claims are no object.
pub fn write_jws(
    typ: TokenType,
    claims: &impl Serialize,
    key: &dyn Sign,
) -> Result<String, WriteJwsError> {
    let header = serde_json::to_vec(&Header {
        alg: key.algorithm().as_str(),
        typ: typ.as_str(),
        kid: key.key_id(),
    })
    .map_err(|_| WriteJwsError::Claims)?;
    let claims = serde_json::to_vec(claims).map_err(|_| WriteJwsError::Claims)?;
    if claims.first() != Some(&b'{') {
        return Err(WriteJwsError::Claims);
    }
    // Room for the largest signature, of RSA with 3,072 bits, and the two dots.
    let mut token = String::with_capacity((header.len() + claims.len()) * 4 / 3 + 522);
    URL_SAFE_NO_PAD.encode_string(header, &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}
