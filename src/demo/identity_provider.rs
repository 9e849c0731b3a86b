//! The identity provider as its metadata describes it (SAML metadata, 2.4.3): all that the demo believes of it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bergshamra::keys::{Key, loader};
use uppsala::NodeId;
use url::Url;

use super::names::{BINDING_POST, BINDING_REDIRECT, DSIG, METADATA, PROTOCOL};
use crate::protocol::xml::{Limits, Tree, XmlError};

/// Gives the identity provider's metadata as it is now. It is asked at every use, so that a changed key is seen; it may
/// block, and keeps whatever copy it likes.
pub type MetadataSource = Arc<dyn Fn() -> std::io::Result<String> + Send + Sync>;

/// Why the metadata cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum MetadataProblem {
    #[error("the identity provider's metadata could not be had: {0}")]
    Unavailable(#[from] std::io::Error),
    #[error("the identity provider's metadata was refused: {0}")]
    Xml(#[from] XmlError),
    #[error("the identity provider's metadata is not one EntityDescriptor with an entityID")]
    NotMetadata,
    #[error("the metadata must have exactly one IDPSSODescriptor for SAML 2.0")]
    Descriptor,
    #[error("a signing certificate of the metadata cannot be read")]
    Certificate,
    #[error("the metadata has no signing certificate")]
    NoCertificate,
    #[error("the metadata has no single sign-on service for {binding}")]
    NoSingleSignOnService { binding: &'static str },
}

/// Whom to believe, and where to send people.
#[derive(Debug)]
pub(super) struct IdentityProvider {
    /// Its entity id: the `Issuer` of all it issues.
    pub(super) entity_id: String,
    /// The keys of its signing certificates. The certificates themselves say nothing: trust comes from the metadata.
    pub(super) keys: Vec<Key>,
    redirect_url: Option<Url>,
    post_url: Option<Url>,
}

impl IdentityProvider {
    /// Asks the source and reads what it gives.
    pub(super) fn load(source: &MetadataSource) -> Result<Self, MetadataProblem> {
        let xml = source()?;
        let tree = Tree::parse(xml.as_bytes(), Limits::METADATA)?;
        let root = tree.root();
        let entity_id = tree.attribute(root, "entityID").unwrap_or_default();
        if !tree.is(root, METADATA, "EntityDescriptor") || entity_id.is_empty() {
            return Err(MetadataProblem::NotMetadata);
        }
        let role = find_role(&tree)?;
        Ok(Self {
            entity_id: entity_id.to_owned(),
            keys: read_keys(&tree, role)?,
            redirect_url: find_service(&tree, role, BINDING_REDIRECT),
            post_url: find_service(&tree, role, BINDING_POST),
        })
    }

    /// Where requests go by HTTP-Redirect.
    pub(super) fn redirect_url(&self) -> Result<&Url, MetadataProblem> {
        self.redirect_url
            .as_ref()
            .ok_or(MetadataProblem::NoSingleSignOnService {
                binding: "HTTP-Redirect",
            })
    }

    /// Where requests go by HTTP-POST.
    pub(super) fn post_url(&self) -> Result<&Url, MetadataProblem> {
        self.post_url
            .as_ref()
            .ok_or(MetadataProblem::NoSingleSignOnService {
                binding: "HTTP-POST",
            })
    }
}

fn find_role(tree: &Tree) -> Result<NodeId, MetadataProblem> {
    let mut roles = tree
        .children_named(tree.root(), METADATA, "IDPSSODescriptor")
        .filter(|role| {
            tree.attribute(*role, "protocolSupportEnumeration")
                .is_some_and(|all| all.split_whitespace().any(|one| one == PROTOCOL))
        });
    match (roles.next(), roles.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(MetadataProblem::Descriptor),
    }
}

fn read_keys(tree: &Tree, role: NodeId) -> Result<Vec<Key>, MetadataProblem> {
    let mut keys = Vec::new();
    for descriptor in tree.children_named(role, METADATA, "KeyDescriptor") {
        if !matches!(tree.attribute(descriptor, "use"), None | Some("signing")) {
            continue;
        }
        for info in tree.children_named(descriptor, DSIG, "KeyInfo") {
            for data in tree.children_named(info, DSIG, "X509Data") {
                for certificate in tree.children_named(data, DSIG, "X509Certificate") {
                    keys.push(read_key(tree, certificate)?);
                }
            }
        }
    }
    if keys.is_empty() {
        return Err(MetadataProblem::NoCertificate);
    }
    Ok(keys)
}

fn read_key(tree: &Tree, certificate: NodeId) -> Result<Key, MetadataProblem> {
    let text = tree
        .value(certificate)
        .map_err(|_| MetadataProblem::Certificate)?;
    let base64: String = text.split_whitespace().collect();
    let der = STANDARD
        .decode(base64)
        .map_err(|_| MetadataProblem::Certificate)?;
    loader::load_x509_cert_der(&der).map_err(|_| MetadataProblem::Certificate)
}

fn find_service(tree: &Tree, role: NodeId, binding: &str) -> Option<Url> {
    tree.children_named(role, METADATA, "SingleSignOnService")
        .find(|service| tree.attribute(*service, "Binding") == Some(binding))
        .and_then(|service| Url::parse(tree.attribute(service, "Location")?).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}
