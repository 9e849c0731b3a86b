//! What the tokens say.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, Serializer};

use super::claims::ReleasedClaims;
use super::scope::Scopes;
use crate::model::Timestamp;

/// Whole seconds since 1970: AWS refuses fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NumericDate(i64);

impl From<Timestamp> for NumericDate {
    fn from(time: Timestamp) -> Self {
        Self(time.as_seconds())
    }
}

/// For whom a token is: a text where it is one, an array otherwise (RFC 7519, section 4.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience(Vec<String>);

impl Audience {
    /// One.
    pub fn one(audience: impl Into<String>) -> Self {
        Self(vec![audience.into()])
    }

    /// One and more of them.
    pub fn of(first: impl Into<String>, others: impl IntoIterator<Item = String>) -> Self {
        let mut audiences = vec![first.into()];
        audiences.extend(others);
        Self(audiences)
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            several => serializer.collect_seq(several),
        }
    }
}

/// An ID token (OpenID Connect core, section 2).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IdTokenClaims {
    /// Our issuer.
    pub iss: String,
    /// The person.
    pub sub: String,
    /// The client's id: one, as a text (IPSIE SL1).
    pub aud: String,
    /// Until when it may be taken.
    pub exp: NumericDate,
    /// When issued.
    pub iat: NumericDate,
    /// When the person proved who they are.
    pub auth_time: NumericDate,
    /// The request's, unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The authentication context class that was reached.
    pub acr: String,
    /// How (RFC 8176).
    pub amr: Vec<&'static str>,
    /// Binds the access token to it; see [`at_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The session, for back-channel logout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Until when the client's own session may last (IPSIE SL1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_expiry: Option<NumericDate>,
    /// What the `claims` parameter or the registration asks for here.
    #[serde(flatten)]
    pub claims: ReleasedClaims,
}

/// A JWT access token (RFC 9068, section 2.2).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AccessTokenClaims {
    /// Our issuer.
    pub iss: String,
    /// The person, or the client's id in a client's own token.
    pub sub: String,
    /// The resource servers.
    pub aud: Audience,
    /// The client.
    pub client_id: String,
    /// Until when.
    pub exp: NumericDate,
    /// When issued.
    pub iat: NumericDate,
    /// Its id, never used again.
    pub jti: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Scopes::is_empty")]
    pub scope: Scopes,
    /// When the person proved who they are; none in a client's own token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<NumericDate>,
    /// The authentication context class that was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<&'static str>,
    /// Claims that the registration releases to the resource server.
    #[serde(flatten)]
    pub claims: ReleasedClaims,
}

/// The member of `events` that makes a logout token one.
pub const BACK_CHANNEL_LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token (OpenID back-channel logout, section 2.4). It has no nonce, so that it can never be taken for an ID
/// token; live it should two minutes at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogoutTokenClaims {
    /// Our issuer.
    pub iss: String,
    /// The person.
    pub sub: String,
    /// The client's id.
    pub aud: String,
    /// When issued.
    pub iat: NumericDate,
    /// Until when it may be taken.
    pub exp: NumericDate,
    /// Its id, never used again.
    pub jti: String,
    /// What happened.
    pub events: LogoutEvents,
    /// The session that ended; none where all of the person's did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

/// The `events` of a logout token: one, with nothing in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogoutEvents;

impl Serialize for LogoutEvents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nothing = serde_json::Map::new();
        serializer.collect_map([(BACK_CHANNEL_LOGOUT_EVENT, nothing)])
    }
}

/// `at_hash`: the left half of the access token's SHA-256 (OpenID Connect core, 3.1.3.6; both of our algorithms hash with
/// SHA-256).
pub fn at_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    let (left, _) = hash
        .as_ref()
        .split_at_checked(SHA256.output_len() / 2)
        .unwrap_or_default();
    URL_SAFE_NO_PAD.encode(left)
}
