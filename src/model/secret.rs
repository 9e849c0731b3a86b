//! Values that must not be printed, logged or compared carelessly.

use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

/// Octets that leave no trace: no `Debug`, `Display`, `Clone`, `PartialEq` or `Serialize`; wiped when dropped.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the octets over.
    pub fn new(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// Takes a text over as its UTF-8 octets.
    pub fn from_text(text: String) -> Self {
        Self::new(text.into_bytes())
    }

    /// The octets, for the one place that needs them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The octets as text.
    ///
    /// # Errors
    /// When they are not UTF-8.
    pub fn expose_text(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(&self.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The SHA-256 of a bearer secret: what is stored in its place (security.md P-02: the secret has at least 128 random bits).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretHash(String);

impl SecretHash {
    /// The hash of a bearer secret as it stands in a cookie or a link.
    pub fn of(secret: &str) -> Self {
        Self::from_digest(digest(&SHA256, secret.as_bytes()).as_ref())
    }

    /// Wraps 32 octets of SHA-256.
    pub fn from_digest(digest: &[u8]) -> Self {
        Self(hex::encode(digest))
    }

    /// Whether a secret is the hashed one, in time that does not depend on it.
    pub fn is_of(&self, secret: &str) -> bool {
        use subtle::ConstantTimeEq;
        Self::of(secret)
            .0
            .as_bytes()
            .ct_eq(self.0.as_bytes())
            .into()
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SecretHash {
    type Error = super::InvalidText;
    fn try_from(text: String) -> Result<Self, super::InvalidText> {
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self(text))
        } else {
            Err(super::InvalidText {
                what: "hash",
                reason: "64 hexadecimal digits",
            })
        }
    }
}
