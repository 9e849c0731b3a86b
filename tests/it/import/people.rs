//! What is imported is as if it had been made here: people, groups, factors, records.

use signet::directory::{DirectoryError, ImportError, ImportRow, NewGroups};
use signet::model::{Secret, UserState};

use super::{BCRYPT, PASSWORD, SEED, import, row, with_hash};
use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine, rows};

on_every_engine!(
    a_person_signs_in_with_what_they_had,
    groups_states_and_names_are_as_written,
    a_change_between_the_look_and_the_write_imports_nobody,
    the_last_row_that_cannot_be_written_takes_all_back,
    what_the_audit_replays_is_what_was_imported,
);

fn count(db: &TestDatabase, table: &str) -> usize {
    let sql: &'static str = match table {
        "users" => "SELECT id FROM users",
        "groups" => "SELECT id FROM groups",
        "passwords" => "SELECT user_id FROM passwords",
        "devices" => "SELECT id FROM totp_devices",
        "identifiers" => "SELECT identifier FROM used_identifiers",
        "people" => "SELECT person_id FROM person_keys",
        _ => "SELECT id FROM audit_records",
    };
    rows(db.store(), sql, vec![]).len()
}

fn counts(db: &TestDatabase) -> Vec<usize> {
    [
        "users",
        "groups",
        "passwords",
        "devices",
        "identifiers",
        "people",
        "records",
    ]
    .iter()
    .map(|table| count(db, table))
    .collect()
}

fn alice() -> ImportRow {
    ImportRow {
        totp_secret: Some(Secret::from_text(
            "otpauth://totp/Old:alice?secret=gezd gnbv gy3t qojq gezd gnbv gy3t qojq&algorithm=SHA1&digits=6&period=30"
                .replace(' ', "%20"),
        )),
        ..with_hash(2, "alice", BCRYPT)
    }
}

fn a_person_signs_in_with_what_they_had(db: &TestDatabase) {
    let app = TestApp::start(db);
    import(&app, vec![alice()], NewGroups::Refuse).unwrap();
    let user = wait(app.services.directory.user_by_name("alice"))
        .unwrap()
        .unwrap();
    let person = Person {
        id: user.id,
        user_name: "ALICE".into(),
        password: PASSWORD.into(),
        totp_secret: SEED.into(),
    };
    app.browser().sign_in(&app, &person);
    app.browser().sign_in(&app, &person);
    let stored = rows(db.store(), "SELECT sealed_secret FROM totp_devices", vec![]);
    let sealed = stored[0].text("sealed_secret").unwrap();
    assert!(sealed.starts_with("v1."), "{sealed}");
}

fn groups_states_and_names_are_as_written(db: &TestDatabase) {
    let app = TestApp::start(db);
    app.group("Platform", &[]);
    let mut first = row(1, "alice");
    first.groups = vec!["PLATFORM".into(), "New".into(), "new".into()];
    first.given_name = "Alice".into();
    first
        .attributes
        .insert("department".into(), vec!["Shop".into(), "Bar".into()]);
    let mut second = row(2, "bob");
    second.state = "disabled".into();
    second.groups = vec!["nEW".into()];
    // Names that AWS would write alike.
    let third = ImportRow {
        email: "j1@example.com".into(),
        ..row(3, "jürgen")
    };
    let fourth = ImportRow {
        email: "j2@example.com".into(),
        ..row(4, "järgen")
    };
    import(&app, vec![first, second, third, fourth], NewGroups::Make).unwrap();
    let directory = &app.services.directory;
    let user = |name: &str| wait(directory.user_by_name(name)).unwrap().unwrap();
    let alice = user("alice@example.com");
    assert_eq!(
        (alice.display_name.as_str(), alice.given_name.as_str()),
        ("alice", "Alice")
    );
    assert_eq!(alice.attributes["department"], ["Shop", "Bar"]);
    assert_eq!(user("bob").state, UserState::Deactivated);
    assert_eq!(user("jürgen").source_identity, "j-rgen");
    assert_eq!(user("järgen").source_identity, "j-rgen-2");
    let groups: Vec<String> = wait(directory.groups())
        .unwrap()
        .into_iter()
        .map(|g| g.name)
        .collect();
    assert_eq!(groups, ["New", "Platform"]);
    assert_eq!(wait(directory.memberships()).unwrap().len(), 3);
}

fn a_change_between_the_look_and_the_write_imports_nobody(db: &TestDatabase) {
    let app = TestApp::start(db);
    let op = app.op();
    let directory = &app.services.directory;
    let mut alice = alice();
    alice.groups = vec!["New".into()];
    let plan = wait(directory.plan_import(&op, vec![alice], NewGroups::Make)).unwrap();
    app.group("Other", &[]);
    let before = counts(db);
    let refused = wait(directory.import(&op, &app.services.credentials, plan));
    assert!(
        matches!(
            refused,
            Err(ImportError::Directory(DirectoryError::Conflict))
        ),
        "{refused:?}"
    );
    assert_eq!(counts(db), before);
}

fn the_last_row_that_cannot_be_written_takes_all_back(db: &TestDatabase) {
    let app = TestApp::start(db);
    let op = app.op();
    let directory = &app.services.directory;
    let rows = vec![alice(), row(3, "bob"), row(4, "carol")];
    let plan = wait(directory.plan_import(&op, rows, NewGroups::Make)).unwrap();
    // Nothing else would take it without a revision.
    let taken = db.store().write_blocking(|txn| {
        txn.execute(
            "INSERT INTO used_identifiers (kind, identifier, person_id) VALUES ('source_identity', 'carol', 'x')",
            &[],
        )
    });
    assert_eq!(taken, Ok(1));
    let before = counts(db);
    wait(directory.import(&op, &app.services.credentials, plan)).unwrap_err();
    assert_eq!(counts(db), before);
    // Seen from anew there is another name for AWS.
    import(&app, vec![row(4, "carol")], NewGroups::Refuse).unwrap();
    let carol = wait(directory.user_by_name("carol")).unwrap().unwrap();
    assert_eq!(carol.source_identity, "carol-2");
}

fn what_the_audit_replays_is_what_was_imported(db: &TestDatabase) {
    let app = TestApp::start(db);
    let mut alice = alice();
    alice.groups = vec!["New".into()];
    import(&app, vec![alice, row(3, "bob")], NewGroups::Make).unwrap();
    let op = app.op();
    let then = wait(app.services.audit.replay(&op, op.now)).unwrap();
    let text = serde_json::to_string(&then).unwrap();
    for name in ["alice@example.com", "bob@example.com", "New"] {
        assert!(text.contains(name), "{name} is not in {text}");
    }
    let mut kinds: Vec<String> = rows(
        db.store(),
        "SELECT kind FROM audit_records WHERE body LIKE '%user_id%' OR body LIKE '%profile%' OR kind = 'group.created'",
        vec![],
    )
    .iter()
    .map(|row| row.text("kind").unwrap())
    .collect();
    kinds.sort();
    assert_eq!(
        kinds,
        [
            "group.created",
            "membership.added",
            "password.set",
            "totp.enrolled",
            "user.created",
            "user.created"
        ]
    );
    let bodies = rows(db.store(), "SELECT body FROM audit_records", vec![]);
    for body in bodies.iter().map(|row| row.text("body").unwrap()) {
        assert!(!body.contains(SEED) && !body.contains("$2b$"), "{body}");
    }
}
