//! Where the gates' limits lie exactly, and what is at them is still taken.

use signet::protocol::saml::{
    CertificateError, MAX_MESSAGE_BYTES, MAX_QUERY_BYTES, ReceiveError, check_certificate,
    decode_post_form, decode_redirect,
};

use signet::protocol::xml::{Limits, ScanError, Tree, XmlError};

use super::forge::*;
use super::keys::rsa;

#[test]
fn a_query_of_exactly_the_limit_is_read() {
    let query = format!("SAMLRequest={}&pad=", redirect_value(unsigned()));
    let padded = |size: usize| format!("{query}{}", "x".repeat(size - query.len()));
    decode_redirect(&padded(MAX_QUERY_BYTES)).unwrap();
    assert!(matches!(
        decode_redirect(&padded(MAX_QUERY_BYTES + 1)),
        Err(ReceiveError::QueryTooLarge { .. })
    ));
}

/// Browsers escape what they must; a program may escape every character.
#[test]
fn the_largest_message_is_taken_with_every_character_escaped() {
    use base64::Engine as _;
    let xml = unsigned();
    let xml = format!("{xml}{}", " ".repeat(MAX_MESSAGE_BYTES - xml.len()));
    let base64 = base64::engine::general_purpose::STANDARD.encode(xml);
    let escaped: String = base64.bytes().map(|b| format!("%{b:02X}")).collect();
    decode_post_form(&format!("SAMLRequest={escaped}")).unwrap();
}

#[test]
fn a_form_over_the_limit_is_refused_before_it_is_decoded() {
    let form = format!("SAMLRequest={}", "A".repeat(300_000));
    assert!(matches!(
        decode_post_form(&form),
        Err(ReceiveError::QueryTooLarge { .. })
    ));
}

/// What is neither text nor a second stream is no doubly deflated message.
#[test]
fn what_is_no_xml_is_not_taken_for_deflated_twice() {
    for text in ["hello", "  hello", "\n"] {
        let query = format!("SAMLRequest={}", redirect_value(text));
        let error = decode_redirect(&query).unwrap_err();
        assert_ne!(error, ReceiveError::DoublyDeflated, "{text:?}");
    }
}

#[test]
fn a_certificate_is_looked_at_before_it_is_registered() {
    let good = &rsa().certificate;
    check_certificate(good).unwrap();
    for bad in [&b"junk"[..], &[], &good[..good.len() - 1]] {
        assert_eq!(check_certificate(bad), Err(CertificateError::Malformed));
    }
}

/// What an administrator uploads may be larger than a message, and have comments between elements.
#[test]
fn metadata_has_limits_of_its_own() {
    let document = |size: usize| {
        let head = "<a><!-- comment --><b/>";
        format!("{head}{}</a>", " ".repeat(size - head.len() - "</a>".len()))
    };
    let mebibyte = 1024 * 1024;
    Tree::parse(document(mebibyte).as_bytes(), Limits::METADATA).unwrap();
    assert_eq!(
        Tree::parse(document(mebibyte + 1).as_bytes(), Limits::METADATA).unwrap_err(),
        XmlError::Scan(ScanError::TooLarge { max: mebibyte })
    );
    Tree::parse(document(100).as_bytes(), Limits::MESSAGE).unwrap_err();
}

#[test]
fn a_tree_keeps_its_source_and_says_where_a_document_breaks() {
    let xml = "<a>\n  <b/>\n</a>";
    let tree = Tree::parse(xml.as_bytes(), Limits::MESSAGE).unwrap();
    assert_eq!(tree.source(), xml);
    assert!(tree.has_only_elements(tree.root()));
    let text = Tree::parse(b"<a>text<b/></a>", Limits::MESSAGE).unwrap();
    assert!(!text.has_only_elements(text.root()));
    for (broken, at) in [
        ("<a>\n<b></a>", 2),
        ("<a>\n\n<b x='1' x='2'/></a>", 3),
        ("<a>\n<p:b/></a>", 2),
    ] {
        match Tree::parse(broken.as_bytes(), Limits::MESSAGE).unwrap_err() {
            XmlError::Malformed { line, .. } => assert_eq!(line, at, "{broken}"),
            other => panic!("{broken}: {other:?}"),
        }
    }
}
