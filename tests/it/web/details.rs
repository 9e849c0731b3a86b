//! Who a person is, as an administrator changes it in the console.

use signet::model::{AdminRole, GroupRule, KNOWN_ATTRIBUTES};

use super::{arrived, post};
use crate::app::{Answer, Browser, Person, TestApp, unescape};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(names_address_and_attributes_are_changed_and_count_at_once,);

fn at_work(app: &TestApp<'_>, person: &Person) -> Browser {
    arrived(app, person, ("/admin/people", "id=\"query\""))
}

fn path(person: &Person) -> String {
    format!("/admin/people/{}/details", person.id)
}

/// Sends the form as it stands, but for some fields.
fn change(browser: &mut Browser, person: &Person, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(&path(person));
    let own = [
        "user_name",
        "email",
        "display_name",
        "given_name",
        "family_name",
    ];
    let inputs = own.into_iter().chain(KNOWN_ATTRIBUTES);
    let mut all: Vec<_> = inputs
        .map(|name| (name, page.field(name).expect(name)))
        .collect();
    let body = unescape(&page.body);
    let (_, behind) = body.split_once("name=\"others\"").unwrap();
    let (_, others) = behind.split_once('>').unwrap();
    all.push((
        "others",
        others.split("</textarea>").next().unwrap().to_owned(),
    ));
    for (name, value) in &mut all {
        if let Some((_, changed)) = fields.iter().find(|(field, _)| field == name) {
            *value = (*changed).to_owned();
        }
    }
    let all: Vec<_> = all
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    browser.submit(&page, &all)
}

fn names_address_and_attributes_are_changed_and_count_at_once(db: &TestDatabase) {
    let app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let alice = app.person("alice");
    app.person("bob");
    let platform = app.group("Platform", &[]);
    let (op, directory) = (app.op(), &app.services.directory);
    let rule: GroupRule = serde_json::from_value(serde_json::json!({
        "quantifier": "all",
        "conditions": [{"source": "attributes.department", "operator": "is", "value": "Platform"}],
    }))
    .unwrap();
    wait(directory.set_group_rule(&op, &platform.id, Some(rule))).unwrap();
    let mut browser = at_work(&app, &ada);
    let before = browser.get(&path(&alice));
    before.assert(200, "value=\"Shop\"");
    let changed = change(
        &mut browser,
        &alice,
        &[
            ("user_name", "alice.archer"),
            ("email", "alice.archer@example.com"),
            ("display_name", "Alice Archer"),
            ("department", "Platform"),
            ("employeeNumber", "4711"),
            ("others", "team = Blue\nteam = Green"),
        ],
    );
    assert_eq!(changed.status, 303, "{}", changed.body);
    let page = browser.get(changed.location());
    for shown in [
        "Alice Archer",
        "alice.archer@example.com",
        "4711",
        "Blue, Green",
    ] {
        page.assert(200, shown);
    }
    let user = wait(directory.user(&alice.id)).unwrap().unwrap();
    assert_eq!(user.attributes["team"], ["Blue", "Green"]);
    assert_eq!(user.source_identity, "alice", "it is never changed");
    let mut hers = app.browser();
    let page = hers.open("/");
    let code = hers.submit_password(&page, "alice.archer", &alice.password);
    hers.submit_code(&code, &alice.next_code(&app))
        .assert(200, "id=\"sign-out\"");
    let members = wait(directory.members(&wait(directory.group(&platform.id)).unwrap().unwrap()));
    assert_eq!(members.unwrap().count, Some(1));
    // What comes back is what stands there; several values of a known one by lines.
    let several = change(
        &mut browser,
        &alice,
        &[("title", ""), ("others", "title = Dr\ntitle = Prof")],
    );
    assert_eq!(several.status, 303);
    let form = unescape(&browser.get(&path(&alice)).body);
    assert!(form.contains("title = Dr\ntitle = Prof"), "{form}");
    // What is wrong is said, kept, and changes nothing.
    let wrong = change(
        &mut browser,
        &alice,
        &[("email", "nowhere"), ("costCenter", "77")],
    );
    wrong.assert(422, "email").assert(422, "value=\"77\"");
    change(&mut browser, &alice, &[("user_name", "BOB")]).assert(422, "BOB");
    let now = wait(directory.user(&alice.id)).unwrap().unwrap();
    assert!(!now.attributes.contains_key("costCenter"));
}

#[test]
fn who_administers_people_changes_nobody_with_rights_and_brings_nobody_to_them() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let carol = app.person_with("carol", AdminRole::Auditor);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let (op, directory) = (app.op(), &app.services.directory);
    app.aws_role(&alice);
    let named = app.group("Named", &[]);
    let rule: GroupRule = serde_json::from_value(serde_json::json!({
        "quantifier": "all",
        "conditions": [{"source": "attributes.title", "operator": "is", "value": "Root"}],
    }))
    .unwrap();
    wait(directory.set_group_rule(&op, &named.id, Some(rule))).unwrap();
    app.set_global_policy(&signet::policy::Policy {
        passes_from: Some(vec![named.id.clone()]),
        ..signet::policy::Policy::default()
    });
    let mut browser = at_work(&app, &ute);
    change(&mut browser, &alice, &[("display_name", "Mallory")]).assert(403, "administrator");
    change(&mut browser, &bob, &[("title", "Root")]).assert(403, "administrator");
    assert_eq!(
        change(&mut browser, &bob, &[("title", "Clerk")]).status,
        303
    );
    let mut reader = at_work(&app, &carol);
    let page = reader.get(&path(&bob));
    assert!(page.status == 200 && !page.has("id=\"save-details\""));
    let fields = [("user_name", "bob"), ("email", "mallory@example.com")];
    post(&mut reader, &path(&bob), &fields).assert(403, "role");
}
