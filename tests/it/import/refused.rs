//! Every bad row is named, with what to do; none is imported then.

use signet::credentials::{SeedProblem, TotpSeed};
use signet::directory::{ImportRow, NewGroups};
use signet::model::{AdminRole, Secret};

use super::{BCRYPT, SEED, import, problems, row, with_hash};
use crate::app::TestApp;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(
    one_bad_row_imports_nobody,
    who_is_there_already_is_named_whatever_the_spelling
);

fn one_bad_row_imports_nobody(db: &TestDatabase) {
    let app = TestApp::start(db);
    let mut second = with_hash(3, "bob", "hunter2");
    second.email = "bob".into();
    second.state = "asleep".into();
    second.groups = vec!["Nowhere".into()];
    second.totp_secret = Some(Secret::from_text("hunter2!".into()));
    second.display_name = "bob\u{7}".into();
    let rows_in = vec![with_hash(2, "alice", BCRYPT), second, row(4, "Alice")];
    let said = problems(import(&app, rows_in, NewGroups::Refuse));
    let begins = [
        "3 email: must have the form name@domain",
        "3 display_name: no control characters",
        "3 state: must be active, suspended, deactivated or empty",
        "3 groups: there is no group \"Nowhere\": make it first, or import with --create-groups",
        "3 password_hash: no hash in a form that can be imported",
        "3 totp_secret: no TOTP secret",
        "4 user_name: \"Alice\" is in row 2 already",
        "4 email: \"Alice@example.com\" is in row 2 already",
    ];
    assert_eq!(said.len(), begins.len(), "{said:#?}");
    for (said, begin) in said.iter().zip(begins) {
        assert!(said.starts_with(begin), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert_eq!(rows(db.store(), "SELECT id FROM users", vec![]).len(), 0);
}

fn who_is_there_already_is_named_whatever_the_spelling(db: &TestDatabase) {
    let app = TestApp::start(db);
    app.user("strasse", AdminRole::None);
    for (name, email, says) in [
        (
            "STRASSE",
            "b@example.com",
            "user_name: \"STRASSE\" is there already: the user \"strasse\"",
        ),
        ("ｓｔｒａｓｓｅ", "b@example.com", "user_name: "),
        (
            "other",
            "Strasse@EXAMPLE.com",
            "email: \"Strasse@EXAMPLE.com\" is there already",
        ),
        ("strasse@example.com", "b@example.com", "user_name: "),
    ] {
        let bad = ImportRow {
            email: email.into(),
            ..row(7, name)
        };
        let said = problems(import(&app, vec![bad, row(8, "fine")], NewGroups::Refuse));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with(&format!("7 {says}")), "{said:?}");
        assert!(said[0].contains("\"strasse\""), "{said:?}");
    }
    assert_eq!(rows(db.store(), "SELECT id FROM users", vec![]).len(), 1);
    // One's own address as one's name is no clash.
    let own = ImportRow {
        email: "own@example.com".into(),
        ..row(9, "own@example.com")
    };
    import(&app, vec![own], NewGroups::Refuse).unwrap();
}

#[test]
fn a_bad_group_name_is_named_when_groups_are_made() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let mut alice = row(2, "alice");
    alice.groups = vec!["a\u{1}b".into()];
    alice.attributes.insert("x".into(), vec!["\u{2}".into()]);
    let said = problems(import(&app, vec![alice], NewGroups::Make));
    assert_eq!(
        said,
        [
            "2 attributes: no control characters",
            "2 groups: no control characters"
        ]
    );
}

#[test]
fn seeds_that_are_verified_otherwise_are_refused_by_name() {
    let url = |more: &str| format!("otpauth://totp/x?secret={SEED}{more}");
    for (text, problem) in [
        ("hunter2!".to_owned(), SeedProblem::NotBase32),
        (
            "GEZDGNBVGY3TQOJQGEZDGNB1".to_owned(),
            SeedProblem::NotBase32,
        ),
        (String::new(), SeedProblem::Length),
        ("GEZDGNBVGY3TQOJQGEZDGNBV".to_owned(), SeedProblem::Length),
        ("A".repeat(400), SeedProblem::Length),
        (
            url("&algorithm=SHA256"),
            SeedProblem::Parameters("another algorithm than SHA-1"),
        ),
        (
            url("&digits=8"),
            SeedProblem::Parameters("another number of digits than six"),
        ),
        (
            url("&period=60"),
            SeedProblem::Parameters("another period than 30 seconds"),
        ),
        (
            format!("otpauth://hotp/x?secret={SEED}&counter=1"),
            SeedProblem::Parameters("not a TOTP secret"),
        ),
        (
            "otpauth://totp/x?issuer=y".to_owned(),
            SeedProblem::NotBase32,
        ),
    ] {
        let refused = TotpSeed::parse(&text).map(|_| ()).expect_err(&text);
        assert_eq!(refused, problem, "{text}");
        assert!(!refused.to_string().contains("hunter2"));
    }
    // 16 octets, spaces, lower case, padding: as apps and exports write them.
    for good in [
        SEED.to_owned(),
        "gezd gnbv gy3t qojq gezd gnbv gy======".to_owned(),
        url("&digits=6"),
    ] {
        TotpSeed::parse(&good).expect(&good);
    }
    assert_eq!(
        format!("{:?}", TotpSeed::parse(SEED).unwrap()),
        "TotpSeed(..)"
    );
}
