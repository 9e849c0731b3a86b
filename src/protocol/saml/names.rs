//! The names that SAML and XML Signature fix.

use crate::protocol::xml::Namespace;

pub(super) const PROTOCOL: Namespace = Namespace {
    prefix: "samlp",
    uri: "urn:oasis:names:tc:SAML:2.0:protocol",
};
pub(super) const ASSERTION: Namespace = Namespace {
    prefix: "saml",
    uri: "urn:oasis:names:tc:SAML:2.0:assertion",
};
pub(super) const METADATA: Namespace = Namespace {
    prefix: "md",
    uri: "urn:oasis:names:tc:SAML:2.0:metadata",
};
pub(super) const DSIG: Namespace = Namespace {
    prefix: "ds",
    uri: "http://www.w3.org/2000/09/xmldsig#",
};
/// Exclusive XML Canonicalization: the namespace of `InclusiveNamespaces` and the algorithm's name.
pub(super) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(super) const ENVELOPED_SIGNATURE: &str =
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(super) const DIGEST_SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

pub(super) const BINDING_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
pub(super) const BINDING_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// SAML bindings, 3.4.4.1: the one encoding of a redirect message, and the default.
pub(super) const ENCODING_DEFLATE: &str =
    "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";
pub(super) const CONFIRMATION_BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
pub(super) const FORMAT_ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
pub(super) const VERSION: &str = "2.0";

/// Whether the text is an NCName of 1 to 256 characters: what an `ID` must be (`xs:ID`), and what Signet accepts as one
/// (IIP-G02 asks for 256 characters without truncation).
pub(super) fn is_id(text: &str) -> bool {
    let mut characters = text.chars();
    let starts_well = characters
        .next()
        .is_some_and(|c| c == '_' || is_name_start(c));
    starts_well && characters.all(is_name_character) && text.chars().count() <= 256
}

/// `NameStartChar` of XML 1.0 (fifth edition) without the colon.
fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` of XML 1.0 (fifth edition) without the colon.
fn is_name_character(c: char) -> bool {
    is_name_start(c)
        || matches!(c,
            '_' | '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
