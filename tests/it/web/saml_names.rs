//! NameIDs and authentication contexts: what is sent, and the status where it cannot be.

use signet::model::NameIdFormat;

use crate::app::{AuthnRequest, PostedResponse, TestApp};
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(persistent_names_are_pairwise_and_kept);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn persistent_names_are_pairwise_and_kept(db: &TestDatabase) {
    let mut app = TestApp::start(db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let one = app.service_provider("one.example", |_| {});
    let other = app.service_provider("other.example", |_| {});
    let mut names = Vec::new();
    for person in [&alice, &bob] {
        let mut browser = app.browser();
        browser.sign_in(&app, person);
        for sp in [&one, &other] {
            app.assign_to(sp, person);
            let response = PostedResponse::of(&browser.get(&AuthnRequest::of(&app, sp).redirect()));
            assert_eq!(
                response.attribute("NameID", "Format").as_deref(),
                Some(NameIdFormat::Persistent.uri())
            );
            assert_eq!(
                response.attribute("NameID", "SPNameQualifier"),
                Some(sp.entity_id.clone())
            );
            let name = response.text("NameID");
            assert!(
                !name.contains(person.user_name.as_str()) && !name.contains(person.id.as_str())
            );
            names.push(name);
        }
    }
    let mut distinct = names.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 4);
    app.restart();
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let response = PostedResponse::of(&browser.get(&AuthnRequest::of(&app, &one).redirect()));
    assert_eq!(response.text("NameID"), names[0]);
}

#[test]
fn every_format_is_sent_as_asked() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let mut get = |request: AuthnRequest| PostedResponse::of(&browser.get(&request.redirect()));
    let request = || AuthnRequest::of(&app, &sp);
    let mail = get(request().name_id_policy(NameIdFormat::EmailAddress.uri(), true));
    assert_eq!(mail.text("NameID"), "alice@example.com");
    let transient = NameIdFormat::Transient.uri();
    let first = get(request().name_id_policy(transient, true));
    let second = get(request().name_id_policy(transient, true));
    assert_eq!(
        first.attribute("NameID", "Format").as_deref(),
        Some(transient)
    );
    assert_ne!(first.text("NameID"), second.text("NameID"));
    // SAML core, 8.3.1: unspecified leaves the choice to us.
    let unspecified = get(request().name_id_policy(NameIdFormat::Unspecified.uri(), true));
    assert_eq!(
        unspecified.attribute("NameID", "Format").as_deref(),
        Some(NameIdFormat::Persistent.uri())
    );
    // The registration's choice: the user name.
    let other = app.service_provider("names.example", |sp| {
        sp.default_name_id_format = NameIdFormat::Unspecified;
    });
    app.assign_to(&other, &alice);
    let named = get(AuthnRequest::of(&app, &other));
    let format = named.attribute("NameID", "Format");
    assert_eq!(format.as_deref(), Some(NameIdFormat::Unspecified.uri()));
    assert_eq!(named.text("NameID"), "alice");
}

#[test]
fn a_name_that_cannot_be_sent_is_a_status() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |sp| {
        sp.name_id_formats = vec![NameIdFormat::Persistent];
    });
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    let invalid = ["Requester", "InvalidNameIDPolicy"];
    // Known before anybody is asked for anything.
    for format in [
        NameIdFormat::EmailAddress.uri(),
        "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos",
        "x",
    ] {
        let request = AuthnRequest::of(&app, &sp).name_id_policy(format, true);
        let response = PostedResponse::of(&browser.open(&request.redirect()));
        assert_eq!(response.status(), invalid, "{format}");
    }
    browser.sign_in(&app, &alice);
    // No name may be made, and there is none yet.
    let request = AuthnRequest::of(&app, &sp).name_id_policy(NameIdFormat::Persistent.uri(), false);
    let response = PostedResponse::of(&browser.open(&request.redirect()));
    assert_eq!(response.status(), invalid);
    let request = AuthnRequest::of(&app, &sp).name_id_policy(NameIdFormat::Persistent.uri(), true);
    assert!(PostedResponse::of(&browser.open(&request.redirect())).is_success());
    let request = AuthnRequest::of(&app, &sp).name_id_policy(NameIdFormat::Persistent.uri(), false);
    assert!(PostedResponse::of(&browser.open(&request.redirect())).is_success());

    let mut request = AuthnRequest::of(&app, &sp);
    request.children = concat!(
        "<samlp:NameIDPolicy AllowCreate=\"true\" ",
        "SPNameQualifier=\"https://another.example/\"></samlp:NameIDPolicy>"
    )
    .into();
    let response = PostedResponse::of(&browser.open(&request.redirect()));
    assert_eq!(response.status(), invalid);
}

fn wanting(request: AuthnRequest, comparison: &str, class: &str) -> AuthnRequest {
    AuthnRequest {
        children: format!(
            concat!(
                "<samlp:RequestedAuthnContext Comparison=\"{}\">",
                "<saml:AuthnContextClassRef xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:AuthnContextClassRef>",
                "</samlp:RequestedAuthnContext>"
            ),
            comparison, class
        ),
        ..request
    }
}

const PASSWORD_TLS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const REFEDS_MFA: &str = "https://refeds.org/profile/mfa";

#[test]
fn an_authentication_context_is_met_or_is_a_status() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    for (comparison, class, expected) in [
        ("exact", PASSWORD_TLS, Some(PASSWORD_TLS)),
        ("exact", REFEDS_MFA, Some(REFEDS_MFA)),
        ("minimum", PASSWORD_TLS, Some(PASSWORD_TLS)),
        ("minimum", REFEDS_MFA, Some(REFEDS_MFA)),
        (
            "exact",
            "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos",
            None,
        ),
        ("better", REFEDS_MFA, None),
        ("maximum", REFEDS_MFA, Some(REFEDS_MFA)),
        ("maximum", PASSWORD_TLS, Some(PASSWORD_TLS)),
        ("better", PASSWORD_TLS, Some(REFEDS_MFA)),
    ] {
        let request = wanting(AuthnRequest::of(&app, &sp), comparison, class);
        let response = PostedResponse::of(&browser.open(&request.redirect()));
        match expected {
            Some(_) => {
                assert!(response.is_success(), "{comparison} {class}");
                let sent = response.text("AuthnContextClassRef");
                if comparison != "minimum" {
                    assert_eq!(Some(sent.as_str()), expected, "{comparison} {class}");
                }
            }
            None => assert_eq!(
                response.status(),
                ["Responder", "NoAuthnContext"],
                "{comparison} {class}"
            ),
        }
    }
}

/// What we do not know cannot be stated, nor known to be beaten.
#[test]
fn a_declaration_or_an_unknown_class_to_beat_is_a_status() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let element = |name: &str, text: &str| {
        let namespace = "urn:oasis:names:tc:SAML:2.0:assertion";
        format!("<saml:{name} xmlns:saml=\"{namespace}\">{text}</saml:{name}>")
    };
    let class = |uri: &str| element("AuthnContextClassRef", uri);
    let declaration = element("AuthnContextDeclRef", "https://sp.example/declaration");
    let (known, unknown) = (class(PASSWORD_TLS), class("urn:example:retina"));
    for (comparison, inside, is_met) in [
        ("exact", declaration, false),
        ("better", format!("{known}{unknown}"), false),
        ("better", unknown.clone(), false),
        ("minimum", unknown.clone(), false),
        ("exact", format!("{unknown}{known}"), true),
    ] {
        let mut request = AuthnRequest::of(&app, &sp);
        request.children = format!(
            "<samlp:RequestedAuthnContext Comparison=\"{comparison}\">{inside}</samlp:RequestedAuthnContext>"
        );
        let response = PostedResponse::of(&browser.open(&request.redirect()));
        assert_eq!(response.is_success(), is_met, "{comparison} {inside}");
        if !is_met {
            assert_eq!(response.status(), ["Responder", "NoAuthnContext"]);
        }
    }
}
