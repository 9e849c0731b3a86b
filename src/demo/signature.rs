//! Verifying the signatures of a response: which of its two signed parts were really signed by the identity provider.
//!
//! Every structural rule is checked on the tree before the library sees it, because the library opens what a Reference
//! names; and what it reports is believed only where the signed node is the element that holds the signature.

use bergshamra::{DsigContext, KeysManager, VerifyResult};
use uppsala::NodeId;

use super::identity_provider::IdentityProvider;
use super::names::{ASSERTION, DSIG, ENVELOPED_SIGNATURE, EXCLUSIVE_C14N};
use crate::protocol::xml::Tree;

const SIGNATURE_METHODS: [&str; 5] = [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
];
const DIGEST_METHODS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];

/// Why signatures were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum SignatureProblem {
    #[error("two elements have the same id, so that a signature could mean either")]
    DuplicateId,
    #[error("a signature is somewhere else than in the response or in its assertion")]
    Position,
    #[error("an element has more than one signature")]
    Several,
    #[error("a signature does not have the form that SAML prescribes: {what}")]
    Structure { what: &'static str },
    #[error(
        "a signature does not verify: the content was changed, or the key is none of the identity provider's"
    )]
    Invalid,
    #[error("a signature covers something else than the element that it is in")]
    Coverage,
}

/// Which parts carry a valid signature of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signed {
    /// The whole response.
    pub(super) response: bool,
    /// The assertion.
    pub(super) assertion: bool,
}

/// Verifies every signature of the document. Nothing signed is no error here: what must be signed is the caller's rule.
pub(super) fn verify(
    tree: &Tree,
    identity_provider: &IdentityProvider,
) -> Result<Signed, SignatureProblem> {
    check_unique_ids(tree)?;
    let signatures: Vec<NodeId> = tree
        .elements()
        .filter(|node| tree.is(*node, DSIG, "Signature"))
        .collect();
    let mut signed = Signed {
        response: false,
        assertion: false,
    };
    for signature in &signatures {
        let part = signed_part(tree, *signature, &mut signed)?;
        check_structure(tree, *signature, part)?;
    }
    if !signatures.is_empty() {
        check_values(tree, &signatures, identity_provider)?;
    }
    Ok(signed)
}

/// No two ids are equal, in whatever attribute the library would look for one.
fn check_unique_ids(tree: &Tree) -> Result<(), SignatureProblem> {
    let mut ids: Vec<&str> = tree
        .elements()
        .flat_map(|element| tree.attributes(element))
        .filter(|(_, local, _)| {
            local.eq_ignore_ascii_case("id") || local.eq_ignore_ascii_case("assertionid")
        })
        .map(|(_, _, value)| value)
        .collect();
    ids.sort_unstable();
    let are_unique = ids.windows(2).all(|pair| match pair {
        [a, b] => a != b,
        _ => true,
    });
    if are_unique {
        Ok(())
    } else {
        Err(SignatureProblem::DuplicateId)
    }
}

/// The element that a signature is in: the response or the assertion below it, and no other place.
fn signed_part(
    tree: &Tree,
    signature: NodeId,
    signed: &mut Signed,
) -> Result<NodeId, SignatureProblem> {
    let parent = tree
        .document()
        .parent(signature)
        .ok_or(SignatureProblem::Position)?;
    let is_assertion = tree.is(parent, ASSERTION, "Assertion")
        && tree.document().parent(parent) == Some(tree.root());
    let slot = if parent == tree.root() {
        &mut signed.response
    } else if is_assertion {
        &mut signed.assertion
    } else {
        return Err(SignatureProblem::Position);
    };
    if std::mem::replace(slot, true) {
        return Err(SignatureProblem::Several);
    }
    Ok(parent)
}

/// SAML core, 5.4: one Reference to the id of the part, the enveloped-signature and exclusive canonicalisation
/// transforms, and nothing else anywhere.
fn check_structure(tree: &Tree, signature: NodeId, part: NodeId) -> Result<(), SignatureProblem> {
    let elements = children(tree, signature);
    let (info, value) = match elements.as_slice() {
        [info, value] => (*info, *value),
        [info, value, key_info] if is_certificates_only(tree, *key_info) => (*info, *value),
        _ => {
            return structure("it has more in it than SignedInfo, SignatureValue and certificates");
        }
    };
    let has_plain_names = tree.is(info, DSIG, "SignedInfo")
        && tree.is(value, DSIG, "SignatureValue")
        && tree.value(value).is_ok();
    if !has_plain_names || has_prefixed_attribute(tree, info) {
        return structure("SignedInfo or SignatureValue is missing or ambiguous");
    }
    match children(tree, info).as_slice() {
        [canonicalization, method, reference] => {
            check_algorithm(
                tree,
                *canonicalization,
                "CanonicalizationMethod",
                &[EXCLUSIVE_C14N],
            )?;
            check_algorithm(tree, *method, "SignatureMethod", &SIGNATURE_METHODS)?;
            check_reference(tree, *reference, part)
        }
        _ => structure("SignedInfo must have exactly one Reference"),
    }
}

fn check_reference(tree: &Tree, reference: NodeId, part: NodeId) -> Result<(), SignatureProblem> {
    let target = tree
        .attribute(reference, "URI")
        .and_then(|uri| uri.strip_prefix('#'));
    let is_to_part =
        target.is_some_and(|id| !id.is_empty()) && target == tree.attribute(part, "ID");
    if !tree.is(reference, DSIG, "Reference") || !is_to_part {
        return structure("its Reference is not to the element that it is in");
    }
    let elements = children(tree, reference);
    let [transforms, method, value] = elements.as_slice() else {
        return structure("its Reference must have Transforms, DigestMethod and DigestValue");
    };
    match children(tree, *transforms).as_slice() {
        [first, second] if tree.is(*transforms, DSIG, "Transforms") => {
            check_algorithm(tree, *first, "Transform", &[ENVELOPED_SIGNATURE])?;
            check_algorithm(tree, *second, "Transform", &[EXCLUSIVE_C14N])?;
        }
        _ => return structure("it has other transforms than the two that SAML allows"),
    }
    check_algorithm(tree, *method, "DigestMethod", &DIGEST_METHODS)?;
    if tree.is(*value, DSIG, "DigestValue") && tree.value(*value).is_ok() {
        Ok(())
    } else {
        structure("DigestValue is missing")
    }
}

/// The element has one of the algorithms, and no parameters.
fn check_algorithm(
    tree: &Tree,
    node: NodeId,
    local: &'static str,
    allowed: &[&str],
) -> Result<(), SignatureProblem> {
    let algorithm = tree.attribute(node, "Algorithm").unwrap_or_default();
    let is_bare = tree.children(node).next().is_none();
    if tree.is(node, DSIG, local) && allowed.contains(&algorithm) && is_bare {
        Ok(())
    } else {
        structure("an algorithm is not among the accepted ones, or has parameters")
    }
}

/// `KeyInfo` is not believed; this only keeps out what makes a library fetch something.
fn is_certificates_only(tree: &Tree, key_info: NodeId) -> bool {
    tree.is(key_info, DSIG, "KeyInfo")
        && tree.children(key_info).all(|data| {
            tree.is(data, DSIG, "X509Data")
                && tree
                    .children(data)
                    .all(|certificate| tree.is(certificate, DSIG, "X509Certificate"))
        })
}

/// The library finds attributes by local name, so `x:Algorithm` would show it another algorithm than us.
fn has_prefixed_attribute(tree: &Tree, element: NodeId) -> bool {
    tree.attributes(element)
        .any(|(prefix, ..)| prefix.is_some())
        || tree
            .children(element)
            .any(|child| has_prefixed_attribute(tree, child))
}

/// Every signature verifies with a key of the metadata, and what each covers is the element that it is in.
fn check_values(
    tree: &Tree,
    signatures: &[NodeId],
    identity_provider: &IdentityProvider,
) -> Result<(), SignatureProblem> {
    let mut manager = KeysManager::new();
    manager.add_keys(identity_provider.keys.iter().cloned());
    let context = DsigContext::new(manager).with_skip_time_checks(true);
    let results = bergshamra::dsig::verify::verify_all_document_with_source(
        &context,
        tree.document(),
        Some(tree.source()),
    )
    .map_err(|_| SignatureProblem::Invalid)?;
    if results.len() != signatures.len() {
        return Err(SignatureProblem::Coverage);
    }
    for (signature, result) in signatures.iter().zip(results) {
        let VerifyResult::Valid {
            signature_node,
            references,
            ..
        } = result
        else {
            return Err(SignatureProblem::Invalid);
        };
        let covers_its_element = match references.as_slice() {
            [only] => {
                only.digest_verified && only.resolved_node == tree.document().parent(*signature)
            }
            _ => false,
        };
        if signature_node != *signature || !covers_its_element {
            return Err(SignatureProblem::Coverage);
        }
    }
    Ok(())
}

fn children(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    tree.children(node).collect()
}

fn structure<T>(what: &'static str) -> Result<T, SignatureProblem> {
    Err(SignatureProblem::Structure { what })
}
