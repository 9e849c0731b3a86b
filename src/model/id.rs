//! Random identifiers. An id is 128 bits as 32 lower-case hexadecimal digits behind a one-letter kind, so that an id in a
//! log names what it identifies and cannot be taken for another kind. All of the bits are random, but for the time that
//! begins an id of what is written in order.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The value is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} id: expected \"{prefix}\" and 32 hexadecimal digits")]
pub struct InvalidId {
    kind: &'static str,
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Makes an id from 16 random octets.
            pub fn from_random(octets: [u8; 16]) -> Self {
                Self(format!("{}{}", $prefix, hex::encode(octets)))
            }

            /// Makes an id that stands in an index beside those of the same time: the milliseconds since 1970 in 6
            /// octets, then 10 random ones (as a UUID of version 7: RFC 9562, 5.7). For rows that are written at every
            /// request, so that a commit changes one page of the index and not one for each row.
            pub fn in_order(at: Timestamp, random: [u8; 10]) -> Self {
                let [_, _, time @ ..] = at.as_millis().to_be_bytes();
                Self(format!("{}{}{}", $prefix, hex::encode(time), hex::encode(random)))
            }

            /// Parses the text form.
            ///
            /// # Errors
            /// [`InvalidId`] when the kind's letter or the digits are wrong.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId { kind: stringify!($name), prefix: $prefix };
                let digits = text.strip_prefix($prefix).ok_or(invalid.clone())?;
                let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                if digits.len() == 32 && digits.bytes().all(is_digit) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(invalid)
                }
            }

            /// The text form.
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
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }
    };
}

id!(
    /// A person. Random, never recycled: also the id under which the audit knows the person.
    UserId, "u"
);
id!(
    /// A group of users.
    GroupId, "g"
);
id!(
    /// An application: any relying target.
    AppId, "a"
);
id!(
    /// A permission set.
    PermissionSetId, "p"
);
id!(
    /// A browser session (its id in lists and in the audit; the cookie's secret is another value).
    SessionId, "s"
);
id!(
    /// An application session.
    AppSessionId, "t"
);
id!(
    /// A stored sign-in in progress.
    PendingId, "n"
);
id!(
    /// A token family: one sign-in at a client.
    FamilyId, "f"
);
id!(
    /// A TOTP device.
    DeviceId, "d"
);
id!(
    /// One request, as the log, the error page and the audit name it.
    RequestId, "r"
);
id!(
    /// An audit event.
    EventId, "e"
);
id!(
    /// A key of the ring.
    KeyId, "k"
);

id!(
    /// A token of the API.
    ApiTokenId, "y"
);
