//! OAuth clients, as registered. The names are those of RFC 7591, section 2, and OpenID Connect registration, section 2.

use serde::{Deserialize, Serialize};

use super::{InvalidText, ReleasedAttribute};

/// A client identifier: 1 to 128 of the characters that need no escape in a form or a header, so that it is the same
/// everywhere (RFC 6749, appendix A.1, allows more).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

impl ClientId {
    /// Parses the text form.
    ///
    /// # Errors
    /// [`InvalidText`] with the rule.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        if (1..=128).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidText {
                what: "client_id",
                reason: "1 to 128 letters, digits, and - . _ ~",
            })
        }
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ClientId {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        Self::parse(&text)
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

/// Where a client runs (OpenID Connect registration, `application_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// On a server.
    #[default]
    Web,
    /// On a person's own machine: a loopback redirect URI may have any port (RFC 8252, section 7.3).
    Native,
}

/// How a client proves who it is at the token endpoint (RFC 7591, `token_endpoint_auth_method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// Not at all: a public client.
    None,
    /// HTTP Basic.
    #[default]
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
    /// A signed assertion (RFC 7523, section 2.2).
    PrivateKeyJwt,
}

impl ClientAuthMethod {
    /// Every method.
    pub const ALL: [Self; 4] = [
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::PrivateKeyJwt,
        Self::None,
    ];

    /// The name in metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }
}

/// What a client may exchange for tokens (RFC 7591, `grant_types`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A person's consent, by way of a code.
    AuthorizationCode,
    /// A refresh token.
    RefreshToken,
    /// Its own credentials: a token about nobody.
    ClientCredentials,
}

/// What an ID token is signed with (`id_token_signed_response_alg`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum IdTokenAlgorithm {
    /// RSA PKCS #1 v1.5 with SHA-256: what every client verifies.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
}

/// What a `sub` is (OpenID Connect core, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// The same at every client.
    #[default]
    Public,
    /// Another at each client.
    Pairwise,
}

/// Whether a person is asked before a client gets what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentMode {
    /// The first time, and for more than before.
    Required,
    /// Never: the organisation's own application, assigned by its administrator.
    #[default]
    Implied,
}

/// Who may use a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AvailableTo {
    /// Whoever is assigned.
    #[default]
    Assigned,
    /// Everybody who may sign in.
    Everybody,
}

/// How long what is issued to a client lives, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenLifetimes {
    /// Access tokens.
    pub access_token: u32,
    /// ID tokens.
    pub id_token: u32,
    /// Refresh tokens, without use.
    pub refresh_token_idle: u32,
    /// Refresh tokens, in any case, since the sign-in.
    pub refresh_token: u32,
}

impl Default for TokenLifetimes {
    fn default() -> Self {
        Self {
            access_token: 600,
            id_token: 600,
            refresh_token_idle: 14 * 86_400,
            refresh_token: 90 * 86_400,
        }
    }
}

/// A client's registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// By what it names itself.
    pub client_id: ClientId,
    /// Where it runs.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// How it proves who it is. Its secrets are not here.
    #[serde(default)]
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// Its public keys as a JWK Set in JSON, for `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<String>,
    /// Where codes and errors may go; compared exactly.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where a browser may go after signing out; compared exactly.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it is told that a session has ended (OpenID Connect back-channel logout, section 2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Where a sign-in starts from the portal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// What it may exchange for tokens.
    #[serde(default = "code_alone")]
    pub grant_types: Vec<GrantType>,
    /// Whether a code without PKCE is refused (RFC 9700, section 2.1.1: on unless the client cannot).
    #[serde(default = "yes")]
    pub require_pkce: bool,
    /// The signature of its ID tokens.
    #[serde(default)]
    pub id_token_signed_response_alg: IdTokenAlgorithm,
    /// What a `sub` is for it.
    #[serde(default)]
    pub subject_type: SubjectType,
    /// The scopes that it may be given.
    #[serde(default = "openid_scopes")]
    pub scopes: Vec<String>,
    /// The resources for which it may have access tokens (RFC 8707); each is the token's audience.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Who may use it.
    #[serde(default)]
    pub available_to: AvailableTo,
    /// Whether a person is asked.
    #[serde(default)]
    pub consent: ConsentMode,
    /// How long its tokens live.
    #[serde(default)]
    pub lifetimes: TokenLifetimes,
    /// Claims beside those of the scopes, in ID token and userinfo.
    #[serde(default)]
    pub claims: Vec<ReleasedAttribute>,
}

impl Client {
    /// Whether it may be given a scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|known| known == scope)
    }
}

fn code_alone() -> Vec<GrantType> {
    vec![GrantType::AuthorizationCode]
}

const fn yes() -> bool {
    true
}

fn openid_scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).to_vec()
}
