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

#[test]
fn what_people_choose_first_is_guessed_first() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let credentials = &app.services.credentials;
    let set = |password: &str| {
        let password = Secret::from_text(password.into());
        wait(credentials.set_password(&app.op(), &alice.id, password)).unwrap()
    };
    for soon in [
        "Password1234!",
        "qwertyuiop123",
        "alicealice123",
        "123456789012345",
        "passwordpassword",
        "abcdefghijklmnop",
    ] {
        assert_eq!(set(soon), Err(PasswordProblem::TooSimple), "{soon}");
    }
    for late in [
        "an umbrella for rainy days",
        "vK3#pLw9-tR2m",
        "Прекрасный осенний вечер",
    ] {
        assert_eq!(set(late), Ok(()), "{late}");
    }
}

#[test]
fn what_the_operator_lists_nobody_sets() {
    let folder = crate::store::engines::TestFolder::new();
    let list = folder.path().join("breached.txt");
    std::fs::write(
        &list,
        "An Umbrella for rainy days\r\n\nüber den wolken muss\n",
    )
    .unwrap();
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::with(&db, |it| it.blocklist = Some(list.clone()));
    let alice = app.person("alice");
    let credentials = &app.services.credentials;
    let set = |password: &str| {
        let password = Secret::from_text(password.into());
        wait(credentials.set_password(&app.op(), &alice.id, password)).unwrap()
    };
    for listed in ["an umbrella for rainy days", "u\u{308}ber den Wolken muss"] {
        assert_eq!(set(listed), Err(PasswordProblem::Breached), "{listed}");
    }
    // The whole password is compared, no part of it.
    assert_eq!(set("an umbrella for rainy days, and boots"), Ok(()));
    std::fs::write(&list, [0xff, 0xfe, b'\n']).unwrap();
    let unreadable = signet::credentials::Blocklist::read(&list).unwrap_err();
    assert!(unreadable.to_string().contains("one password a line"));
}
