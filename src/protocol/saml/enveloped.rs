//! The enveloped signature of a message: every structural rule on our tree, then the library, then that what it verified
//! is the message.
//!
//! The order is the point. The library resolves what a Reference names before it looks at the key (a local file of
//! 1.5 GB was read), and it calls a wrapped message valid when the signed part is somewhere inside: the gates in front
//! leave it nothing to resolve but the root, and the checks behind do not take its word for it.

use bergshamra::{DsigContext, KeysManager, VerifyResult};
use uppsala::NodeId;

use super::certificate::VerificationKey;
use super::error::{Excerpt, ReceiveError};
use super::names::{DSIG, ENVELOPED_SIGNATURE, EXCLUSIVE_C14N};
use super::redirect_signature::is_accepted;
use crate::protocol::xml::Tree;

const DIGESTS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];
/// More prefixes than this in a PrefixList are an attempt at something.
const MAX_INCLUSIVE_PREFIXES: usize = 16;

/// The one signature, if there is one. More than one in the whole document is refused, wherever they are.
pub(super) fn find_signature(tree: &Tree) -> Result<Option<NodeId>, ReceiveError> {
    let mut signatures = tree
        .elements()
        .filter(|id| tree.is(*id, DSIG.uri, "Signature"));
    let Some(signature) = signatures.next() else {
        return Ok(None);
    };
    if signatures.next().is_some() {
        return Err(ReceiveError::SeveralSignatures);
    }
    if tree.document().parent(signature) != Some(tree.root()) {
        return Err(ReceiveError::SignaturePosition);
    }
    Ok(Some(signature))
}

/// No two ids of the document are equal, whatever attribute they are in: `ID`, `Id`, `id`, `xml:id`, `AssertionID`.
pub(super) fn check_unique_ids(tree: &Tree) -> Result<(), ReceiveError> {
    let mut ids: Vec<&str> = tree
        .elements()
        .flat_map(|element| tree.attributes(element))
        .filter(|(_, local, _)| {
            local.eq_ignore_ascii_case("id") || local.eq_ignore_ascii_case("assertionid")
        })
        .map(|(_, _, value)| value)
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() == count {
        Ok(())
    } else {
        Err(ReceiveError::DuplicateId)
    }
}

/// Verifies that the signature is over the root, which has this id, with one of the keys.
pub(super) fn verify(
    tree: &Tree,
    signature: NodeId,
    root_id: &str,
    keys: &[VerificationKey],
) -> Result<(), ReceiveError> {
    check_structure(tree, signature, root_id)?;
    let mut manager = KeysManager::new();
    manager.add_keys(keys.iter().map(|k| k.key.clone()));
    let context = DsigContext::new(manager).with_skip_time_checks(true);
    let result = bergshamra::dsig::verify::verify_document_with_source(
        &context,
        tree.document(),
        Some(tree.source()),
    );
    check_coverage(tree, signature, result.ok())
}

/// Believes a result only when the one reference that was verified is the root, and the signature verified is ours.
fn check_coverage(
    tree: &Tree,
    signature: NodeId,
    result: Option<VerifyResult>,
) -> Result<(), ReceiveError> {
    let Some(VerifyResult::Valid {
        signature_node,
        references,
        ..
    }) = result
    else {
        return Err(ReceiveError::SignatureInvalid);
    };
    let covers_root = match references.as_slice() {
        [only] => only.digest_verified && only.resolved_node == Some(tree.root()),
        _ => false,
    };
    let is_ours =
        signature_node == signature && tree.document().parent(signature_node) == Some(tree.root());
    if covers_root && is_ours {
        Ok(())
    } else {
        Err(ReceiveError::SignatureCoverage)
    }
}

fn check_structure(tree: &Tree, signature: NodeId, root_id: &str) -> Result<(), ReceiveError> {
    let (signed_info, signature_value) = match children(tree, signature)?.as_slice() {
        [info, value] => (*info, *value),
        [info, value, key_info] if tree.is(*key_info, DSIG.uri, "KeyInfo") => (*info, *value),
        _ => {
            return structure("Signature must have SignedInfo, SignatureValue and at most KeyInfo");
        }
    };
    expect(tree, signed_info, "SignedInfo")?;
    expect(tree, signature_value, "SignatureValue")?;
    check_value(tree, signature_value)?;
    check_attributes(tree, signed_info)?;

    let parts = children(tree, signed_info)?;
    let references = parts
        .iter()
        .filter(|part| tree.is(**part, DSIG.uri, "Reference"))
        .count();
    if references != 1 {
        return Err(ReceiveError::ReferenceCount);
    }
    let [canonicalization, method, reference] = parts.as_slice() else {
        return structure(
            "SignedInfo must have CanonicalizationMethod, SignatureMethod and Reference",
        );
    };
    check_canonicalization(tree, *canonicalization)?;
    check_signature_method(tree, *method)?;
    check_reference(tree, *reference, root_id)
}

fn check_canonicalization(tree: &Tree, method: NodeId) -> Result<(), ReceiveError> {
    expect(tree, method, "CanonicalizationMethod")?;
    if tree.attribute(method, "Algorithm") != Some(EXCLUSIVE_C14N) {
        return Err(ReceiveError::Canonicalization);
    }
    check_inclusive_namespaces(tree, method)
}

/// Without children there is no HMACOutputLength either (CVE-2009-0217).
fn check_signature_method(tree: &Tree, method: NodeId) -> Result<(), ReceiveError> {
    expect(tree, method, "SignatureMethod")?;
    let algorithm = tree.attribute(method, "Algorithm").unwrap_or_default();
    if !is_accepted(algorithm) {
        return Err(ReceiveError::SignatureAlgorithm(Excerpt::new(algorithm)));
    }
    expect_empty(tree, method)
}

fn check_reference(tree: &Tree, reference: NodeId, root_id: &str) -> Result<(), ReceiveError> {
    expect(tree, reference, "Reference")?;
    let fragment = tree
        .attribute(reference, "URI")
        .and_then(|uri| uri.strip_prefix('#'));
    if fragment != Some(root_id) {
        return Err(ReceiveError::ReferenceUri);
    }
    let parts = children(tree, reference)?;
    let [transforms, digest_method, digest_value] = parts.as_slice() else {
        return Err(ReceiveError::Transforms);
    };
    check_transforms(tree, *transforms)?;
    expect(tree, *digest_method, "DigestMethod")?;
    let algorithm = tree
        .attribute(*digest_method, "Algorithm")
        .unwrap_or_default();
    if !DIGESTS.contains(&algorithm) {
        return Err(ReceiveError::DigestAlgorithm(Excerpt::new(algorithm)));
    }
    expect_empty(tree, *digest_method)?;
    expect(tree, *digest_value, "DigestValue")?;
    check_value(tree, *digest_value)
}

fn check_transforms(tree: &Tree, transforms: NodeId) -> Result<(), ReceiveError> {
    if !tree.is(transforms, DSIG.uri, "Transforms") {
        return Err(ReceiveError::Transforms);
    }
    let parts = children(tree, transforms)?;
    let [enveloped, canonicalization] = parts.as_slice() else {
        return Err(ReceiveError::Transforms);
    };
    for (transform, algorithm) in [
        (*enveloped, ENVELOPED_SIGNATURE),
        (*canonicalization, EXCLUSIVE_C14N),
    ] {
        let is_expected = tree.is(transform, DSIG.uri, "Transform")
            && tree.attribute(transform, "Algorithm") == Some(algorithm);
        if !is_expected {
            return Err(ReceiveError::Transforms);
        }
    }
    expect_empty(tree, *enveloped)?;
    check_inclusive_namespaces(tree, *canonicalization)
}

/// Nothing, or one `ec:InclusiveNamespaces` with a short list of prefixes. It widens what is digested and cannot narrow
/// it; the limit keeps it from being a tool.
fn check_inclusive_namespaces(tree: &Tree, method: NodeId) -> Result<(), ReceiveError> {
    let parts = children(tree, method)?;
    let element = match parts.as_slice() {
        [] => return Ok(()),
        [only] => *only,
        _ => return Err(ReceiveError::InclusiveNamespaces),
    };
    let prefixes = tree.attribute(element, "PrefixList").unwrap_or_default();
    let is_short = prefixes.split_whitespace().count() <= MAX_INCLUSIVE_PREFIXES;
    if tree.is(element, EXCLUSIVE_C14N, "InclusiveNamespaces") && is_short {
        expect_empty(tree, element)
    } else {
        Err(ReceiveError::InclusiveNamespaces)
    }
}

/// The library finds attributes by their local name: `x:Algorithm` in front of `Algorithm` would show it another
/// algorithm than us.
fn check_attributes(tree: &Tree, signed_info: NodeId) -> Result<(), ReceiveError> {
    let mut nodes = vec![signed_info];
    while let Some(node) = nodes.pop() {
        if tree
            .attributes(node)
            .any(|(namespace, ..)| namespace.is_some())
        {
            return structure("attributes in SignedInfo must not have a prefix");
        }
        nodes.extend(tree.children(node));
    }
    Ok(())
}

fn check_value(tree: &Tree, element: NodeId) -> Result<(), ReceiveError> {
    match tree.value(element) {
        Ok(value) if !value.trim().is_empty() => Ok(()),
        _ => structure("DigestValue and SignatureValue must be base64 and nothing else"),
    }
}

fn children(tree: &Tree, node: NodeId) -> Result<Vec<NodeId>, ReceiveError> {
    if tree.has_only_elements(node) {
        Ok(tree.children(node).collect())
    } else {
        structure("there is text between the elements of the signature")
    }
}

fn expect(tree: &Tree, node: NodeId, local: &'static str) -> Result<(), ReceiveError> {
    if tree.is(node, DSIG.uri, local) {
        Ok(())
    } else {
        structure("an element of the signature is missing, or another one is in its place")
    }
}

fn expect_empty(tree: &Tree, node: NodeId) -> Result<(), ReceiveError> {
    if children(tree, node)?.is_empty() {
        Ok(())
    } else {
        structure("an algorithm of the signature has parameters, and none are accepted")
    }
}

fn structure<T>(what: &'static str) -> Result<T, ReceiveError> {
    Err(ReceiveError::SignatureStructure { what })
}
