//! Proof key for code exchange, S256 alone (RFC 7636; RFC 9700, section 2.1.1: `plain` protects from nobody who sees the
//! request).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::model::Secret;

/// Why a proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// The challenge is no SHA-256.
    #[error(
        "code_challenge must be the SHA-256 of the code_verifier in base64url without padding: 43 characters"
    )]
    Challenge,
    /// The verifier is too short, too long, or has other characters.
    #[error("code_verifier must have 43 to 128 characters of A-Z a-z 0-9 - . _ ~")]
    VerifierSyntax,
    /// No verifier for a code that was asked for with a challenge.
    #[error("code_verifier is missing; the code was requested with a code_challenge")]
    VerifierMissing,
    /// A verifier for a code that was asked for without: somebody took the challenge out (CVE-2024-23647).
    #[error("code_verifier was sent, and the code was requested without code_challenge")]
    VerifierUnexpected,
    /// They do not belong together.
    #[error("code_verifier does not belong to the code_challenge that the code was requested with")]
    Mismatch,
}

/// An S256 challenge: the SHA-256 of the verifier in base64url, 43 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Parses the parameter.
    ///
    /// # Errors
    /// [`PkceError::Challenge`] when it is not 32 octets in strict base64url.
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(octets) if octets.len() == SHA256.output_len() => Ok(Self(text.to_owned())),
            _ => Err(PkceError::Challenge),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CodeChallenge {
    type Error = PkceError;
    fn try_from(text: String) -> Result<Self, PkceError> {
        Self::parse(&text)
    }
}

impl From<CodeChallenge> for String {
    fn from(challenge: CodeChallenge) -> Self {
        challenge.0
    }
}

/// The secret behind a challenge: 43 to 128 unreserved characters (RFC 7636, section 4.1).
#[derive(Debug)]
pub struct CodeVerifier(Secret);

impl CodeVerifier {
    /// Parses the parameter.
    ///
    /// # Errors
    /// [`PkceError::VerifierSyntax`].
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if (43..=128).contains(&text.len()) && text.bytes().all(unreserved) {
            Ok(Self(Secret::from_text(text.to_owned())))
        } else {
            Err(PkceError::VerifierSyntax)
        }
    }

    /// The challenge that belongs to it.
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.expose())))
    }
}

/// Checks the verifier of a token request against the challenge that its code was asked for with: both or neither.
///
/// # Errors
/// [`PkceError`]; each is `invalid_grant` (RFC 7636, section 4.6).
pub fn check_pkce(
    challenge: Option<&CodeChallenge>,
    verifier: Option<&CodeVerifier>,
) -> Result<(), PkceError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(PkceError::VerifierUnexpected),
        (Some(_), None) => Err(PkceError::VerifierMissing),
        (Some(challenge), Some(verifier)) => {
            let computed = verifier.challenge();
            if bool::from(computed.0.as_bytes().ct_eq(challenge.0.as_bytes())) {
                Ok(())
            } else {
                Err(PkceError::Mismatch)
            }
        }
    }
}
