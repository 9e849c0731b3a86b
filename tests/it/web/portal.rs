//! The portal: marked and recent roles, search, and somebody with very many roles.

use signet::model::{AccountAssignment, AccountId, Principal};

use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(what_is_marked_and_what_was_taken_last_stands_first,);

fn what_is_marked_and_what_was_taken_last_stands_first(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let assignment = app.aws_role(&alice);
    let mut browser = app.browser();
    let portal = browser.sign_in(&app, &alice);
    assert!(!portal.has("id=\"favourites\"") && !portal.has("id=\"recent\""));
    let (account, set) = (
        portal.field("account").unwrap(),
        portal.field("set").unwrap(),
    );
    let console = crate::app::unescape(&portal.body);
    let (_, console) = console
        .split_once("class=\"console-link\" href=\"")
        .unwrap();
    let console = console.split('"').next().unwrap().to_owned();
    browser.get(&console).assert(200, "SAMLResponse");
    let portal = browser.get("/");
    portal.assert(200, "id=\"recent\"");

    let csrf = portal.field("csrf").unwrap();
    let fields = |on: &'static str| {
        vec![
            ("csrf".to_owned(), csrf.clone()),
            ("account".to_owned(), account.clone()),
            ("set".to_owned(), set.clone()),
            ("on".to_owned(), on.to_owned()),
        ]
    };
    let mut post = |fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.post("/account/roles/mark", &fields)
    };
    assert_eq!(post(fields("yes")).location(), "/");
    let mut wrong = fields("yes");
    wrong[1].1 = "999999999999".into();
    // A role that is not one's own cannot be marked: the answer says nothing of what there is.
    assert_eq!(post(wrong).status, 404);
    let mut forged = fields("yes");
    forged[0].1 = "0".repeat(64);
    assert_eq!(post(forged).status, 403);
    let portal = browser.get("/");
    portal.assert(200, "id=\"favourites\"");
    assert!(
        !portal.has("id=\"recent\""),
        "what is marked is not shown twice"
    );
    // It is another person's portal that has none of it.
    let bob = app.person("bob");
    app.assign_role(&bob, assignment.permission_set_id);
    let mut other = app.browser();
    let portal = other.sign_in(&app, &bob);
    assert!(!portal.has("id=\"favourites\"") && !portal.has("id=\"recent\""));
}

#[test]
fn a_search_finds_by_every_word() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    browser.get("/?q=PRODUC+12345").assert(200, "id=\"found\"");
    let none = browser.get("/?q=produc+nothing");
    none.assert(200, "Nothing of that name");
    // What is typed comes back as text.
    browser
        .get("/?q=%3Cscript%3E")
        .assert(200, "value=\"&lt;script&gt;\"");
}

/// 500 accounts with 20 permission sets each: the first page within 120 KiB, every role in the list for the script.
#[test]
fn ten_thousand_roles_fit_into_a_page() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    many_roles(&app, &alice, (500, 20));
    let mut browser = app.browser();
    let portal = browser.sign_in(&app, &alice);
    assert!(portal.body.len() <= 120 * 1024, "{}", portal.body.len());
    portal.assert(200, "data-roles=");
    let all = browser.get("/account/roles");
    assert_eq!(all.header("content-type"), Some("application/json"));
    let all: serde_json::Value = serde_json::from_str(&all.body).unwrap();
    let accounts = all["accounts"].as_array().unwrap();
    let roles = accounts.iter().map(|a| a[2].as_array().unwrap().len());
    assert_eq!((accounts.len(), roles.sum::<usize>()), (500, 10_000));
    assert_eq!(all["sets"].as_array().unwrap().len(), 20);
    // Without JavaScript: by search, or by unfolding an account.
    browser
        .get("/?q=account-321+set-07")
        .assert(200, "role_name=Set-07");
    let open = browser.get("/?account=100000000321");
    open.assert(200, "role_name=Set-19");
    assert!(open.body.len() <= 140 * 1024, "{}", open.body.len());
}

/// Accounts and permission sets by number, all of them for one person.
pub(crate) fn many_roles(app: &TestApp<'_>, person: &Person, (accounts, sets): (u64, usize)) {
    let op = app.op();
    let set_ids: Vec<_> = (0..sets)
        .map(|n| app.permission_set(&format!("Set-{n:02}"), |_| {}).id)
        .collect();
    for n in 0..accounts {
        let id = AccountId::parse(&format!("{}", 100_000_000_000 + n)).unwrap();
        app.account(&id, &format!("account-{n:03}"));
        for permission_set_id in &set_ids {
            let assignment = AccountAssignment {
                account_id: id.clone(),
                permission_set_id: permission_set_id.clone(),
                principal: Principal::User(person.id.clone()),
            };
            wait(app.services.apps.assign_account(&op, assignment)).unwrap();
        }
    }
}
