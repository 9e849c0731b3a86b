//! SAML single sign-on as it should go: started there, started here, by redirect and by POST.

use samael::crypto::{Crypto, CryptoProvider as _};
use signet::keys::Purpose;
use signet::model::{ResponseSigning, Span};

use crate::app::{AuthnRequest, BEGIN, PUBLIC_URL, PostedResponse, TestApp};
use crate::saml::keys::rsa;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(
    a_redirect_request_leads_through_sign_in_to_a_response,
    a_posted_request_without_cookies_finds_the_session,
    a_request_is_answered_once,
);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn a_redirect_request_leads_through_sign_in_to_a_response(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    app.group("Developers & co", &[&alice]);
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    let request = AuthnRequest::of(&app, &sp);
    let page = browser.open(&request.redirect());
    page.assert(200, "sp.example");
    let begun = app.clock.now();
    let page = browser.complete(&app, &page, &alice);
    let response = PostedResponse::of(&page);

    assert_eq!(response.acs_url, sp.acs_url);
    assert_eq!(response.relay_state.as_deref(), Some("state & 1"));
    assert!(response.is_success());
    let now = app.clock.now();
    let xs = |at: signet::model::Timestamp| Some(at.to_xs_date_time());
    let (response_el, assertion) = ("Response", "Assertion");
    assert_eq!(
        response.attribute(response_el, "Destination").as_deref(),
        Some(sp.acs_url.as_str())
    );
    assert_eq!(
        response.attribute(response_el, "InResponseTo"),
        Some(request.id.clone())
    );
    assert_eq!(response.attribute(response_el, "IssueInstant"), xs(now));
    assert_eq!(response.attribute(assertion, "IssueInstant"), xs(now));
    assert_ne!(
        response.attribute(response_el, "ID"),
        response.attribute(assertion, "ID")
    );
    let confirmation = "SubjectConfirmationData";
    assert_eq!(
        response.attribute(confirmation, "Recipient").as_deref(),
        Some(sp.acs_url.as_str())
    );
    assert_eq!(
        response.attribute(confirmation, "InResponseTo"),
        Some(request.id.clone())
    );
    assert_eq!(response.attribute(confirmation, "NotBefore"), None);
    assert_eq!(
        response.attribute(confirmation, "NotOnOrAfter"),
        xs(now.plus(Span::minutes(5)))
    );
    assert_eq!(
        response.attribute("Conditions", "NotOnOrAfter"),
        xs(now.plus(Span::minutes(5)))
    );
    // Clocks differ: a minute before.
    assert_eq!(
        response.attribute("Conditions", "NotBefore"),
        xs(now.minus(Span::minutes(1)))
    );
    assert_eq!(response.text("Audience"), sp.entity_id);
    let issuer = format!("{PUBLIC_URL}/saml/metadata");
    assert_eq!(response.texts("Issuer"), [issuer.clone(), issuer]);
    assert_eq!(
        response.attribute("AuthnStatement", "AuthnInstant"),
        xs(begun)
    );
    assert_eq!(
        response.attribute("AuthnStatement", "SessionNotOnOrAfter"),
        xs(now.plus(Span::hours(12)))
    );
    assert_eq!(response.values("displayName"), ["alice Ω & <b>"]);
    assert_eq!(response.values("groups"), ["Developers & co"]);

    // The next one takes no sign-in and is another session at the application.
    let page = browser.get(&AuthnRequest::of(&app, &sp).redirect());
    let again = PostedResponse::of(&page);
    assert_eq!(again.text("NameID"), response.text("NameID"));
    let index = |r: &PostedResponse| r.attribute("AuthnStatement", "SessionIndex");
    assert_ne!(index(&again), index(&response));
}

fn a_posted_request_without_cookies_finds_the_session(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |sp| sp.require_signed_requests = true);
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let form = AuthnRequest::of(&app, &sp).signed_form(rsa());
    let fields: Vec<_> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = browser.post_from_elsewhere("/saml/sso", &fields);
    assert!(
        answer.location().starts_with("/signin/"),
        "{}",
        answer.location()
    );
    let page = browser.follow(answer);
    let response = PostedResponse::of(&page);
    assert!(response.is_success());
    assert_eq!(response.relay_state.as_deref(), Some("state & 1"));

    // Another browser that gets hold of the address is not signed in by it, and gets nothing.
    let form = AuthnRequest::of(&app, &sp).signed_form(rsa());
    let fields: Vec<_> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = browser.post_from_elsewhere("/saml/sso", &fields);
    let mut thief = app.browser();
    thief.follow(answer).assert(200, "name=\"password\"");
}

fn a_request_is_answered_once(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let path = AuthnRequest::of(&app, &sp).redirect();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..16)
            .map(|_| {
                let (mut browser, path) = (browser.clone(), path.clone());
                scope.spawn(move || browser.open(&path))
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let responses = answers
        .iter()
        .filter(|answer| answer.has("saml-post"))
        .count();
    assert_eq!(responses, 1);
    for answer in answers.iter().filter(|answer| !answer.has("saml-post")) {
        answer.assert(answer.status, "answered");
        assert!(answer.status >= 400);
    }
}

#[test]
fn a_sign_in_starts_from_our_side_where_the_application_takes_that() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |sp| {
        sp.default_relay_state = Some("/home".into())
    });
    let closed = app.service_provider("closed.example", |sp| sp.allow_idp_initiated = false);
    for sp in [&sp, &closed] {
        app.assign_to(sp, &alice);
    }
    let mut browser = app.browser();
    let portal = browser.sign_in(&app, &alice);
    portal.assert(200, "sp.example");
    assert!(!portal.has("closed.example"));
    let page = browser.get(&format!("/saml/start/{}", sp.application.id));
    let response = PostedResponse::of(&page);
    assert!(response.is_success());
    assert_eq!(response.relay_state.as_deref(), Some("/home"));
    assert_eq!(response.attribute("Response", "InResponseTo"), None);
    assert_eq!(
        response.attribute("SubjectConfirmationData", "InResponseTo"),
        None
    );
    let page = browser.get(&format!(
        "/saml/start/{}?RelayState=%2Fother%26x",
        sp.application.id
    ));
    assert_eq!(
        PostedResponse::of(&page).relay_state.as_deref(),
        Some("/other&x")
    );
    for bad in [&"x".repeat(81), "%0Ax", "a%00"] {
        let path = format!("/saml/start/{}?RelayState={bad}", sp.application.id);
        browser.get(&path).assert(400, "RelayState");
    }
    let refused = browser.get(&format!("/saml/start/{}", closed.application.id));
    refused.assert(403, "starts there");
}

#[test]
fn each_registration_signs_as_it_says() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    for (signing, host, count) in [
        (ResponseSigning::Both, "both.example", 2),
        (ResponseSigning::AssertionOnly, "assertion.example", 1),
        (ResponseSigning::ResponseOnly, "response.example", 1),
    ] {
        let sp = app.service_provider(host, |sp| sp.response_signing = signing);
        app.assign_to(&sp, &alice);
        let page = browser.get(&AuthnRequest::of(&app, &sp).redirect());
        let response = PostedResponse::of(&page);
        assert_eq!(response.texts("SignatureValue").len(), count, "{host}");
        let before = response.xml.find("<ds:Signature").unwrap()
            < response.xml.find("<saml:Assertion").unwrap();
        assert_eq!(before, signing != ResponseSigning::AssertionOnly, "{host}");
    }
}

#[test]
fn force_authn_asks_again_and_passive_never_asks() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    let mut passive = AuthnRequest::of(&app, &sp);
    passive.is_passive = true;
    let response = PostedResponse::of(&browser.open(&passive.redirect()));
    assert_eq!(response.status(), ["Responder", "NoPassive"]);
    assert_eq!(response.acs_url, sp.acs_url);
    assert_eq!(response.relay_state.as_deref(), Some("state & 1"));
    assert_eq!(
        response.attribute("Response", "InResponseTo"),
        Some(passive.id.clone())
    );
    assert!(response.texts("Assertion").is_empty());
    assert_eq!(response.texts("SignatureValue").len(), 1);

    browser.sign_in(&app, &alice);
    app.clock.advance(Span::minutes(3));
    let mut passive = AuthnRequest::of(&app, &sp);
    passive.is_passive = true;
    assert!(PostedResponse::of(&browser.open(&passive.redirect())).is_success());
    let mut both = AuthnRequest::of(&app, &sp);
    (both.is_passive, both.force_authn) = (true, true);
    let response = PostedResponse::of(&browser.open(&both.redirect()));
    assert_eq!(response.status(), ["Responder", "NoPassive"]);

    let mut force = AuthnRequest::of(&app, &sp);
    force.force_authn = true;
    let page = browser.open(&force.redirect());
    page.assert(200, "name=\"password\"");
    let page = browser.complete(&app, &page, &alice);
    let response = PostedResponse::of(&page);
    let instant = response
        .attribute("AuthnStatement", "AuthnInstant")
        .unwrap();
    assert!(
        instant > BEGIN.plus(Span::minutes(3)).to_xs_date_time(),
        "{instant}"
    );
}

#[test]
fn metadata_is_signed_and_says_where_to_send_requests() {
    let db = memory();
    let app = TestApp::start(&db);
    let answer = app.browser().get("/saml/metadata");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/samlmetadata+xml")
    );
    let document = uppsala::parse(&answer.body).unwrap();
    let root = document.document_element().unwrap();
    let id = format!("{PUBLIC_URL}/saml/metadata");
    assert_eq!(document.get_attribute(root, "entityID"), Some(id.as_str()));
    assert_eq!(document.get_elements_by_tag_name("Signature").len(), 1);
    // By xmlsec1's library, with the certificate that administrators pin; and not a copy that sends people elsewhere.
    let key = app.services.keys.active(Purpose::Saml).unwrap();
    let certificate = signet::protocol::saml::Sign::certificate_der(key.as_ref()).to_vec();
    let verifies =
        |xml: &str| Crypto::verify_signed_xml(xml, &certificate.clone().into(), Some("ID")).is_ok();
    assert!(verifies(&answer.body));
    assert!(!verifies(&answer.body.replace("/saml/sso", "/saml/sS0")));
    let services = document.get_elements_by_tag_name("SingleSignOnService");
    assert_eq!(services.len(), 2);
    for service in services {
        let at = document.get_attribute(service, "Location");
        assert_eq!(at, Some(format!("{PUBLIC_URL}/saml/sso").as_str()));
    }
    assert!(
        document
            .get_elements_by_tag_name("SingleLogoutService")
            .is_empty()
    );
}
