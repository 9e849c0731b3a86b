//! Tokens of our API: what a program may do in an administrator's or an auditor's name.

use serde::{Deserialize, Serialize};

use super::{ApiTokenId, Duty, Timestamp, UserId};

/// What a token may be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ApiScope {
    /// Who is there.
    #[serde(rename = "users:read")]
    UsersRead,
    /// Inviting people.
    #[serde(rename = "users:invite")]
    UsersInvite,
    /// What became of applications' attempts.
    #[serde(rename = "traces:read")]
    TracesRead,
}

impl ApiScope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::UsersRead, Self::UsersInvite, Self::TracesRead];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UsersRead => "users:read",
            Self::UsersInvite => "users:invite",
            Self::TracesRead => "traces:read",
        }
    }

    /// By its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }

    /// What its owner's role must be for, at the time of each request.
    pub const fn duty(self) -> Duty {
        match self {
            Self::UsersRead | Self::TracesRead => Duty::Reading,
            Self::UsersInvite => Duty::People,
        }
    }
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its name in lists and in the audit.
    pub id: ApiTokenId,
    /// In whose name it acts.
    pub user_id: UserId,
    /// What it is for, in somebody's words.
    pub name: String,
    /// What it is good for.
    pub scopes: Vec<ApiScope>,
    /// When made.
    pub created_at: Timestamp,
    /// Good for nothing from then on.
    pub expires_at: Timestamp,
    /// When last used, to the hour.
    pub last_used_at: Option<Timestamp>,
    /// When revoked.
    pub revoked_at: Option<Timestamp>,
}
