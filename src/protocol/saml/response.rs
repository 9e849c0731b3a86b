//! What a response says: its content, without signatures and without markup.

use crate::model::{NameIdFormat, Timestamp};

/// A `samlp:Response` (SAML core, 3.2.2 and 3.3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseContent {
    /// The response's id: random, an XML name.
    pub id: String,
    /// The request's id, exactly; `None` when the sign-in started from our side.
    pub in_response_to: Option<String>,
    /// The assertion consumer service that the response goes to.
    pub destination: String,
    /// When it is issued.
    pub issue_instant: Timestamp,
    /// Our entity id.
    pub issuer: String,
    /// Whether it worked.
    pub status: Status,
    /// The assertion: there if, and only if, the status is Success.
    pub assertion: Option<AssertionContent>,
}

/// A `samlp:Status` (SAML core, 3.2.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The top-level code.
    pub top: StatusCode,
    /// The code below it.
    pub sub: Option<SubStatus>,
    /// A text for the engineer at the service provider.
    pub message: Option<String>,
}

impl Status {
    /// Success.
    pub const fn success() -> Self {
        Self {
            top: StatusCode::Success,
            sub: None,
            message: None,
        }
    }
}

/// A top-level status code (SAML core, 3.2.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusCode {
    /// The request succeeded.
    Success,
    /// The requester is at fault.
    Requester,
    /// We are at fault, or will not.
    Responder,
    /// The request's version is not ours.
    VersionMismatch,
}

impl StatusCode {
    /// The URN.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Success => "urn:oasis:names:tc:SAML:2.0:status:Success",
            Self::Requester => "urn:oasis:names:tc:SAML:2.0:status:Requester",
            Self::Responder => "urn:oasis:names:tc:SAML:2.0:status:Responder",
            Self::VersionMismatch => "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch",
        }
    }
}

/// A second-level status code (SAML core, 3.2.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubStatus {
    /// The person could not be authenticated.
    AuthnFailed,
    /// The NameIDPolicy cannot be met.
    InvalidNameIdPolicy,
    /// The RequestedAuthnContext cannot be met.
    NoAuthnContext,
    /// IsPassive, and it cannot be done without asking the person.
    NoPassive,
    /// We may, and will not.
    RequestDenied,
    /// We do not support the request.
    RequestUnsupported,
    /// We cannot answer over the binding that was asked for.
    UnsupportedBinding,
    /// We do not know the person, or not under that name.
    UnknownPrincipal,
}

impl SubStatus {
    /// The URN.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::AuthnFailed => "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed",
            Self::InvalidNameIdPolicy => "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy",
            Self::NoAuthnContext => "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext",
            Self::NoPassive => "urn:oasis:names:tc:SAML:2.0:status:NoPassive",
            Self::RequestDenied => "urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
            Self::RequestUnsupported => "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported",
            Self::UnsupportedBinding => "urn:oasis:names:tc:SAML:2.0:status:UnsupportedBinding",
            Self::UnknownPrincipal => "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal",
        }
    }
}

/// A `saml:Assertion` with one bearer confirmation, one audience and one authentication statement (SAML core, 2.3.3;
/// SAML profiles, 4.1.4.2; security.md S-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionContent {
    /// The assertion's id: random, an XML name, another one than the response's.
    pub id: String,
    /// When it is issued.
    pub issue_instant: Timestamp,
    /// Our entity id.
    pub issuer: String,
    /// Who it is about.
    pub name_id: NameId,
    /// The assertion consumer service: the confirmation's `Recipient`.
    pub recipient: String,
    /// The request's id, exactly; `None` when the sign-in started from our side.
    pub in_response_to: Option<String>,
    /// From when its conditions hold.
    pub not_before: Timestamp,
    /// Until when it may be presented, and its conditions hold.
    pub not_on_or_after: Timestamp,
    /// The service provider's entity id.
    pub audience: String,
    /// When the person authenticated.
    pub authn_instant: Timestamp,
    /// The application session's index.
    pub session_index: String,
    /// When the session at the application must end.
    pub session_not_on_or_after: Option<Timestamp>,
    /// How the person authenticated: a class URI.
    pub authn_context_class_ref: String,
    /// What is told of the person.
    pub attributes: Vec<Attribute>,
}

/// A `saml:NameID` (SAML core, 2.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameId {
    /// Its format.
    pub format: NameIdFormat,
    /// The name.
    pub value: String,
    /// The namespace of the name on our side.
    pub name_qualifier: Option<String>,
    /// The namespace of the name on the service provider's side.
    pub sp_name_qualifier: Option<String>,
}

/// A `saml:Attribute`; every value is an `AttributeValue` of its own (SDP-IDP20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// How to read the name.
    pub name_format: AttributeNameFormat,
    /// The values, in order.
    pub values: Vec<String>,
}

/// How an attribute's name is to be read (SAML core, 8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeNameFormat {
    /// As any text.
    Unspecified,
    /// As a URI.
    Uri,
    /// As a simple name.
    Basic,
}

impl AttributeNameFormat {
    /// The URN.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Unspecified => "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
            Self::Uri => "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
            Self::Basic => "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
        }
    }
}
