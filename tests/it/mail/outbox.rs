//! The outbox: what a server refuses, puts off or drops, and what is never lost, told or sent twice at once.

use signet::directory::Travel;
use signet::mail::{MailInHand, NotTaken};
use signet::model::{MailState, Span};

use super::server::settings;
use super::{MailServer, Sending, invite, path_in};
use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(
    two_nodes_never_have_the_same_mail_in_hand,
    what_was_in_hand_of_a_node_that_died_is_tried_again,
    a_mail_that_cannot_be_sent_is_put_off_longer_and_longer_and_then_given_up,
    what_does_not_hold_any_more_is_not_sent,
    a_link_in_the_outbox_cannot_be_read,
);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

/// With a mail server that nobody asks.
fn without_server(db: &TestDatabase) -> TestApp<'_> {
    TestApp::with(db, |it| it.mail = Some(settings(9)))
}

fn with_server<'a>(db: &'a TestDatabase, server: &MailServer) -> TestApp<'a> {
    TestApp::with(db, |it| it.mail = Some(server.settings()))
}

fn take(app: &TestApp<'_>) -> Vec<MailInHand> {
    wait(app.services.outbox.take(&app.op())).unwrap()
}

fn kinds(app: &TestApp<'_>) -> Vec<String> {
    let records = rows(
        &app.services.store,
        "SELECT kind FROM audit_records WHERE kind IN ('mail.sent', 'mail.failed') ORDER BY kind",
        Vec::new(),
    );
    records
        .iter()
        .map(|row| row.text("kind").unwrap())
        .collect()
}

fn two_nodes_never_have_the_same_mail_in_hand(db: &TestDatabase) {
    let app = without_server(db);
    let addresses: Vec<String> = (0..20).map(|n| format!("p{n}@example.com")).collect();
    invite(&app, &addresses.join(","), Travel::ByMail);
    let taken: Vec<String> = std::thread::scope(|scope| {
        let nodes: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| take(&app).iter().map(|m| m.id().to_owned()).collect()))
            .collect();
        nodes
            .into_iter()
            .flat_map(|node: std::thread::ScopedJoinHandle<'_, Vec<String>>| node.join().unwrap())
            .collect()
    });
    let mut once = taken.clone();
    once.sort();
    once.dedup();
    assert_eq!((once.len(), taken.len()), (20, 20));
}

fn what_was_in_hand_of_a_node_that_died_is_tried_again(db: &TestDatabase) {
    let mut app = without_server(db);
    invite(&app, "dora@example.com", Travel::ByMail);
    let first = take(&app);
    assert_eq!(first.len(), 1);
    app.advance(Span::minutes(9));
    assert!(take(&app).is_empty());
    app.advance(Span::minutes(2));
    let again = take(&app);
    // The same name, so that a receiver can tell.
    assert_eq!(again[0].id(), first[0].id());
}

fn a_mail_that_cannot_be_sent_is_put_off_longer_and_longer_and_then_given_up(db: &TestDatabase) {
    let mut app = without_server(db);
    invite(&app, "dora@example.com", Travel::ByMail);
    let why = NotTaken::Later("4.7.1 not\r\nnow".into());
    let outbox = app.services.outbox.clone();
    for pause in [15, 30, 60, 120] {
        let mail = take(&app).pop().expect("its time has come");
        let state = wait(outbox.not_taken(&app.op(), mail, &why)).unwrap();
        assert_eq!(state, MailState::Waiting);
        app.advance(Span::seconds(pause - 1));
        assert!(take(&app).is_empty(), "{pause} s");
        app.advance(Span::seconds(2));
    }
    let listed = wait(outbox.list(10)).unwrap().remove(0);
    assert_eq!((listed.state, listed.attempts), (MailState::Waiting, 4));
    assert_eq!(listed.last_reply.as_deref(), Some("4.7.1 not  now"));
    // The link's time is the mail's.
    app.advance(Span::days(8));
    assert!(take(&app).is_empty());
    let listed = wait(outbox.list(10)).unwrap().remove(0);
    assert_eq!(listed.state, MailState::Failed);
    assert_eq!(kinds(&app), ["mail.failed"]);
    let sealed = "SELECT sealed_message FROM mail_outbox";
    let left = rows(db.store(), sealed, Vec::new())[0].opt_text("sealed_message");
    assert_eq!(left.unwrap(), None);
}

fn what_does_not_hold_any_more_is_not_sent(db: &TestDatabase) {
    let app = without_server(db);
    invite(&app, "dora@example.com", Travel::ByMail);
    // A second invitation makes the first one's link useless.
    invite(&app, "dora@example.com", Travel::ByMail);
    assert_eq!(take(&app).len(), 1);
    let dora = wait(app.services.directory.user_by_name("dora@example.com"));
    app.set_password(&dora.unwrap().unwrap().id, "a long enough passphrase");
    let left = rows(db.store(), "SELECT id FROM mail_outbox", Vec::new());
    assert!(left.is_empty(), "{left:?}");
}

fn a_link_in_the_outbox_cannot_be_read(db: &TestDatabase) {
    let app = without_server(db);
    invite(&app, "dora@example.com", Travel::ByMail);
    let sealed = "SELECT sealed_message FROM mail_outbox";
    let stored = rows(db.store(), sealed, Vec::new())[0].text("sealed_message");
    let stored = stored.unwrap();
    assert!(stored.starts_with("v1."), "{stored}");
    assert!(!stored.contains("invite"), "{stored}");
    // Nor in the place of another mail.
    invite(&app, "erik@example.com", Travel::ByMail);
    wait(db.store().write(|txn| {
        txn.execute(
            "UPDATE mail_outbox SET sealed_message = (SELECT MIN(m.sealed_message) FROM mail_outbox m)",
            &[],
        )
    }))
    .unwrap();
    assert_eq!(take(&app).len(), 1);
}

#[test]
fn a_server_that_is_away_loses_nothing() {
    let server = MailServer::start();
    let db = memory();
    let port = server.port;
    drop(server);
    let mut app = TestApp::with(&db, |it| it.mail = Some(settings(port)));
    let sending = Sending::of(&app);
    invite(&app, "dora@example.com, erik@example.com", Travel::ByMail);
    let outbox = app.services.outbox.clone();
    let tried = || wait(outbox.list(10)).unwrap();
    until(|| tried().iter().all(|mail| mail.last_reply.is_some()));
    assert!(tried().iter().all(|mail| mail.state == MailState::Waiting));
    drop(sending);
    // It comes back, elsewhere.
    let server = MailServer::start();
    app.change_settings(|it| it.mail = Some(server.settings()));
    app.advance(Span::seconds(16));
    let _sending = Sending::of(&app);
    let mut to = [
        server.next()["to"][0].clone(),
        server.next()["to"][0].clone(),
    ];
    to.sort_by_key(|address| address.to_string());
    assert_eq!(to, ["dora@example.com", "erik@example.com"]);
    until(|| kinds(&app) == ["mail.sent", "mail.sent"]);
    assert!(tried().is_empty());
}

#[test]
fn a_server_that_puts_off_is_asked_again_and_one_that_refuses_is_not() {
    let (server, db) = (MailServer::start(), memory());
    let mut app = with_server(&db, &server);
    let _sending = Sending::of(&app);
    let addresses = "greylisted@example.com refused@example.com erik@example.com";
    invite(&app, addresses, Travel::ByMail);
    assert_eq!(server.next()["to"][0], "erik@example.com");
    let outbox = app.services.outbox.clone();
    let listed = || wait(outbox.list(10)).unwrap();
    until(|| listed().len() == 2 && listed().iter().all(|mail| mail.last_reply.is_some()));
    let said: Vec<_> = listed()
        .into_iter()
        .map(|mail| {
            (
                mail.address.to_string(),
                mail.state,
                mail.last_reply.unwrap(),
            )
        })
        .collect();
    assert_eq!(said[0].0, "refused@example.com");
    assert_eq!(said[0].1, MailState::Failed);
    assert!(said[0].2.contains("nobody of that name"), "{said:?}");
    assert_eq!(said[1].1, MailState::Waiting);
    assert!(said[1].2.contains("come back later"), "{said:?}");
    app.advance(Span::seconds(16));
    assert_eq!(server.next()["to"][0], "greylisted@example.com");
    assert!(server.took_nothing());
    assert_eq!(kinds(&app), ["mail.failed", "mail.sent", "mail.sent"]);
}

#[test]
fn a_mail_whose_receipt_was_lost_comes_again_under_the_same_name() {
    let (server, db) = (MailServer::start(), memory());
    let mut app = with_server(&db, &server);
    let _sending = Sending::of(&app);
    invite(&app, "dropped@example.com", Travel::ByMail);
    let first = server.next();
    assert!(server.took_nothing());
    app.advance(Span::seconds(16));
    let again = server.next();
    assert_eq!(again["id"], first["id"]);
    assert_eq!(
        path_in(again["text"].as_str().unwrap()),
        path_in(first["text"].as_str().unwrap())
    );
    assert!(server.took_nothing());
}

#[test]
fn a_server_that_hangs_holds_nobody_else() {
    let (server, db) = (MailServer::start(), memory());
    let app = with_server(&db, &server);
    let _sending = Sending::of(&app);
    invite(&app, "slow@example.com", Travel::ByMail);
    let alice = app.person("alice");
    // The whole sign-in goes on while the mail hangs.
    app.browser()
        .sign_in(&app, &alice)
        .assert(200, "applications");
    let outbox = app.services.outbox.clone();
    until(|| {
        let listed = wait(outbox.list(10)).unwrap();
        listed
            .iter()
            .any(|mail| mail.address.as_str() == "slow@example.com" && mail.last_reply.is_some())
    });
}

#[test]
fn without_a_mail_server_nothing_is_queued() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    app.set_password(&alice.id, "another long passphrase");
    let invited = invite(&app, "dora@example.com", Travel::ByMail);
    super::link(&invited[0]);
    let queued = rows(db.store(), "SELECT id FROM mail_outbox", Vec::new());
    assert!(queued.is_empty());
}

/// Waits until it is so; fails after ten seconds.
fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
    panic!("not within ten seconds");
}
