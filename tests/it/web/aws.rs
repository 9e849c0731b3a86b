//! AWS: the response for the console, AWS's limits, and who gets which role.

use std::collections::BTreeMap;

use signet::model::{AccountAssignment, Principal, Span};

use crate::app::{PostedResponse, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(the_console_gets_exactly_the_chosen_role);

const ACCOUNT: &str = "123456789012";
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn console(role: &str) -> String {
    format!("/aws/console?account_id={ACCOUNT}&role_name={role}")
}

fn also(app: &TestApp, assignment: &AccountAssignment, name: &str, tags: &[(&str, &str)]) {
    let set = app.permission_set(name, |set| {
        set.session_tags = tags
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<BTreeMap<_, _>>();
        set.transitive_tag_keys = Vec::new();
        set.session_duration_seconds = 900;
        set.relay_state = Some("https://eu-central-1.console.aws.amazon.com/s3/home".into());
    });
    let assignment = AccountAssignment {
        permission_set_id: set.id,
        ..assignment.clone()
    };
    wait(app.services.apps.assign_account(&app.op(), assignment)).unwrap();
}

fn the_console_gets_exactly_the_chosen_role(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let assignment = app.aws_role(&alice);
    also(&app, &assignment, "Admin", &[]);
    let mut browser = app.browser();
    let page = browser.open(&console("ReadOnly"));
    page.assert(200, "Production (ReadOnly)");
    let page = browser.complete(&app, &page, &alice);
    let response = PostedResponse::of(&page);
    assert_eq!(response.acs_url, "https://signin.aws.amazon.com/saml");
    assert_eq!(
        response.relay_state.as_deref(),
        Some("https://console.aws.amazon.com/console/home")
    );
    assert_eq!(response.text("Audience"), "urn:amazon:webservices");
    assert_eq!(
        response
            .attribute("SubjectConfirmationData", "Recipient")
            .as_deref(),
        Some("https://signin.aws.amazon.com/saml")
    );
    assert_eq!(
        response.attribute("SubjectConfirmationData", "InResponseTo"),
        None
    );
    let values = |name: &str| response.values(&format!("{ATTRIBUTES}{name}"));
    let arn = format!("arn:aws:iam::{ACCOUNT}");
    let role = format!("{arn}:role/signet/Signet_ReadOnly,{arn}:saml-provider/Signet");
    assert_eq!(
        response.values("https://aws.amazon.com/SAML/Attributes/Role"),
        [role]
    );
    assert_eq!(values("RoleSessionName"), ["alice"]);
    assert_eq!(values("SourceIdentity"), ["alice"]);
    assert_eq!(values("SessionDuration"), ["3600"]);
    assert_eq!(values("PrincipalTag:department"), ["Shop"]);
    assert_eq!(values("TransitiveTagKeys"), ["department"]);
    let end = response
        .attribute("AuthnStatement", "SessionNotOnOrAfter")
        .unwrap();
    assert!(
        end >= app.clock.now().plus(Span::hours(1)).to_xs_date_time(),
        "{end}"
    );
    assert_eq!(response.texts("SignatureValue").len(), 2);

    let page = browser.get(&console("Admin"));
    let response = PostedResponse::of(&page);
    assert_eq!(
        response.values(&format!("{ATTRIBUTES}SessionDuration")),
        ["900"]
    );
    assert!(response.values(&format!("{ATTRIBUTES}Role"))[0].contains("Signet_Admin,"));
    assert_eq!(
        response.relay_state.as_deref(),
        Some("https://eu-central-1.console.aws.amazon.com/s3/home")
    );
    let issued = rows(
        db.store(),
        "SELECT body FROM audit_records WHERE kind = 'aws_assertion.issued'",
        vec![],
    );
    assert_eq!(issued.len(), 2);
}

#[test]
fn nobody_is_sent_elsewhere_than_to_the_console() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    for good in [
        "https://console.aws.amazon.com/s3/home",
        "https://eu-central-1.console.aws.amazon.com/rds/home?region=eu-central-1",
    ] {
        let page = browser.get(&format!(
            "{}&destination={}",
            console("ReadOnly"),
            crate::saml::forge::escape(good)
        ));
        assert_eq!(PostedResponse::of(&page).relay_state.as_deref(), Some(good));
    }
    for bad in [
        "https://evil.example/",
        "http://console.aws.amazon.com/",
        "https://console.aws.amazon.com.evil.example/",
        "https://evilconsole.aws.amazon.com/",
        "https://console.aws.amazon.com@evil.example/",
        "https://u:p@console.aws.amazon.com/",
        "https://console.aws.amazon.com:444/",
        "javascript:alert(1)",
        "//evil.example",
        "/relative",
    ] {
        let page = browser.get(&format!(
            "{}&destination={}",
            console("ReadOnly"),
            crate::saml::forge::escape(bad)
        ));
        page.assert(400, "destination must be");
    }
}

/// A destination that an administrator has set for the set leads to the console or nowhere.
#[test]
fn a_permission_sets_own_destination_is_checked_as_well() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let assignment = app.aws_role(&alice);
    let set = app.permission_set("Astray", |set| {
        set.relay_state = Some("https://evil.example/".into());
    });
    let also = AccountAssignment {
        permission_set_id: set.id,
        ..assignment
    };
    wait(app.services.apps.assign_account(&app.op(), also)).unwrap();
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let response = PostedResponse::of(&browser.get(&console("Astray")));
    let home = "https://console.aws.amazon.com/console/home";
    assert_eq!(response.relay_state.as_deref(), Some(home));
}

#[test]
fn a_role_that_is_not_assigned_is_not_had() {
    let db = memory();
    let app = TestApp::start(&db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let assignment = app.aws_role(&alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &bob);
    assert!(!browser.get("/").has("Production"));
    let answer = browser.get(&console("ReadOnly"));
    let page = browser.follow(answer);
    page.assert(403, "no access");
    let denied = rows(
        db.store(),
        "SELECT body FROM audit_records WHERE kind = 'access.denied'",
        vec![],
    );
    assert_eq!(denied.len(), 1);
    // By a group it is had.
    let group = app.group("Readers", &[&bob]);
    let by_group = AccountAssignment {
        principal: Principal::Group(group.id.clone()),
        ..assignment
    };
    wait(app.services.apps.assign_account(&app.op(), by_group)).unwrap();
    browser.get(&console("ReadOnly")).assert(200, "saml-post");
    let op = app.op();
    wait(
        app.services
            .directory
            .remove_member(&op, &group.id, &bob.id),
    )
    .unwrap();
    let answer = browser.get(&console("ReadOnly"));
    browser.follow(answer).assert(403, "no access");
    for unknown in [
        console("Nothing"),
        "/aws/console?account_id=999999999999&role_name=ReadOnly".into(),
        "/aws/console?account_id=1&role_name=ReadOnly".into(),
    ] {
        browser.get(&unknown).assert(404, "no such page");
    }
}

/// Fifty tags within AWS's limits for each can go over its limit for all.
#[test]
fn a_response_that_is_too_long_for_aws_is_named_and_not_issued() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let assignment = app.aws_role(&alice);
    // Gothic letters: four octets each.
    let value = format!("={}", "𐍈".repeat(256));
    let keys: Vec<String> = (0..50).map(|n| format!("{}{n}", "𐍈".repeat(120))).collect();
    let tags: Vec<(&str, &str)> = keys
        .iter()
        .map(|key| (key.as_str(), value.as_str()))
        .collect();
    also(&app, &assignment, "Long", &tags);
    also(&app, &assignment, "Half", &tags[..25]);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    browser
        .get(&console("Long"))
        .assert(422, "AWS takes at most 100000");
    let issued = || {
        let sql = "SELECT body FROM audit_records WHERE kind = 'aws_assertion.issued'";
        rows(db.store(), sql, vec![]).len()
    };
    assert_eq!(issued(), 0);
    browser.get(&console("Half")).assert(200, "SAMLResponse");
    assert_eq!(issued(), 1);
}

#[test]
fn a_limit_of_aws_is_named_and_nothing_is_issued() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let assignment = app.aws_role(&alice);
    also(&app, &assignment, "Named", &[("name", "display_name")]);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    // The display name holds characters that AWS takes in no tag.
    let page = browser.get(&console("Named"));
    page.assert(page.status, "name");
    assert!(page.status >= 400 && page.has("AWS"), "{}", page.body);
    assert!(!page.has("SAMLResponse"));
    let issued = rows(
        db.store(),
        "SELECT body FROM audit_records WHERE kind = 'aws_assertion.issued'",
        vec![],
    );
    assert!(issued.is_empty());
}
