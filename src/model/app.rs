//! Applications: SAML service providers and OAuth clients, as registered.

use serde::{Deserialize, Serialize};

use super::{AppId, Client, EntityId, Timestamp};

/// Whether an application may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppState {
    /// Yes.
    Enabled,
    /// No: nothing is issued to it.
    Disabled,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Random.
    pub id: AppId,
    /// For people: the tile's text.
    pub name: String,
    /// Whether it may be used.
    pub state: AppState,
    /// How it speaks with us.
    #[serde(flatten)]
    pub registration: Registration,
    /// When made.
    pub created_at: Timestamp,
    /// Raised by each change.
    pub revision: i64,
}

/// The protocol of an application, and what it registered for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// A SAML service provider.
    Saml(ServiceProvider),
    /// An OAuth client, a relying party of OpenID Connect.
    Client(Client),
}

impl Application {
    /// The registration of a SAML service provider, if it is one.
    pub const fn saml(&self) -> Option<&ServiceProvider> {
        match &self.registration {
            Registration::Saml(saml) => Some(saml),
            Registration::Client(_) => None,
        }
    }

    /// The registration of an OAuth client, if it is one.
    pub const fn client(&self) -> Option<&Client> {
        match &self.registration {
            Registration::Client(client) => Some(client),
            Registration::Saml(_) => None,
        }
    }
}

impl Registration {
    /// By what the application names itself in its requests: no two have the same.
    pub fn identifier(&self) -> &str {
        match self {
            Self::Saml(saml) => saml.entity_id.as_str(),
            Self::Client(client) => client.client_id.as_str(),
        }
    }
}

/// An endpoint of a service provider that receives our response (SAML metadata, lines 685-703).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssertionConsumerService {
    /// The exact URL.
    pub acs_url: String,
    /// Its index.
    pub index: u16,
    /// Whether it is the default.
    pub is_default: bool,
}

/// A NameID format (SAML core, 8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NameIdFormat {
    /// A random value for each pair of person and application, kept.
    Persistent,
    /// A random value for each response.
    Transient,
    /// The mail address.
    EmailAddress,
    /// The user name.
    Unspecified,
}

impl NameIdFormat {
    /// Every format that Signet issues.
    pub const ALL: [Self; 4] = [
        Self::Persistent,
        Self::Transient,
        Self::EmailAddress,
        Self::Unspecified,
    ];

    /// The URN (SAML core, 8.3.1, 8.3.2, 8.3.7, 8.3.8).
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            Self::EmailAddress => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        }
    }

    /// The format of a URN, if Signet issues it.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.uri() == uri)
    }
}

/// What of a response is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseSigning {
    /// Assertion and response: the default.
    Both,
    /// The assertion alone.
    AssertionOnly,
    /// The response alone.
    ResponseOnly,
}

/// A user attribute that an application is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasedAttribute {
    /// The attribute's `Name` in the assertion.
    pub name: String,
    /// What fills it: `user_name`, `email`, `display_name`, `given_name`, `family_name`, `groups`, `id`, or `attributes.<name>`.
    pub source: String,
}

/// A service provider's registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceProvider {
    /// Its entity id: the audience.
    pub entity_id: EntityId,
    /// Where responses may go. Never empty.
    pub assertion_consumer_services: Vec<AssertionConsumerService>,
    /// Its signing certificates, DER in base64, in no order; any of them may verify a request.
    pub signing_certificates: Vec<String>,
    /// Whether an unsigned AuthnRequest is refused.
    pub require_signed_requests: bool,
    /// What is signed in responses to it.
    pub response_signing: ResponseSigning,
    /// The format when the request names none.
    pub default_name_id_format: NameIdFormat,
    /// The formats that it may be sent.
    pub name_id_formats: Vec<NameIdFormat>,
    /// Whether a sign-in may start from our side (security.md S-11: off unless asked for).
    pub allow_idp_initiated: bool,
    /// RelayState when a sign-in starts from our side and names none.
    pub default_relay_state: Option<String>,
    /// How long an assertion is valid, in seconds.
    pub assertion_lifetime_seconds: u32,
    /// What it is told of the person.
    pub attributes: Vec<ReleasedAttribute>,
}
