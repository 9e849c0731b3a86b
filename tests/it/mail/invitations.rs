//! Invitations: from an address to a person who is there.

use signet::directory::{DirectoryError, InvitationOutcome, Invitations, Travel};
use signet::model::{AdminRole, Span, UserId, UserState};

use super::{MailServer, Sending, invite, link, path_in};
use crate::app::{Browser, Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};
use crate::web::signin::totp_secret;

on_every_engine!(
    a_person_comes_by_hand_and_is_active_then,
    a_new_invitation_ends_the_one_before,
    invitations_at_once_make_one_person,
    what_is_wrong_with_one_address_does_not_touch_the_others,
);

fn state(app: &TestApp<'_>, name: &str) -> UserState {
    let found = wait(app.services.directory.user_by_name(name)).unwrap();
    found.expect("somebody of that name").state
}

fn path(url: &str) -> &str {
    &url[url.find("/invite/").unwrap()..]
}

/// From the link to the portal.
fn join(app: &TestApp<'_>, browser: &mut Browser, path: &str) {
    let page = browser.get(path);
    let answer = browser.submit(&page, &[]);
    let page = browser.follow(answer);
    let answer = browser.submit(&page, &[("password", "a long enough passphrase")]);
    let page = browser.follow(answer);
    page.assert(200, "otpauth");
    let person = Person {
        id: UserId::from_random([9; 16]),
        user_name: String::new(),
        password: String::new(),
        totp_secret: totp_secret(&page.body),
    };
    let code = person.code_at(app.clock.now());
    let codes = browser.submit(&page, &[("code", &code)]);
    codes.assert(200, "recovery-codes");
    let dispatcher = page.action().replace("/confirm", "");
    browser.open(&dispatcher).assert(200, "sign-out");
}

fn a_person_comes_by_hand_and_is_active_then(db: &TestDatabase) {
    let app = TestApp::start(db);
    let group = app.group("Developers", &[]);
    let invitations = Invitations {
        addresses: "\"Dora Decker\" <dora@example.com>".into(),
        groups: vec![group.id.clone()],
        lifetime: Span::days(7),
        links_at: app.services.site.url("/invite/"),
        travel: Travel::ByHand,
    };
    let services = &app.services;
    let together = (&services.credentials, &services.outbox);
    let invited = wait(services.directory.invite(&app.op(), together, &invitations)).unwrap();
    assert_eq!(state(&app, "dora@example.com"), UserState::Invited);
    let mut browser = app.browser();
    join(&app, &mut browser, path(link(&invited[0])));
    browser.get("/account").assert(200, "Dora Decker");
    assert_eq!(state(&app, "dora@example.com"), UserState::Active);
    let memberships = wait(services.directory.memberships()).unwrap();
    assert!(memberships.iter().any(|(id, _)| *id == group.id));
    // The link has done its work.
    app.browser()
        .get(path(link(&invited[0])))
        .assert(410, "link");
    // And whoever is there is not invited again.
    let again = invite(&app, "DORA@example.com", Travel::ByHand);
    assert!(matches!(
        again[0].outcome,
        InvitationOutcome::IsThere(UserState::Active)
    ));
    let kinds = rows(
        db.store(),
        "SELECT kind FROM audit_records WHERE kind LIKE 'user.%' ORDER BY at",
        Vec::new(),
    );
    let kinds: Vec<String> = kinds.iter().map(|row| row.text("kind").unwrap()).collect();
    assert_eq!(kinds, ["user.created", "user.activated"]);
}

fn a_new_invitation_ends_the_one_before(db: &TestDatabase) {
    let app = TestApp::start(db);
    let first = invite(&app, "dora@example.com", Travel::ByHand);
    let second = invite(&app, "Dora@Example.com", Travel::ByHand);
    app.browser().get(path(link(&first[0]))).assert(410, "link");
    app.browser()
        .get(path(link(&second[0])))
        .assert(200, "begin");
}

fn invitations_at_once_make_one_person(db: &TestDatabase) {
    let app = TestApp::start(db);
    let sent: usize = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let invited = invite(&app, "dora@example.com", Travel::ByHand);
                    usize::from(matches!(invited[0].outcome, InvitationOutcome::Sent { .. }))
                })
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert!(sent >= 1);
    let users = wait(app.services.directory.users()).unwrap();
    assert_eq!(users.len(), 1);
    let links = "SELECT token_hash FROM one_time_links WHERE used_at IS NULL";
    assert_eq!(rows(db.store(), links, Vec::new()).len(), 1);
}

fn what_is_wrong_with_one_address_does_not_touch_the_others(db: &TestDatabase) {
    let app = TestApp::start(db);
    app.user("erik", AdminRole::None);
    let pasted = "dora@example.com; not-an-address\nerik@example.com,\r\nFrida <frida@example.com>, frida@EXAMPLE.com";
    let invited = invite(&app, pasted, Travel::ByHand);
    let outcomes: Vec<&str> = invited
        .iter()
        .map(|one| match &one.outcome {
            InvitationOutcome::Sent { .. } => "sent",
            InvitationOutcome::IsThere(_) => "there",
            InvitationOutcome::Refused(DirectoryError::Invalid { .. }) => "invalid",
            InvitationOutcome::Refused(_) => "refused",
        })
        .collect();
    assert_eq!(outcomes, ["sent", "invalid", "there", "sent"]);
    let users = wait(app.services.directory.users()).unwrap();
    assert_eq!(users.len(), 3);
}

#[test]
fn nothing_and_too_much_are_refused_before_anybody_is_made() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let many: Vec<String> = (0..501).map(|n| format!("p{n}@example.com")).collect();
    for addresses in [" ,;\n".to_owned(), many.join("\n")] {
        let invitations = Invitations {
            addresses,
            groups: Vec::new(),
            lifetime: Span::days(7),
            links_at: String::new(),
            travel: Travel::ByHand,
        };
        let together = (&app.services.credentials, &app.services.outbox);
        let refused = wait(
            app.services
                .directory
                .invite(&app.op(), together, &invitations),
        );
        assert!(matches!(
            refused,
            Err(DirectoryError::Invalid {
                field: "addresses",
                ..
            })
        ));
    }
    assert!(wait(app.services.directory.users()).unwrap().is_empty());
}

#[test]
fn an_invitation_by_mail_leads_to_the_portal() {
    let (server, db) = (
        MailServer::start(),
        TestDatabase::new(EngineKind::SqliteInMemory),
    );
    let app = TestApp::with(&db, |it| it.mail = Some(server.settings()));
    let _sending = Sending::of(&app);
    let invited = invite(&app, "Dora <dora@example.com>", Travel::ByMail);
    assert!(matches!(
        invited[0].outcome,
        InvitationOutcome::Sent { link: None, .. }
    ));
    let mail = server.next();
    assert_eq!(mail["subject"], "You are invited to Example");
    let (text, html) = (
        mail["text"].as_str().unwrap(),
        mail["html"].as_str().unwrap(),
    );
    assert!(text.contains("Hello Dora"), "{text}");
    let path = path_in(text);
    assert!(html.contains(&path.replace('/', "&#x2f;")), "{html}");
    join(&app, &mut app.browser(), &path);
    assert_eq!(state(&app, "dora@example.com"), UserState::Active);
    // What they set up themselves just now is no news.
    assert!(server.took_nothing());
}

#[test]
fn whoever_was_invited_and_sent_away_stays_away() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let invited = invite(&app, "dora@example.com", Travel::ByHand);
    let dora = wait(app.services.directory.user_by_name("dora@example.com"));
    let id = dora.unwrap().unwrap().id;
    for state in [UserState::Suspended, UserState::Deactivated] {
        let op = app.op();
        wait(app.services.directory.set_user_state(&op, &id, state)).unwrap();
        app.browser()
            .get(path(link(&invited[0])))
            .assert(410, "link");
        let again = invite(&app, "dora@example.com", Travel::ByHand);
        assert!(matches!(again[0].outcome, InvitationOutcome::IsThere(now) if now == state));
    }
}

/// Outlook writes "Last, First <address>"; others put quotation marks around it.
#[test]
fn names_are_read_as_people_write_them() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let pasted = "Decker, Dora <dora@example.com>; \"Eng, Erik\" <erik@example.com>, frida@example.com, Gina Gold <gina@example.com>\nhans@example.com ida@example.com";
    let invited = invite(&app, pasted, Travel::ByHand);
    let names: Vec<(&str, String)> = invited
        .iter()
        .map(|one| match &one.outcome {
            InvitationOutcome::Sent { user, .. } => {
                (one.address.as_str(), user.display_name.clone())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let names: Vec<(&str, &str)> = names.iter().map(|(a, n)| (*a, n.as_str())).collect();
    assert_eq!(
        names,
        [
            ("dora@example.com", "Decker, Dora"),
            ("erik@example.com", "Eng, Erik"),
            ("frida@example.com", "frida@example.com"),
            ("gina@example.com", "Gina Gold"),
            ("hans@example.com", "hans@example.com"),
            ("ida@example.com", "ida@example.com"),
        ]
    );
    // What is no address is told as a whole.
    let refused = invite(&app, "not an address", Travel::ByHand);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].address, "not an address");
}

/// Whoever pressed the button of an older link, or was sent away meanwhile, gets nothing by what they proved then.
#[test]
fn a_sign_in_in_progress_ends_with_what_it_rests_on() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let mut app = TestApp::start(&db);
    let directory = app.services.directory.clone();
    type Step = fn(&TestApp<'_>, &UserId);
    let steps: [(&str, Step); 3] = [
        ("a newer link", |app, _| {
            invite(app, "dora@example.com", Travel::ByHand);
        }),
        ("suspended and let in again", |app, id| {
            for state in [UserState::Suspended, UserState::Active] {
                let op = app.op();
                wait(app.services.directory.set_user_state(&op, id, state)).unwrap();
            }
        }),
        ("a password set elsewhere", |app, id| {
            app.set_password(id, "an umbrella for rainy days");
        }),
    ];
    for (what, step) in steps {
        let first = invite(&app, "dora@example.com", Travel::ByHand);
        let Some(url) = (match &first[0].outcome {
            InvitationOutcome::Sent { link, .. } => link.clone(),
            _ => None,
        }) else {
            panic!("{what}: {first:?}");
        };
        let mut thief = app.browser();
        let page = thief.get(path(&url));
        let answer = thief.submit(&page, &[]);
        let page = thief.follow(answer);
        page.assert(200, "new-password");
        app.advance(Span::seconds(1));
        let dora = wait(directory.user_by_name("dora@example.com"))
            .unwrap()
            .unwrap();
        step(&app, &dora.id);
        app.advance(Span::seconds(1));
        thief.submit(&page, &[("password", "a thief chose this one")]);
        let credentials = &app.services.credentials;
        let password = signet::model::Secret::from_text("a thief chose this one".into());
        let verified =
            wait(credentials.verify_password(&app.op(), "dora@example.com", password, None));
        assert!(
            !matches!(
                verified.unwrap(),
                signet::credentials::PasswordOutcome::Verified(_)
            ),
            "{what}"
        );
        wait(directory.delete_user(&app.op(), &dora.id)).unwrap();
    }
}

/// A link of an invitation is nothing once its person is there: neither the one that was used nor a newer one.
#[test]
fn no_invitation_outlives_its_persons_coming() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let invited = invite(&app, "dora@example.com", Travel::ByHand);
    let dora = wait(app.services.directory.user_by_name("dora@example.com"))
        .unwrap()
        .unwrap();
    let op = app.op();
    wait(
        app.services
            .directory
            .set_user_state(&op, &dora.id, UserState::Active),
    )
    .unwrap();
    app.browser()
        .get(path(link(&invited[0])))
        .assert(410, "link");
}
