//! A pass from a colleague whom a policy names: for whom, by whom, and what hangs on being named.

use signet::apps::{AppsError, PolicyScope};
use signet::credentials::{CodeOutcome, CredentialError};
use signet::model::{AdminRole, Group, ProtectedObject, Span};
use signet::policy::{ChangeRefusal, Policy};

use super::{arrived, post};
use crate::app::{Answer, Browser, Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(a_colleague_gives_a_way_back,);

const PAGE: &str = "/account/pass";
const NOBODY: &str = "nobody of this name";

fn named(groups: &[&Group]) -> Policy {
    Policy {
        passes_from: Some(groups.iter().map(|group| group.id.clone()).collect()),
        ..Policy::default()
    }
}

fn helper(app: &TestApp<'_>, person: &Person) -> Browser {
    arrived(app, person, (PAGE, "id=\"make-pass\""))
}

fn make(browser: &mut Browser, name: &str) -> Answer {
    post(browser, PAGE, &[("user", name)])
}

fn made(page: &Answer) -> String {
    page.assert(200, "id=\"new-pass\"");
    let (_, behind) = page.body.split_once("<code class=\"link\">").unwrap();
    behind.split_once("</code>").unwrap().0.to_owned()
}

fn a_colleague_gives_a_way_back(db: &TestDatabase) {
    let app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let (hugo, alice) = (app.person("hugo"), app.person("alice"));
    app.aws_role(&alice);
    app.group("Helpdesk", &[&hugo]);
    let mut console = arrived(&app, &ada, ("/admin/policies", "id=\"passes\""));
    let refused = post(&mut console, "/admin/policies", &[("passes", "Helpdesks")]);
    refused.assert(422, "Helpdesks");
    let nobody = post(&mut console, "/admin/policies", &[("no_passes", "yes")]);
    assert_eq!(nobody.status, 303);
    let shown = console.get("/admin/policies");
    shown.assert(200, "Passes come from administrators alone.");
    let set = post(&mut console, "/admin/policies", &[("passes", "Helpdesk\n")]);
    assert_eq!(set.status, 303);
    let shown = console.get("/admin/policies");
    shown.assert(200, "Passes may come from members of: Helpdesk.");

    let mut browser = helper(&app, &hugo);
    browser.get("/account").assert(200, "id=\"colleague-pass\"");
    let pass = made(&make(&mut browser, " Alice@example.com "));
    let sql = "SELECT body FROM audit_records WHERE kind = 'pass.issued'";
    let issued = rows(&app.services.store, sql, vec![]);
    let body = issued[0].text("body").unwrap();
    assert!(body.contains(hugo.id.as_str()), "{body}");

    let mut lost = app.browser();
    let page = lost.open("/");
    let ask = lost.submit_password(&page, "alice", &alice.password);
    let pass_page = lost.get(&ask.link("use-pass"));
    let enroll = lost.submit_code(&pass_page, &pass);
    enroll.assert(200, "otpauth");
    // What was lost has ended with it.
    let mut old = app.browser();
    let page = old.open("/");
    let ask = old.submit_password(&page, "alice", &alice.password);
    ask.assert(200, "Enter your pass");
}

#[test]
fn nobody_else_makes_one_and_not_for_everybody() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let mut app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let (hugo, alice, bob) = (app.person("hugo"), app.person("alice"), app.person("bob"));
    let helpdesk = app.group("Helpdesk", &[&hugo]);
    let mut other = app.browser();
    let page = other.open(PAGE);
    other.complete(&app, &page, &hugo).assert(404, "");
    // Nobody who is not named is asked for anything on the way there.
    let mut old = app.browser();
    old.sign_in(&app, &alice);
    app.advance(Span::minutes(11));
    assert_eq!(old.get(PAGE).status, 404);
    assert!(!other.get("/account").has("id=\"colleague-pass\""));
    app.set_global_policy(&named(&[&helpdesk]));

    let mut browser = helper(&app, &hugo);
    for name in ["nobody", "hugo", "ada", ""] {
        make(&mut browser, name).assert(403, NOBODY);
    }
    made(&make(&mut browser, "alice"));
    // Where another policy names others, both must name them.
    let board = app.group("Board", &[&alice]);
    let (op, apps) = (app.op(), &app.services.apps);
    let of_board = PolicyScope::Group(board.id.clone());
    wait(apps.set_policy(&op, &of_board, &named(&[&board]))).unwrap();
    make(&mut browser, "alice").assert(403, NOBODY);
    made(&make(&mut browser, "bob"));
    // Through the service alike.
    let own = app.op().as_user(&bob.id);
    let pass = wait(app.services.credentials.issue_pass(&own, &alice.id));
    assert!(
        matches!(
            &pass,
            Err(CredentialError::NotAllowed(ChangeRefusal::NotYourDuty))
        ),
        "{pass:?}"
    );
    // Who is protected waits for a second administrator.
    let (op, directory) = (app.op(), &app.services.directory);
    let object = ProtectedObject::User(bob.id.clone());
    wait(directory.set_protected(&op, &object, true)).unwrap();
    make(&mut browser, "bob").assert(403, "is protected");
    let mut agreeing = arrived(&app, &ada, ("/admin/protection", "Making a pass for"));
    let id = agreeing.get("/admin/protection").field("id").unwrap();
    let fields = [("act", "agree"), ("id", id.as_str())];
    assert_eq!(
        post(&mut agreeing, "/admin/protection", &fields).status,
        303
    );
    made(&make(&mut browser, "bob"));
    // A browser that was left alone makes none.
    app.advance(Span::minutes(11));
    assert!(make(&mut browser, "bob").location().starts_with("/signin/"));
}

fn waits<T: std::fmt::Debug>(outcome: Result<T, CredentialError>) {
    let needs_second = CredentialError::NotAllowed(ChangeRefusal::NeedsSecond);
    let said = format!("{:?}", outcome.map_err(|error| error.to_string()));
    assert!(said.contains(&needs_second.to_string()), "{said}");
}

/// By the person, by a group that they are in, by an account that they reach; and the policy itself.
#[test]
fn what_is_protected_is_reset_by_two_however_it_is_reached() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let (hugo, alice, bob) = (app.person("hugo"), app.person("alice"), app.person("bob"));
    let carla = app.person("carla");
    let helpdesk = app.group("Helpdesk", &[&hugo]);
    let (board, inner) = (app.group("Board", &[]), app.group("Inner", &[&bob]));
    let account = app.aws_role(&alice).account_id;
    let (op, services) = (app.op(), &app.services);
    wait(services.directory.nest_group(&op, &board.id, &inner.id)).unwrap();
    app.set_global_policy(&named(&[&helpdesk]));
    let (own, hers) = (op.as_user(&hugo.id), op.as_user(&ada.id));
    let pass = |person: &Person| wait(services.credentials.issue_pass(&own, &person.id));
    for person in [&alice, &bob, &carla] {
        pass(person).unwrap();
    }
    for object in [
        ProtectedObject::Account(account),
        ProtectedObject::Group(board.id.clone()),
    ] {
        wait(services.directory.set_protected(&op, &object, true)).unwrap();
    }
    waits(pass(&alice));
    waits(pass(&bob));
    waits(wait(
        services.credentials.reset_second_factors(&hers, &bob.id),
    ));
    pass(&carla).unwrap();
    let wider = named(&[&helpdesk, &board]);
    let set = wait(
        services
            .apps
            .set_policy(&hers, &PolicyScope::Global, &wider),
    );
    assert!(format!("{set:?}").contains("NeedsSecond"), "{set:?}");
}

/// Who became something else meanwhile is not reset by what was made for who they were.
#[test]
fn a_pass_ends_with_a_new_role_and_with_protection() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let (op, services) = (app.op(), &app.services);
    let used = |person: &Person, pass: &str| {
        let user = wait(services.directory.user(&person.id)).unwrap().unwrap();
        wait(services.credentials.verify_pass(&op, &user, pass)).unwrap()
    };
    let (first, second) = (app.pass(&alice), app.pass(&bob));
    let role = AdminRole::Administrator;
    wait(services.directory.set_admin_role(&op, &alice.id, role)).unwrap();
    let object = ProtectedObject::User(bob.id.clone());
    wait(services.directory.set_protected(&op, &object, true)).unwrap();
    for (person, pass) in [(&alice, first), (&bob, second)] {
        let outcome = used(person, &pass);
        assert!(!matches!(outcome, CodeOutcome::Verified), "{outcome:?}");
    }
    assert!(matches!(
        used(&alice, &app.pass(&alice)),
        CodeOutcome::Verified
    ));
}

/// Whoever could become one of those who are named could do what they may not.
#[test]
fn who_is_named_is_reset_by_an_administrator() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let hugo = app.person("hugo");
    let helpdesk = app.group("Helpdesk", &[&hugo]);
    let own = app.op().as_user(&ute.id);
    let pass = || wait(app.services.credentials.issue_pass(&own, &hugo.id));
    pass().unwrap();
    app.set_global_policy(&named(&[&helpdesk]));
    let refused = pass().unwrap_err();
    assert!(
        matches!(
            refused,
            CredentialError::NotAllowed(ChangeRefusal::CarriesRights)
        ),
        "{refused}"
    );
    let links_at = "https://id.example.com/invite/";
    let credentials = &app.services.credentials;
    let mailed = wait(credentials.mail_link(&own, &hugo.id, links_at, Span::hours(1)));
    assert!(mailed.is_err(), "{mailed:?}");
}

#[test]
fn a_policy_ends_with_what_it_was_of() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let ada = app.person("ada");
    let role = app.aws_role(&ada);
    let group = app.group("Board", &[]);
    let wiki = app.service_provider("wiki.example.com", |_| {}).application;
    let (op, services) = (app.op(), &app.services);
    for scope in [
        PolicyScope::Group(group.id.clone()),
        PolicyScope::Application(wiki.id.clone()),
        PolicyScope::PermissionSet(role.permission_set_id.clone()),
    ] {
        let policy = Policy {
            max_authentication_age_seconds: Some(900),
            ..Policy::default()
        };
        wait(services.apps.set_policy(&op, &scope, &policy)).unwrap();
    }
    let left = || wait(services.apps.policies()).unwrap().len();
    assert_eq!(left(), 3);
    wait(services.directory.delete_group(&op, &group.id)).unwrap();
    wait(services.apps.delete(&op, &wiki.id)).unwrap();
    assert_eq!(left(), 1);
    wait(
        services
            .apps
            .delete_permission_set(&op, &role.permission_set_id),
    )
    .unwrap();
    assert_eq!(left(), 0);
    let sql = "SELECT body FROM audit_records WHERE kind = 'policy.set'";
    assert_eq!(rows(&services.store, sql, vec![]).len(), 6);
}

/// Whoever could put themselves there could reset whom they may not.
#[test]
fn an_administrator_alone_brings_somebody_among_those_who_are_named() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let bob = app.person("bob");
    let (helpdesk, inner) = (app.group("Helpdesk", &[]), app.group("Inner", &[]));
    let (op, directory) = (app.op(), &app.services.directory);
    wait(directory.nest_group(&op, &helpdesk.id, &inner.id)).unwrap();
    let own = app.op().as_user(&ute.id);
    let join = |group: &Group| wait(directory.add_member(&own, &group.id, &bob.id));
    join(&helpdesk).unwrap();
    wait(directory.remove_member(&own, &helpdesk.id, &bob.id)).unwrap();
    app.set_global_policy(&named(&[&helpdesk]));
    for group in [&helpdesk, &inner] {
        let refused = join(group);
        assert!(
            format!("{refused:?}").contains("CarriesRights"),
            "{refused:?}"
        );
    }
}

#[test]
fn a_policy_of_an_application_names_no_colleagues() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let helpdesk = app.group("Helpdesk", &[]);
    let wiki = app.service_provider("wiki.example.com", |_| {});
    let scope = PolicyScope::Application(wiki.application.id);
    let (op, named) = (app.op(), named(&[&helpdesk]));
    let set = app.services.apps.set_policy(&op, &scope, &named);
    let refused = wait(set).unwrap_err();
    assert!(
        matches!(
            refused,
            AppsError::Invalid {
                field: "passes_from",
                ..
            }
        ),
        "{refused}"
    );
}
