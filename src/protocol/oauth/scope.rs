//! Scopes (RFC 6749, section 3.3) and the claims that they stand for (OpenID Connect core, 5.4).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::InvalidText;

/// The most scopes of a request.
const MAX_SCOPES: usize = 64;

/// A scope that Signet gives a meaning to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StandardScope {
    /// An OpenID Connect request: an ID token.
    Openid,
    /// Names and the like.
    Profile,
    /// The mail address.
    Email,
    /// The postal address.
    Address,
    /// The telephone number.
    Phone,
    /// The names of the groups (no standard's; the name that most clients use).
    Groups,
    /// A refresh token that outlives the session (OpenID Connect core, section 11).
    OfflineAccess,
}

impl StandardScope {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Openid,
        Self::Profile,
        Self::Email,
        Self::Address,
        Self::Phone,
        Self::Groups,
        Self::OfflineAccess,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Openid => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Groups => "groups",
            Self::OfflineAccess => "offline_access",
        }
    }

    /// The claims that it asks for.
    pub const fn claims(self) -> &'static [&'static str] {
        match self {
            Self::Openid | Self::OfflineAccess => &[],
            Self::Profile => &[
                "name",
                "family_name",
                "given_name",
                "middle_name",
                "nickname",
                "preferred_username",
                "profile",
                "picture",
                "website",
                "gender",
                "birthdate",
                "zoneinfo",
                "locale",
                "updated_at",
            ],
            Self::Email => &["email", "email_verified"],
            Self::Address => &["address"],
            Self::Phone => &["phone_number", "phone_number_verified"],
            Self::Groups => &["groups"],
        }
    }
}

/// Scopes, each once, in the order of their first appearance. As text: joined by spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Parses a list.
    ///
    /// # Errors
    /// [`InvalidText`] when a scope has a character that none may have, or there are too many.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let invalid = |reason| InvalidText {
            what: "scope",
            reason,
        };
        let mut scopes: Vec<String> = Vec::new();
        for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
            if !scope
                .bytes()
                .all(|b| matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~'))
            {
                return Err(invalid(
                    "must be words of printable ASCII without quotes and backslashes, separated by spaces",
                ));
            }
            if scopes.iter().all(|known| known != scope) {
                scopes.push(scope.to_owned());
            }
        }
        if scopes.len() > MAX_SCOPES {
            return Err(invalid("must be at most 64 words"));
        }
        Ok(Self(scopes))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether it is among them.
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|known| known == scope)
    }

    /// Whether this standard one is among them.
    pub fn has(&self, scope: StandardScope) -> bool {
        self.contains(scope.as_str())
    }

    /// Whether all of them are among the others: what a refresh may ask for (RFC 6749, section 6).
    pub fn is_within(&self, others: &Self) -> bool {
        self.iter().all(|scope| others.contains(scope))
    }

    /// Those of them that are wanted.
    #[must_use]
    pub fn retain(&self, mut wanted: impl FnMut(&str) -> bool) -> Self {
        Self(
            self.iter()
                .filter(|s| wanted(s))
                .map(str::to_owned)
                .collect(),
        )
    }

    /// The names of the claims that they ask for.
    pub fn claims(&self) -> BTreeSet<&'static str> {
        StandardScope::ALL
            .into_iter()
            .filter(|scope| self.has(*scope))
            .flat_map(|scope| scope.claims().iter().copied())
            .collect()
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl TryFrom<String> for Scopes {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        Self::parse(&text)
    }
}

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.to_string()
    }
}
