//! The responses that we write: one golden text, every way of signing, and another implementation's word on the bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use samael::crypto::{Crypto, CryptoProvider};
use signet::model::ResponseSigning;
use signet::protocol::saml::{
    ResponseContent, Status, StatusCode, SubStatus, WriteError, write_response,
};

use super::keys::{other_rsa, p256, rsa};
use super::sample::{IDP, assertion, attribute, response};

const EVERY_SIGNING: [ResponseSigning; 3] = [
    ResponseSigning::Both,
    ResponseSigning::AssertionOnly,
    ResponseSigning::ResponseOnly,
];

/// Without what differs at every run: the key's part.
fn without_signatures(xml: &str) -> String {
    let mut rest = xml;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("<ds:Signature ") {
        kept.push_str(before);
        kept.push_str("[signature]");
        rest = after.split_once("</ds:Signature>").unwrap().1;
    }
    kept + rest
}

fn signatures(xml: &str) -> usize {
    xml.matches("<ds:Signature ").count()
}

/// xmlsec1's verdict, by samael.
fn xmlsec_accepts(xml: &str, certificate: &[u8]) -> bool {
    Crypto::verify_signed_xml(xml, &certificate.to_vec().into(), Some("ID")).is_ok()
}

#[test]
fn the_golden_response() {
    let xml = write_response(&response(), ResponseSigning::Both, rsa()).unwrap();
    insta::assert_snapshot!(without_signatures(&xml), @r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="https://sp.example/acs" ID="_p1" InResponseTo="_r1" IssueInstant="2026-11-23T10:15:31Z" Version="2.0"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://idp.example/saml/metadata</saml:Issuer>[signature]<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" IssueInstant="2026-11-23T10:15:31Z" Version="2.0"><saml:Issuer>https://idp.example/saml/metadata</saml:Issuer>[signature]<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">p-1</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="_r1" NotOnOrAfter="2026-11-23T10:20:31Z" Recipient="https://sp.example/acs"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="2026-11-23T10:14:31Z" NotOnOrAfter="2026-11-23T10:20:31Z"><saml:AudienceRestriction><saml:Audience>https://sp.example/metadata</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="2026-11-23T10:15:00Z" SessionIndex="_s1" SessionNotOnOrAfter="2026-11-23T22:15:00Z"><saml:AuthnContext><saml:AuthnContextClassRef>https://refeds.org/profile/mfa</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="mail" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"><saml:AttributeValue>alice@example.org</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>"#);
}

#[test]
fn each_way_of_signing_signs_what_it_says() {
    for signing in EVERY_SIGNING {
        let xml = write_response(&response(), signing, rsa()).unwrap();
        let wanted = if signing == ResponseSigning::Both {
            2
        } else {
            1
        };
        assert_eq!(signatures(&xml), wanted, "{signing:?}");
        let assertion_begins = xml.find("<saml:Assertion ").unwrap();
        let first = xml.find("<ds:Signature ").unwrap();
        let last = xml.rfind("<ds:Signature ").unwrap();
        let signs_response = first < assertion_begins;
        let signs_assertion = last > assertion_begins;
        assert_eq!(signs_response, signing != ResponseSigning::AssertionOnly);
        assert_eq!(signs_assertion, signing != ResponseSigning::ResponseOnly);
    }
}

#[test]
fn xmlsec_accepts_every_way_of_signing_with_both_kinds_of_key_and_no_other_key() {
    for signing in EVERY_SIGNING {
        for key in [rsa(), p256()] {
            let xml = write_response(&response(), signing, key).unwrap();
            assert!(xmlsec_accepts(&xml, &key.certificate), "{signing:?}: {xml}");
            assert!(!xmlsec_accepts(&xml, &other_rsa().certificate));
            let changed = xml.replace(IDP, "https://idp.example/saml/metadatA");
            assert!(!xmlsec_accepts(&changed, &key.certificate));
        }
    }
}

#[test]
fn the_certificate_is_sent_along() {
    let xml = write_response(&response(), ResponseSigning::Both, rsa()).unwrap();
    let certificate = STANDARD.encode(&rsa().certificate);
    assert_eq!(xml.matches(&certificate).count(), 2);
}

#[test]
fn every_value_is_an_element_of_its_own() {
    let mut content = response();
    let mut said = assertion();
    said.attributes = vec![attribute("groups", &["a & b", "<c>", ""])];
    content.assertion = Some(said);
    let xml = write_response(&content, ResponseSigning::Both, rsa()).unwrap();
    assert_eq!(xml.matches("<saml:AttributeValue>").count(), 3);
    assert!(xml.contains("<saml:AttributeValue>a &amp; b</saml:AttributeValue>"));
    assert!(xmlsec_accepts(&xml, &rsa().certificate));
}

#[test]
fn a_refusal_is_signed_itself_and_has_no_assertion() {
    let refusal = ResponseContent {
        status: Status {
            top: StatusCode::Responder,
            sub: Some(SubStatus::NoPassive),
            message: Some("nobody is signed in".into()),
        },
        assertion: None,
        ..response()
    };
    for signing in EVERY_SIGNING {
        let xml = write_response(&refusal, signing, rsa()).unwrap();
        assert_eq!(signatures(&xml), 1);
        assert!(xmlsec_accepts(&xml, &rsa().certificate));
        assert!(!xml.contains("Assertion "));
        assert!(xml.contains(SubStatus::NoPassive.uri()));
    }
    let both = ResponseContent {
        assertion: Some(assertion()),
        ..refusal
    };
    let refused = write_response(&both, ResponseSigning::Both, rsa());
    assert_eq!(refused, Err(WriteError::StatusAndAssertion));
}

#[test]
fn ids_must_differ_and_be_names() {
    let mut same = response();
    same.id = assertion().id;
    let refused = write_response(&same, ResponseSigning::Both, rsa());
    assert_eq!(refused, Err(WriteError::SameId));
    for bad in ["", "1a", "a b", "a\"b"] {
        let mut content = response();
        content.id = bad.into();
        let refused = write_response(&content, ResponseSigning::Both, rsa());
        assert_eq!(refused, Err(WriteError::Id), "{bad:?}");
    }
}
