//! The values that events carry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Personal;
use crate::model::{
    AccountId, AdminRole, AppId, EmailAddress, FamilyId, KeyAlgorithm, KeyId, KeyState,
    NameIdFormat, PermissionSetId, Purpose, Timestamp, User, UserId, UserName, UserState,
};
use crate::store::StoreError;
use crate::store::policies::PolicyRow;

/// A user as an event keeps it: what is personal stands apart, under the person's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSnapshot {
    /// Random, never recycled.
    pub id: UserId,
    /// Whether they may sign in.
    pub state: UserState,
    /// What they may do in Signet.
    pub admin_role: AdminRole,
    /// When made.
    pub created_at: Timestamp,
    /// Raised by each change.
    pub revision: i64,
    /// They may not sign in before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// They may not sign in from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Names, addresses, attributes.
    pub profile: Personal<Profile>,
}

/// What is personal in a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Signs in with this name.
    pub user_name: UserName,
    /// The mail address.
    pub email: EmailAddress,
    /// The whole name.
    pub display_name: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// AWS SourceIdentity: made from the name.
    pub source_identity: String,
    /// Further attributes.
    pub attributes: BTreeMap<String, Vec<String>>,
}

impl From<&User> for UserSnapshot {
    fn from(user: &User) -> Self {
        let profile = Profile {
            user_name: user.user_name.clone(),
            email: user.email.clone(),
            display_name: user.display_name.clone(),
            given_name: user.given_name.clone(),
            family_name: user.family_name.clone(),
            source_identity: user.source_identity.clone(),
            attributes: user.attributes.clone(),
        };
        Self {
            id: user.id.clone(),
            state: user.state,
            admin_role: user.admin_role,
            created_at: user.created_at,
            revision: user.revision,
            starts_at: user.starts_at,
            ends_at: user.ends_at,
            profile: Personal::new(&user.id, profile),
        }
    }
}

impl UserSnapshot {
    /// The whole user, when the profile can be read.
    pub fn to_user(&self) -> Option<User> {
        let profile = self.profile.value()?.clone();
        Some(User {
            id: self.id.clone(),
            user_name: profile.user_name,
            email: profile.email,
            display_name: profile.display_name,
            given_name: profile.given_name,
            family_name: profile.family_name,
            state: self.state,
            admin_role: self.admin_role,
            source_identity: profile.source_identity,
            attributes: profile.attributes,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            created_at: self.created_at,
            revision: self.revision,
        })
    }
}

/// A policy's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicySnapshot {
    /// Random.
    pub id: String,
    /// What kind of thing it applies to.
    pub scope_kind: String,
    /// Which one.
    pub scope_id: String,
    /// The policy, without floating point.
    pub body: serde_json::Value,
    /// Raised by each change.
    pub revision: i64,
}

impl PolicySnapshot {
    /// Of a row.
    ///
    /// # Errors
    /// [`StoreError::Data`] when what it says is no JSON.
    pub fn of(row: &PolicyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.clone(),
            scope_kind: row.scope_kind.clone(),
            scope_id: row.scope_id.clone(),
            body: row.says()?,
            revision: row.revision,
        })
    }
}

/// One key's step from state to state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// Which key.
    pub key_id: KeyId,
    /// What it is for.
    pub purpose: Purpose,
    /// What it is.
    pub algorithm: KeyAlgorithm,
    /// None: it was made.
    pub before: Option<KeyState>,
    /// None: its row was removed.
    pub after: Option<KeyState>,
}

/// Who somebody said they are. Made by `Audit::attempted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "account", rename_all = "snake_case")]
pub enum Attempted {
    /// A person's name or address.
    Known {
        /// Whose.
        user_id: UserId,
        /// As typed.
        typed: Personal<String>,
    },
    /// Nobody's. People type passwords and other systems' names into this field: only a keyed code of the folded name
    /// is kept, enough to see that it is the same one again.
    Unknown {
        /// HMAC-SHA256 in hexadecimal.
        name_code: String,
    },
}

impl Attempted {
    /// The person, when there is one of that name.
    pub fn user_id(&self) -> Option<&UserId> {
        match self {
            Self::Known { user_id, .. } => Some(user_id),
            Self::Unknown { .. } => None,
        }
    }
}

/// Where a sign-in leads, or what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// An application.
    Application {
        /// Which.
        app_id: AppId,
    },
    /// A permission set in an AWS account.
    Aws {
        /// The account.
        account_id: AccountId,
        /// The permission set.
        permission_set_id: PermissionSetId,
    },
    /// The portal.
    Portal,
    /// A person's own pages.
    Account,
    /// The console.
    Admin,
}

/// Why a password was refused. The page says less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordRefusal {
    /// It is not the one.
    Wrong,
    /// There is nobody of that name.
    UnknownUser,
    /// The person has none.
    NotSet,
    /// The person is disabled.
    Disabled,
    /// The counter is full: it was not even looked at.
    Locked,
}

/// Why the answer of a key was refused. The page says less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyRefusal {
    /// Nobody has this key, or somebody else.
    UnknownKey,
    /// It answers another question, comes from another site, has not verified its person, or the signature is wrong.
    WrongAnswer,
    /// Its counter went back: there may be a copy of it.
    CounterWentBack,
    /// Another answer of the same key came first, or it was removed.
    Overtaken,
}

/// What counts failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    /// Passwords for the account, from browsers that it does not know.
    Password,
    /// Passwords for the account, from a known browser.
    KnownBrowser,
    /// Codes of a TOTP device.
    Totp,
    /// Recovery codes.
    RecoveryCode,
    /// Passes.
    Pass,
    /// Everything from one address.
    Address,
}

/// Why a session was ended by other means than signing out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// The person ended it from another place.
    Person,
    /// An administrator did.
    Administrator,
    /// The person was disabled or deleted.
    UserState,
    /// A credential was changed.
    CredentialChanged,
    /// The database was restored from a backup.
    Restored,
}

/// What a one-time link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// To set the first credentials.
    Setup,
    /// To set new ones.
    Recovery,
}

/// An assertion as it left for an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedAssertion {
    /// About whom.
    pub user_id: UserId,
    /// To whom.
    pub app_id: AppId,
    /// The request that it answers; none when started from our side.
    pub in_response_to: Option<String>,
    /// Its ID.
    pub assertion_id: String,
    /// The response's ID.
    pub response_id: String,
    /// The format of the NameID.
    pub name_id_format: NameIdFormat,
    /// The SessionIndex.
    pub session_index: String,
    /// Where it was sent.
    pub acs_url: String,
    /// Until when it is valid.
    pub not_on_or_after: Timestamp,
}

/// An assertion as it left for AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedAwsAssertion {
    /// About whom.
    pub user_id: UserId,
    /// The account.
    pub account_id: AccountId,
    /// The permission set.
    pub permission_set_id: PermissionSetId,
    /// The role.
    pub role_arn: String,
    /// RoleSessionName: made from the person's name.
    pub role_session_name: Personal<String>,
    /// SessionDuration.
    pub duration_seconds: u32,
    /// The keys of the session tags.
    pub tag_keys: Vec<String>,
    /// The assertion's ID.
    pub assertion_id: String,
    /// The response's ID.
    pub response_id: String,
    /// The SessionIndex.
    pub session_index: String,
    /// Where it was sent.
    pub acs_url: String,
    /// Until when it is valid.
    pub not_on_or_after: Timestamp,
}

/// A code, before it leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCode {
    /// About whom.
    pub user_id: UserId,
    /// For which client.
    pub app_id: AppId,
    /// The family that it begins.
    pub family_id: FamilyId,
    /// For what.
    pub scopes: String,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether it outlives the browser session.
    pub is_offline: bool,
}

/// Tokens, before they leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedTokens {
    /// About whom.
    pub user_id: UserId,
    /// For which client.
    pub app_id: AppId,
    /// The family.
    pub family_id: FamilyId,
    /// The access token's id.
    pub jti: String,
    /// For what.
    pub scopes: String,
    /// For which resources.
    pub audience: Vec<String>,
    /// Until when the access token is good.
    pub ends_at: Timestamp,
}
