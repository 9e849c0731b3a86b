//! What is protected, and who waits for a second administrator.

use serde::{Deserialize, Serialize};

use super::{AccountId, GroupId, Timestamp, UserId};

/// Something that is protected: what adds access to it, resets a factor of it or loosens a policy for it waits for a second
/// administrator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum ProtectedObject {
    /// A person.
    User(UserId),
    /// A group.
    Group(GroupId),
    /// An AWS account.
    Account(AccountId),
}

impl ProtectedObject {
    /// Its kind's word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::Account(_) => "account",
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::User(id) => id.as_str(),
            Self::Group(id) => id.as_str(),
            Self::Account(id) => id.as_str(),
        }
    }

    /// By kind and id.
    pub fn parse(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "user" => UserId::parse(id).ok().map(Self::User),
            "group" => GroupId::parse(id).ok().map(Self::Group),
            "account" => AccountId::parse(id).ok().map(Self::Account),
            _ => None,
        }
    }
}

/// A change that waits for a second administrator, or has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Random.
    pub id: String,
    /// What: `credentials`, `account_assignment` and so on.
    pub change: String,
    /// What it touches.
    pub about: Vec<ProtectedObject>,
    /// What exactly.
    pub detail: String,
    /// Who wants it.
    pub requested_by: UserId,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it waits, or may be made.
    pub expires_at: Timestamp,
    /// Who has agreed.
    pub agreed_by: Option<UserId>,
    /// When.
    pub agreed_at: Option<Timestamp>,
}
