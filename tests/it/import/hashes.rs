//! Hashes made by other software, each of the same password: verified, and replaced by ours at the first sign-in.

use proptest::prelude::*;
use signet::credentials::{HashProblem, ImportedHash, PasswordOutcome};
use signet::directory::NewGroups;
use signet::model::Secret;

use super::{PASSWORD, import, with_hash};
use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

const HASHES: [(&str, &str); 20] = [
    // Made by argon2-cffi (the reference implementation).
    (
        "argon2id",
        r#"$argon2id$v=19$m=8192,t=3,p=4$nxs6wF530kgKy2T9EOk8Ww$tABInN9oJkzq0j6KYbKB3V0tkH3U0/Kckr2yjBDliiM"#,
    ),
    (
        "argon2i",
        r#"$argon2i$v=19$m=4096,t=3,p=1$nxs6wF530kgKy2T9EOk8Ww$eK6WLuZxntD9aLlwLOJNJssQkpmLgUqQ"#,
    ),
    (
        "argon2i16",
        r#"$argon2i$v=16$m=4096,t=3,p=1$nxs6wF530kgKy2T9EOk8Ww$PmH0WPCcMZJ/MEP96VIdFSzXxnOrsTVpoFG7ZjMB4xE"#,
    ),
    (
        "argon2ldap",
        r#"{ARGON2}$argon2i$v=19$m=4096,t=3,p=1$nxs6wF530kgKy2T9EOk8Ww$eK6WLuZxntD9aLlwLOJNJssQkpmLgUqQ"#,
    ),
    // Made by libxcrypt.
    (
        "bcrypt2a",
        r#"$2a$05$abcdefghijklmnopqrstuuFiPhXf1sVd3pCCRO.uVh34H/qI/ZsuS"#,
    ),
    (
        "bcrypt2b",
        r#"$2b$05$abcdefghijklmnopqrstuuFiPhXf1sVd3pCCRO.uVh34H/qI/ZsuS"#,
    ),
    (
        "bcrypt2y",
        r#"$2y$05$abcdefghijklmnopqrstuuFiPhXf1sVd3pCCRO.uVh34H/qI/ZsuS"#,
    ),
    (
        "bcryptldap",
        r#"{CRYPT}$2y$05$abcdefghijklmnopqrstuuFiPhXf1sVd3pCCRO.uVh34H/qI/ZsuS"#,
    ),
    // Made by Python's hashlib (OpenSSL).
    (
        "scrypt",
        r#"$scrypt$ln=14,r=8,p=1$nxs6wF530kgKy2T9EOk8Ww$lEd0D9vGPtqaHIsGafNNahQtuUghA53BjWsPFvL0QKY"#,
    ),
    (
        "pbkdf2sha256",
        r#"$pbkdf2-sha256$i=10000,l=32$nxs6wF530kgKy2T9EOk8Ww$13zOjL6/Pc37S6cYjzpakEURyjV0Yf7cJ5Tw370ksX4"#,
    ),
    (
        "passlib",
        r#"$pbkdf2-sha256$29000$nxs6wF530kgKy2T9EOk8Ww$grpivn9bJw8vzqZ9wuvtcEi4UCTEXySh2r/EyeM2A1M"#,
    ),
    (
        "pbkdf2sha512",
        r#"$pbkdf2-sha512$i=10000$nxs6wF530kgKy2T9EOk8Ww$5ll1luM8fs1iLh8brfCbM7q0G8Nf00Vb/ClmyAc9EhMp2ATsnzsDlUECw/jP1cb6vl3/NpO3Q/k8g1BDpYXExQ"#,
    ),
    (
        "django",
        r#"pbkdf2_sha256$20000$NaClSaltText$cN7YGa5woTAkTA3zMgVghwDwdXm+VJ1iMAjjhhUWoAw="#,
    ),
    (
        "ldappbkdf2",
        r#"{PBKDF2-SHA256}10000$nxs6wF530kgKy2T9EOk8Ww$13zOjL6/Pc37S6cYjzpakEURyjV0Yf7cJ5Tw370ksX4"#,
    ),
    ("ssha", r#"{SSHA}MiGZofP46Ev2ZVonKvsefq+oGU+fGzrAXnfSSA=="#),
    (
        "ssha256",
        r#"{SSHA256}YB8tiEFFM9iDCGbCX7msHC4AxaeBRTeY8jWGCFeQl4ifGzrAXnfSSA=="#,
    ),
    (
        "ssha512",
        r#"{ssha512}NYpib5cheKra+g6zoG69EKdTHrrVyvZQPDAeNfrOVCBmq66aM/ZqT3MFdcsE3be1l2XOGBxD+Psycn7K5vx4HZ8bOsBed9JI"#,
    ),
    (
        "keycloak256",
        r#"{"secretData": "{\"value\": \"nsRKKsGIoKeGWxgEOHef3KLKxzVr/94TaWjLnGL0cnws4ys+93A9NpDMQk8MqVhoRlBKp2l+X7SmMssoajlGmA==\", \"salt\": \"nxs6wF530kgKy2T9EOk8Ww==\", \"additionalParameters\": {}}", "credentialData": "{\"hashIterations\": 27500, \"algorithm\": \"pbkdf2-sha256\", \"additionalParameters\": {}}"}"#,
    ),
    (
        "keycloak512",
        r#"{"secretData": {"value": "VMvEY2vZHzQc5ABQxlGTAD53vCt7AZ+IRg78ru7IUwH2BXHp3geT4CUSR40I433GE4ivF3Bh2IqXNEnPYIaZkA==", "salt": "nxs6wF530kgKy2T9EOk8Ww=="}, "credentialData": {"hashIterations": 21000, "algorithm": "pbkdf2-sha512"}}"#,
    ),
    (
        "keycloakargon2",
        r#"{"secretData": "{\"value\": \"kDJ0yU99mmJ/vEY0z/IyCdqzIyHww37gjofO7rKeYD0=\", \"salt\": \"nxs6wF530kgKy2T9EOk8Ww==\", \"additionalParameters\": {}}", "credentialData": "{\"hashIterations\": 5, \"algorithm\": \"argon2\", \"additionalParameters\": {\"hashLength\": [\"32\"], \"memory\": [\"7168\"], \"type\": [\"id\"], \"version\": [\"1.3\"], \"parallelism\": [\"1\"]}}"}"#,
    ),
];

on_every_engine!(a_hash_is_replaced_at_the_first_sign_in_with_it);

fn verify(app: &TestApp, name: &str, password: &str) -> PasswordOutcome {
    let op = app.op();
    let password = Secret::from_text(password.into());
    wait(
        app.services
            .credentials
            .verify_password(&op, name, password, None),
    )
    .unwrap()
}

fn stored(db: &TestDatabase) -> Vec<String> {
    let found = rows(
        db.store(),
        "SELECT phc FROM passwords ORDER BY user_id",
        vec![],
    );
    found.iter().map(|row| row.text("phc").unwrap()).collect()
}

fn is_ours(phc: &str) -> bool {
    phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
}

#[test]
fn every_form_signs_in_and_becomes_ours() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let people = (1..).zip(HASHES);
    let people = people.map(|(line, (name, hash))| with_hash(line, name, hash));
    import(&app, people.collect(), NewGroups::Refuse).unwrap();
    assert_eq!(stored(&db).len(), HASHES.len());
    assert!(!stored(&db).iter().any(|phc| is_ours(phc)));
    for (name, _) in HASHES {
        let before = stored(&db);
        assert_eq!(
            verify(&app, name, "correct horse battery staplf"),
            PasswordOutcome::Refused,
            "{name}"
        );
        assert_eq!(
            stored(&db),
            before,
            "{name}: a wrong password replaced the hash"
        );
        assert!(
            matches!(verify(&app, name, PASSWORD), PasswordOutcome::Verified(_)),
            "{name}"
        );
        let ours = stored(&db).iter().filter(|phc| is_ours(phc)).count();
        assert_eq!(
            ours,
            before.iter().filter(|phc| is_ours(phc)).count() + 1,
            "{name}"
        );
        assert_eq!(
            verify(&app, name, "correct horse battery staplf"),
            PasswordOutcome::Refused,
            "{name}"
        );
        assert!(
            matches!(verify(&app, name, PASSWORD), PasswordOutcome::Verified(_)),
            "{name}"
        );
    }
}

fn a_hash_is_replaced_at_the_first_sign_in_with_it(db: &TestDatabase) {
    let app = TestApp::start(db);
    import(
        &app,
        vec![with_hash(1, "alice", super::BCRYPT)],
        NewGroups::Refuse,
    )
    .unwrap();
    let changed = || {
        rows(db.store(), "SELECT changed_at FROM passwords", vec![])[0]
            .int("changed_at")
            .unwrap()
    };
    let records = || {
        rows(
            db.store(),
            "SELECT id FROM audit_records WHERE kind = 'password.rehashed'",
            vec![],
        )
        .len()
    };
    assert_eq!(stored(db), [super::BCRYPT]);
    let at = changed();
    app.clock.advance(signet::model::Span::minutes(1));
    assert!(matches!(
        verify(&app, "alice", PASSWORD),
        PasswordOutcome::Verified(_)
    ));
    assert!(is_ours(&stored(db)[0]));
    assert_eq!(
        (records(), changed()),
        (1, at),
        "the password is the same, its age too"
    );
    assert!(matches!(
        verify(&app, "alice", PASSWORD),
        PasswordOutcome::Verified(_)
    ));
    assert_eq!(records(), 1);
    // A password that was set meanwhile stays.
    let replaced = db.store().write_blocking(|txn| {
        let user = txn
            .query_opt("SELECT user_id FROM passwords", &[])?
            .unwrap()
            .parse("user_id")?;
        signet::store::credentials::replace_password(txn, &user, (super::BCRYPT, "older"))
    });
    assert_eq!(replaced, Ok(false));
    assert!(is_ours(&stored(db)[0]));
}

/// Whoever steals the database must not find a digest that is guessed a thousand million times a second.
#[test]
fn a_digest_without_cost_is_never_stored_as_it_is() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let people = (1..)
        .zip(HASHES)
        .filter(|(_, (name, _))| name.starts_with("ssha"));
    let people: Vec<_> = people
        .map(|(line, (name, hash))| with_hash(line, name, hash))
        .collect();
    let count = people.len();
    import(&app, people, NewGroups::Refuse).unwrap();
    let wrapped = stored(&db);
    assert_eq!(wrapped.len(), count);
    for phc in wrapped {
        assert!(phc.starts_with("$signet-sha"), "{phc}");
        assert!(phc.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    }
    for (_, hash) in HASHES.iter().filter(|(name, _)| name.starts_with("ssha")) {
        let digest = &hash[hash.find('}').unwrap() + 1..][..20];
        assert!(
            !stored(&db).iter().any(|phc| phc.contains(digest)),
            "{digest}"
        );
    }
}

/// Argon2 with exactly our parameters is already as a new one would be.
#[test]
fn a_hash_like_ours_stays() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$nxs6wF530kgKy2T9EOk8Ww$/QfNc+AXuIv60Rg2ql43PdYDKzOSePfaOX/3+tajDRQ";
    import(&app, vec![with_hash(1, "alice", hash)], NewGroups::Refuse).unwrap();
    assert!(matches!(
        verify(&app, "alice", PASSWORD),
        PasswordOutcome::Verified(_)
    ));
    assert_eq!(stored(&db), [hash]);
}

/// bcrypt looks at 72 octets: what comes behind them must not be of no account.
#[test]
fn a_password_longer_than_bcrypt_looks_at_is_refused() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    // libxcrypt, of 72 and of 73 times "x": the same.
    let hash = "$2b$05$abcdefghijklmnopqrstuujf8SX2ahXLwp9w/B.Y5XdysS6yR576q";
    import(&app, vec![with_hash(1, "alice", hash)], NewGroups::Refuse).unwrap();
    assert_eq!(
        verify(&app, "alice", &"x".repeat(73)),
        PasswordOutcome::Refused
    );
    assert_eq!(
        verify(&app, "alice", &format!("{}\0more", "x".repeat(60))),
        PasswordOutcome::Refused
    );
    assert!(matches!(
        verify(&app, "alice", &"x".repeat(72)),
        PasswordOutcome::Verified(_)
    ));
}

#[test]
fn guesses_at_an_imported_hash_are_charged() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    import(
        &app,
        vec![with_hash(1, "alice", super::BCRYPT)],
        NewGroups::Refuse,
    )
    .unwrap();
    for _ in 0..5 {
        assert_eq!(
            verify(&app, "alice", "a guess that is wrong"),
            PasswordOutcome::Refused
        );
    }
    assert!(matches!(
        verify(&app, "alice", PASSWORD),
        PasswordOutcome::Locked { .. }
    ));
    assert_eq!(stored(&db), [super::BCRYPT]);
}

fn refusal(hash: &str) -> HashProblem {
    ImportedHash::parse(hash).map(|_| ()).expect_err(hash)
}

#[test]
fn what_would_take_seconds_is_refused_by_its_bound() {
    let (salt, end) = (
        "nxs6wF530kgKy2T9EOk8Ww",
        "lEd0D9vGPtqaHIsGafNNahQtuUghA53BjWsPFvL0QKY",
    );
    for (dear, most) in [
        (super::BCRYPT.replace("$05$", "$14$"), "cost 13"),
        (super::BCRYPT.replace("$05$", "$31$"), "cost 13"),
        (
            format!("$argon2id$v=19$m=262144,t=1,p=1${salt}${end}"),
            "128 MiB",
        ),
        (
            format!("$argon2id$v=19$m=65536,t=13,p=1${salt}${end}"),
            "786432",
        ),
        (
            format!("$argon2id$v=19$m=65536,t=4294967295,p=1${salt}${end}"),
            "786432",
        ),
        (
            format!("$argon2id$v=19$m=65536,t=1,p=17${salt}${end}"),
            "p=16",
        ),
        (format!("$scrypt$ln=18,r=8,p=1${salt}${end}"), "ln=17"),
        (format!("$scrypt$ln=14,r=8,p=9${salt}${end}"), "ln=17"),
        (format!("$scrypt$ln=63,r=8,p=1${salt}${end}"), "ln=17"),
        (format!("$pbkdf2-sha256$i=1500001${salt}${end}"), "1500000"),
        // Two stretches of SHA-256 are twice the work.
        (
            format!("$pbkdf2-sha256$i=800000${salt}${end}{end}AA"),
            "1500000",
        ),
        (format!("pbkdf2_sha256$1500001$salt${end}"), "1500000"),
        (
            format!("{{PBKDF2-SHA256}}4294967295${salt}${end}"),
            "1500000",
        ),
    ] {
        let problem = refusal(&dear);
        assert!(
            matches!(problem, HashProblem::TooDear { .. }),
            "{dear}: {problem:?}"
        );
        let said = problem.to_string();
        assert!(
            said.contains(most) && said.contains("signet admin recover"),
            "{said}"
        );
    }
}

#[test]
fn what_is_no_hash_is_refused_and_never_repeated() {
    let end = "lEd0D9vGPtqaHIsGafNNahQtuUghA53BjWsPFvL0QKY";
    for (text, says) in [
        ("hunter2-of-alice".to_owned(), "no hash in a form"),
        (String::new(), "no hash in a form"),
        ("{".to_owned(), "no hash in a form"),
        ("{}".to_owned(), "secretData"),
        ("{MD5}hunter2-of-alice".to_owned(), "an MD5 hash"),
        ("{SHA}hunter2-of-alice".to_owned(), "unsalted"),
        ("{CRYPT}hunter2-of-alice".to_owned(), "a crypt hash"),
        ("{cleartext}hunter2-of-alice".to_owned(), "a readable password"),
        ("$6$hunter2-of-alice".to_owned(), "SHA-512 crypt"),
        ("$2x$05$abcdefghijklmnopqrstuuFiPhXf1sVd3pCCRO.uVh34H/qI/ZsuS".to_owned(), "2x"),
        ("$argon2d$v=19$m=8192,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAA".to_owned(), "argon2d"),
        ("!hunter2-of-alice".to_owned(), "switched off"),
        (super::BCRYPT[..59].to_owned(), "60 characters"),
        (super::BCRYPT.replace("$05$", "$03$"), "below 4"),
        ("{SSHA}AAAA".to_owned(), "shorter than its digest"),
        ("{SSHA}MiGZofP46Ev2ZVonKvsefq+oGU8=".to_owned(), "salt"),
        ("$scrypt$ln=14,r=8$AAAA$AAAA".to_owned(), "$scrypt$ln=16"),
        (format!("$scrypt$ln=14,r=8,p=0$AAAA${end}"), "none of scrypt's"),
        // An end that everything meets.
        ("$pbkdf2-sha256$i=1000$AAAA$".to_owned(), "16 to 128"),
        ("$pbkdf2-sha256$i=1000$AAAA$AAAA".to_owned(), "16 to 128"),
        (format!("$pbkdf2-sha256$i=0$AAAA${end}"), "no iterations"),
        (format!("$pbkdf2-sha256$i=1000,l=64$AAAA${end}"), "another length"),
        (format!("$argon2id$v=20$m=8192,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA${end}"), "version"),
        (format!("$argon2id$v=19$m=8192,t=3,p=4,keyid=AA$AAAAAAAAAAAAAAAAAAAAAA${end}"), "alone"),
        ("$signet-sha1$AAAA$argon2id$v=19$m=19456,t=2,p=1$nxs6wF530kgKy2T9EOk8Ww$lEd0D9vGPtqaHIsGafNNahQtuUghA53BjWsPFvL0QKY".to_owned(), "no hash in a form"),
    ] {
        let said = refusal(&text).to_string();
        assert!(said.contains(says), "{text}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reading_fail_otherwise_than_by_refusing(text in any::<String>()) {
        let _ = ImportedHash::parse(&text);
    }

    #[test]
    fn no_change_of_a_hash_does_either(which in 0..HASHES.len(), at in any::<prop::sample::Index>(), by in any::<char>()) {
        let mut text: Vec<char> = HASHES[which].1.chars().collect();
        let at = at.index(text.len());
        text[at] = by;
        let text: String = text.into_iter().collect();
        let _ = ImportedHash::parse(&text);
    }
}
