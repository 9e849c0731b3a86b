//! Keys that are more, or newer, than they should be.

use signet::model::Span;

use super::passkeys::{add, phishing_resistant};
use crate::app::{Authenticator, TestApp};
use crate::store::engines::{EngineKind, TestDatabase, rows};

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
    app.set_global_policy(&phishing_resistant());
    app.clock.advance(Span::minutes(11));
    let page = browser.open("/");
    assert!(page.key_form("passkey").is_none(), "{}", page.body);
    page.assert(200, "id=\"code\"");
    let page = browser.submit_code(&page, &alice.next_code(&app));
    assert!(page.key_form("passkey").is_none(), "{}", page.body);
    let page = browser.submit_password(&page, "alice", &alice.password);
    assert!(page.key_form("passkey").is_some(), "{}", page.body);
}

/// Whoever has the lost key may have signed in with it: what it began ends with it.
#[test]
fn with_a_key_go_the_other_sessions() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut key = Authenticator::new(1);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    add(&app, &mut browser, "passkey", &mut key);
    let mut other = app.browser();
    let page = other.open("/");
    other.use_key(&page, "sign-in", &mut key);
    assert!(other.is_signed_in());
    let keys = rows(
        db.store(),
        "SELECT id FROM webauthn_credentials",
        Vec::new(),
    );
    let device = format!("/account/devices/{}", keys[0].text("id").unwrap());
    let csrf = browser.open(&device).field("csrf").unwrap();
    let removed = browser.post(&format!("{device}/remove"), &[("csrf", &csrf)]);
    assert_eq!(removed.location(), "/account");
    browser.open("/account").assert(200, "id=\"sign-out\"");
    other.open("/account").assert(200, "id=\"user-name\"");
}
