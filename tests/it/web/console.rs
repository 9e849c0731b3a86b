//! The console: what an administrator does in a day, and what each role may not.

use signet::audit::LinkPurpose;
use signet::model::{AdminRole, UserState};

use crate::app::{Answer, Browser, Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(
    an_administrator_invites_groups_and_sends_away,
    each_role_changes_what_it_may_and_nothing_else,
);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

/// Signed in, at the list of people.
fn at_work(app: &TestApp<'_>, person: &Person) -> (Browser, Answer) {
    let mut browser = app.browser();
    let page = browser.open("/admin/people");
    let page = browser.submit_password(&page, &person.user_name, &person.password);
    let page = browser.submit_code(&page, &person.next_code(app));
    page.assert(200, "id=\"query\"");
    (browser, page)
}

/// A form's post with the token of the session.
fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = browser
        .get("/account")
        .field("csrf")
        .or_else(|| browser.get("/admin/people/invite").field("csrf"))
        .expect("a form with its token");
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend_from_slice(fields);
    browser.post(path, &all)
}

fn state(app: &TestApp<'_>, name: &str) -> UserState {
    let found = wait(app.services.directory.user_by_name(name)).unwrap();
    found.expect("somebody of that name").state
}

fn person_path(app: &TestApp<'_>, name: &str) -> String {
    let found = wait(app.services.directory.user_by_name(name)).unwrap();
    format!("/admin/people/{}", found.expect("somebody").id)
}

fn an_administrator_invites_groups_and_sends_away(db: &TestDatabase) {
    let app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let (mut browser, _) = at_work(&app, &ada);
    let made = post(
        &mut browser,
        "/admin/groups",
        &[("value", "S3 and RDS access")],
    );
    let group = made.location().to_owned();
    browser.get(&group).assert(200, "S3 and RDS access");
    let id = group.rsplit('/').next().unwrap().to_owned();

    let asked = browser.get("/admin/people/invite");
    asked.assert(200, "S3 and RDS access");
    let fields = [
        ("addresses", "Dora Decker <dora@example.com>\nnobody"),
        ("group", id.as_str()),
    ];
    let invited = post(&mut browser, "/admin/people/invite", &fields);
    invited.assert(200, "Not invited");
    let (_, link) = invited.body.split_once("invite&#x2f;").expect("a link");
    let token: String = link.chars().take_while(|c| *c != '<').collect();
    app.browser()
        .get(&format!("/invite/{token}"))
        .assert(200, "Dora Decker");
    browser
        .get("/admin/people?q=DORA")
        .assert(200, "Dora Decker");
    browser
        .get("/admin/people?q=100%25_")
        .assert(200, "Nobody has");
    browser.get(&group).assert(200, "dora@example.com");

    // A new link ends the first one.
    let dora = person_path(&app, "dora@example.com");
    let page = post(&mut browser, &format!("{dora}/link"), &[]);
    page.assert(200, "new-link");
    app.browser()
        .get(&format!("/invite/{token}"))
        .assert(410, "link");

    let away = post(
        &mut browser,
        &format!("{dora}/state"),
        &[("value", "deactivated")],
    );
    assert_eq!(away.location(), format!("{dora}/leaving"));
    assert_eq!(state(&app, "dora@example.com"), UserState::Deactivated);
    browser.get(&dora).assert(200, "deactivated");
    let left = post(&mut browser, &format!("{dora}/leave"), &[("value", &id)]);
    assert_eq!(left.location(), dora);
    browser.get(&group).assert(200, "Nobody is in this group");
    let wrong = post(&mut browser, &format!("{group}/delete"), &[("value", "s3")]);
    wrong.assert(422, "S3 and RDS access");
    let gone = post(
        &mut browser,
        &format!("{group}/delete"),
        &[("value", "S3 and RDS access")],
    );
    assert_eq!(gone.location(), "/admin/groups");
    assert_eq!(browser.get(&group).status, 404);
    // Each change is hers in the audit.
    let by_ada = rows(
        db.store(),
        "SELECT COUNT(*) AS n FROM audit_records WHERE kind IN
           ('group.created', 'user.created', 'link.issued', 'user.disabled', 'membership.removed', 'group.deleted')
           AND body LIKE '%' || (SELECT id FROM users WHERE user_name = 'ada') || '%'",
        Vec::new(),
    );
    assert!(by_ada[0].int("n").unwrap() >= 6, "{by_ada:?}");
}

fn each_role_changes_what_it_may_and_nothing_else(db: &TestDatabase) {
    let app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let carol = app.person_with("carol", AdminRole::Auditor);
    let alice = app.person("alice");
    let group = app.group("Developers", &[&alice]);
    let path = |person: &Person, act: &str| format!("/admin/people/{}/{act}", person.id);
    let group_path = format!("/admin/groups/{}", group.id);
    let join = |person: &Person| (path(person, "join"), group.id.to_string());
    // What is tried, by whom it is let through.
    let tries: Vec<(String, String, &[&str])> = vec![
        (path(&alice, "state"), "suspended".into(), &["ada", "ute"]),
        (path(&alice, "state"), "active".into(), &["ada", "ute"]),
        (path(&alice, "leave"), group.id.to_string(), &["ada", "ute"]),
        (join(&alice).0, join(&alice).1, &["ada", "ute"]),
        (path(&alice, "link"), String::new(), &["ada"]),
        (path(&alice, "role"), "none".into(), &["ada"]),
        (path(&alice, "factors"), String::new(), &["ada", "ute"]),
        // Whoever has a role is above whoever administers people.
        (path(&ada, "link"), String::new(), &[]),
        (path(&ada, "factors"), String::new(), &[]),
        (path(&ada, "state"), "suspended".into(), &[]),
        (path(&carol, "link"), String::new(), &["ada"]),
        (path(&carol, "role"), "auditor".into(), &["ada"]),
        // Nobody lifts themselves.
        (path(&ute, "role"), "administrator".into(), &[]),
        (path(&ada, "role"), "none".into(), &[]),
        (format!("{group_path}/add"), "alice".into(), &["ada", "ute"]),
        (
            format!("{group_path}/remove"),
            alice.id.to_string(),
            &["ada", "ute"],
        ),
        (
            "/admin/people/invite".into(),
            String::new(),
            &["ada", "ute"],
        ),
    ];
    for (name, person) in [("carol", &carol), ("ute", &ute), ("ada", &ada)] {
        let (mut browser, _) = at_work(&app, person);
        for (path, value, let_through) in &tries {
            // Roles that were given back in between are as they were.
            if path == &format!("/admin/people/{}/role", ute.id) && name == "ada" {
                continue;
            }
            let answer = post(
                &mut browser,
                path,
                &[("value", value), ("addresses", "dora@example.com")],
            );
            let is_through = matches!(answer.status, 200 | 303);
            assert_eq!(
                is_through,
                let_through.contains(&name),
                "{name} {path} {value}: {}",
                answer.status
            );
            if !is_through {
                // Without a mail server there is no link that its asker does not see.
                let expected = match path.ends_with("link")
                    && name == "ute"
                    && path.contains(alice.id.as_str())
                {
                    true => 422,
                    false => 403,
                };
                assert_eq!(answer.status, expected, "{name} {path}");
                assert!(answer.has("class=\"problem\""), "{}", answer.body);
            }
        }
        let myself = post(&mut browser, &join(person).0, &[("value", &join(person).1)]);
        assert_eq!(myself.status == 303, name == "ada", "{name} joins");
    }
    let roles = wait(app.services.directory.users()).unwrap();
    let role = |name: &str| {
        roles
            .iter()
            .find(|user| user.user_name.as_str() == name)
            .unwrap()
            .admin_role
    };
    assert_eq!(role("ute"), AdminRole::UserAdministrator);
    assert_eq!(role("ada"), AdminRole::Administrator);
}

#[test]
fn readers_see_no_forms_and_nobody_else_sees_anything() {
    let db = memory();
    let app = TestApp::start(&db);
    let (carol, alice) = (
        app.person_with("carol", AdminRole::Auditor),
        app.person("alice"),
    );
    let group = app.group("Developers", &[&alice]);
    let paths = [
        "/admin".to_owned(),
        "/admin/people".to_owned(),
        format!("/admin/people/{}", alice.id),
        "/admin/groups".to_owned(),
        format!("/admin/groups/{}", group.id),
    ];
    let (mut browser, _) = at_work(&app, &carol);
    for path in &paths {
        let page = browser.get(path);
        page.assert(200, "</main>");
        assert!(!page.has("method=\"post\""), "{path}");
    }
    let mut other = app.browser();
    other.sign_in(&app, &alice);
    for path in &paths {
        assert_eq!(other.open(path).status, 403, "{path}");
    }
    for path in ["/admin/people/x", "/admin/groups/x"] {
        assert_eq!(browser.get(path).status, 404);
    }
}

#[test]
fn a_form_without_the_sessions_token_changes_nothing() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let alice = app.person("alice");
    let (mut browser, _) = at_work(&app, &ada);
    let path = format!("/admin/people/{}/state", alice.id);
    for csrf in ["", "00", &"0".repeat(64)] {
        let answer = browser.post(&path, &[("csrf", csrf), ("value", "deactivated")]);
        assert_eq!(answer.status, 403);
    }
    assert_eq!(state(&app, "alice"), UserState::Active);
}

/// Between the page and the click the role was taken away.
#[test]
fn a_role_that_was_taken_away_changes_nothing_any_more() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let alice = app.person("alice");
    let (op, directory) = (app.op().as_user(&ute.id), &app.services.directory);
    let op_of_ada = app.op().as_user(&ada.id);
    wait(directory.set_admin_role(&op_of_ada, &ute.id, AdminRole::None)).unwrap();
    let refused = wait(directory.set_user_state(&op, &alice.id, UserState::Suspended));
    assert!(refused.is_err());
    let credentials = &app.services.credentials;
    assert!(wait(credentials.reset_second_factors(&op, &alice.id)).is_err());
    let lifetime = signet::model::Span::hours(1);
    let link = wait(credentials.issue_link(&op, &alice.id, LinkPurpose::Recovery, lifetime));
    assert!(link.is_err());
    assert_eq!(state(&app, "alice"), UserState::Active);
}

#[test]
fn fifty_people_to_a_page() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    for n in 0..60 {
        app.user(&format!("user{n:02}"), AdminRole::None);
    }
    let (mut browser, first) = at_work(&app, &ada);
    let count = |page: &Answer| page.body.matches("class=\"name\" href=").count();
    assert_eq!(count(&first), 50);
    let (_, next) = first.body.split_once("id=\"next\" href=\"").unwrap();
    let next = crate::app::unescape(next.split('"').next().unwrap());
    assert_eq!(count(&browser.get(&next)), 11);
}

/// A group that carries roles in AWS makes whoever is put into it somebody with roles in AWS; and whoever resets somebody
/// with roles in AWS could become them.
#[test]
fn what_carries_roles_in_aws_is_an_administrators() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let assignment = app.aws_role(&alice);
    let group = app.group("AWS", &[]);
    let carried = signet::model::AccountAssignment {
        principal: signet::model::Principal::Group(group.id.clone()),
        ..assignment
    };
    wait(app.services.apps.assign_account(&app.op(), carried)).unwrap();
    let join = format!("/admin/people/{}/join", bob.id);
    let factors = format!("/admin/people/{}/factors", alice.id);
    let invite = [
        ("addresses", "puppet@example.com"),
        ("group", group.id.as_str()),
    ];
    let (mut browser, _) = at_work(&app, &ute);
    for (path, fields) in [
        (join.as_str(), vec![("value", group.id.as_str())]),
        (factors.as_str(), Vec::new()),
    ] {
        let refused = post(&mut browser, path, &fields);
        refused.assert(403, "Only an administrator");
    }
    let refused = post(&mut browser, "/admin/people/invite", &invite);
    refused.assert(200, "Not invited");
    let puppet = wait(app.services.directory.user_by_name("puppet@example.com"));
    assert!(puppet.unwrap().is_none());
    let deleted = post(
        &mut browser,
        &format!("/admin/groups/{}/delete", group.id),
        &[("value", "AWS")],
    );
    assert_eq!(deleted.status, 403);
    // What was tried is on record.
    let tried = rows(
        db.store(),
        "SELECT body FROM audit_records WHERE kind = 'change.refused'",
        Vec::new(),
    );
    assert!(tried.len() >= 4, "{tried:?}");
    let (mut browser, _) = at_work(&app, &ada);
    assert_eq!(
        post(&mut browser, &join, &[("value", group.id.as_str())]).status,
        303
    );
    assert_eq!(post(&mut browser, &factors, &[]).status, 303);
}
