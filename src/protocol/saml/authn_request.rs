//! The AuthnRequest (SAML core, 3.4.1), read from the tree whose signature was verified.

use uppsala::NodeId;

use super::error::{Excerpt, ReceiveError};
use super::names::{ASSERTION, DSIG, FORMAT_ENTITY, PROTOCOL, VERSION, is_id};
use crate::model::{EntityId, Timestamp};
use crate::protocol::xml::Tree;

/// Whether the request was signed. There is no third state: a signature that did not verify is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// Yes, and the signature was verified with a registered certificate.
    Yes,
    /// No.
    No,
}

/// A request whose syntax and, if it has one, signature have been checked. What it asks for has not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthnRequest {
    /// Its id: an XML name of 1 to 256 characters.
    pub id: String,
    /// Who claims to have sent it; proven only when it is signed.
    pub issuer: EntityId,
    /// The URL that it was meant for.
    pub destination: Option<String>,
    /// When it was made.
    pub issue_instant: Timestamp,
    /// Where the response should go, by URL. Never together with `acs_index`.
    pub acs_url: Option<String>,
    /// Where the response should go, by index.
    pub acs_index: Option<u16>,
    /// Over which binding the response should go.
    pub protocol_binding: Option<String>,
    /// Which name of the person it wants.
    pub name_id_policy: Option<NameIdPolicy>,
    /// How the person should have authenticated.
    pub requested_authn_context: Option<RequestedAuthnContext>,
    /// Whether the person must authenticate anew.
    pub force_authn: bool,
    /// Whether the person must not be asked for anything.
    pub is_passive: bool,
    /// The person whom it is about, if it says so.
    pub subject_name_id: Option<RequestedSubject>,
    /// Whether it was signed.
    pub signed: Signed,
}

/// A `samlp:NameIDPolicy` (SAML core, 3.4.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameIdPolicy {
    /// The format's URI.
    pub format: Option<String>,
    /// The namespace in which the name should be.
    pub sp_name_qualifier: Option<String>,
    /// Whether a name may be made.
    pub allow_create: Option<bool>,
}

/// A `samlp:RequestedAuthnContext` (SAML core, 3.3.2.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedAuthnContext {
    /// How to compare.
    pub comparison: Comparison,
    /// The classes, in order of preference. Empty when it names declarations.
    pub class_refs: Vec<String>,
    /// Whether it names declarations, which Signet has none of.
    pub has_declarations: bool,
}

/// How an achieved authentication context is compared with a requested one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// One of them; the default.
    Exact,
    /// At least as strong as one of them.
    Minimum,
    /// As strong as possible, and not stronger than one of them.
    Maximum,
    /// Stronger than each of them.
    Better,
}

/// The `saml:NameID` of a request's Subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedSubject {
    /// The format's URI.
    pub format: Option<String>,
    /// The name.
    pub value: String,
    /// The namespace of the name on our side.
    pub name_qualifier: Option<String>,
    /// The namespace of the name on the service provider's side.
    pub sp_name_qualifier: Option<String>,
}

/// The root's `ID`.
pub(super) fn read_id(tree: &Tree) -> Result<String, ReceiveError> {
    match tree.attribute(tree.root(), "ID") {
        Some(id) if is_id(id) => Ok(id.to_owned()),
        _ => Err(ReceiveError::Id),
    }
}

/// The one Issuer: an entity id in the entity format, without qualifiers (SAML core, 8.3.6).
pub(super) fn read_issuer(tree: &Tree) -> Result<EntityId, ReceiveError> {
    let mut issuers = tree.children_named(tree.root(), ASSERTION.uri, "Issuer");
    let issuer = issuers.next().ok_or(ReceiveError::IssuerMissing)?;
    if issuers.next().is_some() {
        return Err(ReceiveError::RepeatedElement { name: "Issuer" });
    }
    let format = tree.attribute(issuer, "Format");
    let qualified = ["NameQualifier", "SPNameQualifier", "SPProvidedID"]
        .into_iter()
        .any(|name| tree.attribute(issuer, name).is_some());
    if qualified || format.is_some_and(|format| format != FORMAT_ENTITY) {
        return Err(ReceiveError::IssuerFormat);
    }
    EntityId::parse(&plain_text(tree, issuer, "Issuer")?).map_err(|_| ReceiveError::Issuer)
}

impl AuthnRequest {
    pub(super) fn read(
        tree: &Tree,
        id: String,
        issuer: EntityId,
        signed: Signed,
    ) -> Result<Self, ReceiveError> {
        let root = tree.root();
        if tree.attribute(root, "Version") != Some(VERSION) {
            return Err(ReceiveError::Version);
        }
        let parts = Parts::of(tree)?;
        let owned = |name| tree.attribute(root, name).map(str::to_owned);
        let acs_url = owned("AssertionConsumerServiceURL");
        let acs_index = read_acs_index(tree)?;
        if acs_url.is_some() && acs_index.is_some() {
            return Err(ReceiveError::AcsUrlAndIndex);
        }
        Ok(Self {
            id,
            issuer,
            destination: owned("Destination"),
            issue_instant: read_issue_instant(tree)?,
            acs_url,
            acs_index,
            protocol_binding: owned("ProtocolBinding"),
            name_id_policy: parts
                .name_id_policy
                .map(|node| read_name_id_policy(tree, node))
                .transpose()?,
            requested_authn_context: parts
                .requested_authn_context
                .map(|node| read_requested_authn_context(tree, node))
                .transpose()?,
            force_authn: read_boolean(tree, root, "ForceAuthn")?.unwrap_or(false),
            is_passive: read_boolean(tree, root, "IsPassive")?.unwrap_or(false),
            subject_name_id: parts
                .subject
                .map(|node| read_subject(tree, node))
                .transpose()?,
            signed,
        })
    }
}

/// The children of an AuthnRequest that are read, each there at most once. Those of other names are refused: what is
/// not defined there is somebody's attempt to be found there by another parser.
#[derive(Default)]
struct Parts {
    subject: Option<NodeId>,
    name_id_policy: Option<NodeId>,
    requested_authn_context: Option<NodeId>,
}

impl Parts {
    fn of(tree: &Tree) -> Result<Self, ReceiveError> {
        const KNOWN: [(&str, &str); 8] = [
            (ASSERTION.uri, "Issuer"),
            (DSIG.uri, "Signature"),
            (PROTOCOL.uri, "Extensions"),
            (ASSERTION.uri, "Subject"),
            (PROTOCOL.uri, "NameIDPolicy"),
            (ASSERTION.uri, "Conditions"),
            (PROTOCOL.uri, "RequestedAuthnContext"),
            (PROTOCOL.uri, "Scoping"),
        ];
        let root = tree.root();
        if !tree.has_only_elements(root) {
            return Err(ReceiveError::StrayText {
                name: "AuthnRequest",
            });
        }
        let mut parts = Self::default();
        let mut seen: Vec<&'static str> = Vec::with_capacity(KNOWN.len());
        for child in tree.children(root) {
            let known = KNOWN
                .into_iter()
                .find(|(namespace, local)| tree.is(child, namespace, local));
            let Some((_, name)) = known else {
                return Err(ReceiveError::UnexpectedElement(name_of(tree, child)));
            };
            if seen.contains(&name) {
                return Err(ReceiveError::RepeatedElement { name });
            }
            seen.push(name);
            match name {
                "Subject" => parts.subject = Some(child),
                "NameIDPolicy" => parts.name_id_policy = Some(child),
                "RequestedAuthnContext" => parts.requested_authn_context = Some(child),
                _ => {}
            }
        }
        Ok(parts)
    }
}

fn name_of(tree: &Tree, node: NodeId) -> Excerpt {
    let name = tree.document().element(node).map(|e| &e.name.local_name);
    Excerpt::new(name.map_or("", |name| name.as_ref()))
}

/// `xs:dateTime` with a time zone; UTC is what SAML asks for (SAML core, 1.3.3).
fn read_issue_instant(tree: &Tree) -> Result<Timestamp, ReceiveError> {
    tree.attribute(tree.root(), "IssueInstant")
        .filter(|text| text.len() <= 40)
        .and_then(Timestamp::parse_rfc3339)
        .ok_or(ReceiveError::IssueInstant)
}

fn read_acs_index(tree: &Tree) -> Result<Option<u16>, ReceiveError> {
    let Some(text) = tree.attribute(tree.root(), "AssertionConsumerServiceIndex") else {
        return Ok(None);
    };
    let is_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(index) if is_digits => Ok(Some(index)),
        _ => Err(ReceiveError::AcsIndex),
    }
}

fn read_boolean(
    tree: &Tree,
    node: NodeId,
    name: &'static str,
) -> Result<Option<bool>, ReceiveError> {
    match tree.attribute(node, name) {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(_) => Err(ReceiveError::Boolean { name }),
    }
}

fn read_name_id_policy(tree: &Tree, node: NodeId) -> Result<NameIdPolicy, ReceiveError> {
    Ok(NameIdPolicy {
        format: tree.attribute(node, "Format").map(str::to_owned),
        sp_name_qualifier: tree.attribute(node, "SPNameQualifier").map(str::to_owned),
        allow_create: read_boolean(tree, node, "AllowCreate")?,
    })
}

fn read_requested_authn_context(
    tree: &Tree,
    node: NodeId,
) -> Result<RequestedAuthnContext, ReceiveError> {
    let comparison = match tree.attribute(node, "Comparison") {
        None | Some("exact") => Comparison::Exact,
        Some("minimum") => Comparison::Minimum,
        Some("maximum") => Comparison::Maximum,
        Some("better") => Comparison::Better,
        Some(_) => return Err(ReceiveError::Comparison),
    };
    if !tree.has_only_elements(node) {
        return Err(ReceiveError::StrayText {
            name: "RequestedAuthnContext",
        });
    }
    let mut class_refs = Vec::new();
    let mut has_declarations = false;
    for child in tree.children(node) {
        if tree.is(child, ASSERTION.uri, "AuthnContextClassRef") {
            class_refs.push(plain_text(tree, child, "AuthnContextClassRef")?);
        } else if tree.is(child, ASSERTION.uri, "AuthnContextDeclRef") {
            has_declarations = true;
        } else {
            return Err(ReceiveError::UnexpectedElement(name_of(tree, child)));
        }
    }
    if class_refs.is_empty() != has_declarations {
        return Err(ReceiveError::RequestedAuthnContext);
    }
    Ok(RequestedAuthnContext {
        comparison,
        class_refs,
        has_declarations,
    })
}

fn read_subject(tree: &Tree, node: NodeId) -> Result<RequestedSubject, ReceiveError> {
    let mut children = tree.children(node);
    let (Some(name_id), None) = (children.next(), children.next()) else {
        return Err(ReceiveError::Subject);
    };
    if !tree.is(name_id, ASSERTION.uri, "NameID") || !tree.has_only_elements(node) {
        return Err(ReceiveError::Subject);
    }
    let owned = |name| tree.attribute(name_id, name).map(str::to_owned);
    Ok(RequestedSubject {
        format: owned("Format"),
        value: plain_text(tree, name_id, "NameID")?,
        name_qualifier: owned("NameQualifier"),
        sp_name_qualifier: owned("SPNameQualifier"),
    })
}

fn plain_text(tree: &Tree, node: NodeId, name: &'static str) -> Result<String, ReceiveError> {
    tree.value(node)
        .map_err(|_| ReceiveError::NotPlainText { name })
}
