//! What a mail says, and where it stands on its way.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A mail to a person, before it is put into words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailMessage {
    /// The link by which somebody joins.
    Invitation {
        /// Works once.
        link: String,
        /// Works until then.
        expires_at: Timestamp,
        /// Who invites, by name; none: somebody with a shell on the host.
        invited_by: Option<String>,
    },
    /// The link by which somebody who has lost a password sets another.
    NewPassword {
        /// Works once.
        link: String,
        /// Works until then.
        expires_at: Timestamp,
    },
    /// The link by which somebody confirms a change of their mail address.
    ConfirmAddress {
        /// Works once.
        link: String,
        /// Works until then.
        expires_at: Timestamp,
        /// The new address.
        new_address: String,
        /// Where it goes: the new address, or the former one.
        to: String,
    },
    /// Somebody went on without a second administrator: told to everybody who administers.
    GlassBroken {
        /// Who, by name.
        person: String,
        /// With what: `credentials`, `role` and so on.
        change: String,
        /// Why, in their words.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody has used a pass: told to those who administer.
    PassUsed {
        /// Who, by name.
        person: String,
        /// When.
        at: Timestamp,
        /// From which address, where it is known.
        from: Option<String>,
    },
    /// Something about how a person signs in has changed.
    Notice {
        /// What.
        change: CredentialChange,
        /// When.
        at: Timestamp,
        /// From which address, where it is known.
        from: Option<String>,
    },
}

/// What has changed about how a person signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialChange {
    /// A password was set.
    PasswordSet,
    /// An authenticator app was added.
    AuthenticatorAdded,
    /// The second factors were taken away.
    SecondFactorsRemoved,
    /// New recovery codes took the place of the old ones.
    RecoveryCodesRenewed,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// A passkey was added.
    PasskeyAdded,
    /// A security key was added.
    SecurityKeyAdded,
    /// One of several factors was taken away.
    FactorRemoved,
    /// A pass was made: it lets whoever has it and the password set up a new second factor.
    PassMade,
    /// A pass was used: the former second factors and sessions have ended.
    PassUsed,
    /// The mail address was changed.
    AddressChanged,
}

impl MailMessage {
    /// Its name, in the audit and in the templates' folder.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::NewPassword { .. } => "new_password",
            Self::Notice { .. } => "notice",
            Self::PassUsed { .. } => "pass_used",
            Self::GlassBroken { .. } => "glass_broken",
            Self::ConfirmAddress { .. } => "confirm_address",
        }
    }
}

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// It will be tried, or tried again.
    Waiting,
    /// It was given up.
    Failed,
}
