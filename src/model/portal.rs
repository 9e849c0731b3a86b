//! The portal's own address.

use serde::{Deserialize, Serialize};

use super::{AccountId, InvalidText, PermissionSetId, Timestamp};

/// First parts of paths that are ours, or will be.
const OURS: [&str; 20] = [
    "account",
    "admin",
    "api",
    "authorize",
    "aws",
    "device",
    "favicon",
    "health",
    "invite",
    "login",
    "metrics",
    "oauth2",
    "recover",
    "robots",
    "saml",
    "scim",
    "signin",
    "signout",
    "start",
    "static",
];

/// The portal's own address: one part of a path, 2 to 40 small letters, digits and hyphens, and none that is ours. Never a
/// host: every link of ours begins with the instance's public URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PortalAddress(String);

impl PortalAddress {
    /// Parses it, with or without the slash before it.
    ///
    /// # Errors
    /// With the rule.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let address = text.trim().trim_start_matches('/');
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let ends_plain = !address.starts_with('-') && !address.ends_with('-');
        if !(2..=40).contains(&address.len()) || !address.bytes().all(fits) || !ends_plain {
            return Err(InvalidText {
                what: "portal address",
                reason: "2 to 40 small letters, digits and hyphens between them, such as our-apps",
            });
        }
        if OURS.contains(&address) {
            return Err(InvalidText {
                what: "portal address",
                reason: "is one of Signet's own addresses; choose another one",
            });
        }
        Ok(Self(address.to_owned()))
    }

    /// Without the slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<PortalAddress> for String {
    fn from(address: PortalAddress) -> String {
        address.0
    }
}

impl TryFrom<String> for PortalAddress {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        Self::parse(&text)
    }
}

/// What a person thinks of a role, and when they took it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleMark {
    /// Where.
    pub account_id: AccountId,
    /// What.
    pub permission_set_id: PermissionSetId,
    /// Whether they have marked it.
    pub is_favourite: bool,
    /// When last taken.
    pub last_used_at: Option<Timestamp>,
}
