//! Checked texts: names, mail addresses, entity ids, URLs.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Why a text was refused; the message says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct InvalidText {
    /// The field, in the reader's terms.
    pub what: &'static str,
    /// What is wrong and what is allowed.
    pub reason: &'static str,
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = InvalidText;
            fn try_from(text: String) -> Result<Self, InvalidText> {
                Self::parse(&text)
            }
        }
    };
}

text!(
    /// The name with which a person signs in: 1 to 128 characters, no white space at the ends, no control characters.
    UserName
);
text!(
    /// A mail address (RFC 5322 addr-spec without quoting or comments), at most 254 octets.
    EmailAddress
);
text!(
    /// A SAML entity id: a URI of at most 1,024 characters (SAML core, lines 462-470).
    EntityId
);

impl UserName {
    /// Parses and keeps the spelling; see [`fold_key`] for comparison.
    ///
    /// # Errors
    /// [`InvalidText`] with the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let invalid = |reason| {
            Err(InvalidText {
                what: "user name",
                reason,
            })
        };
        if text.is_empty() || text.chars().count() > 128 {
            return invalid("must have 1 to 128 characters");
        }
        if text.trim() != text {
            return invalid("must not begin or end with white space");
        }
        if text.chars().any(|c| c.is_control() || is_invisible(c)) {
            return invalid("must not contain control or invisible characters");
        }
        Ok(Self(text.nfc().collect()))
    }
}

impl EmailAddress {
    /// Parses an addr-spec.
    ///
    /// # Errors
    /// [`InvalidText`] with the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let invalid = |reason| {
            Err(InvalidText {
                what: "mail address",
                reason,
            })
        };
        let Some((local, domain)) = text.rsplit_once('@') else {
            return invalid("must have the form name@domain");
        };
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && local
                .chars()
                .all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c))
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let domain_ok = !domain.is_empty()
            && domain.split('.').all(|l| {
                !l.is_empty() && l.len() <= 63 && l.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        if !local_ok || !domain_ok || text.len() > 254 {
            return invalid(
                "must have the form name@domain, without spaces, quotes or comments, at most 254 characters",
            );
        }
        Ok(Self(text.to_owned()))
    }
}

impl EntityId {
    /// Parses an entity id.
    ///
    /// # Errors
    /// [`InvalidText`] with the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let invalid = |reason| {
            Err(InvalidText {
                what: "entity id",
                reason,
            })
        };
        if text.is_empty() || text.chars().count() > 1024 {
            return invalid("must be a URI of 1 to 1,024 characters");
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return invalid("must not contain white space or control characters");
        }
        Ok(Self(text.to_owned()))
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// The one key under which every spelling of a name is the same: NFKC, case folded, trimmed.
///
/// Lookups, unique keys and failure counters use this key, so that `Alice`, `ALICE ` and full-width letters share one
/// counter (security.md X-AU1, X-VA3).
pub fn fold_key(text: &str) -> String {
    let folded: String = text.trim().nfkc().flat_map(char::to_lowercase).collect();
    folded.nfkc().filter(|c| !is_invisible(*c)).collect()
}
