//! Class B: what the XML gates refuse, in messages.

use signet::protocol::saml::ReceiveError;
use signet::protocol::xml::{Limits, ScanError, Tree, XmlError};

use super::forge::*;

fn refused(xml: impl AsRef<[u8]>) -> XmlError {
    match post(xml).unwrap_err() {
        ReceiveError::Xml(error) => error,
        other => panic!("not refused by the gates: {other:?}"),
    }
}

fn assert_scan(xml: impl AsRef<[u8]>, error: ScanError) {
    assert_eq!(refused(xml), XmlError::Scan(error));
}

fn assert_malformed(xml: impl AsRef<[u8]>) {
    let error = refused(xml);
    assert!(matches!(error, XmlError::Malformed { .. }), "{error:?}");
}

#[test]
fn an_xml_declaration_for_utf8_is_fine() {
    for declaration in [
        r#"<?xml version="1.0"?>"#,
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n",
    ] {
        post(format!("{declaration}{}", unsigned())).unwrap();
    }
}

#[test]
fn a_doctype_is_refused() {
    for doctype in [
        "<!DOCTYPE x>",
        "<!doctype x>",
        r#"<!DOCTYPE x SYSTEM "http://attacker.example/x.dtd">"#,
        r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>"#,
        r#"<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>"#,
    ] {
        assert_scan(format!("{doctype}{}", unsigned()), ScanError::Doctype);
        let declared = format!("<?xml version=\"1.0\"?>\n{doctype}\n{}", unsigned());
        assert_scan(declared, ScanError::Doctype);
    }
}

#[test]
fn declarations_and_entity_references_are_refused() {
    let xml = format!(r#"<!ENTITY a "b">{}"#, unsigned());
    assert_scan(xml, ScanError::Declaration);
    assert_scan(unsigned().replace(SP, "&xxe;"), ScanError::EntityReference);
    assert_scan(unsigned().replace(SSO, "&xxe;"), ScanError::EntityReference);
    assert_scan(unsigned().replace(SP, "a & b"), ScanError::EntityReference);
}

#[test]
fn the_five_entities_and_character_references_are_text() {
    let xml = unsigned().replace(SSO, "&lt;&gt;&amp;&quot;&apos;&#65;&#x42;");
    let request = post(xml).unwrap();
    assert_eq!(request.destination.as_deref(), Some("<>&\"'AB"));
}

#[test]
fn processing_instructions_are_refused() {
    for pi in [
        "<?xml-stylesheet href='http://attacker.example/x.xsl'?>",
        "<?php x?>",
        "<?xmlx?>",
    ] {
        assert_scan(
            format!("{pi}{}", unsigned()),
            ScanError::ProcessingInstruction,
        );
        let inside = unsigned().replace(SP, &format!("{SP}{pi}"));
        assert_scan(inside, ScanError::ProcessingInstruction);
    }
    let second_declaration = format!("{}<?xml version=\"1.0\"?>", unsigned());
    assert_scan(second_declaration, ScanError::ProcessingInstruction);
}

/// CVE-2017-11427 and its class.
#[test]
fn comments_and_cdata_sections_are_refused() {
    let comment = unsigned().replace(SP, "https://sp.example/metadata<!-- -->.evil");
    assert_scan(comment, ScanError::Comment);
    assert_scan(format!("<!-- x -->{}", unsigned()), ScanError::Comment);
    let cdata = unsigned().replace(SP, "<![CDATA[https://sp.example/metadata]]>");
    assert_scan(cdata, ScanError::CdataSection);
}

#[test]
fn only_utf8_without_a_mark_is_read() {
    let utf16: Vec<u8> = unsigned()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let utf16_be: Vec<u8> = unsigned()
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_scan(&utf16, ScanError::NotUtf8);
    assert_scan(&utf16_be, ScanError::NotUtf8);
    assert_scan(
        [&[0xff, 0xfe], utf16.as_slice()].concat(),
        ScanError::NotUtf8,
    );
    assert_scan(format!("\u{feff}{}", unsigned()), ScanError::ByteOrderMark);
    let latin1 = unsigned().replace(SP, "\u{e9}").into_bytes();
    let latin1: Vec<u8> = latin1.into_iter().filter(|b| *b != 0xc3).collect();
    assert_scan(latin1, ScanError::NotUtf8);
    for encoding in ["UTF-16", "UTF-7", "ISO-8859-1", ""] {
        let xml = format!(
            r#"<?xml version="1.0" encoding="{encoding}"?>{}"#,
            unsigned()
        );
        assert_scan(xml, ScanError::NotUtf8);
    }
}

#[test]
fn forbidden_characters_are_refused() {
    for c in ['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
        let xml = unsigned().replace(SP, &format!("{SP}{c}"));
        assert_scan(xml, ScanError::ForbiddenCharacter(u32::from(c)));
    }
    assert_malformed(unsigned().replace(SP, "&#0;"));
    assert_malformed(unsigned().replace(SP, "&#xFFFE;"));
}

#[test]
fn something_else_than_xml_is_refused() {
    for text in ["", "  ", "SAML", "{}", "\n x<a/>"] {
        assert_scan(text, ScanError::NotXml);
    }
}

fn nested(depth: usize) -> String {
    format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth))
}

#[test]
fn depth_is_limited() {
    Tree::parse(nested(32).as_bytes(), Limits::MESSAGE).unwrap();
    let too_deep = XmlError::Scan(ScanError::TooDeep { max: 32 });
    for depth in [33, 9_000] {
        let error = Tree::parse(nested(depth).as_bytes(), Limits::MESSAGE).unwrap_err();
        assert_eq!(error, too_deep);
    }
    let unclosed = "<a>".repeat(20_000);
    let error = Tree::parse(unclosed.as_bytes(), Limits::MESSAGE).unwrap_err();
    assert_eq!(error, too_deep);
}

/// The parser is quadratic in them.
#[test]
fn attributes_of_an_element_are_limited() {
    let with = |count: usize, name: &str| {
        let attributes: String = (0..count)
            .map(|i| format!(r#" {name}{i}="=x='>'""#))
            .collect();
        Tree::parse(format!("<a{attributes}/>").as_bytes(), Limits::MESSAGE)
    };
    let too_many = XmlError::Scan(ScanError::TooManyAttributes { max: 64 });
    with(64, "b").unwrap();
    with(64, "xmlns:b").unwrap();
    assert_eq!(with(65, "b").unwrap_err(), too_many);
    assert_eq!(with(65, "xmlns:b").unwrap_err(), too_many);
    assert_eq!(with(3_000, "b").unwrap_err(), too_many);
}

#[test]
fn many_siblings_and_long_values_are_read_in_time_that_is_linear() {
    let extensions = |content: String| {
        let body = format!("<samlp:Extensions>{content}</samlp:Extensions>");
        Recipe::default().signed(&request_with("_r1", ACS, &body), super::keys::rsa())
    };
    post(extensions("<x></x>".repeat(8_000))).unwrap();
    post(extensions(format!("<x>{}</x>", "y".repeat(60_000)))).unwrap();
}

/// samael's parser repairs these.
#[test]
fn what_is_not_well_formed_is_refused() {
    let xml = unsigned();
    assert_malformed(xml.trim_end_matches("</samlp:AuthnRequest>"));
    assert_malformed(format!("{xml}{xml}"));
    assert_malformed(format!("{xml}trailing"));
    assert_malformed(xml.replace("</saml:Issuer>", "</saml:Audience>"));
    assert_malformed(xml.replace("Version=\"2.0\"", "Version=\"2.0\" Version=\"2.0\""));
    assert_malformed(xml.replace("Version=\"2.0\"", "Version=2.0"));
    assert_malformed(xml.replace(SSO, "a<b"));
    assert_malformed(xml.replace("xmlns:samlp", "xmlns:other"));
    assert_malformed(xml.replace("Version=\"2.0\"", "x:Version=\"2.0\""));
    assert_scan(&xml[..xml.len() - 1], ScanError::Truncated);
    assert_scan(format!("{xml}<"), ScanError::Truncated);
}
