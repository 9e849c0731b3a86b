//! A pass from a colleague whom a policy names: for whom, by whom, and what hangs on being named.

use signet::apps::{AppsError, PolicyScope};
use signet::credentials::CredentialError;
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
    let set = post(&mut console, "/admin/policies", &[("passes", "Helpdesk\n")]);
    assert_eq!(set.status, 303);
    let shown = console.get("/admin/policies");
    shown.assert(200, "Passes come also from: Helpdesk.");

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
