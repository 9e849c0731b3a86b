//! Users and groups.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::{AppId, EmailAddress, GroupId, PermissionSetId, Timestamp, UserId, UserName};
use crate::model::{AccountId, AwsAccount, GroupRule};

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

    /// The same at a time, for somebody who comes from the one time on and leaves at the other.
    pub fn may_sign_in_at(
        self,
        (starts_at, ends_at): (Option<Timestamp>, Option<Timestamp>),
        now: Timestamp,
    ) -> bool {
        self.may_sign_in()
            && starts_at.is_none_or(|from| from <= now)
            && ends_at.is_none_or(|until| now < until)
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
    /// Reads everything; registers and changes applications and who may use them.
    ApplicationAdministrator,
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
    /// Applications, without AWS accounts.
    Applications,
    /// All of it.
    Everything,
}

impl AdminRole {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Auditor,
        Self::UserAdministrator,
        Self::ApplicationAdministrator,
        Self::Administrator,
    ];

    /// Whether the role is for that.
    pub const fn may(self, duty: Duty) -> bool {
        match duty {
            Duty::Reading => !matches!(self, Self::None),
            Duty::People => matches!(self, Self::UserAdministrator | Self::Administrator),
            Duty::Applications => {
                matches!(self, Self::ApplicationAdministrator | Self::Administrator)
            }
            Duty::Everything => matches!(self, Self::Administrator),
        }
    }

    /// The word by which it is stored and written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Auditor => "auditor",
            Self::UserAdministrator => "user_administrator",
            Self::ApplicationAdministrator => "application_administrator",
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
    /// They may not sign in before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// They may not sign in from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// When made.
    pub created_at: Timestamp,
    /// Raised by each change; a change names the revision that it saw.
    pub revision: i64,
}

impl User {
    /// Whether they may sign in now, by their state and their dates.
    pub fn may_sign_in(&self, now: Timestamp) -> bool {
        self.state
            .may_sign_in_at((self.starts_at, self.ends_at), now)
    }

    /// The values of a source (`user_name`, `email`, `display_name`, `given_name`, `family_name`, `id`,
    /// `attributes.<name>`); empty when the person has none.
    pub fn values(&self, source: &str) -> Vec<String> {
        let one = |text: &str| {
            if text.is_empty() {
                Vec::new()
            } else {
                vec![text.to_owned()]
            }
        };
        match source {
            "user_name" => one(self.user_name.as_str()),
            "email" => one(self.email.as_str()),
            "display_name" => one(&self.display_name),
            "given_name" => one(&self.given_name),
            "family_name" => one(&self.family_name),
            "id" => one(self.id.as_str()),
            other => other
                .strip_prefix("attributes.")
                .and_then(|name| self.attributes.get(name))
                .cloned()
                .unwrap_or_default(),
        }
    }
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
    /// Who is in it by what they are; none: who was put into it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<GroupRule>,
    /// When made.
    pub created_at: Timestamp,
    /// Raised by each change.
    pub revision: i64,
}

/// The attributes that have a field of their own, where a person has one value: of SCIM's user (RFC 7643, 4.1) and its
/// enterprise extension (4.3), and Microsoft 365's immutable ID.
pub const KNOWN_ATTRIBUTES: [&str; 13] = [
    "title",
    "userType",
    "phoneNumber",
    "preferredLanguage",
    "locale",
    "timezone",
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
    "department",
    "manager",
    "immutableId",
];

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

/// Accounts by what they are, so that one that is added later is among them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum AccountSelector {
    /// Every account with this label.
    Label(String),
    /// Every account at this path or below it.
    Path(String),
}

impl AccountSelector {
    /// Whether an account is among them.
    pub fn covers(&self, account: &AwsAccount) -> bool {
        match self {
            Self::Label(label) => account.labels.contains(label),
            Self::Path(path) if path == "/" => true,
            Self::Path(path) => account
                .path
                .strip_prefix(path.as_str())
                .is_some_and(|below| below.is_empty() || below.starts_with('/')),
        }
    }
}

impl std::fmt::Display for AccountSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Label(label) => write!(f, "label {label}"),
            Self::Path(path) => write!(f, "path {path}"),
        }
    }
}

/// That a principal may take a permission set in every account that a selector finds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountRule {
    /// Which accounts.
    pub selector: AccountSelector,
    /// The permission set.
    pub permission_set_id: PermissionSetId,
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
