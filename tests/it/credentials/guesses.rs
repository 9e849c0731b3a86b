//! Guessing: every attempt is charged before it is looked at, under one counter for every spelling of a name.

use signet::credentials::PasswordOutcome;
use signet::model::{Secret, Span};

use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine, rows};

on_every_engine!(
    fifty_guesses_at_once_count_fifty_attempts,
    every_spelling_of_a_name_has_one_counter,
    a_known_browser_has_a_counter_of_its_own,
    a_right_password_sets_the_counter_back,
    nobody_is_counted_too_and_never_made,
);

fn verify(app: &TestApp, name: &str, password: &str, browser: Option<&str>) -> PasswordOutcome {
    let op = app.op();
    let password = Secret::from_text(password.into());
    wait(
        app.services
            .credentials
            .verify_password(&op, name, password, browser),
    )
    .unwrap()
}

fn counters(db: &TestDatabase) -> Vec<i64> {
    let found = rows(
        db.store(),
        "SELECT failures FROM failure_counters ORDER BY failures",
        vec![],
    );
    found
        .iter()
        .map(|row| row.int("failures").unwrap())
        .collect()
}

/// However many are in flight, no more are looked at than the counter allows.
fn fifty_guesses_at_once_count_fifty_attempts(db: &TestDatabase) {
    let app = TestApp::with(db, |settings| settings.hash_queue = 64);
    let alice = app.person("alice");
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..50)
            .map(|n| {
                let app = &app;
                scope.spawn(move || verify(app, "alice", &format!("guess number {n}"), None))
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let looked_at = outcomes
        .iter()
        .filter(|o| **o == PasswordOutcome::Refused)
        .count();
    let locked = outcomes
        .iter()
        .filter(|o| matches!(o, PasswordOutcome::Locked { .. }))
        .count();
    assert_eq!((looked_at, locked), (5, 45), "{outcomes:?}");
    assert_eq!(counters(db), [5]);
    // The right one is not looked at either, now.
    assert!(matches!(
        verify(&app, "alice", &alice.password, None),
        PasswordOutcome::Locked { .. }
    ));
}

fn every_spelling_of_a_name_has_one_counter(db: &TestDatabase) {
    let app = TestApp::start(db);
    app.person("alice");
    for name in [
        "alice",
        "ALICE",
        "Alice",
        "alice@example.com",
        "ALICE@EXAMPLE.COM",
    ] {
        assert_eq!(
            verify(&app, name, "a wrong password", None),
            PasswordOutcome::Refused,
            "{name}"
        );
    }
    // U+FF41..: the same letters, full width.
    let wide = verify(&app, "ａｌｉｃｅ", "a wrong password", None);
    assert!(matches!(wide, PasswordOutcome::Locked { .. }), "{wide:?}");
    assert_eq!(counters(db), [5]);
}

fn known_browser(app: &TestApp, person: &Person) -> String {
    let op = app.op();
    let secret = op.entropy.token();
    wait(
        app.services
            .credentials
            .remember_browser(&op, &person.id, &secret),
    )
    .unwrap();
    secret
}

fn a_known_browser_has_a_counter_of_its_own(db: &TestDatabase) {
    let app = TestApp::start(db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let browser = known_browser(&app, &alice);
    for n in 0..8 {
        verify(&app, "alice", &format!("guess {n}"), None);
        verify(&app, "bob", &format!("guess {n}"), None);
    }
    let right = verify(&app, "alice", &alice.password, Some(&browser));
    assert_eq!(right, PasswordOutcome::Verified(alice.id.clone()));
    // Somebody else's browser, or one that says so itself, is not hers.
    for other in [browser.as_str(), "x", &"A".repeat(43)] {
        let bobs = verify(&app, "bob", &bob.password, Some(other));
        assert!(matches!(bobs, PasswordOutcome::Locked { .. }), "{bobs:?}");
    }
    // The known browser's guesses are counted as well.
    for n in 0..5 {
        verify(&app, "alice", &format!("guess {n}"), Some(&browser));
    }
    let locked = verify(&app, "alice", &alice.password, Some(&browser));
    assert!(
        matches!(locked, PasswordOutcome::Locked { .. }),
        "{locked:?}"
    );
}

fn a_right_password_sets_the_counter_back(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    for _ in 0..3 {
        for n in 0..4 {
            assert_eq!(
                verify(&app, "alice", &format!("guess {n}"), None),
                PasswordOutcome::Refused
            );
        }
        assert_eq!(
            verify(&app, "alice", &alice.password, None),
            PasswordOutcome::Verified(alice.id.clone())
        );
    }
    assert!(counters(db).is_empty());
    // A wait that is over lets one try at a time.
    for n in 0..5 {
        verify(&app, "alice", &format!("guess {n}"), None);
    }
    app.clock.advance(Span::seconds(30));
    assert_eq!(
        verify(&app, "alice", "guess", None),
        PasswordOutcome::Refused
    );
    assert!(matches!(
        verify(&app, "alice", "guess", None),
        PasswordOutcome::Locked { .. }
    ));
}

fn nobody_is_counted_too_and_never_made(db: &TestDatabase) {
    let app = TestApp::start(db);
    for n in 0..5 {
        assert_eq!(
            verify(&app, "Nobody", &format!("guess {n}"), None),
            PasswordOutcome::Refused
        );
    }
    assert!(matches!(
        verify(&app, "nobody", "guess", None),
        PasswordOutcome::Locked { .. }
    ));
    let keys = rows(
        db.store(),
        "SELECT counter_key FROM failure_counters",
        vec![],
    );
    // People type passwords into this field: the name is not stored readably.
    assert!(
        !keys[0]
            .text("counter_key")
            .unwrap()
            .to_lowercase()
            .contains("nobody")
    );
    assert!(rows(db.store(), "SELECT id FROM users", vec![]).is_empty());
}
