//! What is protected waits for a second administrator, who agrees to exactly that and once; or the glass is broken.

use signet::directory::DirectoryError;
use signet::model::{AdminRole, Assurance, ProtectedObject, Span, UserState};
use signet::policy::Policy;

use super::{arrived, post};
use crate::app::{Browser, Person, TestApp};
use crate::keys_audit::wait;
use crate::mail::MailServer;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(a_second_administrator_agrees_to_exactly_that_and_once,);

const WAITS: &str = "A second administrator must agree";

fn at_work(app: &TestApp<'_>, person: &Person) -> Browser {
    arrived(app, person, ("/admin", "id=\"home\""))
}

fn protect(app: &TestApp<'_>, object: ProtectedObject) {
    let op = app.op();
    let directory = &app.services.directory;
    assert!(wait(directory.set_protected(&op, &object, true)).unwrap());
}

fn a_second_administrator_agrees_to_exactly_that_and_once(db: &TestDatabase) {
    let app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let eve = app.person_with("eve", AdminRole::Administrator);
    let alice = app.person("alice");
    app.person("bob");
    let group = app.group("Break everything", &[]);
    protect(&app, ProtectedObject::Group(group.id.clone()));
    let (mut first, mut second) = (at_work(&app, &ada), at_work(&app, &eve));
    let add = format!("/admin/groups/{}/add", group.id);
    post(&mut first, &add, &[("value", "alice")]).assert(403, WAITS);
    let waits = first.get("/admin/protection");
    waits
        .assert(200, "Break everything")
        .assert(200, "Break the glass");
    assert!(
        !waits.has("class=\"primary agree\""),
        "nobody agrees with themselves"
    );
    let id = waits.field("id").unwrap();
    let own = post(
        &mut first,
        "/admin/protection",
        &[("act", "agree"), ("id", &id)],
    );
    own.assert(403, "yourself");
    let agreed = post(
        &mut second,
        "/admin/protection",
        &[("act", "agree"), ("id", &id)],
    );
    assert_eq!(agreed.location(), "/admin/protection");
    // To this, not to the like of it; for her, not for another.
    post(&mut first, &add, &[("value", "bob")]).assert(403, WAITS);
    post(&mut second, &add, &[("value", "alice")]).assert(403, WAITS);
    let done = post(&mut first, &add, &[("value", "alice")]);
    assert_eq!(done.location(), format!("/admin/groups/{}", group.id));
    // Once.
    let remove = format!("/admin/groups/{}/remove", group.id);
    let out = post(&mut first, &remove, &[("value", alice.id.as_str())]);
    assert_eq!(out.status, 303, "what takes away waits for nobody");
    post(&mut first, &add, &[("value", "alice")]).assert(403, WAITS);
    let recorded = rows(
        db.store(),
        "SELECT COUNT(*) AS n FROM audit_records WHERE kind IN ('approval.given', 'membership.added', 'protection.changed')",
        Vec::new(),
    );
    assert_eq!(recorded[0].int("n").unwrap(), 3);
}

#[test]
fn an_agreement_ends_after_an_hour() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let eve = app.person_with("eve", AdminRole::Administrator);
    let alice = app.person("alice");
    protect(&app, ProtectedObject::User(alice.id.clone()));
    let (mut first, mut second) = (at_work(&app, &ada), at_work(&app, &eve));
    let pass = format!("/admin/people/{}/pass", alice.id);
    post(&mut first, &pass, &[]).assert(403, WAITS);
    let id = first.get("/admin/protection").field("id").unwrap();
    post(
        &mut second,
        "/admin/protection",
        &[("act", "agree"), ("id", &id)],
    );
    app.clock.advance(Span::minutes(61));
    post(&mut first, &pass, &[]).assert(403, WAITS);
}

#[test]
fn the_glass_is_broken_with_a_reason_by_whoever_asked() {
    let (server, db) = (
        MailServer::start(),
        TestDatabase::new(EngineKind::SqliteInMemory),
    );
    let app = TestApp::with(&db, |it| it.mail = Some(server.settings()));
    let mails = || {
        let sql = "SELECT COUNT(*) AS n FROM mail_outbox";
        rows(db.store(), sql, Vec::new())[0].int("n").unwrap()
    };
    let ada = app.person_with("ada", AdminRole::Administrator);
    let eve = app.person_with("eve", AdminRole::Administrator);
    let alice = app.person("alice");
    protect(&app, ProtectedObject::User(alice.id.clone()));
    let (mut first, mut second) = (at_work(&app, &ada), at_work(&app, &eve));
    let pass = format!("/admin/people/{}/pass", alice.id);
    post(&mut first, &pass, &[]).assert(403, WAITS);
    let id = first.get("/admin/protection").field("id").unwrap();
    let glass = |reason| [("act", "glass"), ("id", id.as_str()), ("reason", reason)];
    post(&mut first, "/admin/protection", &glass("now")).assert(422, "at least 10");
    let others = post(
        &mut second,
        "/admin/protection",
        &glass("nobody else is awake"),
    );
    assert_eq!(others.status, 403);
    let before = mails();
    let broken = post(
        &mut first,
        "/admin/protection",
        &glass("nobody else is awake"),
    );
    assert_eq!(broken.location(), "/admin/protection");
    assert_eq!(mails(), before + 2, "both administrators hear of it");
    post(&mut first, &pass, &[]).assert(200, "id=\"new-pass\"");
    let told = rows(
        db.store(),
        "SELECT COUNT(*) AS n FROM audit_records WHERE kind = 'approval.glass_broken' AND body LIKE '%nobody else is awake%'",
        Vec::new(),
    );
    assert_eq!(told[0].int("n").unwrap(), 1);
}

/// A mail to oneself is none: neither when there is nobody else, nor when one has suspended them first.
#[test]
fn the_glass_is_not_broken_alone() {
    let (server, db) = (
        MailServer::start(),
        TestDatabase::new(EngineKind::SqliteInMemory),
    );
    let app = TestApp::with(&db, |it| it.mail = Some(server.settings()));
    let ada = app.person_with("ada", AdminRole::Administrator);
    let alice = app.person("alice");
    protect(&app, ProtectedObject::User(alice.id.clone()));
    let (directory, outbox) = (&app.services.directory, &app.services.outbox);
    let own = app.op().as_user(&ada.id);
    let asked = || {
        drop(wait(app.services.credentials.issue_pass(&own, &alice.id)).unwrap_err());
        wait(directory.approvals(&own)).unwrap().remove(0).id
    };
    let id = asked();
    let alone = wait(directory.break_glass(&own, outbox, (&id, "nobody else is there")));
    assert!(
        matches!(alone, Err(DirectoryError::NobodyElse)),
        "{alone:?}"
    );
    let eve = app.person_with("eve", AdminRole::Administrator);
    wait(directory.set_user_state(&own, &eve.id, UserState::Suspended)).unwrap();
    wait(directory.break_glass(&own, outbox, (&asked(), "nobody else is there"))).unwrap();
    let sql = "SELECT user_id FROM mail_outbox WHERE kind = 'glass_broken' AND user_id = $1";
    let told = rows(db.store(), sql, vec![eve.id.as_str().into()]);
    assert_eq!(told.len(), 1, "who was suspended hears of it");
}

/// Everything that adds, resets or loosens; each of them by itself was seen to go through with its weight taken away.
#[test]
fn everything_that_adds_resets_or_loosens_waits() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let alice = app.person("alice");
    let bob = app.person("bob");
    let assignment = app.aws_role(&alice);
    let group = app.group("Operators", &[]);
    let outer = app.group("Everything", &[]);
    let op = app.op();
    let directory = &app.services.directory;
    wait(directory.nest_group(&op, &outer.id, &group.id)).unwrap();
    app.set_global_policy(&Policy {
        required_assurance: Some(Assurance::PhishingResistant),
        ..Policy::default()
    });
    app.set_global_policy(&Policy::default());
    for object in [
        ProtectedObject::User(alice.id.clone()),
        ProtectedObject::Group(outer.id.clone()),
        ProtectedObject::Account(assignment.account_id.clone()),
    ] {
        protect(&app, object);
    }
    let mut browser = at_work(&app, &ada);
    let person = format!("/admin/people/{}", alice.id);
    let account = assignment.account_id.to_string();
    let set = assignment.permission_set_id.to_string();
    for (path, fields) in [
        (format!("{person}/pass"), vec![]),
        (format!("{person}/factors"), vec![]),
        (format!("{person}/link"), vec![]),
        (format!("{person}/role"), vec![("value", "administrator")]),
        (
            format!("{person}/dates"),
            vec![("starts", "2020-01-01"), ("ends", "")],
        ),
        (
            format!("/admin/groups/{}/add", group.id),
            vec![("value", "bob")],
        ),
        (
            "/admin/policies".to_owned(),
            vec![("scope", ""), ("assurance", "one")],
        ),
        (
            "/admin/protection".to_owned(),
            vec![
                ("act", "release"),
                ("kind", "user"),
                ("id", alice.id.as_str()),
            ],
        ),
    ] {
        post(&mut browser, &path, &fields).assert(403, WAITS);
    }
    let assigned = post(
        &mut browser,
        "/admin/aws/assign",
        &[
            ("user", "bob"),
            ("set", set.as_str()),
            ("account", account.as_str()),
        ],
    );
    assert!(assigned.has("protected"), "{}", assigned.body);
    // What takes away, and what is about nothing that is protected, goes through.
    let elsewhere = post(&mut browser, &format!("/admin/people/{}/pass", bob.id), &[]);
    elsewhere.assert(200, "id=\"new-pass\"");
    let away = post(
        &mut browser,
        &format!("{person}/state"),
        &[("value", "suspended")],
    );
    assert_eq!(away.status, 303);
    let found = wait(directory.user(&alice.id)).unwrap().unwrap();
    assert_eq!(found.state, UserState::Suspended);
    post(
        &mut browser,
        &format!("{person}/state"),
        &[("value", "active")],
    )
    .assert(403, WAITS);
}
