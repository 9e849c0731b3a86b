//! Users and groups.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::{AppId, EmailAddress, GroupId, PermissionSetId, Timestamp, UserId, UserName};
use crate::model::AccountId;

/// Where a person stands between joining and leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Has a link, and nothing else yet; the first sign-in makes them active.
    Invited,
    /// May sign in.
    Active,
    /// May not for now; sessions have ended, everything else stays.
    Suspended,
    /// Has left.
    #[serde(alias = "disabled")]
    Deactivated,
}

impl UserState {
    /// Whether they may sign in at all.
    pub const fn may_sign_in(self) -> bool {
        matches!(self, Self::Invited | Self::Active)
    }

    /// The word by which it is stored and written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
        }
    }

    /// By its word; `disabled` is the former one of `deactivated`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "invited" => Some(Self::Invited),
            "active" => Some(Self::Active),
            "suspended" => Some(Self::Suspended),
            "deactivated" | "disabled" => Some(Self::Deactivated),
            _ => None,
        }
    }
}

/// What a person may do in Signet itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminRole {
    /// Nothing but their own pages.
    None,
    /// Reads everything, changes nothing.
    Auditor,
    /// Reads everything; invites, changes and groups people.
    UserAdministrator,
    /// Reads and changes everything.
    Administrator,
}

/// A kind of work in Signet itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Looking at everything.
    Reading,
    /// People and groups.
    People,
    /// All of it.
    Everything,
}

impl AdminRole {
    /// Every role.
    pub const ALL: [Self; 4] = [
        Self::None,
        Self::Auditor,
        Self::UserAdministrator,
        Self::Administrator,
    ];

    /// Whether the role is for that.
    pub const fn may(self, duty: Duty) -> bool {
        match duty {
            Duty::Reading => !matches!(self, Self::None),
            Duty::People => matches!(self, Self::UserAdministrator | Self::Administrator),
            Duty::Everything => matches!(self, Self::Administrator),
        }
    }

    /// The word by which it is stored and written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Auditor => "auditor",
            Self::UserAdministrator => "user_administrator",
            Self::Administrator => "administrator",
        }
    }

    /// By its word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Random, never recycled.
    pub id: UserId,
    /// Signs in with this name.
    pub user_name: UserName,
    /// Also accepted at sign-in; the NameID of format emailAddress.
    pub email: EmailAddress,
    /// The whole name, as shown.
    pub display_name: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// Whether they may sign in.
    pub state: UserState,
    /// What they may do in Signet.
    pub admin_role: AdminRole,
    /// AWS SourceIdentity and, unless the account says otherwise, RoleSessionName: fixed when the user is made, never changed,
    /// never given to another (aws.md 3.2).
    pub source_identity: String,
    /// Further attributes by name, each with its values.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// When made.
    pub created_at: Timestamp,
    /// Raised by each change; a change names the revision that it saw.
    pub revision: i64,
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Random, never recycled.
    pub id: GroupId,
    /// Unique without regard to case.
    pub name: String,
    /// For people.
    pub description: String,
    /// When made.
    pub created_at: Timestamp,
    /// Raised by each change.
    pub revision: i64,
}

/// To whom something is assigned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Principal {
    /// One person.
    User(UserId),
    /// Every member of a group.
    Group(GroupId),
}

/// That a principal may use an application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AppAssignment {
    /// The application.
    pub app_id: AppId,
    /// Who.
    pub principal: Principal,
}

/// That a principal may take a permission set in an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountAssignment {
    /// The account.
    pub account_id: AccountId,
    /// The permission set.
    pub permission_set_id: PermissionSetId,
    /// Who.
    pub principal: Principal,
}
