//! Class D, as far as it is syntax: the rules of an AuthnRequest itself. Each case is unsigned, so that only its own rule
//! can refuse it.

use signet::protocol::saml::{AuthnRequest, Comparison, ReceiveError, RequestedAuthnContext};

use super::forge::*;
use super::sample::at;

const SAML: &str = r#"xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion""#;

fn changed(from: &str, to: &str) -> Result<AuthnRequest, ReceiveError> {
    let xml = unsigned().replacen(from, to, 1);
    assert_ne!(xml, unsigned(), "{from}");
    post(xml)
}

fn with_body(body: &str) -> Result<AuthnRequest, ReceiveError> {
    post(request_with("_r1", ACS, body).replace(MARK, ""))
}

fn with_attribute(attribute: &str) -> Result<AuthnRequest, ReceiveError> {
    changed(" Version=", &format!(" {attribute} Version="))
}

fn unexpected(result: Result<AuthnRequest, ReceiveError>, name: &str) {
    let error = result.unwrap_err();
    assert!(
        matches!(&error, ReceiveError::UnexpectedElement(shown) if shown.to_string() == name),
        "{error:?}"
    );
}

#[test]
fn the_root_is_an_authn_request_of_saml_2() {
    let refused = Err(ReceiveError::NotAuthnRequest);
    assert_eq!(
        post(unsigned().replace("AuthnRequest", "LogoutRequest")),
        refused
    );
    let saml_1 = unsigned().replace("SAML:2.0:protocol", "SAML:1.0:protocol");
    assert_eq!(post(saml_1), refused);
    assert_eq!(post(format!("<x>{}</x>", unsigned())), refused);
}

#[test]
fn the_version_is_2_0() {
    for version in ["1.1", "2.1", "2", ""] {
        let refused = changed("\"2.0\"", &format!("\"{version}\""));
        assert_eq!(refused, Err(ReceiveError::Version));
    }
    assert_eq!(changed(" Version=\"2.0\"", ""), Err(ReceiveError::Version));
}

#[test]
fn the_id_is_an_xml_name_of_at_most_256_characters() {
    let longest = format!("_{}", "é".repeat(255));
    assert_eq!(changed("_r1", &longest).unwrap().id, longest);
    for id in [
        "",
        "1a",
        "-a",
        ".a",
        "a b",
        "a:b",
        "a/b",
        "a&lt;b",
        "a&#10;b",
        &format!("{longest}x"),
        &"a".repeat(10_000),
    ] {
        assert_eq!(changed("_r1", id), Err(ReceiveError::Id), "{id}");
    }
    assert_eq!(changed("ID=\"_r1\" ", ""), Err(ReceiveError::Id));
    let prefixed = changed("ID=\"_r1\"", r#"xmlns:x="urn:x" x:ID="_r1""#);
    assert_eq!(prefixed, Err(ReceiveError::Id));
}

#[test]
fn the_issue_instant_is_a_time_with_a_zone() {
    let instant = "2026-11-23T10:15:30Z";
    let with_fraction = changed(instant, "2026-11-23T10:15:30.123456Z").unwrap();
    assert_eq!(with_fraction.issue_instant, at("2026-11-23T10:15:30.123Z"));
    for text in [
        "",
        "yesterday",
        "2026-11-23",
        "2026-11-23T10:15:30",
        "2026-13-23T10:15:30Z",
        "2026-11-23T25:15:30Z",
        &format!("2026-11-23T10:15:30.{}Z", "0".repeat(10_000)),
    ] {
        let refused = changed(instant, text);
        assert_eq!(refused, Err(ReceiveError::IssueInstant), "{text}");
    }
}

#[test]
fn there_is_one_issuer_that_is_an_entity_id() {
    assert_eq!(changed(ISSUER, ""), Err(ReceiveError::IssuerMissing));
    let twice = changed(ISSUER, &format!("{ISSUER}{ISSUER}"));
    assert_eq!(twice, Err(ReceiveError::RepeatedElement { name: "Issuer" }));
    for text in ["", "a b", "\n", &"x".repeat(1025)] {
        let refused = changed("https://sp.example/metadata", text);
        assert_eq!(refused, Err(ReceiveError::Issuer));
    }
    let nested = changed(
        "https://sp.example/metadata",
        "https://sp.example/<x/>metadata",
    );
    assert_eq!(nested, Err(ReceiveError::NotPlainText { name: "Issuer" }));
    let in_wrong_namespace = changed("SAML:2.0:assertion", "SAML:1.0:assertion");
    assert_eq!(in_wrong_namespace, Err(ReceiveError::IssuerMissing));
}

#[test]
fn the_issuer_is_in_the_entity_format_without_qualifiers() {
    let with = |attributes: &str| changed("<saml:Issuer ", &format!("<saml:Issuer {attributes} "));
    with(r#"Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity""#).unwrap();
    for attributes in [
        r#"Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress""#,
        r#"Format="""#,
        r#"NameQualifier="x""#,
        r#"SPNameQualifier="x""#,
        r#"SPProvidedID="x""#,
    ] {
        assert_eq!(with(attributes), Err(ReceiveError::IssuerFormat));
    }
}

#[test]
fn the_consumer_service_is_named_once() {
    let by_index = |index: &str| {
        let from = format!("AssertionConsumerServiceURL=\"{ACS}\"");
        changed(&from, &format!("AssertionConsumerServiceIndex=\"{index}\""))
    };
    assert_eq!(by_index("0").unwrap().acs_index, Some(0));
    let request = by_index("65535").unwrap();
    assert_eq!((request.acs_index, request.acs_url), (Some(65535), None));
    for index in [
        "",
        "-1",
        "+1",
        " 1",
        "65536",
        "18446744073709551616",
        "1.0",
        "x",
    ] {
        assert_eq!(by_index(index), Err(ReceiveError::AcsIndex), "{index}");
    }
    let both = with_attribute("AssertionConsumerServiceIndex=\"1\"");
    assert_eq!(both, Err(ReceiveError::AcsUrlAndIndex));
}

#[test]
fn booleans_are_booleans() {
    for (text, expected) in [("true", true), ("1", true), ("false", false), ("0", false)] {
        let request = with_attribute(&format!("ForceAuthn=\"{text}\" IsPassive=\"{text}\""));
        let request = request.unwrap();
        assert_eq!(
            (request.force_authn, request.is_passive),
            (expected, expected)
        );
    }
    for name in ["ForceAuthn", "IsPassive"] {
        for text in ["", "TRUE", "yes", "2"] {
            let refused = with_attribute(&format!("{name}=\"{text}\""));
            assert_eq!(refused, Err(ReceiveError::Boolean { name }));
        }
    }
    let refused = with_body(r#"<samlp:NameIDPolicy AllowCreate="maybe"/>"#);
    assert_eq!(
        refused,
        Err(ReceiveError::Boolean {
            name: "AllowCreate"
        })
    );
}

#[test]
fn elements_are_those_of_an_authn_request_each_once() {
    unexpected(with_body("<x/>"), "x");
    unexpected(with_body("<samlp:RelayState/>"), "RelayState");
    unexpected(
        with_body(r#"<x:NameIDPolicy xmlns:x="urn:x"/>"#),
        "NameIDPolicy",
    );
    unexpected(with_body(&unsigned().replace("_r1", "_r2")), "AuthnRequest");
    for name in ["NameIDPolicy", "Extensions", "Scoping"] {
        let refused = with_body(&format!("<samlp:{name}/><samlp:{name}/>"));
        assert_eq!(refused, Err(ReceiveError::RepeatedElement { name }));
    }
    let refused = with_body("https://evil.example");
    assert_eq!(
        refused,
        Err(ReceiveError::StrayText {
            name: "AuthnRequest"
        })
    );
}

#[test]
fn the_requested_context_has_classes_or_declarations() {
    let with = |attributes: &str, inside: &str| {
        with_body(&format!(
            "<samlp:RequestedAuthnContext {SAML}{attributes}>{inside}</samlp:RequestedAuthnContext>"
        ))
        .map(|r| r.requested_authn_context.unwrap())
    };
    let class = "<saml:AuthnContextClassRef>urn:a</saml:AuthnContextClassRef>";
    let declaration = "<saml:AuthnContextDeclRef>urn:d</saml:AuthnContextDeclRef>";
    for (attribute, comparison) in [
        ("", Comparison::Exact),
        (" Comparison=\"exact\"", Comparison::Exact),
        (" Comparison=\"minimum\"", Comparison::Minimum),
        (" Comparison=\"maximum\"", Comparison::Maximum),
        (" Comparison=\"better\"", Comparison::Better),
    ] {
        assert_eq!(with(attribute, class).unwrap().comparison, comparison);
    }
    assert_eq!(
        with(" Comparison=\"Exact\"", class),
        Err(ReceiveError::Comparison)
    );
    assert_eq!(
        with("", declaration),
        Ok(RequestedAuthnContext {
            comparison: Comparison::Exact,
            class_refs: vec![],
            has_declarations: true
        })
    );
    let neither_or_both = Err(ReceiveError::RequestedAuthnContext);
    assert_eq!(with("", ""), neither_or_both);
    assert_eq!(with("", &format!("{class}{declaration}")), neither_or_both);
    assert_eq!(
        with("", "text"),
        Err(ReceiveError::StrayText {
            name: "RequestedAuthnContext"
        })
    );
    assert_eq!(
        with(
            "",
            "<saml:AuthnContextClassRef>urn:<x/>a</saml:AuthnContextClassRef>"
        ),
        Err(ReceiveError::NotPlainText {
            name: "AuthnContextClassRef"
        })
    );
    assert!(with("", "<x/>").is_err());
}

#[test]
fn the_subject_is_one_plain_name_id() {
    let with = |inside: &str| with_body(&format!("<saml:Subject {SAML}>{inside}</saml:Subject>"));
    let name_id = "<saml:NameID>alice</saml:NameID>";
    let request = with(name_id).unwrap();
    assert_eq!(request.subject_name_id.unwrap().value, "alice");
    for inside in [
        "",
        "<saml:EncryptedID/>",
        "<saml:BaseID/>",
        &format!("{name_id}{name_id}"),
        &format!("{name_id}<saml:SubjectConfirmation/>"),
        &format!("x{name_id}"),
    ] {
        assert_eq!(with(inside), Err(ReceiveError::Subject), "{inside}");
    }
    assert_eq!(
        with("<saml:NameID>al<x/>ice</saml:NameID>"),
        Err(ReceiveError::NotPlainText { name: "NameID" })
    );
}

/// Refusals go to logs and pages: no control characters, no markup, no length without limit.
#[test]
fn a_refusal_never_echoes_input_as_it_came() {
    let error = with_body(&format!("<x\u{202e}{}/>", "y".repeat(1000))).unwrap_err();
    let text = error.to_string();
    assert!(text.len() < 400, "{text}");
    assert!(text.is_ascii() && !text.contains(['<', '>', '&']), "{text}");
}
