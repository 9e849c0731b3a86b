//! What is kept of an attempt, for how long, and what never is.

use signet::model::{RequestId, Span, Trace, TraceOutcome};

use super::World;
use crate::app::clients::{Authorize, VERIFIER};
use crate::app::{AuthnRequest, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(
    one_sign_in_is_one_trace_from_the_request_to_the_answer,
    failing_ones_come_first_and_all_are_gone_after_a_day,
    nodes_may_write_the_steps_of_a_sign_in_in_any_order,
);

fn one_sign_in_is_one_trace_from_the_request_to_the_answer(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    let list = || wait(app.services.traces.newest(&app.op(), None, 10)).unwrap();
    let path = AuthnRequest::of(&app, &sp).redirect();
    let mut browser = app.browser();
    let page = browser.open(&path);
    let waiting = &list()[0];
    assert_eq!(waiting.trace.outcome, TraceOutcome::Waiting);
    assert_eq!(waiting.app_name.as_deref(), Some("sp.example"));
    assert!(waiting.user_name.is_none());
    // A reload is the same sign-in, and the same trace.
    browser.open(&path);
    assert_eq!(list().len(), 1);

    let denied = browser.submit_password(&page, &alice.user_name, &alice.password);
    denied.assert(403, "");
    let refused = list();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].trace.outcome, TraceOutcome::Refused);
    assert_eq!(refused[0].trace.rule.as_deref(), Some("not_assigned"));
    assert_eq!(refused[0].user_name.as_deref(), Some("alice"));
    // The id that the page shows leads to it.
    let request_id = refused[0].trace.request_id.to_string();
    assert!(denied.has(&request_id), "{}", denied.body);
    let by_page = wait(app.services.traces.find(&app.op(), &request_id)).unwrap();
    assert_eq!(by_page.unwrap().trace.id, refused[0].trace.id);

    // Assigned, the person loads the page again.
    app.assign_to(&sp, &alice);
    let id = refused[0].trace.id.clone();
    let second = browser.open(&format!("/signin/{id}"));
    let posted = browser.submit_code(&second, &alice.next_code(&app));
    posted.assert(200, "saml-post");
    let sent = list();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].trace.outcome, TraceOutcome::Sent);
    assert_eq!(
        (&sent[0].trace.rule, sent[0].trace.causes.len()),
        (&None, 0)
    );
    assert_eq!(sent[0].trace.endpoint, "sso");
    let answered = &sent[0].trace.answered;
    assert!(
        answered.contains(&("Audience".into(), sp.entity_id.clone())),
        "{answered:?}"
    );
    assert!(!sent[0].trace.asked.is_empty());
}

fn failing_ones_come_first_and_all_are_gone_after_a_day(db: &TestDatabase) {
    let app = TestApp::start(db);
    let sp = app.service_provider("sp.example", |_| {});
    let list = |most| wait(app.services.traces.newest(&app.op(), None, most)).unwrap();
    app.browser().open("/saml/sso");
    app.clock.advance(Span::minutes(1));
    app.browser().open(&AuthnRequest::of(&app, &sp).redirect());
    let outcomes: Vec<_> = list(10).iter().map(|named| named.trace.outcome).collect();
    assert_eq!(outcomes, [TraceOutcome::Refused, TraceOutcome::Waiting]);
    assert_eq!(list(1).len(), 1);
    let of_sp = wait(
        app.services
            .traces
            .newest(&app.op(), Some(&sp.application.id), 10),
    )
    .unwrap();
    assert_eq!(of_sp.len(), 1);

    app.clock.advance(Span::hours(24));
    assert!(list(10).is_empty());
    while wait(db.store().sweep(app.clock.now())).unwrap().more {}
    let left = wait(
        db.store()
            .read(|txn| txn.query("SELECT id FROM traces", &[])),
    )
    .unwrap();
    assert!(left.is_empty());
}

/// The end of a sign-in at one node may be written before its beginning at another.
fn nodes_may_write_the_steps_of_a_sign_in_in_any_order(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    let page = browser.open(&AuthnRequest::of(&app, &sp).redirect());
    let one = || {
        wait(app.services.traces.newest(&app.op(), None, 10))
            .unwrap()
            .remove(0)
            .trace
    };
    let begun = one();
    browser
        .complete(&app, &page, &alice)
        .assert(200, "saml-post");
    let ended = one();
    let emptied = db
        .store()
        .write(|txn| txn.execute("DELETE FROM traces", &[]));
    wait(emptied).unwrap();
    for step in [
        Trace {
            endpoint: "signin".into(),
            asked: Vec::new(),
            started_at: ended.updated_at,
            ..ended.clone()
        },
        begun,
    ] {
        app.services.traces.note(step);
        wait(app.services.traces.flush()).unwrap();
    }
    assert_eq!(one(), ended);
}

/// A person who gives up after a refusal: the application is told, and the reason stays.
#[test]
fn giving_up_leaves_the_reason() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let world = World::new(&db);
    let sp = world.app.service_provider("sp.example", |_| {});
    let mut browser = world.browser();
    let denied = browser.open(&AuthnRequest::of(&world.app, &sp).redirect());
    browser.submit(&denied, &[]).assert(200, "saml-post");
    let told = &world.traces()[0].trace;
    assert_eq!(told.outcome, TraceOutcome::Told);
    assert_eq!(told.rule.as_deref(), Some("not_assigned"));
    assert!(told.causes[0].cause.contains("is not assigned"));
}

/// States, codes, verifiers, secrets and tokens are nowhere in it; neither is what is said about the person.
#[test]
fn nothing_secret_is_kept() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let world = World::new(&db);
    let sp = world.app.service_provider("sp.example", |_| {});
    world.app.assign_to(&sp, &world.alice);
    let mut request = AuthnRequest::of(&world.app, &sp);
    request.relay_state = Some("secret-relay-state".into());
    world
        .browser()
        .open(&request.redirect())
        .assert(200, "saml-post");

    let rp = world.app.client("rp", |_| {});
    world.app.assign_client(&rp, &world.alice);
    let request = Authorize::of(&rp)
        .with("scope", "openid offline_access")
        .with("state", "secret-state")
        .with("nonce", "secret-nonce")
        .with("login_hint", "secret-hint");
    let code = world.browser().code(&request);
    let tokens = world.app.browser().redeem(&rp, &code).json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    world.app.browser().refresh(&rp, refresh);

    let traces = world.traces();
    assert_eq!(traces.len(), 4, "{traces:?}");
    assert!(
        traces
            .iter()
            .all(|named| named.trace.outcome == TraceOutcome::Sent)
    );
    let kept = serde_json::to_string(&traces).unwrap();
    let tokens = ["access_token", "id_token", "refresh_token"].map(|t| tokens[t].as_str().unwrap());
    let known = [
        code.as_str(),
        VERIFIER,
        &rp.secret,
        "alice Ω",
        "alice@example.com",
        "secret-",
    ];
    for secret in tokens.into_iter().chain(known) {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
}

/// Under load not every success is kept, and every failure is.
#[test]
fn of_many_successes_at_once_some_are_kept() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let world = World::new(&db);
    let sp = world.app.service_provider("sp.example", |_| {});
    world.app.assign_to(&sp, &world.alice);
    let path = AuthnRequest::of(&world.app, &sp).redirect();
    world.browser().open(&path).assert(200, "saml-post");
    let one = world.traces().remove(0).trace;
    for number in 0..100u8 {
        let request_id = RequestId::from_random([number; 16]);
        let outcome = if number < 60 {
            TraceOutcome::Sent
        } else {
            TraceOutcome::Refused
        };
        world.app.services.traces.note(Trace {
            id: request_id.to_string(),
            request_id,
            outcome,
            ..one.clone()
        });
    }
    let kept = world.traces();
    let refused = kept
        .iter()
        .filter(|t| t.trace.outcome == TraceOutcome::Refused);
    assert_eq!((refused.count(), kept.len()), (40, 1 + 20 + 40));
}

/// A stranger who asks for ever costs no more than so many rows.
#[test]
fn more_than_can_be_kept_is_left_out() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let sp = app.service_provider("sp.example", |_| {});
    app.browser().open(&AuthnRequest::of(&app, &sp).redirect());
    let one = wait(app.services.traces.newest(&app.op(), None, 1))
        .unwrap()
        .remove(0)
        .trace;
    for number in 0..5_000 {
        app.services.traces.note(signet::model::Trace {
            id: format!("t{number}"),
            ..one.clone()
        });
    }
    wait(app.services.traces.flush()).unwrap();
    let kept = wait(app.services.traces.newest(&app.op(), None, 10_000)).unwrap();
    assert_eq!(kept.len(), 4_096 + 1);
    let keep = db
        .store()
        .write(|txn| signet::store::traces::keep_newest(txn, 10));
    wait(keep).unwrap();
    assert!(
        wait(app.services.traces.newest(&app.op(), None, 10_000))
            .unwrap()
            .len()
            >= 10
    );
}
