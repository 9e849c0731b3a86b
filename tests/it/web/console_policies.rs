//! Policies in the console, and the simulator, which asks the decision itself.

use signet::model::AdminRole;

use crate::app::{Answer, Browser, Person, TestApp, unescape};
use crate::store::engines::{EngineKind, TestDatabase};

const PAGE: &str = "/admin/policies";

fn at_work(app: &TestApp<'_>, person: &Person) -> Browser {
    let mut browser = app.browser();
    let page = browser.open(PAGE);
    browser
        .complete(app, &page, person)
        .assert(200, "id=\"simulate\"");
    browser
}

fn set(browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let csrf = browser.get("/admin/people/invite").field("csrf").unwrap();
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend_from_slice(fields);
    browser.post(PAGE, &all)
}

fn verdict(browser: &mut Browser, query: &str) -> String {
    let page = browser.get(&format!("{PAGE}?{query}"));
    assert_eq!(page.status, 200, "{query}");
    let body = unescape(&page.body);
    let (_, behind) = body.split_once("id=\"verdict\"").expect("a verdict");
    behind.split("</div>").next().unwrap().to_owned()
}

/// A path of ours, never a host; what it was before leads to it.
#[test]
fn the_portal_has_an_address_of_its_own() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let mut app = TestApp::start(&db);
    let (ada, alice) = (
        app.person_with("ada", AdminRole::Administrator),
        app.person("alice"),
    );
    let mut browser = at_work(&app, &ada);
    let csrf = browser.get("/admin/people/invite").field("csrf").unwrap();
    let address = |browser: &mut Browser, value: &str| {
        let fields = [("csrf", csrf.as_str()), ("value", value)];
        browser.post("/admin/portal", &fields)
    };
    assert_eq!(app.browser().get("/our-apps").status, 404);
    assert_eq!(address(&mut browser, "our-apps").status, 303);
    app.advance(signet::model::Span::seconds(1));
    let mut portal = app.browser();
    let page = portal.open("/our-apps");
    portal.complete(&app, &page, &alice);
    portal.get("/our-apps").assert(200, "id=\"account\"");
    assert_eq!(address(&mut browser, "/example-shop").status, 303);
    portal.get("/example-shop").assert(200, "id=\"account\"");
    assert_eq!(portal.get("/our-apps").location(), "/example-shop");
    assert_eq!(portal.post("/example-shop", &[]).status, 404);
    let page = browser.get("/admin/portal");
    let body = unescape(&page.body);
    assert!(
        body.contains("https://id.example.com/example-shop\">"),
        "{body}"
    );
    for wrong in [
        "admin",
        "a",
        "Our-Apps",
        "-x-",
        "https://evil.example",
        "a/b",
        "saml",
    ] {
        address(&mut browser, wrong).assert(422, "portal address");
    }
    let carol = app.person_with("carol", AdminRole::Auditor);
    let mut reader = at_work(&app, &carol);
    assert!(!reader.get("/admin/portal").has("method=\"post\""));
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let mut other = at_work(&app, &ute);
    let csrf = other.get("/admin/people/invite").field("csrf").unwrap();
    let fields = [("csrf", csrf.as_str()), ("value", "mine")];
    assert_eq!(other.post("/admin/portal", &fields).status, 403);
}

#[test]
fn what_is_set_is_what_is_decided_and_said_with_its_reason() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let (ada, alice) = (
        app.person_with("ada", AdminRole::Administrator),
        app.person("alice"),
    );
    let role = app.aws_role(&alice);
    let group = app.group("Operators", &[&alice]);
    let mut browser = at_work(&app, &ada);
    let aws = format!(
        "user=alice&target=aws&account={}&set={}",
        role.account_id, role.permission_set_id
    );
    let with = |proved: &str| format!("{aws}&proved={proved}");
    let says = |browser: &mut Browser, query: &str, words: &str| {
        let said = verdict(browser, query);
        assert!(said.contains(words), "{query}: {said}");
    };
    says(
        &mut browser,
        &with("nothing"),
        "asked for a passkey or the password",
    );
    says(&mut browser, &with("password"), "asked for a second factor");
    says(&mut browser, &with("password"), "No policy is about this");
    says(&mut browser, &with("both"), "for 60 minutes");
    says(
        &mut browser,
        "user=ada&target=console&proved=both",
        "May go there now",
    );
    says(
        &mut browser,
        "user=alice&target=console&proved=both",
        "not assigned",
    );
    let ada_there = aws.replace("alice", "ada");
    says(
        &mut browser,
        &format!("{ada_there}&proved=both"),
        "not assigned",
    );

    // Everybody by one factor, but not that group; and for half an hour with that permission set.
    assert_eq!(
        set(&mut browser, &[("scope", ""), ("assurance", "one")]).status,
        303
    );
    says(
        &mut browser,
        "user=ada&target=&proved=password",
        "May go there now",
    );
    says(
        &mut browser,
        "user=ada&target=&proved=password",
        "Everybody: One factor",
    );
    let of_group = format!("group {}", group.id);
    assert_eq!(
        set(&mut browser, &[("scope", &of_group), ("assurance", "two")]).status,
        303
    );
    says(
        &mut browser,
        &with("password"),
        "Group Operators: Two factors",
    );
    let of_set = format!("permission_set {}", role.permission_set_id);
    assert_eq!(
        set(&mut browser, &[("scope", &of_set), ("aws_session", "30")]).status,
        303
    );
    says(&mut browser, &with("both"), "for 30 minutes");
    // Nothing said takes it away again.
    assert_eq!(set(&mut browser, &[("scope", &of_set)]).status, 303);
    says(&mut browser, &with("both"), "for 60 minutes");

    for (fields, words) in [
        ([("scope", ""), ("age", "5")], "at least 900"),
        ([("scope", ""), ("age", "long")], "a number of minutes"),
        (
            [("scope", ""), ("aws_session", "9999")],
            "between 900 and 43200",
        ),
    ] {
        set(&mut browser, &fields).assert(422, words);
    }
    assert_eq!(set(&mut browser, &[("scope", "group nobody")]).status, 404);
    let nobody = browser.get(&format!("{PAGE}?user=nobody"));
    nobody.assert(422, "There is no nobody");

    let carol = app.person_with("carol", AdminRole::Auditor);
    let mut reader = at_work(&app, &carol);
    let page = reader.get(PAGE);
    assert!(page.has("Operators") && !page.has("method=\"post\""));
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let mut other = at_work(&app, &ute);
    assert_eq!(
        set(&mut other, &[("scope", ""), ("assurance", "one")]).status,
        403
    );
}
