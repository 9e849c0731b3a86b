//! Keys that are more, or newer, than they should be.

use signet::model::{Assurance, Span};
use signet::policy::Policy;

use super::passkeys::add;
use crate::app::{Authenticator, TestApp};
use crate::store::engines::{EngineKind, TestDatabase};

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

/// Whoever finds a key without a PIN can give it one: it stays what it was when it was added.
#[test]
fn a_security_key_that_was_given_a_pin_is_no_passkey() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut key = Authenticator::touched(1);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    add(&app, &mut browser, "security-key", &mut key);
    key.verifies = true;
    let mut other = app.browser();
    let page = other.open("/");
    other
        .use_key(&page, "sign-in", &mut key)
        .assert(422, "does not work here");
    assert!(!other.is_signed_in());
    let ask = other.submit_password(&page, "alice", &alice.password);
    let portal = other.use_key(&ask, "second-factor", &mut key);
    portal.assert(200, "id=\"sign-out\"");
}

/// A browser that was left alone has shown something long ago: that sets up nothing.
#[test]
fn an_old_session_sets_up_no_key() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    app.set_global_policy(&Policy {
        required_assurance: Some(Assurance::PhishingResistant),
        ..Policy::default()
    });
    app.clock.advance(Span::minutes(11));
    let page = browser.open("/");
    assert!(page.key_form("passkey").is_none(), "{}", page.body);
    page.assert(200, "id=\"code\"");
    let page = browser.submit_code(&page, &alice.next_code(&app));
    assert!(page.key_form("passkey").is_none(), "{}", page.body);
    let page = browser.submit_password(&page, "alice", &alice.password);
    assert!(page.key_form("passkey").is_some(), "{}", page.body);
}
