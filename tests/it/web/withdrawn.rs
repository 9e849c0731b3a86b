//! A right that is withdrawn between any two steps stops the next step.

use signet::model::{AppState, NameIdFormat, Span};

use crate::app::{Answer, AuthnRequest, Browser, Person, ServiceProviderApp, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase};

type Change = fn(&TestApp, &Person, &ServiceProviderApp);

const CHANGES: [(&str, Change); 3] = [
    ("disabled person", |app, person, _| app.disable(person)),
    ("disabled application", |app, _, sp| {
        app.set_app_state(sp, AppState::Disabled)
    }),
    ("ended assignment", |app, person, sp| {
        let assignment = signet::model::AppAssignment {
            app_id: sp.application.id.clone(),
            principal: signet::model::Principal::User(person.id.clone()),
        };
        assert!(wait(app.services.apps.unassign(&app.op(), assignment)).unwrap());
    }),
];

/// A change that stops what began before it, and nothing that begins after it.
const MOVED_ENDPOINT: (&str, Change) = ("endpoint taken from the registration", |app, _, sp| {
    app.change_registration(sp, |saml| {
        for acs in &mut saml.assertion_consumer_services {
            acs.acs_url = "https://elsewhere.example/acs".into();
        }
    });
});

/// The steps of a sign-in, each with what the person does next.
struct Flow<'a> {
    app: &'a TestApp<'a>,
    alice: Person,
    sp: ServiceProviderApp,
    browser: Browser,
}

impl Flow<'_> {
    /// Runs the flow with the change before step `at`; the last answer.
    fn run(&mut self, at: usize, change: Change) -> Answer {
        let here = |step: usize, flow: &Self| {
            if step == at {
                change(flow.app, &flow.alice, &flow.sp);
            }
        };
        let request = AuthnRequest::of(self.app, &self.sp);
        here(0, self);
        let page = self.browser.open(&request.redirect());
        if page.field("password").is_none() && !page.has("name=\"password\"") {
            return page;
        }
        here(1, self);
        let page = self
            .browser
            .submit_password(&page, "alice", &self.alice.password);
        if !page.has("name=\"code\"") {
            return page;
        }
        here(2, self);
        let code = self.alice.next_code(self.app);
        let answer = self.browser.submit(&page, &[("code", &code)]);
        if answer.status != 303 {
            return answer;
        }
        here(3, self);
        // The dispatcher makes the session and comes back.
        let answer = self.browser.get(answer.location());
        if answer.status != 303 {
            return answer;
        }
        here(4, self);
        self.browser.follow(answer)
    }
}

#[test]
fn nothing_is_issued_after_a_right_is_withdrawn_at_any_step() {
    for (name, change) in CHANGES.into_iter().chain([MOVED_ENDPOINT]) {
        for at in 0..5 {
            let db = TestDatabase::new(EngineKind::SqliteInMemory);
            let app = TestApp::start(&db);
            let alice = app.person("alice");
            let sp = app.service_provider("sp.example", |_| {});
            app.assign_to(&sp, &alice);
            let browser = app.browser();
            let mut flow = Flow {
                app: &app,
                alice,
                sp,
                browser,
            };
            let last = flow.run(at, change);
            assert!(
                !last.has("SAMLResponse"),
                "{name} before step {at}: {}",
                last.body
            );
        }
    }
}

#[test]
fn a_session_of_a_disabled_person_is_over() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    app.disable(&alice);
    assert!(!browser.is_signed_in());
    let page = browser.open("/");
    let answer = browser.submit_password(&page, "alice", &alice.password);
    assert!(!answer.has("name=\"code\""), "{}", answer.body);
    let op = app.op();
    let enable =
        app.services
            .directory
            .set_user_state(&op, &alice.id, signet::model::UserState::Active);
    wait(enable).unwrap();
    assert!(!browser.is_signed_in(), "the old session came back");
}

#[test]
fn with_an_existing_session_each_request_is_decided_anew() {
    for (name, change) in CHANGES {
        let db = TestDatabase::new(EngineKind::SqliteInMemory);
        let app = TestApp::start(&db);
        let alice = app.person("alice");
        let sp = app.service_provider("sp.example", |_| {});
        app.assign_to(&sp, &alice);
        let mut browser = app.browser();
        browser.sign_in(&app, &alice);
        browser
            .open(&AuthnRequest::of(&app, &sp).redirect())
            .assert(200, "saml-post");
        change(&app, &alice, &sp);
        let answer = browser.open(&AuthnRequest::of(&app, &sp).redirect());
        assert!(!answer.has("SAMLResponse"), "{name}");
        app.clock.advance(Span::seconds(1));
        let answer = browser.open(&format!("/saml/start/{}", sp.application.id));
        assert!(!answer.has("SAMLResponse"), "{name}");
    }
}

#[test]
fn a_format_or_start_that_is_taken_from_the_registration_during_a_sign_in_is_not_used() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |sp| sp.allow_idp_initiated = true);
    app.assign_to(&sp, &alice);

    let mut browser = app.browser();
    let page = browser.open(&format!("/saml/start/{}", sp.application.id));
    app.change_registration(&sp, |saml| saml.allow_idp_initiated = false);
    let answer = browser.complete(&app, &page, &alice);
    assert_eq!(answer.status, 403, "{}", answer.body);

    let mut browser = app.browser();
    let page = browser.open(&AuthnRequest::of(&app, &sp).redirect());
    app.change_registration(&sp, |saml| {
        saml.name_id_formats = vec![NameIdFormat::EmailAddress];
        saml.default_name_id_format = NameIdFormat::EmailAddress;
    });
    let answer = browser.complete(&app, &page, &alice);
    assert!(!answer.has("SAMLResponse"), "{}", answer.body);
    assert_eq!(answer.status, 410, "{}", answer.body);
}

#[test]
fn what_another_node_changes_counts_at_once_though_the_registration_is_remembered() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = || AuthnRequest::of(&app, &sp).redirect();
    browser.open(&request()).assert(200, "saml-post");
    browser.open(&request()).assert(200, "saml-post");
    app.change_registration(&sp, |saml| saml.require_signed_requests = true);
    let answer = browser.open(&request());
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(!answer.has("SAMLResponse"));
    // And back: what is remembered as forbidden is allowed again.
    app.change_registration(&sp, |saml| saml.require_signed_requests = false);
    browser.open(&request()).assert(200, "saml-post");
}
