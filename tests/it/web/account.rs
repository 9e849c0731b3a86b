//! A person's own pages: where they are signed in, and ending it.

use signet::model::Span;

use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(sessions_are_listed_and_ended_by_their_person_alone);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

/// The id in the form that ends a session.
fn session_ids(page: &str) -> Vec<String> {
    page.split("name=\"session\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

fn sessions_are_listed_and_ended_by_their_person_alone(db: &TestDatabase) {
    let app = TestApp::start(db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let (mut here, mut there, mut bobs) = (app.browser(), app.browser(), app.browser());
    here.headers.push(("user-agent", "Firefox <b>".into()));
    there.headers.push(("user-agent", "Telephone".into()));
    here.sign_in(&app, &alice);
    there.sign_in(&app, &alice);
    bobs.sign_in(&app, &bob);

    let page = here.get("/account");
    page.assert(200, "Telephone");
    page.assert(200, "Firefox &lt;b&gt;");
    let ids = session_ids(&page.body);
    assert_eq!(ids.len(), 1, "every session but this one");
    let csrf = page.field("csrf").unwrap();

    // Bob, with his own token, ends nothing of Alice's.
    let own = bobs.get("/signout").field("csrf").unwrap();
    let path = "/account/sessions/revoke";
    bobs.post(path, &[("csrf", &own), ("session", &ids[0])]);
    bobs.post(path, &[("csrf", &csrf), ("session", &ids[0])])
        .assert(403, "Nothing was changed");
    assert!(there.is_signed_in());

    here.post(path, &[("csrf", &csrf), ("session", &ids[0])]);
    assert!(!there.is_signed_in());
    assert!(here.is_signed_in());

    there.sign_in(&app, &alice);
    here.post("/account/sessions/revoke-others", &[("csrf", &csrf)]);
    assert!(!there.is_signed_in() && here.is_signed_in() && bobs.is_signed_in());
}

#[test]
fn a_new_password_is_set_by_whoever_proved_just_now_who_they_are() {
    let db = memory();
    let mut app = TestApp::start(&db);
    let mut alice = app.person("alice");
    let (mut browser, mut other) = (app.browser(), app.browser());
    browser.sign_in(&app, &alice);
    other.sign_in(&app, &alice);
    browser.get("/account/password").assert(200, "new-password");
    app.advance(Span::minutes(11));
    // A browser that was left open changes nothing, by whichever door.
    let form = [("csrf", "00"), ("password", "an umbrella for rainy days")];
    let sent_away = browser.post("/account/password", &form);
    assert!(sent_away.location().starts_with("/signin/"));
    let page = browser.open("/account/password");
    // The password alone is not enough for somebody who has a second factor.
    let page = browser.submit_password(&page, "alice", &alice.password);
    page.assert(200, "name=\"code\"");
    let code = alice.next_code(&app);
    let page = browser.submit_code(&page, &code);
    page.assert(200, "new-password");
    let refused = browser.submit(&page, &[("password", "Password1234!")]);
    refused.assert(422, "too easy to guess");
    let forged = browser.post("/account/password", &form);
    assert_eq!(forged.status, 403);
    let done = browser.submit(&page, &[("password", "an umbrella for rainy days")]);
    done.assert(200, "password is changed");
    assert!(!browser.is_signed_in());
    assert!(!other.is_signed_in());
    alice.password = "an umbrella for rainy days".into();
    app.advance(Span::minutes(1));
    app.browser().sign_in(&app, &alice);
}

#[test]
fn new_recovery_codes_end_the_old_ones_and_are_shown_once() {
    let db = memory();
    let mut app = TestApp::start(&db);
    let alice = app.person("alice");
    let old = app.recovery_codes(&alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let page = browser.get("/account/recovery-codes");
    page.assert(200, "make-codes");
    let shown = browser.submit(&page, &[]);
    shown.assert(200, "id=\"recovery-codes\"");
    let credentials = &app.services.credentials;
    let used = wait(credentials.verify_recovery_code(&app.op(), &alice.id, &old[0]));
    assert_eq!(used.unwrap(), signet::credentials::CodeOutcome::Refused);
    let (_, list) = shown.body.split_once("<code>").unwrap();
    let new: String = list.chars().take_while(|c| *c != '<').collect();
    let used = wait(credentials.verify_recovery_code(&app.op(), &alice.id, &new));
    assert_eq!(used.unwrap(), signet::credentials::CodeOutcome::Verified);
    app.advance(Span::minutes(11));
    assert!(
        browser
            .get("/account/recovery-codes")
            .location()
            .starts_with("/signin/")
    );
}
