//! Requests that are refused: an error page, never a redirect and never a response.

use signet::model::Span;

use crate::app::{Answer, AuthnRequest, TestApp};
use crate::saml::forge::{escape, redirect_value};
use crate::saml::keys::{other_rsa, rsa};
use crate::store::engines::{EngineKind, TestDatabase, rows};

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn is_a_page(answer: &Answer, says: &str) {
    answer.assert(400, says);
    assert!(!answer.has("saml-post") && !answer.has("SAMLResponse"));
    assert_eq!(answer.header("location"), None);
}

#[test]
fn an_unknown_issuer_or_acs_gets_a_page() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let mut stranger = AuthnRequest::of(&app, &sp);
    stranger.issuer = "https://evil.example/metadata".into();
    is_a_page(&browser.get(&stranger.redirect()), "not registered");
    for acs in [
        "AssertionConsumerServiceURL=\"https://evil.example/acs\" ",
        "AssertionConsumerServiceURL=\"https://sp.example/acs?x=1\" ",
        "AssertionConsumerServiceURL=\"https://SP.example/acs\" ",
        "AssertionConsumerServiceURL=\"https://sp.example/acs/\" ",
        "AssertionConsumerServiceURL=\"https://sp.example.evil.example/acs\" ",
    ] {
        let mut request = AuthnRequest::of(&app, &sp);
        request.acs = acs.into();
        is_a_page(
            &browser.get(&request.redirect()),
            "AssertionConsumerServiceURL is not one",
        );
        // A signature changes nothing in that.
        is_a_page(
            &browser.get(&request.signed_redirect(rsa())),
            "AssertionConsumerServiceURL is not one",
        );
    }
    let mut request = AuthnRequest::of(&app, &sp);
    request.acs = "AssertionConsumerServiceIndex=\"7\" ".into();
    is_a_page(
        &browser.get(&request.redirect()),
        "AssertionConsumerServiceIndex is not one",
    );
    request.acs = String::new();
    browser.get(&request.redirect()).assert(200, "saml-post");
    let refused = rows(
        db.store(),
        "SELECT body FROM audit_records WHERE kind = 'saml_request.refused'",
        vec![],
    );
    assert_eq!(refused.len(), 12);
    assert!(refused[0].text("body").unwrap().contains("evil.example"));
}

#[test]
fn a_request_that_is_old_early_or_for_another_gets_a_page() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = |ago: i64| AuthnRequest::of(&app, &sp).issued(Span::millis(ago));
    // Instants on the wire are of whole seconds.
    for (ago, ok) in [
        (299_000, true),
        (301_000, false),
        (-120_000, true),
        (-122_000, false),
    ] {
        let answer = browser.get(&request(ago).redirect());
        if ok {
            answer.assert(200, "saml-post");
        } else {
            is_a_page(&answer, "IssueInstant");
        }
    }
    let mut elsewhere = AuthnRequest::of(&app, &sp);
    elsewhere.destination = Some("https://another.example/saml/sso".into());
    is_a_page(&browser.get(&elsewhere.redirect()), "Destination");
    let mut none = AuthnRequest::of(&app, &sp);
    none.destination = None;
    is_a_page(&browser.get(&none.signed_redirect(rsa())), "Destination");
    browser.get(&none.redirect()).assert(200, "saml-post");
}

#[test]
fn a_signature_is_required_where_registered_and_never_wrong() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let strict = app.service_provider("strict.example", |sp| sp.require_signed_requests = true);
    let lax = app.service_provider("lax.example", |_| {});
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    for sp in [&strict, &lax] {
        app.assign_to(sp, &alice);
        let request = || AuthnRequest::of(&app, sp);
        browser
            .get(&request().signed_redirect(rsa()))
            .assert(200, "saml-post");
        is_a_page(
            &browser.get(&request().signed_redirect(other_rsa())),
            "signature",
        );
        let mut changed = request().signed_redirect(rsa());
        changed = changed.replace("RelayState=state", "RelayState=State");
        is_a_page(&browser.get(&changed), "signature");
        let form = request().signed_form(other_rsa());
        let fields: Vec<_> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        is_a_page(
            &browser.post_from_elsewhere("/saml/sso", &fields),
            "signature",
        );
    }
    is_a_page(
        &browser.get(&AuthnRequest::of(&app, &strict).redirect()),
        "sign",
    );
    let form = AuthnRequest::of(&app, &strict).form();
    let fields: Vec<_> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    is_a_page(&browser.post_from_elsewhere("/saml/sso", &fields), "sign");
}

#[test]
fn what_cannot_be_read_gets_a_page_that_shows_none_of_it() {
    let db = memory();
    let app = TestApp::start(&db);
    let mut browser = app.browser();
    let bomb = "A".repeat(5_000_000);
    let twice = "<x>&amp;</x>";
    for query in [
        String::new(),
        "SAMLRequest=".into(),
        "SAMLRequest=%%%".into(),
        "SAMLRequest=aGVsbG8%3D".into(),
        format!("SAMLRequest={}", redirect_value(&bomb)),
        format!("SAMLRequest={}", redirect_value(twice)),
        format!(
            "SAMLRequest={}",
            redirect_value("<!DOCTYPE x [<!ENTITY e \"boom\">]><x>&e;</x>")
        ),
        format!(
            "SAMLRequest={}",
            redirect_value("<x onload=\"alert(1)\"></x>")
        ),
        format!("SAMLRequest={0}&SAMLRequest={0}", redirect_value(twice)),
        format!("SAMLRequest={}", escape("<script>alert(1)</script>")),
    ] {
        let answer = browser.get(&format!("/saml/sso?{query}"));
        assert!(
            [400, 414].contains(&answer.status),
            "{}: {}",
            answer.status,
            &query[..query.len().min(80)]
        );
        assert!(!answer.has("<script>alert") && !answer.has("onload"));
    }
    for body in ["", "SAMLRequest=", "SAMLRequest=PHg%2BPC94Pg%3D%3D", "x=1"] {
        let answer = browser.post_text("/saml/sso", "application/x-www-form-urlencoded", body);
        assert_eq!(answer.status, 400, "{body}");
    }
    let answer = browser.post_text("/saml/sso", "text/xml", "<x/>");
    answer.assert(400, "x-www-form-urlencoded");
    let large = format!("SAMLRequest={}", "A".repeat(400_000));
    let answer = browser.post_text("/saml/sso", "application/x-www-form-urlencoded", &large);
    assert!([400, 413].contains(&answer.status));
    let pending = rows(db.store(), "SELECT id FROM pending_sign_ins", vec![]);
    assert!(pending.is_empty());
}
