//! The keys of the ring: what they are for, what they are, and where in their life they stand.

use serde::{Deserialize, Serialize};

use super::{InvalidText, KeyId, Timestamp};

macro_rules! names {
    ($type:ident, $what:literal, $($variant:ident => $name:literal),+) => {
        impl $type {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in rows, in the audit and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl TryFrom<String> for $type {
            type Error = InvalidText;
            fn try_from(text: String) -> Result<Self, InvalidText> {
                Self::ALL.iter().copied().find(|v| v.as_str() == text).ok_or(InvalidText {
                    what: $what,
                    reason: concat!("must be one of", $(" ", $name),+),
                })
            }
        }
        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.as_str().to_owned()
            }
        }
    };
}

/// What a key is for. A key serves one purpose alone (security.md P-07: a leaked or confused key of one purpose must
/// not sign for another).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Purpose {
    /// Assertions, responses and metadata.
    Saml,
    /// Tokens, by elliptic curve.
    OpenIdConnect,
    /// Tokens, by RSA: for clients that verify nothing else.
    OpenIdConnectRsa,
    /// Message authentication codes over what browsers keep for us.
    Cookies,
    /// The audit's checkpoints.
    Audit,
}
names!(Purpose, "key purpose",
    Saml => "saml", OpenIdConnect => "openid_connect",
    OpenIdConnectRsa => "openid_connect_rsa", Cookies => "cookies", Audit => "audit");

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum KeyAlgorithm {
    /// RSA of 2,048 bits, PKCS #1 v1.5 with SHA-256.
    Rsa2048,
    /// RSA of 3,072 bits, PKCS #1 v1.5 with SHA-256.
    Rsa3072,
    /// ECDSA on P-256 with SHA-256; a signature is r and s, 32 octets each (JOSE and XML Signature want this form).
    P256,
    /// HMAC-SHA256 under 256 random bits.
    Hmac256,
}
names!(KeyAlgorithm, "key algorithm",
    Rsa2048 => "rsa-2048", Rsa3072 => "rsa-3072", P256 => "p-256", Hmac256 => "hmac-256");

/// Where in its life a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum KeyState {
    /// Published, so that others learn it; signs nothing yet.
    Next,
    /// Signs. Exactly one a purpose.
    Active,
    /// Published and verifies what it signed; signs no more. May become active again.
    Retained,
    /// Not published; its private half is destroyed.
    Retired,
}
names!(KeyState, "key state",
    Next => "next", Active => "active", Retained => "retained", Retired => "retired");

/// A key without its secret half: what lists show and the state machine judges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFacts {
    /// Derived from the public half, so that an id can stand for no other key.
    pub id: KeyId,
    /// What it is for.
    pub purpose: Purpose,
    /// What it is.
    pub algorithm: KeyAlgorithm,
    /// Where it stands.
    pub state: KeyState,
    /// Valid from (the certificate's, where there is one).
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// When made.
    pub created_at: Timestamp,
    /// When it came into its state.
    pub state_changed_at: Timestamp,
}
