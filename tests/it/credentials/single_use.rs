//! Codes and links work once, however many try at the same time.

use signet::audit::LinkPurpose;
use signet::credentials::CodeOutcome;
use signet::model::Span;

use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine, rows};

on_every_engine!(
    one_totp_code_signs_in_one_of_thirty_two,
    no_earlier_step_after_a_later_one,
    one_recovery_code_signs_in_one_of_thirty_two,
    one_link_opens_for_one_of_thirty_two,
    a_link_ends_and_a_newer_one_ends_it,
);

fn winners(run: impl Fn() -> bool + Sync) -> usize {
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..32).map(|_| scope.spawn(&run)).collect();
        let won = running.into_iter().map(|thread| thread.join().unwrap());
        won.filter(|won| *won).count()
    })
}

fn one_totp_code_signs_in_one_of_thirty_two(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let code = alice.next_code(&app);
    let won = winners(|| {
        let op = app.op();
        let verified = app.services.credentials.verify_totp(&op, &alice.id, &code);
        wait(verified).unwrap() == CodeOutcome::Verified
    });
    assert_eq!(won, 1);
}

fn no_earlier_step_after_a_later_one(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    app.clock.advance(Span::minutes(5));
    let now = app.clock.now();
    let at = |seconds: i64| alice.code_at(now.plus(Span::seconds(seconds)));
    let verify = |code: &str| {
        let op = app.op();
        wait(app.services.credentials.verify_totp(&op, &alice.id, code)).unwrap()
    };
    for outside in [at(-60), at(60), at(3_600)] {
        assert_eq!(verify(&outside), CodeOutcome::Refused);
    }
    assert_eq!(verify(&at(0)), CodeOutcome::Verified);
    assert_eq!(verify(&at(-30)), CodeOutcome::Refused);
    assert_eq!(verify(&at(0)), CodeOutcome::Refused);
    // As apps show it, and the step after the current one, for a phone that is ahead.
    let ahead = at(30);
    assert_eq!(
        verify(&format!("{} {}", &ahead[..3], &ahead[3..])),
        CodeOutcome::Verified
    );
    for wrong in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
        assert!(!matches!(verify(wrong), CodeOutcome::Verified), "{wrong}");
    }
}

fn one_recovery_code_signs_in_one_of_thirty_two(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let codes = app.recovery_codes(&alice);
    let mut distinct = codes.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 10);
    let won = winners(|| {
        let op = app.op();
        let verified = app
            .services
            .credentials
            .verify_recovery_code(&op, &alice.id, &codes[0]);
        wait(verified).unwrap() == CodeOutcome::Verified
    });
    assert_eq!(won, 1);
    let stored = rows(db.store(), "SELECT code_hash FROM recovery_codes", vec![]);
    assert!(
        stored
            .iter()
            .all(|row| !codes.contains(&row.text("code_hash").unwrap()))
    );
    // New ones end the old ones.
    app.clock.advance(Span::hours(1));
    let new = app.recovery_codes(&alice);
    let op = app.op();
    let verify = |code: &str| {
        wait(
            app.services
                .credentials
                .verify_recovery_code(&op, &alice.id, code),
        )
        .unwrap()
    };
    assert_eq!(verify(&codes[1]), CodeOutcome::Refused);
    // Typed by hand: small letters, without the hyphens.
    assert_eq!(
        verify(&new[1].to_lowercase().replace('-', "")),
        CodeOutcome::Verified
    );
}

fn one_link_opens_for_one_of_thirty_two(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let link = app.link(&alice.id, LinkPurpose::Recovery);
    let token = link.rsplit('/').next().unwrap();
    let won = winners(|| {
        let op = app.op();
        wait(app.services.credentials.redeem_link(&op, token))
            .unwrap()
            .is_some()
    });
    assert_eq!(won, 1);
    let stored = rows(db.store(), "SELECT token_hash FROM one_time_links", vec![]);
    assert!(
        stored
            .iter()
            .all(|row| row.text("token_hash").unwrap() != token)
    );
}

fn a_link_ends_and_a_newer_one_ends_it(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let token = |link: &str| link.rsplit('/').next().unwrap().to_owned();
    let redeem = |token: &str| {
        let op = app.op();
        wait(app.services.credentials.redeem_link(&op, token)).unwrap()
    };
    let first = token(&app.link(&alice.id, LinkPurpose::Setup));
    let second = token(&app.link(&alice.id, LinkPurpose::Setup));
    assert_eq!(redeem(&first), None);
    app.clock.advance(Span::millis(3_600_000 - 1));
    let op = app.op();
    assert_eq!(
        wait(app.services.credentials.peek_link(&op, &second)).unwrap(),
        Some(alice.id.clone())
    );
    app.clock.advance(Span::millis(1));
    assert_eq!(redeem(&second), None);
    assert_eq!(redeem("no token"), None);
    // A disabled person's links end with them.
    let third = token(&app.link(&alice.id, LinkPurpose::Setup));
    app.disable(&alice);
    assert_eq!(redeem(&third), None);
}
