//! What a person granted a client.

use serde::{Deserialize, Serialize};

use super::{AppId, FamilyId, SessionId, Timestamp, UserId};

/// One sign-in at a client, and everything that came of it: code, refresh tokens, access tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFamily {
    /// Random; begins the `jti` of its access tokens.
    pub id: FamilyId,
    /// The client.
    pub app_id: AppId,
    /// Whose.
    pub user_id: UserId,
    /// The browser session in which it began.
    pub session_id: SessionId,
    /// Whether it outlives that session (`offline_access`).
    pub is_offline: bool,
    /// What was granted, as `access` writes it.
    pub granted: String,
    /// When.
    pub created_at: Timestamp,
    /// Nothing is issued from then on.
    pub ends_at: Timestamp,
    /// Revoked at.
    pub revoked_at: Option<Timestamp>,
}

/// What a person has agreed that a client may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The scopes.
    pub scopes: Vec<String>,
    /// When last.
    pub granted_at: Timestamp,
}
