//! A person's own pages: what they did, what clients have of them, all of it as a file, how pages look.

use crate::app::clients::{Authorize, returned};
use crate::app::{Browser, TestApp};
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(what_a_client_has_is_taken_back_with_every_token,);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn what_a_client_has_is_taken_back_with_every_token(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let client = app.client("shop", |registration| {
        registration["consent"] = "required".into();
    });
    app.assign_client(&client, &alice);
    let mut browser = app.browser();
    let request = Authorize::of(&client).with("scope", "openid offline_access");
    let page = browser.open(&request.path());
    let page = browser.sign_in_for(&app, &page, &alice);
    let answer = browser.submit(&page, &[]);
    let answer = browser.open_until_left(answer.location());
    let code = returned(&answer).remove("code").unwrap();
    let tokens = browser.redeem(&client, &code).json();
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();

    let grants = browser.open("/account/applications");
    grants
        .assert(200, "can get new tokens")
        .assert(200, "offline_access");
    let app_id = grants.field("app").unwrap();
    let taken = browser.submit(&grants, &[("app", &app_id)]);
    assert_eq!(taken.location(), "/account/applications");
    browser
        .get("/account/applications")
        .assert(200, "No application has been given access");
    assert_eq!(browser.refresh(&client, &refresh).error(), "invalid_grant");
    // The next sign-in asks again.
    let page = browser.open(&request.path());
    page.assert(200, "id=\"consent-items\"");
}

#[test]
fn what_somebody_did_is_shown_to_them_alone_and_exported_without_a_secret() {
    let db = memory();
    let app = TestApp::start(&db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let mut other = app.browser();
    other.sign_in(&app, &bob);
    let mut browser = app.browser();
    let page = browser.open("/");
    browser.submit_password(&page, "alice", "not this one");
    browser.sign_in(&app, &alice);
    let shown = browser.open("/account/activity");
    shown
        .assert(200, ">Signed in<")
        .assert(200, ">Wrong password<");
    let export = browser.open("/account/export");
    assert_eq!(export.header("content-type"), Some("application/json"));
    assert_eq!(export.header("cache-control"), Some("no-store"));
    let file: serde_json::Value = serde_json::from_str(&export.body).unwrap();
    assert_eq!(file["user"]["email"], "alice@example.com");
    assert_eq!(file["factors"][0]["kind"], "totp");
    assert!(file["activity"].as_array().unwrap().len() > 3);
    assert!(!export.has("bob@example.com"));
    for secret in [
        &alice.totp_secret,
        "argon2",
        "phc",
        "secret_hash",
        "csrf_key",
    ] {
        assert!(!export.has(secret), "{secret}");
    }
    browser
        .get("/account/activity")
        .assert(200, ">Own data downloaded<");
}

#[test]
fn language_and_theme_are_kept_in_the_browser() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let page = browser.open("/account/look");
    let saved = browser.submit(&page, &[("language", "de"), ("theme", "dark")]);
    let account = browser.follow(saved);
    account
        .assert(200, "lang=\"de\"")
        .assert(200, "data-theme=\"dark\"");
    let stranger = app.browser().open("/");
    assert!(stranger.has("lang=\"en\"") && !stranger.has("data-theme"));
    // What somebody writes into the cookie is no page.
    let mut odd = app.browser();
    odd.cookies
        .insert("__Host-signet_look".into(), "x\"><script>.dark\"".into());
    assert!(!odd.open("/").has("<script>.dark"));
    fn still(browser: &mut Browser) -> bool {
        browser.open("/account").has("lang=\"de\"")
    }
    assert!(still(&mut browser));
    let page = browser.open("/account/look");
    let saved = browser.submit(&page, &[("language", "auto"), ("theme", "system")]);
    browser.follow(saved);
    assert!(!still(&mut browser));
}
