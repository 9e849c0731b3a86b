//! The bodies that the token endpoint and its neighbours answer with.

use serde::Serialize;

use super::error::{ErrorCode, description};
use super::scope::Scopes;
use crate::model::Span;

/// Tokens (RFC 6749, section 5.1; OpenID Connect core, 3.1.3.3). No `Debug`: they are secrets.
#[derive(Serialize)]
pub struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    /// Always said, since it may be less than was asked for.
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl TokenResponse {
    /// An access token, how long it is valid, and what it is for.
    pub fn new(access_token: String, lifetime: Span, scopes: &Scopes) -> Self {
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: lifetime.as_seconds(),
            scope: scopes.to_string(),
            refresh_token: None,
            id_token: None,
        }
    }

    /// What it is for.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Whether there is an ID token.
    pub const fn has_id_token(&self) -> bool {
        self.id_token.is_some()
    }

    /// Whether there is a refresh token.
    pub const fn has_refresh_token(&self) -> bool {
        self.refresh_token.is_some()
    }

    /// With a refresh token.
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: String) -> Self {
        self.refresh_token = Some(refresh_token);
        self
    }

    /// With an ID token.
    #[must_use]
    pub fn with_id_token(mut self, id_token: String) -> Self {
        self.id_token = Some(id_token);
        self
    }
}

/// An error as JSON (RFC 6749, section 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorResponse {
    error: ErrorCode,
    #[serde(skip_serializing_if = "String::is_empty")]
    error_description: String,
}

impl ErrorResponse {
    /// A code and what is wrong, for the client's engineer.
    pub fn new(error: ErrorCode, text: impl std::fmt::Display) -> Self {
        Self {
            error,
            error_description: description(text),
        }
    }
}
