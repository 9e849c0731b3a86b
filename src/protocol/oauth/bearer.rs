//! Bearer tokens at the userinfo endpoint (RFC 6750).

use super::error::{ErrorCode, description};
use super::parameters::{ParameterError, Parameters};
use super::scope::Scopes;
use crate::model::Secret;
use crate::protocol::jose::MAX_TOKEN_BYTES;

/// Why no token could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// None was sent; the challenge then has no error code (RFC 6750, section 3.1).
    #[error("send the access token in the header Authorization: Bearer")]
    Missing,
    /// A parameter is repeated, too long or has control characters.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// In the header and in the body.
    #[error("the access token was sent in more than one way")]
    SeveralMethods,
    /// A header that is not Bearer and one token.
    #[error("the Authorization header must be Bearer and one access token")]
    Header,
}

impl BearerError {
    /// The code, if the challenge has one.
    pub const fn code(self) -> Option<ErrorCode> {
        match self {
            Self::Missing => None,
            _ => Some(ErrorCode::InvalidRequest),
        }
    }
}

/// Reads the token from the header or the body's `access_token`. A query is not a place for it (RFC 6750, section 2.3;
/// OAuth 2.1): the caller passes the pairs of a form body alone.
///
/// # Errors
/// [`BearerError`].
pub fn read_bearer_token(
    authorization: Option<&str>,
    body: &[(String, String)],
) -> Result<Secret, BearerError> {
    let in_body = Parameters::new(body).one("access_token", MAX_TOKEN_BYTES)?;
    let token = match (authorization, in_body) {
        (Some(_), Some(_)) => return Err(BearerError::SeveralMethods),
        (None, None) => return Err(BearerError::Missing),
        (None, Some(token)) => token,
        (Some(header), None) => match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => token,
            _ => return Err(BearerError::Header),
        },
    };
    // b64token (RFC 6750, section 2.1)
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if (1..=MAX_TOKEN_BYTES).contains(&token.len()) && token.bytes().all(is_token) {
        Ok(Secret::from_text(token.to_owned()))
    } else {
        Err(BearerError::Header)
    }
}

/// The value of `WWW-Authenticate` (RFC 6750, section 3): no code where no token was sent.
pub fn bearer_challenge(error: Option<(ErrorCode, &str)>, scopes: Option<&Scopes>) -> String {
    let mut challenge = "Bearer realm=\"signet\"".to_owned();
    if let Some((code, text)) = error {
        challenge.push_str(&format!(", error=\"{code}\""));
        if !text.is_empty() {
            challenge.push_str(&format!(", error_description=\"{}\"", description(text)));
        }
    }
    if let Some(scopes) = scopes {
        challenge.push_str(&format!(", scope=\"{scopes}\""));
    }
    challenge
}
