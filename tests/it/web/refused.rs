//! What a person is told when an application may not have them, and the way back.

use crate::app::{AuthnRequest, PostedResponse, TestApp};
use crate::store::engines::{EngineKind, TestDatabase};

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

#[test]
fn whoever_is_not_assigned_may_tell_the_application_so() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = AuthnRequest::of(&app, &sp);
    let page = browser.open(&request.redirect());
    page.assert(403, "no access to sp.example");
    let answer = browser.submit(&page, &[]);
    let response = PostedResponse::of(&answer);
    assert_eq!(response.status(), ["Responder", "RequestDenied"]);
    assert_eq!(response.acs_url, sp.acs_url);
    assert_eq!(
        response.attribute("Response", "InResponseTo"),
        Some(request.id.clone())
    );
    assert_eq!(response.relay_state.as_deref(), Some("state & 1"));
    // The request is answered with that.
    let again = browser.submit(&page, &[]);
    assert!(!again.has("SAMLResponse"));
}

#[test]
fn a_passive_request_of_somebody_who_may_not_is_denied_without_a_page() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let mut request = AuthnRequest::of(&app, &sp);
    request.is_passive = true;
    let response = PostedResponse::of(&browser.open(&request.redirect()));
    assert_eq!(response.status(), ["Responder", "RequestDenied"]);
}

#[test]
fn a_disabled_application_gets_nothing() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    app.set_app_state(&sp, signet::model::AppState::Disabled);
    let mut browser = app.browser();
    let portal = browser.sign_in(&app, &alice);
    assert!(!portal.has("sp.example"));
    let answer = browser.open(&AuthnRequest::of(&app, &sp).redirect());
    assert!(!answer.has("SAMLResponse"), "{}", answer.body);
}
