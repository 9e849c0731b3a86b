//! People and groups: names that are unique whatever their spelling, AWS names that are nobody else's for ever, and
//! somebody who can always administer.

use signet::audit::LinkPurpose;
use signet::directory::{DirectoryError, NewUser, Profile};
use signet::model::{AdminRole, User, UserState};

use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine, rows};

on_every_engine!(
    a_name_is_one_persons_whatever_its_spelling,
    a_source_identity_is_never_changed_and_never_given_again,
    parallel_creation_of_one_name_makes_one_person,
    somebody_is_left_who_can_administer,
    disabling_ends_everything_in_one_transaction,
    what_the_audit_replays_is_what_the_tables_hold,
);

fn new(name: &str, email: &str, admin_role: AdminRole) -> NewUser {
    NewUser {
        user_name: name.into(),
        state: UserState::Active,
        admin_role,
        profile: Profile {
            email: email.into(),
            display_name: name.into(),
            given_name: String::new(),
            family_name: String::new(),
            attributes: Default::default(),
        },
    }
}

fn create(app: &TestApp, name: &str, email: &str) -> Result<User, DirectoryError> {
    wait(
        app.services
            .directory
            .create_user(&app.op(), new(name, email, AdminRole::None)),
    )
}

fn a_name_is_one_persons_whatever_its_spelling(db: &TestDatabase) {
    let app = TestApp::start(db);
    create(&app, "strasse", "a@example.com").unwrap();
    for (name, email) in [
        ("STRASSE", "b@example.com"),
        ("ｓｔｒａｓｓｅ", "b@example.com"),
        ("other", "A@EXAMPLE.COM"),
        // A name that is somebody's address, and the other way round: at sign-in both are one.
        ("a@example.com", "b@example.com"),
        ("other", "strasse"),
    ] {
        let refused = create(&app, name, email).unwrap_err();
        let said = refused.to_string();
        assert!(
            matches!(
                refused,
                DirectoryError::Taken { .. } | DirectoryError::Invalid { .. }
            ),
            "{name} {email}: {said}"
        );
    }
    assert_eq!(rows(db.store(), "SELECT id FROM users", vec![]).len(), 1);
    let op = app.op();
    wait(app.services.directory.create_group(&op, "Ärzte", "")).unwrap();
    let twice = wait(app.services.directory.create_group(&op, "A\u{308}RZTE", "")).unwrap_err();
    assert!(matches!(twice, DirectoryError::Taken { .. }), "{twice}");
}

fn a_source_identity_is_never_changed_and_never_given_again(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = create(&app, "alice", "alice@example.com").unwrap();
    assert_eq!(alice.source_identity, "alice");
    let op = app.op();
    let profile = new("liddell", "liddell@example.com", AdminRole::None).profile;
    let renamed = wait(
        app.services
            .directory
            .update_user(&op, &alice.id, "liddell", &profile),
    )
    .unwrap();
    assert_eq!(renamed.source_identity, "alice");
    // The name is free again, what AWS knows by it is not.
    let second = create(&app, "Alice", "alice2@example.com").unwrap();
    assert_eq!(second.source_identity.to_lowercase(), "alice-2");
    wait(app.services.directory.delete_user(&op, &alice.id)).unwrap();
    wait(app.services.directory.delete_user(&op, &second.id)).unwrap();
    let third = create(&app, "alice", "alice@example.com").unwrap();
    assert_eq!(third.source_identity, "alice-3");
    // Names that AWS cannot write, and two that it would write alike.
    let umlaut = create(&app, "jürgen", "j1@example.com").unwrap();
    let other = create(&app, "järgen", "j2@example.com").unwrap();
    assert_eq!(
        (
            umlaut.source_identity.as_str(),
            other.source_identity.as_str()
        ),
        ("j-rgen", "j-rgen-2")
    );
    let one = create(&app, "x", "x@example.com").unwrap();
    assert!(one.source_identity.len() >= 2, "{}", one.source_identity);
    let long = create(&app, &"l".repeat(64), "l@example.com").unwrap();
    assert!(long.source_identity.len() <= 64);
}

fn parallel_creation_of_one_name_makes_one_person(db: &TestDatabase) {
    let app = TestApp::start(db);
    let made: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..8)
            .map(|n| {
                let app = &app;
                scope.spawn(move || {
                    create(
                        app,
                        if n % 2 == 0 { "alice" } else { "ALICE" },
                        &format!("a{n}@example.com"),
                    )
                    .is_ok()
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
}

fn somebody_is_left_who_can_administer(db: &TestDatabase) {
    let app = TestApp::start(db);
    let admins = [
        app.user("ada", AdminRole::Administrator),
        app.user("bea", AdminRole::Administrator),
    ];
    // Both are taken their role at the same moment.
    let done: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = admins
            .iter()
            .map(|user| {
                let app = &app;
                scope.spawn(move || {
                    wait(app.services.directory.set_admin_role(
                        &app.op(),
                        &user.id,
                        AdminRole::None,
                    ))
                    .is_ok()
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(done.iter().filter(|done| **done).count(), 1);
    let left = wait(app.services.directory.users()).unwrap();
    let left = left
        .iter()
        .find(|user| user.admin_role == AdminRole::Administrator)
        .unwrap();
    let op = app.op();
    let directory = &app.services.directory;
    for refused in [
        wait(directory.set_admin_role(&op, &left.id, AdminRole::Auditor)).map(drop),
        wait(directory.set_user_state(&op, &left.id, UserState::Deactivated)).map(drop),
        wait(directory.delete_user(&op, &left.id)),
    ] {
        assert!(
            matches!(refused, Err(DirectoryError::LastAdministrator(_))),
            "{refused:?}"
        );
    }
}

fn disabling_ends_everything_in_one_transaction(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    app.link(&alice.id, LinkPurpose::Recovery);
    let disabled = "SELECT id FROM audit_records WHERE kind = 'user.disabled'";
    let live = |sql| rows(db.store(), sql, vec![]).len();
    assert_eq!(live(disabled), 0);
    app.disable(&alice);
    assert_eq!(live(disabled), 1);
    let sessions = "SELECT id FROM browser_sessions WHERE revoked_at IS NULL";
    assert_eq!(live(sessions), 0);
    let links = "SELECT token_hash FROM one_time_links WHERE used_at IS NULL";
    assert_eq!(live(links), 0);
    // Twice is nothing new.
    app.disable(&alice);
    assert_eq!(live(disabled), 1);
}

fn what_the_audit_replays_is_what_the_tables_hold(db: &TestDatabase) {
    let app = TestApp::start(db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let group = app.group("Readers", &[&alice, &bob]);
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    app.aws_role(&alice);
    app.clock.advance(signet::model::Span::minutes(1));
    let then = app.clock.now();
    app.clock.advance(signet::model::Span::minutes(1));
    let op = app.op();
    wait(
        app.services
            .directory
            .remove_member(&op, &group.id, &bob.id),
    )
    .unwrap();
    app.disable(&bob);
    let compare = |at, members: usize, state| {
        let seen = wait(app.services.audit.replay(&app.op(), at)).unwrap();
        assert_eq!(seen.memberships.len(), members);
        assert_eq!(seen.users[&bob.id].state, state);
        assert_eq!(
            (seen.users.len(), seen.groups.len(), seen.applications.len()),
            (2, 1, 1)
        );
        assert_eq!((seen.accounts.len(), seen.permission_sets.len()), (1, 1));
        assert_eq!(
            (
                seen.application_assignments.len(),
                seen.account_assignments.len()
            ),
            (1, 1)
        );
        seen
    };
    compare(then, 2, UserState::Active);
    let now = compare(app.clock.now(), 1, UserState::Deactivated);
    let memberships = wait(app.services.directory.memberships()).unwrap();
    assert_eq!(now.memberships.into_iter().collect::<Vec<_>>(), memberships);
    let applications = wait(app.services.apps.applications()).unwrap();
    assert_eq!(
        now.applications.into_values().collect::<Vec<_>>(),
        applications
    );
    let accounts = wait(app.services.apps.accounts()).unwrap();
    assert_eq!(now.accounts.into_values().collect::<Vec<_>>(), accounts);
    let assignments = wait(app.services.apps.account_assignments()).unwrap();
    assert_eq!(
        now.account_assignments.into_iter().collect::<Vec<_>>(),
        assignments
    );
}
