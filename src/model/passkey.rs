//! What people have to sign in with, as lists show it.

use serde::{Deserialize, Serialize};

use super::{DeviceId, Timestamp};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyKind {
    /// It verifies its person, and suffices by itself.
    Passkey,
    /// It stands beside a password.
    SecurityKey,
}

impl PasskeyKind {
    /// Its word in the database and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::SecurityKey => "security_key",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Passkey, Self::SecurityKey]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// The kind of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A passkey.
    Passkey,
    /// A security key.
    SecurityKey,
    /// An authenticator app.
    Totp,
}

impl DeviceKind {
    /// Its word in texts and in the audit.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::SecurityKey => "security_key",
            Self::Totp => "totp",
        }
    }
}

impl From<PasskeyKind> for DeviceKind {
    fn from(kind: PasskeyKind) -> Self {
        match kind {
            PasskeyKind::Passkey => Self::Passkey,
            PasskeyKind::SecurityKey => Self::SecurityKey,
        }
    }
}

/// Something that a person has to sign in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Which.
    pub id: DeviceId,
    /// What it is.
    pub kind: DeviceKind,
    /// As the person calls it.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used to sign in.
    pub last_used_at: Option<Timestamp>,
}
