//! What is accepted: the requests that a correct service provider sends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use samael::crypto::{CertificateDer, Crypto, CryptoProvider as _};
use signet::protocol::saml::{
    Comparison, NameIdPolicy, ReceiveError, Received, RequestedAuthnContext, RequestedSubject,
    SignatureRequirement, Signed, decode_post, decode_post_form, decode_redirect,
};

use super::forge::*;
use super::keys::*;
use super::sample::at;

#[test]
fn a_signed_post_request_is_read_whole() {
    let body = concat!(
        r#"<saml:Subject xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">"#,
        r#"<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">a&amp;b@x.org</saml:NameID></saml:Subject>"#,
        r#"<samlp:NameIDPolicy AllowCreate="true" Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" SPNameQualifier="q"></samlp:NameIDPolicy>"#,
        r#"<samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">urn:a</saml:AuthnContextClassRef>"#,
        r#"<saml:AuthnContextClassRef xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">urn:b</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"#,
        r#"<samlp:Scoping ProxyCount="0"></samlp:Scoping>"#,
    );
    let xml = request_with("_r1", ACS, body).replace(
        "ID=\"_r1\" Is",
        "ForceAuthn=\"true\" ID=\"_r1\" IsPassive=\"0\" Is",
    );
    let request = post(Recipe::default().signed(&xml, rsa())).unwrap();
    assert_eq!(request.id, "_r1");
    assert_eq!(request.issuer.as_str(), SP);
    assert_eq!(request.destination.as_deref(), Some(SSO));
    assert_eq!(request.issue_instant, at("2026-11-23T10:15:30Z"));
    assert_eq!(request.acs_url.as_deref(), Some(ACS));
    assert_eq!(request.acs_index, None);
    assert_eq!(
        request.name_id_policy,
        Some(NameIdPolicy {
            format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".into()),
            sp_name_qualifier: Some("q".into()),
            allow_create: Some(true),
        })
    );
    assert_eq!(
        request.requested_authn_context,
        Some(RequestedAuthnContext {
            comparison: Comparison::Minimum,
            class_refs: vec!["urn:a".into(), "urn:b".into()],
            has_declarations: false,
        })
    );
    assert_eq!(
        request.subject_name_id,
        Some(RequestedSubject {
            format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".into()),
            value: "a&b@x.org".into(),
            name_qualifier: None,
            sp_name_qualifier: None,
        })
    );
    assert!(request.force_authn && !request.is_passive);
    assert_eq!(request.signed, Signed::Yes);
}

/// The tests' own signatures are real ones: xmlsec accepts them.
#[test]
fn the_forge_makes_signatures_that_xmlsec_accepts() {
    let certificate = CertificateDer::from(rsa().certificate.clone());
    Crypto::verify_signed_xml(signed(), &certificate, Some("ID")).unwrap();
}

#[test]
fn an_unsigned_request_is_accepted_where_no_signature_is_required() {
    let request = post(unsigned()).unwrap();
    assert_eq!((request.id.as_str(), request.signed), ("_r1", Signed::No));
    assert_eq!(
        redirect(&format!("SAMLRequest={}", redirect_value(unsigned()))).unwrap(),
        request
    );
}

#[test]
fn an_unsigned_request_is_refused_where_a_signature_is_required() {
    let certificates = [rsa().certificate.clone()];
    let received = decode_post(&STANDARD.encode(unsigned()), None).unwrap();
    let refused = received.verify(&certificates, SignatureRequirement::Required);
    assert_eq!(refused, Err(ReceiveError::Unsigned));
    let query = format!("SAMLRequest={}", redirect_value(unsigned()));
    let refused = decode_redirect(&query)
        .unwrap()
        .verify(&certificates, SignatureRequirement::Required);
    assert_eq!(refused, Err(ReceiveError::Unsigned));
}

#[test]
fn every_accepted_algorithm_verifies_in_both_bindings() {
    let cases = [
        (RSA_SHA256, SHA256, rsa()),
        (RSA_SHA384, SHA384, rsa()),
        (RSA_SHA512, SHA512, rsa()),
        (ECDSA_SHA256, SHA256, p256()),
        (ECDSA_SHA384, SHA384, p384()),
    ];
    for (signature, digest, key) in cases {
        let recipe = Recipe {
            signature_algorithm: signature.into(),
            digest_algorithm: digest.into(),
            ..Recipe::default()
        };
        let xml = recipe.signed(&request_with("_r1", ACS, ""), key);
        let certificates = [key.certificate.clone()];
        let request = post_with(&xml, &certificates).unwrap();
        assert_eq!(request.signed, Signed::Yes, "{signature}");

        let parameters = format!("SAMLRequest={}&RelayState=r", redirect_value(unsigned()));
        let query = sign_query(&parameters, signature, key);
        let request = redirect_with(&query, &certificates).unwrap();
        assert_eq!(request.signed, Signed::Yes, "{signature}");
    }
}

/// Trust is in the registered key; a certificate that has ended is still its carrier.
#[test]
fn an_expired_registered_certificate_still_verifies() {
    let key = expired_rsa();
    let xml = Recipe::default().signed(&request_with("_r1", ACS, ""), key);
    let certificates = [key.certificate.clone()];
    assert_eq!(post_with(xml, &certificates).unwrap().signed, Signed::Yes);
    let query = sign_query(
        &format!("SAMLRequest={}", redirect_value(unsigned())),
        RSA_SHA256,
        key,
    );
    let request = redirect_with(&query, &certificates).unwrap();
    assert_eq!(request.signed, Signed::Yes);
}

/// SDP-IDP32: while a service provider rolls its key over, several are registered.
#[test]
fn any_of_several_registered_certificates_verifies() {
    let certificates = [
        b"not a certificate".to_vec(),
        other_rsa().certificate.clone(),
        p256().certificate.clone(),
        rsa().certificate.clone(),
    ];
    let request = post_with(signed(), &certificates).unwrap();
    assert_eq!(request.signed, Signed::Yes);
    let query = sign_query(
        &format!("SAMLRequest={}", redirect_value(unsigned())),
        RSA_SHA256,
        rsa(),
    );
    let request = redirect_with(&query, &certificates).unwrap();
    assert_eq!(request.signed, Signed::Yes);
}

/// The signature is over the octets as sent: lower-case escapes, unescaped `=` and `/`, another order of parameters.
#[test]
fn redirect_signatures_are_verified_over_the_raw_octets() {
    let value = STANDARD
        .encode(deflate(unsigned().as_bytes()))
        .replace('+', "%2b");
    let parameters = format!("SAMLRequest={value}&RelayState=a+b%7e~c");
    let query = sign_query(&parameters, RSA_SHA256, rsa());
    assert_eq!(redirect(&query).unwrap().signed, Signed::Yes);
    assert_eq!(
        decode_redirect(&query).unwrap().relay_state(),
        Some("a b~~c")
    );

    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.reverse();
    pairs.insert(1, "utm=1&utm=2");
    let request = redirect(&pairs.join("&")).unwrap();
    assert_eq!(request.signed, Signed::Yes);
}

#[test]
fn the_issuer_and_relay_state_can_be_read_for_lookup() {
    let received = decode_post(&STANDARD.encode(signed()), Some("state&<")).unwrap();
    assert_eq!(received.issuer().as_str(), SP);
    assert_eq!(received.relay_state(), Some("state&<"));
    assert_eq!(
        format!("{received:?}"),
        r#"Received { issuer: Excerpt("https://sp.example/metadata"), .. }"#
    );
}

#[test]
fn a_form_body_is_read_with_its_escapes() {
    let body = format!(
        "RelayState=a+%C3%A9&SAMLRequest={}",
        escape(&STANDARD.encode(signed()))
    );
    let received = decode_post_form(&body).unwrap();
    assert_eq!(received.relay_state(), Some("a é"));
    let request = received
        .verify(&[rsa().certificate.clone()], SignatureRequirement::Required)
        .unwrap();
    assert_eq!(request.id, "_r1");
}

/// A handler keeps it across an await.
#[test]
fn a_received_request_can_move_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Received>();
}
