//! A service provider's metadata, as an administrator uploads it (SAML metadata, 2.4.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uppsala::NodeId;
use url::{Host, Url};

use super::certificate::{CertificateError, check_certificate};
use super::names::{BINDING_POST, DSIG, METADATA, PROTOCOL};
use crate::model::{AssertionConsumerService, EntityId, NameIdFormat, Timestamp};
use crate::protocol::xml::{Limits, Tree, XmlError};

/// What a service provider's metadata says, as far as a registration needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpMetadata {
    /// Its entity id.
    pub entity_id: EntityId,
    /// Where responses may go: the HTTP-POST ones, exactly one of them the default. Never empty.
    pub assertion_consumer_services: Vec<AssertionConsumerService>,
    /// Its signing certificates, DER in base64 without line breaks.
    pub signing_certificates: Vec<String>,
    /// Whether it signs its requests.
    pub authn_requests_signed: bool,
    /// Whether it wants the assertion itself signed.
    pub want_assertions_signed: bool,
    /// The formats that it names and Signet issues, in its order.
    pub name_id_formats: Vec<NameIdFormat>,
    /// Until when the document may be used; the caller compares it with its time.
    pub valid_until: Option<Timestamp>,
}

/// Why metadata was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The document was refused.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// An aggregate of several entities.
    #[error(
        "this is an EntitiesDescriptor; upload the EntityDescriptor of the one service provider"
    )]
    Aggregate,
    /// Something else.
    #[error("this is not SAML metadata: the document must be one md:EntityDescriptor")]
    NotMetadata,
    /// No entity id, or none that is one.
    #[error("entityID must be a URI of 1 to 1,024 characters without white space")]
    EntityId,
    /// Not exactly one role as a SAML 2.0 service provider.
    #[error("the metadata must have exactly one SPSSODescriptor for SAML 2.0")]
    Descriptor,
    /// A value that is not plain text.
    #[error("{name} must be plain text")]
    NotPlainText {
        /// Which element.
        name: &'static str,
    },
    /// Not an `xs:boolean`.
    #[error("{name} must be true or false")]
    Boolean {
        /// Which attribute.
        name: &'static str,
    },
    /// Not a time.
    #[error("validUntil must be a time in UTC such as 2026-01-31T12:00:00Z")]
    ValidUntil,
    /// No endpoint that a response could go to.
    #[error("the metadata has no AssertionConsumerService with the HTTP-POST binding")]
    NoPostEndpoint,
    /// An index that is none, or is there twice.
    #[error("each AssertionConsumerService needs an index of its own, from 0 to 65535")]
    AcsIndex,
    /// A location where a response must not go.
    #[error(
        "the Location of an AssertionConsumerService must be an https URL (or http on the loopback address), without user name, fragment or white space"
    )]
    AcsLocation,
    /// Certificate text that is not base64.
    #[error("an X509Certificate of the metadata is not base64")]
    CertificateBase64,
    /// A certificate that cannot be used.
    #[error("a signing certificate of the metadata cannot be used: {0}")]
    Certificate(#[from] CertificateError),
}

/// Reads a service provider's metadata, of at most 1 MiB. Its signature, if it has one, is not verified: the
/// administrator who uploads it vouches for it.
///
/// # Errors
/// [`MetadataError`] with the rule that was broken.
pub fn parse_sp_metadata(xml: &[u8]) -> Result<SpMetadata, MetadataError> {
    let tree = Tree::parse(xml, Limits::METADATA)?;
    let root = tree.root();
    if tree.is(root, METADATA.uri, "EntitiesDescriptor") {
        return Err(MetadataError::Aggregate);
    }
    if !tree.is(root, METADATA.uri, "EntityDescriptor") {
        return Err(MetadataError::NotMetadata);
    }
    let entity_id = tree.attribute(root, "entityID").unwrap_or_default();
    let entity_id = EntityId::parse(entity_id).map_err(|_| MetadataError::EntityId)?;
    let role = find_role(&tree)?;
    Ok(SpMetadata {
        entity_id,
        assertion_consumer_services: read_endpoints(&tree, role)?,
        signing_certificates: read_certificates(&tree, role)?,
        authn_requests_signed: read_boolean(&tree, role, "AuthnRequestsSigned")?,
        want_assertions_signed: read_boolean(&tree, role, "WantAssertionsSigned")?,
        name_id_formats: read_name_id_formats(&tree, role)?,
        valid_until: earliest(
            read_valid_until(&tree, root)?,
            read_valid_until(&tree, role)?,
        ),
    })
}

/// Whether a response may be sent there: `https`, or `http` to the loopback address for development. A `javascript:` or
/// `data:` location would run in our page (CVE-2023-45683).
///
/// # Errors
/// [`MetadataError::AcsLocation`] when not.
pub fn check_acs_url(location: &str) -> Result<(), MetadataError> {
    let error = Err(MetadataError::AcsLocation);
    if location
        .chars()
        .any(|c| c.is_whitespace() || c.is_control())
    {
        return error;
    }
    let Ok(url) = Url::parse(location) else {
        return error;
    };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return error,
    };
    let scheme_ok = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if scheme_ok && bare && !location.contains('\\') {
        Ok(())
    } else {
        error
    }
}

fn find_role(tree: &Tree) -> Result<NodeId, MetadataError> {
    let mut roles = tree
        .children_named(tree.root(), METADATA.uri, "SPSSODescriptor")
        .filter(|role| {
            tree.attribute(*role, "protocolSupportEnumeration")
                .is_some_and(|list| list.split_whitespace().any(|p| p == PROTOCOL.uri))
        });
    match (roles.next(), roles.next()) {
        (Some(role), None) => Ok(role),
        _ => Err(MetadataError::Descriptor),
    }
}

fn read_endpoints(
    tree: &Tree,
    role: NodeId,
) -> Result<Vec<AssertionConsumerService>, MetadataError> {
    let mut endpoints = Vec::new();
    let mut not_default = Vec::new();
    for node in tree.children_named(role, METADATA.uri, "AssertionConsumerService") {
        if tree.attribute(node, "Binding") != Some(BINDING_POST) {
            continue;
        }
        let acs_url = tree.attribute(node, "Location").unwrap_or_default();
        check_acs_url(acs_url)?;
        let index: u16 = tree
            .attribute(node, "index")
            .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .ok_or(MetadataError::AcsIndex)?;
        if endpoints
            .iter()
            .any(|e: &AssertionConsumerService| e.index == index)
        {
            return Err(MetadataError::AcsIndex);
        }
        let is_default = read_boolean(tree, node, "isDefault")?;
        if !is_default && tree.attribute(node, "isDefault").is_some() {
            not_default.push(index);
        }
        endpoints.push(AssertionConsumerService {
            acs_url: acs_url.to_owned(),
            index,
            is_default,
        });
    }
    if endpoints.is_empty() {
        return Err(MetadataError::NoPostEndpoint);
    }
    choose_default(&mut endpoints, &not_default);
    Ok(endpoints)
}

/// The first that says so, else the first that does not deny it, else the first (SAML metadata, 2.2.3).
fn choose_default(endpoints: &mut [AssertionConsumerService], not_default: &[u16]) {
    let chosen = endpoints
        .iter()
        .position(|e| e.is_default)
        .or_else(|| {
            endpoints
                .iter()
                .position(|e| !not_default.contains(&e.index))
        })
        .unwrap_or(0);
    for (at, endpoint) in endpoints.iter_mut().enumerate() {
        endpoint.is_default = at == chosen;
    }
}

/// The certificates of the key descriptors for signing; one without `use` is for signing too (SAML metadata, 2.4.1.1).
fn read_certificates(tree: &Tree, role: NodeId) -> Result<Vec<String>, MetadataError> {
    let mut certificates: Vec<String> = Vec::new();
    let signing = tree
        .children_named(role, METADATA.uri, "KeyDescriptor")
        .filter(|key| matches!(tree.attribute(*key, "use"), None | Some("signing")));
    for key in signing {
        let data = tree
            .children_named(key, DSIG.uri, "KeyInfo")
            .flat_map(|info| tree.children_named(info, DSIG.uri, "X509Data"))
            .flat_map(|data| tree.children_named(data, DSIG.uri, "X509Certificate"));
        for certificate in data {
            let text: String = plain_text(tree, certificate, "X509Certificate")?
                .chars()
                .filter(|c| !c.is_ascii_whitespace())
                .collect();
            let der = STANDARD
                .decode(&text)
                .map_err(|_| MetadataError::CertificateBase64)?;
            check_certificate(&der)?;
            if !certificates.contains(&text) {
                certificates.push(text);
            }
        }
    }
    Ok(certificates)
}

fn read_name_id_formats(tree: &Tree, role: NodeId) -> Result<Vec<NameIdFormat>, MetadataError> {
    let mut formats = Vec::new();
    for node in tree.children_named(role, METADATA.uri, "NameIDFormat") {
        let uri = plain_text(tree, node, "NameIDFormat")?;
        let known = NameIdFormat::from_uri(uri.trim());
        formats.extend(known.filter(|format| !formats.contains(format)));
    }
    Ok(formats)
}

fn read_boolean(tree: &Tree, node: NodeId, name: &'static str) -> Result<bool, MetadataError> {
    match tree.attribute(node, name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(MetadataError::Boolean { name }),
    }
}

fn read_valid_until(tree: &Tree, node: NodeId) -> Result<Option<Timestamp>, MetadataError> {
    tree.attribute(node, "validUntil")
        .map(|text| Timestamp::parse_rfc3339(text).ok_or(MetadataError::ValidUntil))
        .transpose()
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn plain_text(tree: &Tree, node: NodeId, name: &'static str) -> Result<String, MetadataError> {
    tree.value(node)
        .map_err(|_| MetadataError::NotPlainText { name })
}
