//! How credentials are stored, and which passwords are taken.

use signet::credentials::PasswordProblem;
use signet::model::Secret;

use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, rows};

#[test]
fn passwords_are_hashed_as_the_design_says() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    app.person("alice");
    app.person("bob");
    let stored = rows(db.store(), "SELECT phc FROM passwords", vec![]);
    let hashes: Vec<String> = stored.iter().map(|row| row.text("phc").unwrap()).collect();
    for hash in &hashes {
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
    }
    assert_ne!(hashes[0], hashes[1], "the same password under another salt");
}

#[test]
fn seeds_are_sealed_for_their_row() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let stored = rows(db.store(), "SELECT sealed_secret FROM totp_devices", vec![]);
    let sealed = stored[0].text("sealed_secret").unwrap();
    assert!(sealed.starts_with("v1."), "{sealed}");
    assert!(!sealed.contains(&alice.totp_secret));
}

#[test]
fn a_password_that_others_guess_is_refused_with_what_to_do() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let set = |password: &str| {
        let op = app.op();
        let password = Secret::from_text(password.into());
        wait(
            app.services
                .credentials
                .set_password(&op, &alice.id, password),
        )
        .unwrap()
    };
    assert_eq!(set("eleven char"), Err(PasswordProblem::TooShort));
    assert_eq!(set("aaaaaaaaaaaaaaaa"), Err(PasswordProblem::TooSimple));
    assert_eq!(set("alice@example.com"), Err(PasswordProblem::OwnName));
    assert_eq!(
        set(&"long enough ".repeat(30)),
        Err(PasswordProblem::TooLong)
    );
    assert_eq!(set("twelve chars"), Ok(()));
    // The same letters in another form of Unicode are the same password (RFC 8265).
    assert_eq!(set("pässwört über alles"), Ok(()));
    let op = app.op();
    let decomposed = "pa\u{308}sswo\u{308}rt u\u{308}ber alles";
    let password = Secret::from_text(decomposed.into());
    let verified = wait(
        app.services
            .credentials
            .verify_password(&op, "alice", password, None),
    )
    .unwrap();
    assert_eq!(
        verified,
        signet::credentials::PasswordOutcome::Verified(alice.id.clone())
    );
}
