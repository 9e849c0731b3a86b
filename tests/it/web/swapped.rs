//! Nobody finds themselves signed in as somebody else: a sign-in goes on in the browser that has it, and a seed is shown in
//! the sign-in that made it.

use signet::model::{AdminRole, Assurance, Span};
use signet::policy::Policy;

use crate::app::{AuthnRequest, Browser, Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(
    a_sign_in_that_no_browser_has_opened_is_gone_on_with_by_none,
    a_seed_that_was_shown_before_a_new_password_is_not_shown_again,
);

/// By a request without cookies, as a form of another site makes it: the address of its sign-in.
fn begun_without_a_browser(app: &TestApp<'_>, request: &AuthnRequest) -> String {
    let form = request.form();
    let fields: Vec<_> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = app.browser().post_from_elsewhere("/saml/sso", &fields);
    assert!(answer.location().starts_with("/signin/"));
    answer.location().to_owned()
}

/// Mallory goes on, up to the last step, with a sign-in that she has never opened; then somebody else is made to open it.
fn a_sign_in_that_no_browser_has_opened_is_gone_on_with_by_none(db: &TestDatabase) {
    let app = TestApp::start(db);
    let (mallory, alice) = (app.person("mallory"), app.person("alice"));
    let sp = app.service_provider("sp.example", |_| {});
    for person in [&mallory, &alice] {
        app.assign_to(&sp, person);
    }
    let path = begun_without_a_browser(&app, &AuthnRequest::of(&app, &sp));
    let mut attacker = app.browser();
    // A page of her own gives her browser its binding and the token of forms.
    let csrf = attacker.open("/").field("csrf").unwrap();
    let fields = [
        ("csrf", csrf.as_str()),
        ("user_name", "mallory"),
        ("password", mallory.password.as_str()),
    ];
    let refused = attacker.post(&format!("{path}/password"), &fields);
    assert_eq!(refused.status, 410, "{}", refused.body);
    let code = mallory.next_code(&app);
    attacker.post(&format!("{path}/code"), &[("csrf", &csrf), ("code", &code)]);
    let mut victim = app.browser();
    let page = victim.open(&path);
    page.assert(200, "name=\"password\"");
    assert!(!victim.is_signed_in());
    // For whoever opens it, it is a sign-in like any other; and for nobody else any more.
    victim
        .complete(&app, &page, &alice)
        .assert(200, "saml-post");
    assert_eq!(attacker.get(&path).status, 410);
}

/// The page on which somebody without a second factor is shown a seed.
fn up_to_the_seed(browser: &mut Browser, person: &Person) -> String {
    let page = browser.open("/");
    let page = browser.submit_password(&page, &person.user_name, &person.password);
    page.assert(200, "id=\"totp-secret\"");
    seed(&page.body)
}

fn seed(page: &str) -> String {
    let (_, rest) = page.split_once("id=\"totp-secret\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

fn a_seed_that_was_shown_before_a_new_password_is_not_shown_again(db: &TestDatabase) {
    let app = TestApp::start(db);
    app.set_global_policy(&Policy {
        required_assurance: Some(Assurance::Two),
        ..Policy::default()
    });
    let alice = Person {
        id: app.user("alice", AdminRole::None).id,
        user_name: "alice".into(),
        password: "correct horse battery staple".into(),
        totp_secret: String::new(),
    };
    app.set_password(&alice.id, &alice.password);
    let mut attacker = app.browser();
    let known = up_to_the_seed(&mut attacker, &alice);
    // A reload shows the same one, so that what was scanned works.
    let again = attacker.open("/");
    assert_eq!(seed(&again.body), known);
    // Another sign-in, before and after a new password, another one.
    assert_ne!(up_to_the_seed(&mut app.browser(), &alice), known);
    app.clock.advance(Span::seconds(1));
    let password = "another long pass phrase";
    app.set_password(&alice.id, password);
    let alice = Person {
        password: password.into(),
        ..alice
    };
    let shown = up_to_the_seed(&mut app.browser(), &alice);
    assert_ne!(shown, known);
    // Nor does the first sign-in take its code: what was proved in it was proved with the old password.
    let page = attacker.open("/");
    page.assert(200, "name=\"password\"");
}

#[test]
fn a_seed_is_not_shown_for_longer_than_a_sign_in_lasts() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let user = wait(app.services.directory.user(&alice.id))
        .unwrap()
        .unwrap();
    let begin = |place: &str| {
        let credentials = &app.services.credentials;
        let begun = wait(credentials.begin_totp(&app.op(), &user, place)).unwrap();
        begun.secret_base32
    };
    let first = begin("one");
    assert_eq!(begin("one"), first);
    assert_ne!(begin("two"), first);
    app.clock.advance(Span::minutes(20));
    assert_ne!(begin("one"), first);
}
