//! The console where there is much: pages of groups and accounts, groups that are named by typing.

use signet::model::{AdminRole, AwsAccount};

use super::{arrived, post};
use crate::app::{Answer, Browser, TestApp, unescape};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, rows};

/// More than are chosen from a list.
const GROUPS: usize = 101;

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn administrator(app: &TestApp<'_>) -> Browser {
    let ada = app.person_with("ada", AdminRole::Administrator);
    arrived(app, &ada, ("/admin/aws", "id=\"accounts-heading\""))
}

fn many_groups(app: &TestApp<'_>) {
    for number in 0..GROUPS {
        app.group(&format!("Team {number:03}"), &[]);
    }
}

fn names(page: &Answer, before: &str) -> Vec<String> {
    let body = unescape(&page.body);
    let parts = body.split(before).skip(1);
    parts
        .filter_map(|part| part.split_once('>')?.1.split('<').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn groups_are_shown_in_pages_and_searched() {
    let db = memory();
    let app = TestApp::start(&db);
    many_groups(&app);
    let mut browser = administrator(&app);
    let (mut path, mut seen) = ("/admin/groups".to_owned(), Vec::new());
    loop {
        let page = browser.get(&path);
        page.assert(200, "id=\"groups\"");
        let found = names(&page, "class=\"name\" href=\"/admin/groups/");
        assert!(found.len() <= 50, "{}", found.len());
        seen.extend(found);
        let body = unescape(&page.body);
        let Some((_, next)) = body.split_once("id=\"next\" href=\"") else {
            break;
        };
        path = next.split('"').next().unwrap().to_owned();
    }
    let all: Vec<_> = (0..GROUPS).map(|n| format!("Team {n:03}")).collect();
    assert_eq!(seen, all);
    let page = browser.get("/admin/groups?q=tEAM+07");
    assert_eq!(
        names(&page, "class=\"name\" href=\"/admin/groups/").len(),
        10
    );
    let none = browser.get("/admin/groups?q=%25");
    none.assert(200, "class=\"empty\"");
}

#[test]
fn a_group_is_named_by_typing_where_there_are_many() {
    let db = memory();
    let app = TestApp::start(&db);
    many_groups(&app);
    let alice = app.person("alice");
    let group = app.group("Everybody", &[]);
    let mut browser = administrator(&app);

    let person = format!("/admin/people/{}", alice.id);
    let page = browser.get(&person);
    page.assert(200, "id=\"join\"");
    assert!(!page.has("<option value=\"g"), "no list");
    let join = format!("{person}/join");
    assert_eq!(
        post(&mut browser, &join, &[("value", "team 003")]).status,
        303
    );
    assert_eq!(
        post(&mut browser, &join, &[("value", "Team 999")]).status,
        422
    );
    browser.get(&person).assert(200, "Team 003");

    let nest = format!("/admin/groups/{}/nest", group.id);
    assert_eq!(
        post(&mut browser, &nest, &[("value", "Team 004")]).status,
        303
    );
    assert_eq!(
        post(&mut browser, &nest, &[("value", "nothing")]).status,
        422
    );

    let invited = [("addresses", "dora@example.com"), ("group", "Team 005")];
    post(&mut browser, "/admin/people/invite", &invited).assert(200, "class=\"link\"");
    let wrong = [("addresses", "erik@example.com"), ("group", "Team 999")];
    let refused = post(&mut browser, "/admin/people/invite", &wrong);
    refused.assert(422, "erik@example.com");
    let dora = rows(
        &app.services.store,
        "SELECT id FROM users WHERE email_key = 'dora@example.com'",
        Vec::new(),
    );
    assert_eq!(dora.len(), 1);
    let erik = rows(
        &app.services.store,
        "SELECT id FROM users WHERE email_key = 'erik@example.com'",
        Vec::new(),
    );
    assert!(erik.is_empty(), "half done");

    let policy = [("group", "Team 006"), ("scope", ""), ("assurance", "two")];
    assert_eq!(post(&mut browser, "/admin/policies", &policy).status, 303);
    browser.get("/admin/policies").assert(200, "Team 006");
    let wrong = [("group", "Team 999"), ("scope", ""), ("assurance", "one")];
    let refused = post(&mut browser, "/admin/policies", &wrong);
    refused.assert(422, "Team 999");
    let policies = rows(
        &app.services.store,
        "SELECT body FROM policies WHERE scope_kind = 'global'",
        Vec::new(),
    );
    assert!(
        policies
            .iter()
            .all(|row| !row.text("body").unwrap().contains("one")),
        "it is everybody's"
    );
}

#[test]
fn many_groups_are_assigned_by_their_names() {
    let db = memory();
    let app = TestApp::start(&db);
    many_groups(&app);
    let alice = app.person("alice");
    let role = app.aws_role(&alice);
    let mut browser = administrator(&app);
    browser
        .get("/admin/aws/assign")
        .assert(200, "id=\"group-names\"");
    let set = role.permission_set_id.to_string();
    let fields = [
        ("group_names", "Team 001\r\n\r\nteam 002"),
        ("set", set.as_str()),
        ("account", "123456789012"),
    ];
    let made = post(&mut browser, "/admin/aws/assign", &fields);
    made.assert(200, "Team 002");
    let sql = "SELECT principal_id FROM account_assignments WHERE principal_kind = 'group'";
    assert_eq!(rows(&app.services.store, sql, Vec::new()).len(), 2);
    let wrong = [("group_names", "Team 003\nTeam 999"), fields[1], fields[2]];
    let refused = post(&mut browser, "/admin/aws/assign", &wrong);
    refused.assert(422, "Team 999");
    assert_eq!(
        rows(&app.services.store, sql, Vec::new()).len(),
        2,
        "half done"
    );
}

#[test]
fn accounts_are_searched_and_the_first_are_shown() {
    let db = memory();
    let app = TestApp::start(&db);
    let op = app.op();
    for number in 0..203_u64 {
        let account = AwsAccount {
            id: signet::model::AccountId::parse(&(200_000_000_000 + number).to_string()).unwrap(),
            name: format!("Account {number:03}"),
            email: String::new(),
            partition: "aws".to_owned(),
            provider_name: "Signet".to_owned(),
            path: if number == 7 {
                "/Secret/Lab".to_owned()
            } else {
                "/".to_owned()
            },
            labels: Vec::new(),
            colour: signet::model::AccountColour::default(),
            revision: 0,
        };
        wait(app.services.apps.add_account(&op, account)).unwrap();
    }
    let mut browser = administrator(&app);
    let page = browser.get("/admin/aws");
    let shown = "href=\"/admin/aws/accounts/";
    assert_eq!(names(&page, shown).len(), 200);
    page.assert(200, "id=\"more-accounts\"");
    assert_eq!(
        names(&browser.get("/admin/aws?q=account+20"), shown),
        ["Account 200", "Account 201", "Account 202"]
    );
    assert_eq!(
        names(&browser.get("/admin/aws?q=lab"), shown),
        ["Account 007"]
    );
    assert_eq!(
        names(&browser.get("/admin/aws?q=200000000011"), shown),
        ["Account 011"]
    );
    browser
        .get("/admin/aws?q=nothing")
        .assert(200, "class=\"empty\"");
}

/// People who were put into a group are counted and the first named; of a rule the first people of all are asked.
#[test]
fn a_large_group_shows_its_first_members() {
    let db = memory();
    let app = TestApp::start(&db);
    let people: Vec<_> = (0..203).map(|n| app.person(&format!("p{n:03}"))).collect();
    let group = app.group("Large", &people.iter().collect::<Vec<_>>());
    let mut browser = administrator(&app);
    let page = browser.get(&format!("/admin/groups/{}", group.id));
    let members = names(&page, "class=\"name\" href=\"/admin/people/");
    assert_eq!(members.len(), 200);
    page.assert(200, "203 members");
    page.assert(200, "id=\"more-members\"");
}
