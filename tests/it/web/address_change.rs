//! A mail address is changed by both of them, and only as long as all is as it was.

use signet::directory::Confirmed;
use signet::model::{EmailAddress, SecretHash, Span, UserState};
use signet::store::address_changes;

use super::{arrived, post};
use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::mail::{MailServer, Sending};
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(both_addresses_say_yes_and_each_once,);

/// As it stands after the mails went out: the links' tokens are `former` and `new`.
fn begun(app: &TestApp<'_>, person: &Person) {
    let user = wait(app.services.directory.user(&person.id))
        .unwrap()
        .unwrap();
    let email = EmailAddress::parse("moved@example.org").unwrap();
    let now = app.op().now;
    let put = app.services.store.write_blocking(move |txn| {
        let hashes = (&SecretHash::of("former"), &SecretHash::of("new"));
        address_changes::put(
            txn,
            (&user, &email),
            hashes,
            (now, now.plus(Span::hours(24))),
        )
    });
    put.unwrap();
    app.clock.advance(Span::seconds(5));
}

fn confirm(app: &TestApp<'_>, token: &str) -> Confirmed {
    let (op, services) = (app.op(), &app.services);
    let confirmed = services
        .directory
        .confirm_address_change(&op, &services.outbox, token);
    wait(confirmed).unwrap()
}

fn email(app: &TestApp<'_>, person: &Person) -> String {
    let user = wait(app.services.directory.user(&person.id))
        .unwrap()
        .unwrap();
    user.email.to_string()
}

fn both_addresses_say_yes_and_each_once(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    begun(&app, &alice);
    assert_eq!(confirm(&app, "neither"), Confirmed::Unknown);
    assert_eq!(confirm(&app, "new"), Confirmed::Half);
    assert_eq!(confirm(&app, "new"), Confirmed::Unknown);
    assert_ne!(email(&app, &alice), "moved@example.org");
    assert_eq!(confirm(&app, "former"), Confirmed::Whole);
    assert_eq!(email(&app, &alice), "moved@example.org");
    assert_eq!(confirm(&app, "former"), Confirmed::Unknown);
}

/// What an administrator does about a stolen account ends what the thief began.
#[test]
fn what_happens_meanwhile_ends_it() {
    type Meanwhile = fn(&TestApp<'_>, &Person);
    let all: [(&str, Meanwhile); 3] = [
        ("suspended", |app, person| {
            let op = app.op();
            let directory = &app.services.directory;
            wait(directory.set_user_state(&op, &person.id, UserState::Suspended)).unwrap();
        }),
        ("a reset", |app, person| {
            let op = app.op();
            wait(
                app.services
                    .credentials
                    .reset_second_factors(&op, &person.id),
            )
            .unwrap();
        }),
        ("late", |app, _| app.clock.advance(Span::hours(25))),
    ];
    for (what, meanwhile) in all {
        let db = TestDatabase::new(EngineKind::SqliteInMemory);
        let app = TestApp::start(&db);
        let alice = app.person("alice");
        let before = email(&app, &alice);
        begun(&app, &alice);
        assert_eq!(confirm(&app, "former"), Confirmed::Half);
        meanwhile(&app, &alice);
        assert_eq!(confirm(&app, "new"), Confirmed::Unknown, "{what}");
        assert_eq!(email(&app, &alice), before, "{what}");
    }
}

/// By the mails themselves, opened in a browser where nobody is signed in.
#[test]
fn a_link_in_each_mail_changes_it() {
    let (server, db) = (
        MailServer::start(),
        TestDatabase::new(EngineKind::SqliteInMemory),
    );
    let app = TestApp::with(&db, |it| it.mail = Some(server.settings()));
    let alice = app.person("alice");
    let _sending = Sending::of(&app);
    // Of the password and the authenticator.
    for _ in 0..2 {
        server.next();
    }
    let mut browser = arrived(&app, &alice, ("/account/email", "id=\"change-email\""));
    post(&mut browser, "/account/email", &[("email", "alice")]).assert(422, "no mail address");
    let begun = post(
        &mut browser,
        "/account/email",
        &[("email", "moved@example.org")],
    );
    begun.assert(200, "");
    let mut links = std::collections::BTreeMap::new();
    for _ in 0..2 {
        let mail = server.next();
        let text = mail["text"].as_str().unwrap();
        assert!(text.contains("moved@example.org"), "{text}");
        let (_, link) = text
            .split_once("https://id.example.com/account/email/")
            .unwrap();
        let token = link.split_whitespace().next().unwrap().to_owned();
        links.insert(mail["to"][0].as_str().unwrap().to_owned(), token);
    }
    let to: Vec<_> = links.keys().map(String::as_str).collect();
    assert_eq!(to, ["alice@example.com", "moved@example.org"]);
    let mut other = app.browser();
    let before = email(&app, &alice);
    for token in links.values() {
        assert_eq!(email(&app, &alice), before);
        let page = other.get(&format!("/account/email/{token}"));
        page.assert(200, "moved@example.org");
        other.submit(&page, &[]).assert(200, "");
    }
    assert_eq!(email(&app, &alice), "moved@example.org");
    let told = server.next();
    let subject = told["subject"].as_str().unwrap();
    assert!(subject.contains("Your address"), "{subject}");
}
