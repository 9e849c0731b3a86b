//! The decision about a program that acts by a token of our API.

use crate::model::{AdminRole, ApiScope, ApiToken, Timestamp, UserId, UserState};

/// What is known when a token comes.
#[derive(Debug, Clone)]
pub struct ApiFacts {
    /// The token; none when there is none with this secret.
    pub token: Option<ApiToken>,
    /// Where its owner stands, and what they may do; none when there is nobody any more.
    pub owner: Option<(UserState, AdminRole)>,
}

/// A decision to let a program do one thing. Made here alone, and used up by what is done.
#[derive(Debug, PartialEq, Eq)]
pub struct ApiGrant {
    subject: UserId,
    scope: ApiScope,
}

impl ApiGrant {
    /// In whose name.
    pub fn subject(&self) -> &UserId {
        &self.subject
    }

    /// What.
    pub fn scope(&self) -> ApiScope {
        self.scope
    }
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiDenial {
    /// There is no such token, it was revoked, its time is over, or its owner may not sign in.
    InvalidToken,
    /// The token was not made for this.
    InsufficientScope,
    /// Its owner may not do this (any more).
    NotAllowed,
}

/// Decides whether a token is good for one scope now. Pure and total.
///
/// # Errors
/// Why not; the first rule that does not hold.
pub fn decide_api(
    scope: ApiScope,
    facts: &ApiFacts,
    now: Timestamp,
) -> Result<ApiGrant, ApiDenial> {
    let token = facts.token.as_ref().ok_or(ApiDenial::InvalidToken)?;
    if token.revoked_at.is_some() || token.expires_at <= now {
        return Err(ApiDenial::InvalidToken);
    }
    let (state, role) = facts.owner.ok_or(ApiDenial::InvalidToken)?;
    if state != UserState::Active {
        return Err(ApiDenial::InvalidToken);
    }
    if !token.scopes.contains(&scope) {
        return Err(ApiDenial::InsufficientScope);
    }
    if !role.may(scope.duty()) {
        return Err(ApiDenial::NotAllowed);
    }
    Ok(ApiGrant {
        subject: token.user_id.clone(),
        scope,
    })
}
