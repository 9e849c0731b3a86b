//! Signing in: the pages, one after the other, and what each refuses.

use signet::audit::LinkPurpose;
use signet::model::{AdminRole, Span};

use crate::app::{PUBLIC_URL, TestApp};
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(
    a_person_signs_in_with_password_and_code_and_signs_out,
    a_link_leads_a_new_person_to_the_portal_once,
    a_code_works_once_and_a_recovery_code_too,
    a_sign_in_in_progress_survives_a_restart,
);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn a_person_signs_in_with_password_and_code_and_signs_out(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice).assert(200, "Production");

    let ask = browser.get("/signout");
    browser.submit(&ask, &[]).assert(200, "sign-in-again");
    assert!(!browser.is_signed_in());
}

fn a_link_leads_a_new_person_to_the_portal_once(db: &TestDatabase) {
    let app = TestApp::start(db);
    let user = app.user("bob", AdminRole::None);
    let link = app.link(&user.id, LinkPurpose::Setup);
    let mut browser = app.browser();
    // Looking at it, as a mail scanner does, uses nothing up.
    app.browser().get(&link).assert(200, "begin");
    let page = browser.get(&link);
    let answer = browser.submit(&page, &[]);
    let page = browser.follow(answer);
    page.assert(200, "new-password");
    let refused = browser.submit(&page, &[("password", "bobbobbob")]);
    refused.assert(422, "too short");
    let answer = browser.submit(&page, &[("password", "a long enough passphrase")]);
    let page = browser.follow(answer);
    page.assert(200, "otpauth");
    let mut bob = crate::app::Person {
        id: user.id,
        user_name: "bob".into(),
        password: "a long enough passphrase".into(),
        totp_secret: totp_secret(&page.body),
    };
    // A reload shows the same device.
    let path = page.action().replace("/confirm", "");
    assert_eq!(totp_secret(&browser.get(&path).body), bob.totp_secret);
    let refused = browser.submit(&page, &[("code", "000000")]);
    refused.assert(422, "problem");
    let code = bob.code_at(app.clock.now());
    let codes = browser.submit(&page, &[("code", &code)]);
    codes.assert(200, "recovery-codes");

    for later in [app.browser().get(&link), browser.get(&link)] {
        later.assert(410, "does not work");
    }
    app.clock.advance(Span::minutes(1));
    bob.user_name = "BOB@example.com".into();
    app.browser().sign_in(&app, &bob);
}

pub(crate) fn totp_secret(page: &str) -> String {
    let (_, rest) = page.split_once("secret=").expect("an otpauth URL");
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap();
    rest[..end].to_owned()
}

fn a_code_works_once_and_a_recovery_code_too(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let codes = app.recovery_codes(&alice);
    app.clock.advance(Span::seconds(30));
    let code = alice.code_at(app.clock.now());
    let (mut first, mut second) = (app.browser(), app.browser());
    let page = first.open("/");
    let ask = first.submit_password(&page, "alice", &alice.password);
    first.submit_code(&ask, &code).assert(200, "sign-out");
    let page = second.open("/");
    let ask = second.submit_password(&page, "alice", &alice.password);
    second.submit_code(&ask, &code).assert(422, "used before");
    assert!(!second.is_signed_in());

    let recovery = format!("{}/recovery-code", ask.action().trim_end_matches("/code"));
    let page = second.get(&recovery);
    second.submit_code(&page, &codes[0]).assert(200, "sign-out");
    let mut third = app.browser();
    let page = third.open("/");
    let ask = third.submit_password(&page, "alice", &alice.password);
    let recovery = format!("{}/recovery-code", ask.action().trim_end_matches("/code"));
    let page = third.get(&recovery);
    third.submit_code(&page, &codes[0]).assert(422, "problem");
    third.submit_code(&page, &codes[1]).assert(200, "sign-out");
}

fn a_sign_in_in_progress_survives_a_restart(db: &TestDatabase) {
    let mut app = TestApp::start(db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    let page = browser.open("/");
    app.restart();
    browser.at(app.address());
    let ask = browser.submit_password(&page, "alice", &alice.password);
    ask.assert(200, "name=\"code\"");
    app.restart();
    browser.at(app.address());
    browser
        .submit_code(&ask, &alice.next_code(&app))
        .assert(200, "sign-out");
    app.restart();
    browser.at(app.address());
    assert!(browser.is_signed_in());
}

#[test]
fn a_wrong_password_and_an_unknown_name_get_the_same_page() {
    let db = memory();
    let app = TestApp::start(&db);
    app.person("alice");
    let page = |name: &str| {
        let mut browser = app.browser();
        let page = browser.open("/");
        let answer = browser.submit_password(&page, name, "not the password");
        assert_eq!(answer.status, 422);
        let csrf = answer.field("csrf").unwrap();
        let action = answer.action();
        let own = [
            csrf.as_str(),
            name,
            action.as_str(),
            &action.replace('/', "&#x2f;"),
        ];
        let (_, nonce) = answer.body.split_once("nonce=\"").unwrap();
        let nonce = nonce.split('"').next().unwrap().to_owned();
        let body = own
            .iter()
            .fold(answer.body, |body, own| body.replace(own, ""));
        let body = body.replace(&nonce, "");
        // The question to a key is another one on each page.
        let (before, form) = body.split_once("<form class=\"passkey\"").unwrap();
        let (_, after) = form.split_once("</form>").unwrap();
        format!("{before}{after}")
    };
    assert_eq!(page("alice"), page("nobody"));
}

#[test]
fn somebody_who_may_not_enter_is_told_so_before_a_second_factor() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    let mut browser = app.browser();
    let answer = browser.get(&format!("/saml/start/{}", sp.application.id));
    let page = browser.follow(answer);
    let denied = browser.submit_password(&page, "alice", &alice.password);
    denied.assert(403, "sp.example");
    assert!(!browser.is_signed_in());
}

#[test]
fn a_sign_in_belongs_to_its_browser_and_ends() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    let page = browser.open("/");
    let path = page.action().replace("/password", "");
    app.browser().get(&path).assert(410, "over");
    let mut thief = app.browser();
    thief.open("/");
    thief.get(&path).assert(410, "over");
    let stolen = thief.submit(
        &page,
        &[("user_name", "alice"), ("password", &alice.password)],
    );
    assert!([403, 410].contains(&stolen.status), "{}", stolen.status);

    app.clock.advance(Span::hours(2));
    browser.get(&path).assert(410, "over");
    let late = browser.submit(
        &page,
        &[("user_name", "alice"), ("password", &alice.password)],
    );
    late.assert(410, "over");
}

#[test]
fn a_code_before_a_password_is_nothing() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    let page = browser.open("/");
    let path = page.action().replace("/password", "/code");
    let csrf = page.field("csrf").unwrap();
    let code = alice.next_code(&app);
    browser.post(&path, &[("csrf", &csrf), ("code", &code)]);
    assert!(!browser.is_signed_in());
    // It was not used up either.
    let ask = browser.submit_password(&page, "alice", &alice.password);
    browser.submit_code(&ask, &code).assert(200, "sign-out");
}

#[test]
fn a_password_is_set_and_a_device_confirmed_only_when_the_dispatcher_asks() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    let page = browser.open("/");
    let ask = browser.submit_password(&page, "alice", &alice.password);
    let csrf = ask.field("csrf").unwrap();
    for (step, field, value) in [
        ("set-password", "password", "another long passphrase"),
        ("confirm", "code", "123456"),
    ] {
        let path = ask.action().replace("/code", &format!("/{step}"));
        let answer = browser.post(&path, &[("csrf", &csrf), (field, value)]);
        assert_ne!(answer.status, 200, "{step}");
    }
    assert!(!browser.is_signed_in());
    // The password is still the old one.
    app.browser().sign_in(&app, &alice);
}

#[test]
fn guessing_locks_the_name_and_not_the_person_at_a_known_browser() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut own = app.browser();
    own.sign_in(&app, &alice);
    let ask = own.get("/signout");
    own.submit(&ask, &[]);

    let mut guesser = app.browser();
    let spellings = [
        "alice",
        "ALICE",
        "ａｌｉｃｅ",
        "alice@example.com",
        "Alice@Example.com",
    ];
    let mut locked = false;
    for round in 0..40 {
        let page = guesser.open("/");
        let name = spellings[round % spellings.len()];
        let answer = guesser.submit_password(&page, name, "a guess of many");
        locked |= answer.has("Too many failed attempts");
    }
    assert!(locked);
    let page = guesser.open("/");
    let right = guesser.submit_password(&page, "alice", &alice.password);
    right.assert(422, "Too many failed attempts");
    // Alice at her own browser is not kept out.
    let page = own.open("/");
    own.complete(&app, &page, &alice).assert(200, "sign-out");
}

#[test]
fn guessed_codes_lock_the_second_factor() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    let page = browser.open("/");
    let ask = browser.submit_password(&page, "alice", &alice.password);
    let right = alice.code_at(app.clock.now());
    let guesses = (0..40)
        .map(|n| format!("{n:06}"))
        .filter(|guess| *guess != right);
    let mut locked = false;
    for guess in guesses {
        locked |= browser
            .submit_code(&ask, &guess)
            .has("Too many failed attempts");
    }
    assert!(locked);
    // Right, not used, and not looked at.
    let next = alice.code_at(app.clock.now().plus(Span::seconds(30)));
    browser
        .submit_code(&ask, &next)
        .assert(422, "Too many failed attempts");
}

#[test]
fn a_recovery_link_with_a_second_factor_still_asks_for_it() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let link = app.link(&alice.id, LinkPurpose::Recovery);
    let mut browser = app.browser();
    let page = browser.get(&link);
    let answer = browser.submit(&page, &[]);
    let page = browser.follow(answer);
    let answer = browser.submit(&page, &[("password", "a wholly new passphrase")]);
    let page = browser.follow(answer);
    page.assert(200, "name=\"code\"");
    assert!(!browser.is_signed_in());
    browser
        .submit_code(&page, &alice.next_code(&app))
        .assert(200, "sign-out");
}

#[test]
fn links_are_our_own_whatever_the_host_header_says() {
    let db = memory();
    let app = TestApp::start(&db);
    let mut browser = app.browser();
    browser.headers.push(("host", "evil.example".into()));
    browser
        .headers
        .push(("x-forwarded-host", "evil.example".into()));
    let answer = browser.get("/");
    assert!(answer.location().starts_with('/'));
    let page = browser.follow(answer);
    assert!(!page.has("evil.example"));
    let metadata = browser.get("/saml/metadata");
    assert!(metadata.has(PUBLIC_URL) && !metadata.has("evil.example"));
}
