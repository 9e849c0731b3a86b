//! Class C: signature wrapping. A request that was really signed, by its service provider, is moved to where a verifier
//! still finds it, and another one takes its place. XSW1 to XSW8 after Somorovsky et al., for an AuthnRequest.

use bergshamra::{DsigContext, KeysManager, keys::loader};
use signet::protocol::saml::ReceiveError;

use super::forge::*;
use super::keys::rsa;

const EVIL: &str = "https://evil.example/acs";

/// The evil root, with this behind its Issuer.
fn evil(id: &str, content: &str) -> String {
    request_with(id, EVIL, "").replace(MARK, content)
}

/// The signature of the original, detached.
fn signature() -> String {
    let xml = signed();
    let start = xml.find("<ds:Signature ").unwrap();
    let end = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    xml[start..end].to_owned()
}

/// The signature with something inside, behind its value.
fn signature_with(inside: &str) -> String {
    signature().replace("</ds:Signature>", &format!("{inside}</ds:Signature>"))
}

#[test]
fn the_original_is_accepted() {
    assert_eq!(post(signed()).unwrap().acs_url.as_deref(), Some(ACS));
}

/// The evil root takes the signature; the original is inside it.
#[test]
fn xsw1_original_inside_the_signature() {
    let xml = evil("_e1", &signature_with(&unsigned()));
    assert!(matches!(
        post(xml),
        Err(ReceiveError::SignatureStructure { .. })
    ));
}

/// The evil root takes the signature; the original is in front of it.
#[test]
fn xsw2_original_before_the_detached_signature() {
    let xml = evil("_e1", &format!("{}{}", unsigned(), signature()));
    assert_eq!(post(xml), Err(ReceiveError::ReferenceUri));
}

/// The original, whole with its signature, is the evil root's first child.
#[test]
fn xsw3_original_as_first_child() {
    let xml = evil("_e1", &signed()).replace(ISSUER, "");
    let xml = xml.replace(
        "</samlp:AuthnRequest></samlp:AuthnRequest>",
        &format!("</samlp:AuthnRequest>{ISSUER}</samlp:AuthnRequest>"),
    );
    assert_eq!(post(xml), Err(ReceiveError::SignaturePosition));
}

/// The original, whole with its signature, is the evil root's last child.
#[test]
fn xsw4_original_as_last_child() {
    let xml = evil("_e1", &signed());
    assert_eq!(post(xml), Err(ReceiveError::SignaturePosition));
}

/// The evil root takes the signature; the original is at the end.
#[test]
fn xsw5_original_behind_the_signature() {
    let xml = evil("_e1", &format!("{}{}", signature(), unsigned()));
    assert_eq!(post(xml), Err(ReceiveError::ReferenceUri));
}

/// The evil root takes the signature; the original is in the signature's KeyInfo.
#[test]
fn xsw6_original_inside_key_info() {
    let key_info = format!("<ds:KeyInfo>{}</ds:KeyInfo>", unsigned());
    let xml = evil("_e1", &signature_with(&key_info));
    assert_eq!(post(xml), Err(ReceiveError::ReferenceUri));
}

/// The original is in the evil root's Extensions: schema-valid.
#[test]
fn xsw7_original_inside_extensions() {
    let extensions = |content: &str| format!("<samlp:Extensions>{content}</samlp:Extensions>");
    let whole = evil("_e1", &extensions(&signed()));
    assert_eq!(post(whole), Err(ReceiveError::SignaturePosition));
    let detached = evil(
        "_e1",
        &format!("{}{}", signature(), extensions(&unsigned())),
    );
    assert_eq!(post(detached), Err(ReceiveError::ReferenceUri));
}

/// The original is in an Object of the signature: schema-valid, too.
#[test]
fn xsw8_original_inside_object() {
    let object = format!("<ds:Object>{}</ds:Object>", unsigned());
    let xml = evil("_e1", &signature_with(&object));
    assert!(matches!(
        post(xml),
        Err(ReceiveError::SignatureStructure { .. })
    ));
}

/// All of them with the evil root taking the original's id.
#[test]
fn a_copied_id_is_refused_in_every_variant() {
    let extensions = format!("<samlp:Extensions>{}</samlp:Extensions>", unsigned());
    for content in [
        signature_with(&unsigned()),
        format!("{}{}", unsigned(), signature()),
        signed(),
        format!("{}{}", signature(), unsigned()),
        signature_with(&format!("<ds:KeyInfo>{}</ds:KeyInfo>", unsigned())),
        format!("{}{extensions}", signature()),
        signature_with(&format!("<ds:Object>{}</ds:Object>", unsigned())),
    ] {
        assert_eq!(post(evil("_r1", &content)), Err(ReceiveError::DuplicateId));
    }
}

/// Ids under other attribute names, which other libraries take for ids.
#[test]
fn an_id_under_another_name_counts() {
    for id in [
        r#"Id="_r1""#,
        r#"id="_r1""#,
        r#"xml:id="_r1""#,
        r#"AssertionID="_r1""#,
    ] {
        let extensions = format!("<samlp:Extensions><x {id}></x></samlp:Extensions>");
        let xml = evil("_r1", &format!("{}{extensions}", signature()));
        assert_eq!(post(xml), Err(ReceiveError::DuplicateId), "{id}");
    }
}

/// The evil root signed by the attacker with a key of their own, and the original in it.
#[test]
fn two_signatures_are_refused_wherever_they_are() {
    let extensions = format!("<samlp:Extensions>{}</samlp:Extensions>", signed());
    let recipe = Recipe {
        reference: r##" URI="#_e1""##.into(),
        ..Recipe::default()
    };
    let xml = recipe.signed(
        &request_with("_e1", EVIL, &extensions),
        super::keys::other_rsa(),
    );
    assert_eq!(post(xml), Err(ReceiveError::SeveralSignatures));
    let twice = signed().replace("</saml:Issuer>", &format!("</saml:Issuer>{}", signature()));
    assert_eq!(post(twice), Err(ReceiveError::SeveralSignatures));
}

#[test]
fn a_tampered_request_is_refused() {
    for (from, to) in [
        (ACS, EVIL),
        (SSO, "https://other.example/sso"),
        ("10:15:30", "10:15:31"),
        (
            "https://sp.example/metadata<",
            "https://other.example/metadata<",
        ),
        (" Version=", " IsPassive=\"true\" Version="),
    ] {
        let xml = signed().replacen(from, to, 1);
        assert_ne!(xml, signed());
        assert_eq!(post(xml), Err(ReceiveError::SignatureInvalid), "{from}");
    }
}

/// Why the gates are there: the library alone, in its strict mode, calls wrapped requests valid.
#[test]
fn the_library_alone_accepts_wrapped_requests() {
    let library_says_valid = |xml: &str| {
        let mut keys = KeysManager::new();
        keys.add_key(loader::load_x509_cert_der(&rsa().certificate).unwrap());
        let context = DsigContext::new(keys);
        bergshamra::verify(&context, xml).is_ok_and(|result| result.is_valid())
    };
    let nested = evil(
        "_e1",
        &format!("<samlp:Extensions>{}</samlp:Extensions>", signed()),
    );
    assert!(library_says_valid(&nested));
    assert!(library_says_valid(&evil("_e1", &signed())));
    assert!(library_says_valid(&evil(
        "_e1",
        &format!("{}{}", signature(), unsigned())
    )));
}
