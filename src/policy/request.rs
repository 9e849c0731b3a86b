//! What is asked for.

use serde::{Deserialize, Serialize};

use crate::model::{AccountId, AppId, Assurance, PermissionSetId, Timestamp};

/// Where somebody wants to go.
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
    /// The person's own pages.
    Account,
    /// A change of how the person signs in, by themselves.
    OwnCredentials,
    /// A pass that the person makes for a colleague.
    ColleaguePass,
    /// The console.
    Admin,
    /// Whether the role of a permission set can be taken in an account, by an administrator's word: what AWS answers is
    /// looked at and thrown away.
    AwsVerification {
        /// The account.
        account_id: AccountId,
        /// The permission set.
        permission_set_id: PermissionSetId,
    },
}

/// Whether the person may be asked for anything (SAML core, 3.4.1: `IsPassive`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interaction {
    /// Yes.
    Allowed,
    /// No: answer now, or say that it cannot be done.
    Passive,
}

/// A class of authentication context that Signet can vouch for (SAML authentication context, 3.4; REFEDS MFA profile).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthnContextClass {
    /// By any means.
    Unspecified,
    /// By a password.
    Password,
    /// By a password over a protected connection.
    PasswordProtectedTransport,
    /// By a time-synchronised code.
    TimeSyncToken,
    /// By two factors.
    RefedsMfa,
}

impl AuthnContextClass {
    /// Every class that Signet knows.
    pub const ALL: [Self; 5] = [
        Self::Unspecified,
        Self::Password,
        Self::PasswordProtectedTransport,
        Self::TimeSyncToken,
        Self::RefedsMfa,
    ];

    /// The URI.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Unspecified => "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
            Self::Password => "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
            Self::PasswordProtectedTransport => {
                "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
            }
            Self::TimeSyncToken => "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
            Self::RefedsMfa => "https://refeds.org/profile/mfa",
        }
    }

    /// The class of a URI, if Signet knows it.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.uri() == uri)
    }

    /// The assurance without which the class would be a lie.
    pub const fn assurance(self) -> Assurance {
        match self {
            Self::Unspecified | Self::Password | Self::PasswordProtectedTransport => Assurance::One,
            Self::TimeSyncToken | Self::RefedsMfa => Assurance::Two,
        }
    }
}

/// How the achieved context is compared with the requested ones (SAML core, 3.3.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextComparison {
    /// It is one of them.
    Exact,
    /// It is at least as strong as one of them.
    Minimum,
    /// It is not stronger than one of them.
    Maximum,
    /// It is stronger than each of them.
    Better,
}

/// The authentication context that the protocol asks for. Classes that Signet does not know are left out by whoever
/// reads the request; an empty list can be met by nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedContext {
    /// How to compare.
    pub comparison: ContextComparison,
    /// The classes, in order of preference.
    pub classes: Vec<AuthnContextClass>,
}

/// What is asked for, in no protocol's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequest {
    /// Where to.
    pub target: Target,
    /// Whether the person may be asked.
    pub interaction: Interaction,
    /// Only what was proved since then counts (`ForceAuthn`): the time at which the request arrived.
    pub authenticated_since: Option<Timestamp>,
    /// The context that the protocol asks for.
    pub context: Option<RequestedContext>,
    /// AWS's SessionDuration by the permission set, in seconds; for an AWS target alone.
    pub aws_session_seconds: Option<u32>,
    /// What the person must have agreed to; none where nobody asks for anything on their behalf.
    pub consent: Option<ConsentRequest>,
}

/// What a client asks to be given in a person's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRequest {
    /// The scopes.
    pub scopes: Vec<String>,
    /// Only a consent since then counts (`prompt=consent`).
    pub since: Option<Timestamp>,
}

impl AccessRequest {
    /// A request for a target with nothing special about it.
    pub fn plain(target: Target) -> Self {
        Self {
            target,
            interaction: Interaction::Allowed,
            authenticated_since: None,
            context: None,
            aws_session_seconds: None,
            consent: None,
        }
    }
}
