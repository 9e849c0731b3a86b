//! Introspection (RFC 7662) and revocation (RFC 7009) of tokens.

use serde::Serialize;

use super::parameters::{ParameterError, Parameters};
use super::scope::Scopes;
use super::token_claims::{Audience, NumericDate};
use crate::model::Secret;
use crate::protocol::jose::MAX_TOKEN_BYTES;

/// What the client believes the token to be. Only a hint: the other kind is looked for too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTypeHint {
    /// `access_token`.
    AccessToken,
    /// `refresh_token`.
    RefreshToken,
}

/// A request about a token: the same for both endpoints.
#[derive(Debug)]
pub struct TokenLookup {
    /// The token, whole: a part of one is another text, and finds nothing.
    pub token: Secret,
    /// The hint; none where it is absent or unknown (RFC 7009, section 2.1: to be ignored).
    pub hint: Option<TokenTypeHint>,
}

impl TokenLookup {
    /// Reads the body's parameters.
    ///
    /// # Errors
    /// [`ParameterError`], which is `invalid_request`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, ParameterError> {
        let parameters = Parameters::new(pairs);
        let token = parameters.required("token", MAX_TOKEN_BYTES)?;
        let hint = match parameters.one("token_type_hint", 256)? {
            Some("access_token") => Some(TokenTypeHint::AccessToken),
            Some("refresh_token") => Some(TokenTypeHint::RefreshToken),
            _ => None,
        };
        Ok(Self {
            token: Secret::from_text(token.to_owned()),
            hint,
        })
    }
}

/// What is known of a token that is good (RFC 7662, section 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActiveToken {
    /// What it is for.
    pub scope: Scopes,
    /// Whose.
    pub client_id: String,
    /// `Bearer` for an access token; none for a refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// Until when.
    pub exp: NumericDate,
    /// Since when.
    pub iat: NumericDate,
    /// The person, or the client itself.
    pub sub: String,
    /// For whom.
    pub aud: Audience,
    /// Our issuer.
    pub iss: String,
    /// Its id, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The person's sign-in name, where the client may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// The answer. Of a token that is unknown, over, revoked or another's, nothing is said but that it is not active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IntrospectionResponse {
    active: bool,
    #[serde(flatten)]
    token: Option<ActiveToken>,
}

impl IntrospectionResponse {
    /// A good token.
    pub const fn active(token: ActiveToken) -> Self {
        Self {
            active: true,
            token: Some(token),
        }
    }

    /// Any other.
    pub const fn inactive() -> Self {
        Self {
            active: false,
            token: None,
        }
    }
}
