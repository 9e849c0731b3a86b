//! What a client is told of a person.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

/// The claims of a person that the standards define and Signet can fill (OpenID Connect core, 5.1), and `groups`.
pub const STANDARD_CLAIMS: [&str; 20] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
    "groups",
];

/// Claims that make a token what it is, or that another part of the protocol reads: no mapping may fill them
/// (CVE-2024-29892: a custom claim took the place of a reserved one).
const RESERVED_CLAIMS: [&str; 34] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "session_expiry",
    "events",
    "sub_id",
    "sub_jwk",
    "cnf",
    "act",
    "may_act",
    "client_id",
    "scope",
    "active",
    "token_type",
    "username",
    "typ",
    "_claim_names",
    "_claim_sources",
    "toe",
    "txn",
    "vot",
];
const MAX_CLAIM_NAME: usize = 128;

/// What is known of a person, as claims; what is not known is left out (OpenID Connect core, 5.3.2).
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[expect(
    missing_docs,
    reason = "the names are the standard's: OpenID Connect core, 5.1"
)]
pub struct StandardClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressClaim>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<super::NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
}

/// A postal address (OpenID Connect core, 5.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "the names are the standard's: OpenID Connect core, 5.1.1"
)]
pub struct AddressClaim {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Why a mapped claim was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MappedClaimError {
    /// A claim that has a meaning already.
    #[error("the claim has a fixed meaning and cannot be mapped; use another name")]
    Reserved,
    /// Not a name.
    #[error(
        "a claim's name has 1 to {MAX_CLAIM_NAME} characters of printable ASCII without spaces"
    )]
    Name,
    /// There already.
    #[error("the claim is mapped twice")]
    Repeated,
}

/// The claims that a client is told: of the standard ones those that it may know, and those that its registration maps.
/// Never one that makes a token what it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ReleasedClaims(Map<String, Value>);

impl ReleasedClaims {
    /// Of what is known, what is named.
    pub fn select(known: &StandardClaims, names: &BTreeSet<&str>) -> Self {
        let mut claims = match serde_json::to_value(known) {
            Ok(Value::Object(claims)) => claims,
            // Texts, flags and numbers always have a JSON form.
            _ => Map::new(),
        };
        claims.retain(|name, _| names.contains(name.as_str()));
        Self(claims)
    }

    /// Adds a claim under a name of the registration's choosing.
    ///
    /// # Errors
    /// [`MappedClaimError`] when the name is reserved, a standard one's or taken.
    pub fn add_mapped(&mut self, name: &str, value: Value) -> Result<(), MappedClaimError> {
        Self::check_name(name)?;
        if self.0.contains_key(name) {
            return Err(MappedClaimError::Repeated);
        }
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// Whether a claim may be mapped under this name; for registrations.
    ///
    /// # Errors
    /// [`MappedClaimError::Name`] or [`MappedClaimError::Reserved`].
    pub fn check_name(name: &str) -> Result<(), MappedClaimError> {
        let length_ok = (1..=MAX_CLAIM_NAME).contains(&name.len());
        if !length_ok || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(MappedClaimError::Name);
        }
        if RESERVED_CLAIMS.contains(&name) || STANDARD_CLAIMS.contains(&name) {
            return Err(MappedClaimError::Reserved);
        }
        Ok(())
    }

    /// Whether it is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The answer of the userinfo endpoint (OpenID Connect core, 5.3.2).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserInfo {
    /// The person: the same as in the ID token, which the client compares.
    pub sub: String,
    /// What the client may know.
    #[serde(flatten)]
    pub claims: ReleasedClaims,
}
