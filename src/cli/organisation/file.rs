//! The organisation's file: TOML, by names, without ids and without secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cli::CliError;
use crate::directory::Profile;
use crate::model::{
    AccountColour, AccountId, AdminRole, AppState, Client, ReleasedAttribute, RoleContent,
    ServiceProvider, User, UserState, fold_key,
};
use crate::policy::Policy;

/// The whole file. A section that is left out leaves what it would be about as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Organisation {
    pub(super) users: Vec<UserEntry>,
    pub(super) groups: Vec<GroupEntry>,
    pub(super) permission_sets: Vec<PermissionSetEntry>,
    pub(super) accounts: Vec<AccountEntry>,
    pub(super) applications: Vec<ApplicationEntry>,
    /// All of them: an assignment that is not here ends. Left out: they stay as they are.
    pub(super) assignments: Option<Vec<AssignmentEntry>>,
    pub(super) policies: Vec<PolicyEntry>,
}

/// A person; credentials are not in the file. What an entry leaves out of somebody who is there stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry {
    pub(super) user_name: String,
    pub(super) email: String,
    pub(super) display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) family_name: Option<String>,
    /// Of somebody new: active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<UserState>,
    /// Of somebody new: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) admin_role: Option<AdminRole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<BTreeMap<String, Vec<String>>>,
}

impl UserEntry {
    /// The profile that it asks for, of somebody who is there or is new.
    pub(super) fn profile(&self, before: Option<&User>) -> Profile {
        let or = |text: &Option<String>, had: fn(&User) -> &String| {
            text.clone()
                .or_else(|| before.map(|user| had(user).clone()))
                .unwrap_or_default()
        };
        let attributes = self.attributes.clone();
        Profile {
            email: self.email.clone(),
            display_name: self.display_name.clone(),
            given_name: or(&self.given_name, |user| &user.given_name),
            family_name: or(&self.family_name, |user| &user.family_name),
            attributes: attributes
                .or_else(|| before.map(|user| user.attributes.clone()))
                .unwrap_or_default(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupEntry {
    pub(super) name: String,
    /// Left out: it stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    /// User names, all of them: who is not here is no member any more. Left out: they stay as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) members: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PermissionSetEntry {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    /// Left out: `signet/Signet_<name>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_path: Option<String>,
    #[serde(default = "an_hour")]
    pub(super) session_duration_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relay_state: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) transitive_tag_keys: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) session_tags: BTreeMap<String, String>,
    /// What its role may do.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub(super) role: RoleContent,
}

fn is_empty(role: &RoleContent) -> bool {
    *role == RoleContent::default()
}

const fn an_hour() -> u32 {
    3_600
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountEntry {
    pub(super) id: AccountId,
    pub(super) name: String,
    #[serde(default)]
    pub(super) email: String,
    #[serde(default = "aws")]
    pub(super) partition: String,
    #[serde(default = "provider")]
    pub(super) provider_name: String,
    /// Where it lies in the organisation.
    #[serde(default = "root", skip_serializing_if = "is_root")]
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) labels: Vec<String>,
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) colour: AccountColour,
}

fn aws() -> String {
    "aws".to_owned()
}

fn root() -> String {
    "/".to_owned()
}

fn is_root(path: &str) -> bool {
    path == "/"
}

fn is_none(colour: &AccountColour) -> bool {
    *colour == AccountColour::None
}

fn provider() -> String {
    "Signet".to_owned()
}

/// An application, by its metadata file or by every value of its registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApplicationEntry {
    pub(super) name: String,
    #[serde(default = "enabled")]
    pub(super) state: AppState,
    /// A file beside this one; read at each `apply`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metadata: Option<String>,
    /// What the metadata does not say, beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allow_idp_initiated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) require_signed_requests: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_relay_state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<Vec<ReleasedAttribute>>,
    /// The whole registration of a service provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) saml: Option<ServiceProvider>,
    /// The whole registration of an OAuth client; its secrets are not in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<Client>,
}

const fn enabled() -> AppState {
    AppState::Enabled
}

/// Who may use what: a user or a group, and an application or an account with a permission set.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AssignmentEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permission_set: Option<String>,
}

/// A policy; without scope it is everybody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permission_set: Option<String>,
    /// Groups whose members may make a pass for those over whom this is, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) passes_from: Option<Vec<String>>,
    pub(super) policy: Policy,
}

impl PolicyEntry {
    /// Whether the two are the same, however the names of groups are written.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let folded = |entry: &Self| {
            let names = entry.passes_from.as_ref();
            names.map(|names| {
                names
                    .iter()
                    .map(|name| fold_key(name))
                    .collect::<BTreeSet<_>>()
            })
        };
        let rest = |entry: &Self| Self {
            passes_from: None,
            ..entry.clone()
        };
        folded(self) == folded(other) && rest(self) == rest(other)
    }
}

/// Reads the file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Organisation, CliError> {
    toml::from_str(text).map_err(|error| {
        // The parser's words name line and column, show the line, and say what it expected there.
        CliError::Refused(format!("{}: {}", path.display(), error.to_string().trim()))
    })
}

/// Writes one.
pub(super) fn write(organisation: &Organisation) -> Result<String, CliError> {
    toml::to_string(organisation)
        .map_err(|e| CliError::failed("the organisation cannot be written", e))
}
