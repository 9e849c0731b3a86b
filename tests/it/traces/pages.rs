//! The console's pages about attempts: who may see them, and what they say.

use signet::model::{AdminRole, Span};

use crate::app::{AuthnRequest, TestApp};
use crate::store::engines::{EngineKind, TestDatabase};

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

#[test]
fn administrators_and_auditors_see_them_and_nobody_else() {
    let db = memory();
    let app = TestApp::start(&db);
    for (name, role, sees) in [
        ("admin", AdminRole::Administrator, true),
        ("auditor", AdminRole::Auditor, true),
        ("alice", AdminRole::None, false),
    ] {
        let person = app.person_with(name, role);
        let mut browser = app.browser();
        let page = browser.open("/admin/traces");
        page.assert(200, "name=\"password\"");
        let mut answer = browser.submit_password(&page, &person.user_name, &person.password);
        if answer.has("name=\"code\"") {
            answer = browser.submit_code(&answer, &person.next_code(&app));
        }
        assert_eq!(answer.status, if sees { 200 } else { 403 }, "{name}");
        assert_eq!(
            browser.open("/admin/traces").status,
            answer.status,
            "{name}"
        );
        assert_eq!(
            browser.open("/admin/traces/any").status,
            if sees { 404 } else { 403 },
            "{name}"
        );
    }
}

/// Who loses the role loses the page at once.
#[test]
fn what_is_taken_away_counts_at_once() {
    let db = memory();
    let app = TestApp::start(&db);
    let admin = app.person_with("admin", AdminRole::Administrator);
    app.person_with("another", AdminRole::Administrator);
    let mut browser = app.browser();
    let page = browser.open("/admin/traces");
    browser.complete(&app, &page, &admin).assert(200, "</main>");
    app.disable(&admin);
    assert_eq!(browser.get("/admin/traces").status, 303);
}

#[test]
fn a_failing_attempt_is_shown_with_cause_and_fix_and_foreign_text_stays_text() {
    let db = memory();
    let app = TestApp::start(&db);
    let admin = app.person_with("admin", AdminRole::Administrator);
    let sp = app.service_provider("sp.example", |_| {});
    let mut request = AuthnRequest::of(&app, &sp);
    request.acs = "AssertionConsumerServiceURL=\"https://sp.example/&lt;script>alert(1)&lt;/script>\u{202e}\" ".into();
    app.browser().open(&request.redirect());
    app.clock.advance(Span::seconds(1));
    let mut browser = app.browser();
    let page = browser.open("/admin/traces");
    let list = browser.complete(&app, &page, &admin);
    list.assert(200, "which is not registered")
        .assert(200, "class=\"failing\"");
    assert!(!list.has("<script>alert") && !list.has("\u{202e}"));
    let id = list
        .body
        .split("/admin/traces/")
        .nth(1)
        .or_else(|| list.body.split("&#x2f;admin&#x2f;traces&#x2f;").nth(1));
    let id: String = id
        .unwrap()
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let one = browser.open(&format!("/admin/traces/{id}"));
    one.assert(200, "id=\"rule\">acs_url")
        .assert(200, "class=\"fix\"");
    assert!(!one.has("<script>alert") && !one.has("\u{202e}"));
}
