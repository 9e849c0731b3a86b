//! A hundred failures end a credential, until somebody sets a new one: neither time nor the sweep does.

use signet::credentials::{CodeOutcome, PasswordOutcome};
use signet::model::{Secret, Span};
use signet::store::failure_counters;

use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine, rows};

on_every_engine!(
    neither_time_nor_the_sweep_opens_an_ended_password,
    a_new_device_can_be_set_up_where_guesses_have_ended_the_old_ones_codes,
    whoever_is_deleted_leaves_no_counter,
);

/// Ninety-nine failures, whose last one was long enough ago for another attempt.
fn ninety_nine(app: &TestApp<'_>, key: String) {
    let last = app.clock.now().minus(Span::hours(1));
    app.services
        .store
        .write_blocking(move |txn| failure_counters::put(txn, &key, (99, last), last))
        .unwrap();
}

fn verify(app: &TestApp<'_>, name: &str, password: &str) -> PasswordOutcome {
    let (op, password) = (app.op(), Secret::from_text(password.into()));
    let credentials = &app.services.credentials;
    wait(credentials.verify_password(&op, name, password, None)).unwrap()
}

fn verify_code(app: &TestApp<'_>, person: &Person, code: &str) -> CodeOutcome {
    let op = app.op();
    wait(app.services.credentials.verify_totp(&op, &person.id, code)).unwrap()
}

/// After so long that whatever expires has expired.
fn sweep_later(app: &TestApp<'_>) {
    app.clock.advance(Span::days(40));
    while wait(app.services.store.sweep(app.clock.now()))
        .unwrap()
        .more
    {}
}

fn neither_time_nor_the_sweep_opens_an_ended_password(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    ninety_nine(&app, format!("password:{}:", alice.id));
    assert_eq!(verify(&app, "nobody", "x"), PasswordOutcome::Refused);
    assert_eq!(verify(&app, "alice", "wrong"), PasswordOutcome::Refused);
    sweep_later(&app);
    let ended = verify(&app, "alice", &alice.password);
    assert!(matches!(ended, PasswordOutcome::Locked { .. }), "{ended:?}");
    let counters = "SELECT failures FROM failure_counters";
    assert_eq!(
        rows(db.store(), counters, vec![]).len(),
        1,
        "a name that nobody has is kept for a day"
    );
    app.set_password(&alice.id, "another long pass phrase");
    let verified = verify(&app, "alice", "another long pass phrase");
    assert_eq!(verified, PasswordOutcome::Verified(alice.id));
}

fn a_new_device_can_be_set_up_where_guesses_have_ended_the_old_ones_codes(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    ninety_nine(&app, format!("totp:{}:", alice.id));
    assert_eq!(verify_code(&app, &alice, "000000"), CodeOutcome::Refused);
    sweep_later(&app);
    let right = alice.code_at(app.clock.now());
    let ended = verify_code(&app, &alice, &right);
    assert!(matches!(ended, CodeOutcome::Locked { .. }), "{ended:?}");
    let credentials = &app.services.credentials;
    wait(credentials.reset_second_factors(&app.op(), &alice.id)).unwrap();
    let user = wait(app.services.directory.user(&alice.id)).unwrap();
    let device = wait(credentials.begin_totp(&app.op(), &user.unwrap(), "here")).unwrap();
    let alice = Person {
        totp_secret: device.secret_base32.clone(),
        ..alice
    };
    let first = alice.code_at(app.clock.now());
    let (op, id) = (app.op(), (&device.device_id, ""));
    let confirmed = wait(credentials.confirm_totp(&op, &alice.id, id, &first));
    assert_eq!(confirmed.unwrap(), CodeOutcome::Verified);
    // The code that confirmed it is used up.
    assert_eq!(verify_code(&app, &alice, &first), CodeOutcome::Refused);
    app.clock.advance(Span::seconds(30));
    let next = alice.code_at(app.clock.now());
    assert_eq!(verify_code(&app, &alice, &next), CodeOutcome::Verified);
}

/// Also beside the old device: what is guessed at a sign-in is not what confirms a device that one has in the hand.
#[test]
fn an_enrolment_has_a_counter_of_its_own() {
    let db = TestDatabase::new(crate::store::engines::EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    ninety_nine(&app, format!("totp:{}:", alice.id));
    assert_eq!(verify_code(&app, &alice, "000000"), CodeOutcome::Refused);
    let credentials = &app.services.credentials;
    let user = wait(app.services.directory.user(&alice.id)).unwrap();
    let device = wait(credentials.begin_totp(&app.op(), &user.unwrap(), "here")).unwrap();
    let second = Person {
        totp_secret: device.secret_base32.clone(),
        ..alice
    };
    let (op, id) = (app.op(), (&device.device_id, ""));
    for _ in 0..5 {
        let wrong = wait(credentials.confirm_totp(&op, &second.id, id, "000000"));
        assert_eq!(wrong.unwrap(), CodeOutcome::Refused);
    }
    let right = second.code_at(app.clock.now());
    let locked = wait(credentials.confirm_totp(&op, &second.id, id, &right)).unwrap();
    assert!(matches!(locked, CodeOutcome::Locked { .. }), "{locked:?}");
    app.clock.advance(Span::seconds(30));
    let (op, right) = (app.op(), second.code_at(app.clock.now()));
    let confirmed = wait(credentials.confirm_totp(&op, &second.id, id, &right));
    assert_eq!(confirmed.unwrap(), CodeOutcome::Verified);
}

fn whoever_is_deleted_leaves_no_counter(db: &TestDatabase) {
    let app = TestApp::start(db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    for name in ["alice", "bob"] {
        assert_eq!(verify(&app, name, "wrong"), PasswordOutcome::Refused);
    }
    verify_code(&app, &alice, "000000");
    wait(app.services.directory.delete_user(&app.op(), &alice.id)).unwrap();
    let left = rows(
        db.store(),
        "SELECT counter_key FROM failure_counters",
        vec![],
    );
    let left: Vec<String> = left
        .iter()
        .map(|row| row.text("counter_key").unwrap())
        .collect();
    assert_eq!(left, [format!("password:{}:", bob.id)]);
}
