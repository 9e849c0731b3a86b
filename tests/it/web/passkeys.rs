//! Passkeys, security keys and passes: what each opens, and what does not.

use signet::audit::LinkPurpose;
use signet::model::{AdminRole, Assurance, Span};
use signet::policy::Policy;

use crate::app::{Answer, Authenticator, Browser, Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(
    a_link_leads_to_a_passkey_and_the_portal,
    a_passkey_signs_in_by_itself_and_its_answer_works_once,
    a_key_that_verifies_nobody_stands_beside_the_password,
    a_pass_replaces_what_is_lost,
);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

/// Somebody new, with a passkey and no password.
fn joined(app: &TestApp, name: &str, key: &mut Authenticator) -> (Browser, Answer) {
    let user = app.user(name, AdminRole::None);
    let link = app.link(&user.id, LinkPurpose::Setup);
    let mut browser = app.browser();
    let page = browser.get(&link);
    let answer = browser.submit(&page, &[]);
    let page = browser.follow(answer);
    page.assert(200, "How do you want to sign in?");
    let codes = browser.use_key(&page, "passkey", key);
    let next = codes.link("continue");
    browser.open(&next);
    (browser, codes)
}

pub(super) fn phishing_resistant() -> Policy {
    Policy {
        required_assurance: Some(Assurance::PhishingResistant),
        ..Policy::default()
    }
}

/// Adds a key to somebody who has a password and an app.
pub(super) fn add(
    app: &TestApp,
    browser: &mut Browser,
    purpose: &str,
    key: &mut Authenticator,
) -> Answer {
    let page = browser.open(&format!("/account/new/{purpose}"));
    app.clock.advance(Span::seconds(1));
    browser.use_key(&page, purpose, key)
}

fn a_link_leads_to_a_passkey_and_the_portal(db: &TestDatabase) {
    let app = TestApp::start(db);
    let mut key = Authenticator::new(1);
    let (mut browser, codes) = joined(&app, "bob", &mut key);
    codes.assert(200, "recovery-codes");
    browser.open("/").assert(200, "id=\"sign-out\"");
    let account = browser.open("/account");
    account.assert(200, "Passkey").assert(200, "Set a password");
    assert!(!account.has("id=\"add-security-key\""));
}

fn a_passkey_signs_in_by_itself_and_its_answer_works_once(db: &TestDatabase) {
    let app = TestApp::start(db);
    let mut key = Authenticator::new(1);
    joined(&app, "bob", &mut key);
    let mut browser = app.browser();
    let page = browser.open("/");
    let form = page.key_form("sign-in").unwrap();
    let answer = key.get(&form.options);
    browser
        .send_key(&form, &answer)
        .assert(200, "id=\"sign-out\"");
    // The same answer, in the same browser and in another.
    let ask = browser.get("/signout");
    browser.submit(&ask, &[]);
    assert_ne!(browser.send_key(&form, &answer).status, 200);
    assert!(!browser.is_signed_in());
    let mut other = app.browser();
    let page = other.open("/");
    let own = page.key_form("sign-in").unwrap();
    let stolen = own.clone().with_question_of(&form);
    other.send_key(&stolen, &answer);
    assert!(!other.is_signed_in());
    // The question's own answer, sent twice at once: one of them counts.
    let answer = key.get(&own.options);
    other.send_key(&own, &answer).assert(200, "sign-out");
    assert!(other.is_signed_in());
}

#[test]
fn an_answer_that_is_wrong_in_one_thing_opens_nothing() {
    let db = memory();
    let app = TestApp::start(&db);
    let mut key = Authenticator::new(1);
    joined(&app, "bob", &mut key);
    let attempt = |change: &mut dyn FnMut(&mut Authenticator)| {
        let mut browser = app.browser();
        let page = browser.open("/");
        let form = page.key_form("sign-in").unwrap();
        change(&mut key);
        let answer = key.get(&form.options);
        let answer = browser.send_key(&form, &answer);
        assert_eq!(answer.status == 200, browser.is_signed_in());
        answer
    };
    let mut attempt = attempt;
    attempt(&mut |_| {}).assert(200, "sign-out");
    attempt(&mut |key| key.verifies = false).assert(422, "does not work here");
    attempt(&mut |key| {
        key.verifies = true;
        key.origin = "https://id.example.com.evil.example".into();
    })
    .assert(422, "does not work here");
    // A copy of it, which counts for itself.
    attempt(&mut |key| {
        key.origin = crate::app::PUBLIC_URL.into();
        key.counter = Some(0);
    })
    .assert(422, "does not work here");
    attempt(&mut |key| key.counter = None).assert(422, "does not work here");
    attempt(&mut |key| key.counter = Some(77)).assert(200, "sign-out");
}

#[test]
fn a_page_that_is_too_old_and_a_key_that_nobody_has_open_nothing() {
    let db = memory();
    let app = TestApp::start(&db);
    let mut key = Authenticator::new(1);
    joined(&app, "bob", &mut key);
    let mut browser = app.browser();
    let page = browser.open("/");
    browser
        .use_key(&page, "sign-in", &mut Authenticator::new(2))
        .assert(422, "does not work here");
    let page = browser.open("/");
    app.clock.advance(Span::minutes(21));
    let late = browser.use_key(&page, "sign-in", &mut key);
    assert!(late.status >= 400, "{}", late.body);
    assert!(!browser.is_signed_in());
}

fn a_key_that_verifies_nobody_stands_beside_the_password(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let mut key = Authenticator::touched(1);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let codes = add(&app, &mut browser, "security-key", &mut key);
    codes.assert(200, "recovery-codes");

    let mut other = app.browser();
    let page = other.open("/");
    // Not in the place of the password.
    other
        .use_key(&page, "sign-in", &mut key)
        .assert(422, "does not work here");
    let ask = other.submit_password(&page, "alice", &alice.password);
    let portal = other.use_key(&ask, "second-factor", &mut key);
    portal.assert(200, "id=\"sign-out\"");
}

#[test]
fn a_key_is_registered_once_and_for_its_person() {
    let db = memory();
    let app = TestApp::start(&db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let mut key = Authenticator::new(1);
    let sign_in = |person: &Person| {
        let mut browser = app.browser();
        browser.sign_in(&app, person);
        browser
    };
    let (mut hers, mut his) = (sign_in(&alice), sign_in(&bob));
    add(&app, &mut hers, "passkey", &mut key).assert(200, "recovery-codes");
    add(&app, &mut his, "passkey", &mut key).assert(422, "registered already");
    // Her question, answered in his browser.
    let page = hers.open("/account/new/passkey");
    let form = page.key_form("passkey").unwrap();
    let answer = Authenticator::new(3).create(&form.options);
    let his_page = his.open("/account/new/passkey");
    let his_form = his_page.key_form("passkey").unwrap();
    let mixed = his_form.with_question_of(&form);
    let refused = his.send_key(&mixed, &answer);
    assert!(refused.status >= 400, "{}", refused.body);
    assert!(!his.open("/account").has("device_"));
    // Somebody else's key does not stand beside one's password.
    let mut browser = app.browser();
    let page = browser.open("/");
    let ask = browser.submit_password(&page, "bob", &bob.password);
    assert!(ask.key_form("second-factor").is_none());
}

#[test]
fn the_last_factor_stays_and_others_have_names() {
    let db = memory();
    let app = TestApp::start(&db);
    let mut key = Authenticator::new(1);
    let (mut browser, _) = joined(&app, "bob", &mut key);
    let account = browser.open("/account");
    let (_, device) = account
        .body
        .split_once("href=\"&#x2f;account&#x2f;devices")
        .unwrap();
    let device = crate::app::unescape(device.split('"').next().unwrap());
    let device = format!("/account/devices{device}");
    let page = browser.open(&device);
    let named = browser.submit(&page, &[("name", "Bob's <laptop>")]);
    browser
        .follow(named)
        .assert(200, "Bob&#x27;s &lt;laptop&gt;");
    let csrf = page.field("csrf").unwrap();
    let remove =
        |browser: &mut Browser| browser.post(&format!("{device}/remove"), &[("csrf", &csrf)]);
    remove(&mut browser).assert(422, "This is the last one");
    let mut second = Authenticator::new(2);
    add(&app, &mut browser, "passkey", &mut second);
    let gone = remove(&mut browser);
    let account = browser.follow(gone);
    assert!(!account.has("&lt;laptop&gt;"));
    // What is removed opens nothing.
    let mut other = app.browser();
    let page = other.open("/");
    other
        .use_key(&page, "sign-in", &mut key)
        .assert(422, "does not work here");
    other
        .use_key(&page, "sign-in", &mut second)
        .assert(200, "sign-out");
    // Without a proof of just now nothing is changed.
    app.clock.advance(Span::minutes(11));
    let later = other.open("/account/new/passkey");
    later.assert(200, "id=\"use-sign-in\"");
}

#[test]
fn where_phishing_must_fail_a_passkey_is_set_up_at_the_sign_in() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    app.set_global_policy(&phishing_resistant());
    let mut browser = app.browser();
    let page = browser.open("/");
    let second = browser.submit_password(&page, "alice", &alice.password);
    // The code that she has comes first: nobody sets up a key by her password.
    let enroll = browser.submit_code(&second, &alice.next_code(&app));
    enroll.assert(200, "id=\"use-passkey\"");
    assert!(!enroll.has("otpauth") && !browser.is_signed_in());
    let mut key = Authenticator::new(1);
    let codes = browser.use_key(&enroll, "passkey", &mut key);
    codes.assert(200, "recovery-codes");
    let portal = browser.open(&codes.link("continue"));
    portal.assert(200, "id=\"sign-out\"");
}

fn a_pass_replaces_what_is_lost(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let mut old = app.browser();
    old.sign_in(&app, &alice);
    let pass = app.pass(&alice);
    let mut browser = app.browser();
    let page = browser.open("/");
    let ask = browser.submit_password(&page, "alice", &alice.password);
    ask.assert(200, "id=\"use-pass\"");
    // It is nothing before the password, and used up with its first use.
    let path = format!("{}/pass", ask.action().trim_end_matches("/code"));
    let pass_page = browser.get(&path);
    browser
        .submit_code(&pass_page, "AAAA-BBBB-CCCC-DDDD")
        .assert(422, "problem");
    // The old browser lives until then.
    assert!(old.is_signed_in());
    let enroll = browser.submit_code(&pass_page, &pass);
    enroll.assert(200, "otpauth");
    assert!(!old.is_signed_in() && !browser.is_signed_in());
    let mut again = app.browser();
    let page = again.open("/");
    let ask = again.submit_password(&page, "alice", &alice.password);
    // Whoever knows the password is in no better place than before: a pass is asked for, and this one is used up.
    ask.assert(200, "Enter your pass");
    again.submit_code(&ask, &pass).assert(422, "problem");
    let renewed = Person {
        totp_secret: super::signin::totp_secret(&enroll.body),
        ..alice.clone()
    };
    let code = renewed.next_code(&app);
    let codes = browser.submit_code(&enroll, &code);
    codes.assert(200, "recovery-codes");
    let portal = browser.open(&codes.link("continue"));
    portal.assert(200, "id=\"sign-out\"");
    let mut last = app.browser();
    let page = last.open("/");
    let ask = last.submit_password(&page, "alice", &alice.password);
    ask.assert(200, "name=\"code\"");
    last.submit_code(&ask, &alice.next_code(&app))
        .assert(422, "problem");
    last.submit_code(&ask, &renewed.next_code(&app))
        .assert(200, "sign-out");
}

/// Where a way leads: the portal, or the page that asks for more.
fn reached(page: &Answer) -> &'static str {
    let marks = [
        ("id=\"sign-out\"", "portal"),
        ("otpauth:", "any factor"),
        ("id=\"use-passkey\"", "a key"),
        ("Enter your pass", "a pass"),
        ("name=\"code\"", "a code"),
    ];
    let found = marks.iter().find(|(mark, _)| page.has(mark));
    found.map_or("nothing", |(_, name)| name)
}

/// Every way in, under every assurance that a policy may ask for.
#[test]
fn each_way_leads_as_far_as_it_is_strong() {
    use Assurance::{One, PhishingResistant, Two};
    for (assurance, expected) in [
        (
            One,
            [
                "portal", "portal", "portal", "portal", "portal", "portal", "portal",
            ],
        ),
        (
            Two,
            [
                "a code",
                "portal",
                "portal",
                "any factor",
                "portal",
                "any factor",
                "portal",
            ],
        ),
        (
            PhishingResistant,
            [
                "a code", "a key", "a key", "a key", "portal", "a key", "portal",
            ],
        ),
    ] {
        let db = memory();
        let app = TestApp::start(&db);
        let alice = app.person("alice");
        let codes = app.recovery_codes(&alice);
        let mut key = Authenticator::new(1);
        joined(&app, "bob", &mut key);
        app.set_global_policy(&Policy {
            required_assurance: Some(assurance),
            ..Policy::default()
        });
        let by_password = || {
            let mut browser = app.browser();
            let page = browser.open("/");
            let page = browser.submit_password(&page, "alice", &alice.password);
            (browser, page)
        };
        let then = |step: &str, code: &str| {
            let (mut browser, page) = by_password();
            if reached(&page) == "portal" {
                return "portal";
            }
            let path = format!("{}/{step}", page.action().trim_end_matches("/code"));
            let page = if step == "code" {
                page
            } else {
                browser.get(&path)
            };
            reached(&browser.submit_code(&page, code))
        };
        let invited = |name: &str| {
            let user = app.user(name, AdminRole::None);
            let mut browser = app.browser();
            let page = browser.get(&app.link(&user.id, LinkPurpose::Setup));
            let answer = browser.submit(&page, &[]);
            let page = browser.follow(answer);
            (browser, page)
        };
        let password = reached(&by_password().1);
        let code = then("code", &alice.next_code(&app));
        let recovery = then("recovery-code", &codes[0]);
        let mut browser = app.browser();
        let page = browser.open("/");
        let passkey = reached(&browser.use_key(&page, "sign-in", &mut key));
        let (mut browser, page) = invited("carl");
        let fields = [("password", "a long enough passphrase")];
        let answer = browser.submit(&page, &fields);
        let invite_password = reached(&browser.follow(answer));
        let (mut browser, page) = invited("dora");
        let codes = browser.use_key(&page, "passkey", &mut Authenticator::new(2));
        let invite_passkey = reached(&browser.open(&codes.link("continue")));
        // Last, since it takes away what the others are done with.
        let pass = then("pass", &app.pass(&alice));
        let all = [
            password,
            code,
            recovery,
            pass,
            passkey,
            invite_password,
            invite_passkey,
        ];
        assert_eq!(all, expected, "{assurance:?}");
    }
}

#[test]
fn a_pass_lasts_fifteen_minutes_and_the_latest_counts() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let (first, second) = (app.pass(&alice), app.pass(&alice));
    let mut browser = app.browser();
    let page = browser.open("/");
    let ask = browser.submit_password(&page, "alice", &alice.password);
    let path = format!("{}/pass", ask.action().trim_end_matches("/code"));
    let pass_page = browser.get(&path);
    browser
        .submit_code(&pass_page, &first)
        .assert(422, "problem");
    app.clock.advance(Span::minutes(15));
    let late = browser.submit_code(&pass_page, &second);
    assert!(!late.has("otpauth"));
    // Nothing was taken away by it.
    browser
        .submit_code(&ask, &alice.next_code(&app))
        .assert(200, "sign-out");
}

/// A sign-in that had got as far as the code of the lost phone gets no further.
#[test]
fn what_the_lost_phone_proved_in_another_sign_in_is_nothing_after_the_pass() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    app.set_global_policy(&phishing_resistant());
    let mut thief = app.browser();
    let page = thief.open("/");
    let second = thief.submit_password(&page, "alice", &alice.password);
    let enroll = thief.submit_code(&second, &alice.next_code(&app));
    enroll.assert(200, "id=\"use-passkey\"");
    let pass = app.pass(&alice);
    app.clock.advance(Span::seconds(1));
    let mut browser = app.browser();
    let page = browser.open("/");
    let ask = browser.submit_password(&page, "alice", &alice.password);
    let path = format!("{}/pass", ask.action().trim_end_matches("/code"));
    let pass_page = browser.get(&path);
    browser
        .submit_code(&pass_page, &pass)
        .assert(200, "id=\"use-passkey\"");
    let refused = thief.use_key(&enroll, "passkey", &mut Authenticator::new(9));
    refused.assert(200, "Enter your pass");
    assert!(!thief.is_signed_in());
}

#[test]
fn after_a_reset_the_password_alone_sets_nothing_up() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let op = app.op();
    let credentials = &app.services.credentials;
    wait(credentials.reset_second_factors(&op, &alice.id)).unwrap();
    app.clock.advance(Span::seconds(1));
    let link = app.link(&alice.id, LinkPurpose::Recovery);
    let mut browser = app.browser();
    let page = browser.get(&link);
    let answer = browser.submit(&page, &[]);
    let page = browser.follow(answer);
    assert!(page.key_form("passkey").is_none());
    let answer = browser.submit(&page, &[("password", "a wholly new passphrase")]);
    let page = browser.follow(answer);
    page.assert(200, "Enter your pass");
    let pass = app.pass(&alice);
    let enroll = browser.submit_code(&page, &pass);
    enroll.assert(200, "otpauth");
    assert_ne!(super::signin::totp_secret(&enroll.body), alice.totp_secret);
}
