//! Browser sessions: their cookies, their ends, and that each is its person's own.

use signet::model::Span;

use crate::app::{AuthnRequest, SESSION_COOKIE, TestApp};
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(a_session_ends_by_idling_and_at_its_absolute_end);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn a_session_ends_by_idling_and_at_its_absolute_end(db: &TestDatabase) {
    let mut app = TestApp::start(db);
    let alice = app.person("alice");
    let (mut idle, mut busy) = (app.browser(), app.browser());
    idle.sign_in(&app, &alice);
    app.advance(Span::seconds(60));
    busy.sign_in(&app, &alice);
    app.advance(Span::minutes(118));
    assert!(idle.is_signed_in() && busy.is_signed_in());
    app.advance(Span::seconds(7_201));
    assert!(!idle.is_signed_in());
    assert!(!busy.is_signed_in());

    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    for _ in 0..11 {
        app.advance(Span::hours(1));
        assert!(browser.is_signed_in());
    }
    app.advance(Span::hours(1));
    assert!(!browser.is_signed_in());
}

#[test]
fn the_cookies_are_ours_alone() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    let page = browser.open("/");
    let ask = browser.submit_password(&page, "alice", &alice.password);
    let answer = browser.submit(&ask, &[("code", &alice.next_code(&app))]);
    let answer = browser.get(answer.location());
    let cookies = answer.cookies();
    assert!(
        cookies
            .iter()
            .any(|cookie| cookie.starts_with(SESSION_COOKIE)),
        "{cookies:?}"
    );
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-signet_"), "{cookie}");
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{attribute} in {cookie}");
        }
        assert!(!cookie.contains("Domain="), "{cookie}");
    }
    // What is stored is not what is in the cookie.
    let secret = &browser.cookies[SESSION_COOKIE];
    let stored = rows(
        db.store(),
        "SELECT secret_hash FROM browser_sessions",
        vec![],
    );
    assert_ne!(&stored[0].text("secret_hash").unwrap(), secret);
}

#[test]
fn the_secret_is_a_new_one_at_sign_in_and_at_step_up() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    // A cookie that somebody has planted before.
    let planted = "A".repeat(43);
    browser
        .cookies
        .insert(SESSION_COOKIE.into(), planted.clone());
    browser.sign_in(&app, &alice);
    let first = browser.cookies[SESSION_COOKIE].clone();
    assert_ne!(first, planted);

    app.clock.advance(Span::seconds(1));
    let mut request = AuthnRequest::of(&app, &sp);
    request.force_authn = true;
    let page = browser.open(&request.redirect());
    page.assert(200, "name=\"password\"");
    browser
        .complete(&app, &page, &alice)
        .assert(200, "saml-post");
    let second = browser.cookies[SESSION_COOKIE].clone();
    assert_ne!(first, second);
    let mut old = app.browser();
    old.cookies.insert(SESSION_COOKIE.into(), first);
    assert!(
        !old.is_signed_in(),
        "the secret from before the step-up still works"
    );
    let sessions = rows(
        db.store(),
        "SELECT id FROM browser_sessions WHERE revoked_at IS NULL",
        vec![],
    );
    assert_eq!(sessions.len(), 1);
}

#[test]
fn a_step_up_is_not_for_somebody_else() {
    let db = memory();
    let app = TestApp::start(&db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    app.assign_to(&sp, &bob);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let mut request = AuthnRequest::of(&app, &sp);
    request.force_authn = true;
    let page = browser.open(&request.redirect());
    let answer = browser.submit_password(&page, "bob", &bob.password);
    // Bob may sign in here, but never into Alice's session.
    answer.assert(200, "name=\"code\"");
    let page = browser.submit_code(&answer, &bob.next_code(&app));
    page.assert(200, "saml-post");
    let portal = browser.get("/");
    assert!(portal.has("bob") && !portal.has("alice"));
}

#[test]
fn a_forged_cookie_is_no_session() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let real = browser.cookies[SESSION_COOKIE].clone();
    let hash = rows(
        db.store(),
        "SELECT secret_hash FROM browser_sessions",
        vec![],
    );
    let hash = hash[0].text("secret_hash").unwrap();
    let mut flipped = real.clone();
    flipped.replace_range(0..1, if real.starts_with('A') { "B" } else { "A" });
    for forged in [
        String::new(),
        "x".repeat(43),
        "x".repeat(5_000),
        hash,
        flipped,
    ] {
        let mut browser = app.browser();
        browser
            .cookies
            .insert(SESSION_COOKIE.into(), forged.clone());
        assert!(!browser.is_signed_in(), "{forged}");
    }
    // Without the prefix it is not our cookie.
    let mut bare = app.browser();
    bare.cookies.insert("signet_session".into(), real);
    assert!(!bare.is_signed_in());
}
