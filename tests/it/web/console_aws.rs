//! The console's pages about AWS: each change by each role, what is refused, and what AWS says of the roles.

use signet::model::AdminRole;
use signet::model::Network;
use signet::outbound::AddressRule;

use super::{arrived, post};
use crate::app::{Browser, Person, TestApp, unescape};
use crate::aws_wire::error_xml;
use crate::outbound::server::{Server, answer};
use crate::store::engines::{EngineKind, TestDatabase, rows};

const ACCOUNT: &str = "/admin/aws/accounts/123456789012";

fn at_work(app: &TestApp<'_>, person: &Person) -> Browser {
    arrived(app, person, ("/admin/aws", "id=\"sets\""))
}

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn set_path(browser: &mut Browser) -> String {
    let page = browser.get("/admin/aws");
    let (_, behind) = page
        .body
        .split_once("/admin/aws/sets/p")
        .unwrap_or_else(|| {
            page.body
                .split_once("&#x2f;admin&#x2f;aws&#x2f;sets&#x2f;p")
                .unwrap()
        });
    format!("/admin/aws/sets/p{}", behind.split('"').next().unwrap())
}

#[test]
fn each_change_is_an_administrators_alone() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let assignment = app.aws_role(&alice);
    let group = app.group("Developers", &[&alice]);
    let people = [
        app.person_with("ada", AdminRole::Administrator),
        app.person_with("ute", AdminRole::UserAdministrator),
        app.person_with("pia", AdminRole::ApplicationAdministrator),
        app.person_with("carol", AdminRole::Auditor),
    ];
    let set = format!("/admin/aws/sets/{}", assignment.permission_set_id);
    let value = format!("{} user {} ", assignment.permission_set_id, alice.id);
    let changed = [
        ("name", "ReadOnly"),
        ("minutes", "30"),
        ("managed", "ReadOnlyAccess"),
    ];
    let account = [
        ("name", "Production"),
        ("path", "/a"),
        ("provider_name", "Signet"),
        ("partition", "aws"),
    ];
    let mut new_account = account.to_vec();
    new_account.push(("id", "2222-2222-2222"));
    let assigned = [
        ("group", group.id.as_str()),
        ("set", assignment.permission_set_id.as_str()),
        ("path", "/a"),
    ];
    let rule = [
        ("act", "save"),
        ("conditions", "email is x"),
        ("quantifier", "all"),
    ];
    let tries: Vec<(String, &[(&str, &str)])> = vec![
        (format!("{set}/change"), &changed),
        (format!("{ACCOUNT}/change"), &account),
        ("/admin/aws".into(), &new_account),
        (
            "/admin/aws/sets".into(),
            &[("name", "New"), ("minutes", "60")],
        ),
        (format!("/admin/groups/{}/rule", group.id), &rule),
    ];
    for person in people.iter().rev() {
        let mut browser = at_work(&app, person);
        let is_administrator = person.user_name == "ada";
        for (path, fields) in &tries {
            let answer = post(&mut browser, path, fields);
            // Only a group without members by hand takes a rule.
            let expected = match (is_administrator, path.contains("groups")) {
                (false, _) => 403,
                (true, true) => 422,
                (true, false) => 303,
            };
            assert_eq!(answer.status, expected, "{} {path}", person.user_name);
        }
        let answer = post(&mut browser, "/admin/aws/assign", &assigned);
        let word = if is_administrator {
            ">assigned<"
        } else {
            "refused:"
        };
        answer.assert(200, word);
        let verified = post(&mut browser, &format!("{ACCOUNT}/verify"), &[]);
        assert_eq!(
            verified.status == 403,
            !is_administrator,
            "{}",
            person.user_name
        );
    }
    let mut browser = at_work(&app, &people[0]);
    let unassigned = post(
        &mut browser,
        &format!("{ACCOUNT}/unassign"),
        &[("value", &value)],
    );
    assert_eq!(unassigned.location(), ACCOUNT);
    for (path, confirm) in [(set, "ReadOnly"), (ACCOUNT.to_owned(), "123456789012")] {
        let refused = post(&mut browser, &format!("{path}/delete"), &[("value", "x")]);
        refused.assert(422, "is not");
        let deleted = post(
            &mut browser,
            &format!("{path}/delete"),
            &[("value", confirm)],
        );
        assert_eq!(deleted.location(), "/admin/aws");
        assert_eq!(browser.get(&path).status, 404);
    }
    let refusals = rows(
        db.store(),
        "SELECT COUNT(*) AS n FROM audit_records WHERE kind = 'change.refused'",
        vec![],
    );
    assert_eq!(refusals[0].int("n").unwrap(), 3 * 6);
}

#[test]
fn readers_see_every_page_and_no_form() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let carol = app.person_with("carol", AdminRole::Auditor);
    let mut browser = at_work(&app, &carol);
    let set = set_path(&mut browser);
    let paths = [
        "/admin/aws".to_owned(),
        ACCOUNT.to_owned(),
        format!("{ACCOUNT}/roles"),
        format!("{ACCOUNT}/roles?form=terraform"),
        format!("{ACCOUNT}/roles?form=script"),
        "/admin/aws/roles".to_owned(),
        "/admin/aws/access?user=alice".to_owned(),
        "/admin/aws/access?account=123456789012".to_owned(),
        format!("{set}?preview=alice"),
    ];
    for path in &paths {
        let page = browser.get(path);
        page.assert(200, "</main>");
        assert!(!page.has("method=\"post\""), "{path}");
    }
    browser
        .get("/admin/aws/access?user=alice")
        .assert(200, "assigned to the person");
    let preview = browser.get(&format!("{set}?preview=alice"));
    preview.assert(200, "Shop");
    let csv = browser.get("/admin/aws/access?user=alice&format=csv");
    assert!(
        csv.body
            .contains("alice,active,123456789012,Production,ReadOnly,,no,")
    );
    for (path, says) in [
        ("/admin/aws/access?user=nobody", "There is no nobody"),
        ("/admin/aws/access?user=alice&at=yesterday", "is no time"),
    ] {
        browser.get(path).assert(422, says);
    }
    let mut other = app.browser();
    other.sign_in(&app, &alice);
    for path in &paths {
        assert_eq!(other.open(path).status, 403, "{path}");
    }
}

#[test]
fn what_aws_says_of_a_role_is_shown_with_cause_and_fix_and_kept() {
    let xml = error_xml("AccessDenied", "Not authorized to perform sts:TagSession");
    let sts = Server::answering(answer("403 Forbidden", "content-type: text/xml\r\n", &xml));
    let url = sts.url("/");
    let db = memory();
    let app = TestApp::with(&db, |settings| {
        let loopback = Network::parse("127.0.0.0/8").unwrap();
        settings.outbound.addresses = AddressRule::PublicAnd(vec![loopback]);
        for partition in &mut settings.partitions {
            partition.sts_url.clone_from(&url);
        }
    });
    let alice = app.person("alice");
    app.aws_role(&alice);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let mut browser = at_work(&app, &ada);
    browser.get(ACCOUNT).assert(200, "not verified yet");
    assert_eq!(
        post(&mut browser, &format!("{ACCOUNT}/verify"), &[]).location(),
        ACCOUNT
    );
    let sent = sts.request();
    // For AWS's shortest session, in the administrator's name.
    assert!(sent.contains("DurationSeconds=900"), "{sent}");
    let page = browser.get(ACCOUNT);
    page.assert(200, "not in place");
    let body = unescape(&page.body);
    assert!(body.contains("Add sts:TagSession to the Action"), "{body}");
    browser.get("/admin/aws").assert(200, "one not in place");
    let kept = rows(
        db.store(),
        "SELECT body FROM audit_records WHERE kind IN ('aws_role.verified', 'aws_assertion.issued')",
        vec![],
    );
    assert_eq!(kept.len(), 2);
    let both: String = kept.iter().map(|row| row.text("body").unwrap()).collect();
    assert!(
        both.contains(ada.id.as_str()) && both.contains("\"in_place\":false"),
        "{both}"
    );

    // A permission set that was changed may need another role.
    let set = set_path(&mut browser);
    let fields = [
        ("name", "ReadOnly"),
        ("minutes", "45"),
        ("managed", "ReadOnlyAccess"),
    ];
    assert_eq!(
        post(&mut browser, &format!("{set}/change"), &fields).status,
        303
    );
    browser.get(ACCOUNT).assert(200, "not verified yet");
}

#[test]
fn what_was_filled_in_wrong_is_said_and_stays() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let mut browser = at_work(&app, &ada);
    let usual = [("name", "Mine"), ("minutes", "60")];
    for (field, value, says) in [
        ("minutes", "soon", "a number of minutes"),
        ("minutes", "5", "between 900 and 43200"),
        ("inline", "{", "is no JSON"),
        (
            "inline",
            "{\"Version\": \"2012-10-17\"}",
            "at least one Statement",
        ),
        (
            "inline",
            "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Principal\":\"*\"}}",
            "no Principal",
        ),
        ("other_managed", "arn:aws:s3:::bucket", "a policy's name"),
        ("customer", "a b", "a policy's name"),
        ("role_tags", "aws:x = y", "are taken"),
        ("session_tags", "a = nobody", "is no source"),
        ("transitive", "b", "not one of the session tags"),
        ("name", "ReadOnly", "is taken"),
    ] {
        let mut fields = usual.to_vec();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let refused = post(&mut browser, "/admin/aws/sets", &fields);
        assert_eq!(refused.status, 422, "{field} {value}");
        let body = unescape(&refused.body);
        assert!(body.contains(says), "{field}: {body}");
        assert!(body.contains(value), "{field} stays");
    }
    for (fields, says) in [
        ([("id", "12345"), ("name", "x")], "twelve digits"),
        ([("id", "123456789012"), ("name", "x")], "is taken"),
    ] {
        let mut all = fields.to_vec();
        all.extend([
            ("partition", "aws"),
            ("provider_name", "Signet"),
            ("path", "x//y/"),
        ]);
        post(&mut browser, "/admin/aws", &all).assert(422, says);
    }
    let nothing = post(&mut browser, "/admin/aws/assign", &[("user", "alice")]);
    nothing.assert(422, "Choose at least one");
    let nobody = post(&mut browser, "/admin/aws/assign", &[("user", "nobody")]);
    nobody.assert(422, "There is no nobody");
}
