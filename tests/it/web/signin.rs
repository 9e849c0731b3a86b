//! Signing in: the pages, one after the other, and what each refuses.

use signet::audit::LinkPurpose;
use signet::model::{AdminRole, Span};

use crate::app::TestApp;
use crate::store::engines::{TestDatabase, on_every_engine};

on_every_engine!(
    a_person_signs_in_with_password_and_code_and_signs_out,
    a_link_leads_a_new_person_to_the_portal,
);

fn a_person_signs_in_with_password_and_code_and_signs_out(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.administrator("alice");
    let mut browser = app.browser();
    let portal = browser.sign_in(&app, &alice);
    portal.assert(200, "alice");

    let ask = browser.get("/signout");
    let gone = browser.submit(&ask, &[]);
    gone.assert(200, "sign-in-again");
    assert!(!browser.is_signed_in());
}

fn a_link_leads_a_new_person_to_the_portal(db: &TestDatabase) {
    let mut app = TestApp::start(db);
    let user = app.user("bob", AdminRole::Administrator);
    let link = app.link(&user.id, LinkPurpose::Setup);
    let mut browser = app.browser();
    let page = browser.get(&link);
    let answer = browser.submit(&page, &[]);
    let page = browser.follow(answer);
    page.assert(200, "new-password");
    let answer = browser.submit(&page, &[("password", "a long enough passphrase")]);
    let page = browser.follow(answer);
    page.assert(200, "otpauth");
    app.advance(Span::seconds(1));
}
