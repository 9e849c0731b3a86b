//! The audit in the console: found by person, kind and time, page by page, and in the shapes that others read.

use std::collections::BTreeSet;

use serde_json::Value;
use signet::audit::RecordedActor;
use signet::model::{AdminRole, Span};

use crate::app::{Answer, Browser, Person, TestApp, unescape};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine};

on_every_engine!(
    what_happened_is_found_and_read,
    others_shapes_have_what_they_must_have,
);

const PAGE: &str = "/admin/audit";

fn at_work(app: &TestApp<'_>, person: &Person) -> Browser {
    let mut browser = app.browser();
    let page = browser.open(PAGE);
    browser
        .complete(app, &page, person)
        .assert(200, "id=\"records\"");
    browser
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200);
    let lines = answer.body.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn what_happened_is_found_and_read(db: &TestDatabase) {
    let mut app = TestApp::start(db);
    let carol = app.person_with("carol", AdminRole::Auditor);
    let alice = app.person("alice");
    app.browser().sign_in(&app, &alice);
    app.advance(Span::hours(1));
    let (op, before) = (app.op(), app.clock.now());
    for n in 0..60 {
        let name = format!("Group {n}");
        let made = app.services.directory.create_group(&op, &name, "");
        wait(made).unwrap();
    }
    let mut browser = at_work(&app, &carol);
    let of_alice = browser.get(&format!("{PAGE}?user=ALICE&kind=sign_in."));
    let body = unescape(&of_alice.body);
    for word in ["sign_in.completed", "sign_in.password_verified"] {
        assert!(body.contains(word), "{body}");
    }
    assert!(
        !body.contains("group.created") && !body.contains(">carol"),
        "{body}"
    );
    assert!(!browser.get(PAGE).has("method=\"post\""));

    // Page by page, each record once.
    let mut seen = BTreeSet::new();
    let mut path = format!("{PAGE}?kind=group.created");
    for count in [50, 10] {
        let page = browser.get(&path);
        let body = unescape(&page.body);
        let names: Vec<_> = body.split("\"name\": \"Group ").skip(1).collect();
        assert_eq!(names.len(), count);
        seen.extend(
            names
                .iter()
                .map(|name| name.split('"').next().unwrap().to_owned()),
        );
        if let Some((_, link)) = body.split_once("id=\"next\" href=\"") {
            path = link.split('"').next().unwrap().to_owned();
        }
    }
    assert_eq!(seen.len(), 60);
    let since = before.to_rfc3339();
    let later = lines(&browser.get(&format!("{PAGE}?from={since}&format=native")));
    let kinds: BTreeSet<_> = later.iter().map(|r| r["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains("group.created") && !kinds.contains("user.created"));
    let earlier = lines(&browser.get(&format!("{PAGE}?until={since}&kind=user.&format=native")));
    assert!(
        earlier
            .iter()
            .any(|r| r["event"]["after"]["profile"]["user_name"] == "alice")
    );

    for (query, says) in [
        ("from=yesterday", "is no time"),
        ("user=nobody", "There is no nobody"),
    ] {
        browser.get(&format!("{PAGE}?{query}")).assert(422, says);
    }
    let nothing = browser.get(&format!("{PAGE}?kind=nothing."));
    nothing.assert(200, "Nothing of this kind happened");
    // What was erased is not to be read here, either.
    let alice_id = alice.id.clone();
    wait(app.services.audit.erase_person(&op, &alice_id)).unwrap();
    let erased = browser.get(&format!("{PAGE}?user=alice&kind=user.&format=native"));
    assert!(
        !erased.body.contains("alice@example.com"),
        "{}",
        erased.body
    );
    let mut stranger = app.browser();
    let bob = app.person("bob");
    stranger.sign_in(&app, &bob);
    assert_eq!(stranger.open(PAGE).status, 403);
}

fn others_shapes_have_what_they_must_have(db: &TestDatabase) {
    let app = TestApp::start(db);
    let carol = app.person_with("carol", AdminRole::Auditor);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let mut portal = app.browser();
    portal.sign_in(&app, &alice);
    let role = "/aws/console?account_id=123456789012&role_name=ReadOnly";
    portal.get(role).assert(200, "SAMLResponse");
    let mut stranger = app.browser();
    let page = stranger.open("/");
    stranger.submit_password(&page, "alice", "not it");
    let mut browser = at_work(&app, &carol);

    let trail = lines(&browser.get(&format!("{PAGE}?format=cloudtrail")));
    for record in &trail {
        for field in [
            "eventVersion",
            "userIdentity",
            "eventTime",
            "eventSource",
            "eventName",
            "awsRegion",
            "sourceIPAddress",
            "requestID",
            "eventID",
            "eventType",
            "serviceEventDetails",
        ] {
            assert!(!record[field].is_null(), "{field}: {record}");
        }
    }
    let named = |name: &'static str| {
        trail
            .iter()
            .filter(move |record| record["eventName"] == name)
    };
    let federate = named("Federate").next().unwrap();
    assert_eq!(federate["eventSource"], "sso.amazonaws.com");
    assert_eq!(federate["recipientAccountId"], "123456789012");
    assert_eq!(federate["userIdentity"]["type"], "IdentityCenterUser");
    assert_eq!(
        federate["userIdentity"]["onBehalfOf"]["userId"],
        alice.id.as_str()
    );
    let verified = named("CredentialVerification");
    let outcomes: BTreeSet<_> = verified
        .map(|record| record["serviceEventDetails"]["CredentialVerification"].to_string())
        .collect();
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
    assert!(named("UserAuthentication").count() >= 2);

    let ocsf = lines(&browser.get(&format!("{PAGE}?format=ocsf")));
    assert_eq!(ocsf.len(), trail.len());
    for record in &ocsf {
        let (class, activity) = (&record["class_uid"], &record["activity_id"]);
        let expected = class.as_i64().unwrap() * 100 + activity.as_i64().unwrap();
        assert_eq!(record["type_uid"], expected);
        assert_eq!(record["category_uid"], 3);
        for field in [
            "severity_id",
            "status_id",
            "time",
            "metadata",
            "user",
            "service",
        ] {
            assert!(!record[field].is_null(), "{field}: {record}");
        }
        assert_eq!(record["metadata"]["product"]["name"], "Signet");
    }
    let logon = ocsf
        .iter()
        .find(|r| r["message"] == "sign_in.completed")
        .unwrap();
    assert_eq!(
        (&logon["type_uid"], &logon["is_mfa"]),
        (&300_201.into(), &true.into())
    );
    let refused = ocsf
        .iter()
        .find(|r| r["message"] == "sign_in.password_refused")
        .unwrap();
    assert_eq!(
        (&refused["type_uid"], &refused["status_id"]),
        (&300_206.into(), &2.into())
    );
    let all = format!("{trail:?}{ocsf:?}");
    assert!(!all.contains(&alice.password) && !all.contains("not it"));

    let op = app.op();
    let filter = signet::audit::RecordFilter {
        kind: "aws_assertion.issued".into(),
        ..Default::default()
    };
    let seen = wait(app.services.audit.newest(&op, &filter, 10)).unwrap();
    let by_alice = RecordedActor::User {
        id: alice.id.clone(),
    };
    assert!(seen.len() == 1 && seen[0].actor == by_alice);
}

#[test]
fn the_first_page_says_what_is_set_up_and_what_to_look_at() {
    let db = TestDatabase::new(crate::store::engines::EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let mut browser = app.browser();
    let page = browser.open("/admin");
    browser.complete(&app, &page, &ada);
    let first = browser.get("/admin");
    first.assert(200, "0 of 7");
    let alice = app.person("alice");
    app.aws_role(&alice);
    app.group("Developers", &[]);
    let mut stranger = app.browser();
    let page = stranger.open("/");
    stranger.submit_password(&page, "alice", "not it");
    let page = browser.get("/admin");
    let body = unescape(&page.body);
    // People, groups, accounts, permission sets, assignments; neither mail nor a role that was verified.
    assert!(body.contains("5 of 7"), "{body}");
    let (_, refused) = body.split_once("Refused passwords and codes").unwrap();
    assert!(
        refused.contains("<span class=\"badge\">1</span>"),
        "{refused}"
    );
    let (before, _) = body.split_once("Refused passwords").unwrap();
    let href = before
        .rsplit("href=\"")
        .next()
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    browser.get(href).assert(200, "sign_in.password_refused");
}

/// However long the audit is, a page looks at so much of it and says where it goes on; nothing is lost between pages.
#[test]
fn a_page_looks_so_far_back_and_the_next_one_further() {
    let db = TestDatabase::new(crate::store::engines::EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let op = app.op();
    let tick = signet::audit::AuditEvent::PersonExported {
        user_id: app.person("bob").id.clone(),
    };
    let entry = wait(app.services.audit.prepare(&op, &tick)).unwrap();
    // All in one moment: the place in the stream tells them apart.
    let filled = app.services.store.write_blocking(move |txn| {
        for number in 0..20_050 {
            let mut entry = entry.clone();
            entry.id = format!("{}-{number}", entry.id);
            txn.append_audit(&entry)?;
        }
        Ok(())
    });
    filled.unwrap();
    let mut filter = signet::audit::RecordFilter {
        names: alice.id.to_string(),
        ..Default::default()
    };
    let page = wait(app.services.audit.page(&op, &filter, 50)).unwrap();
    assert!(page.records.is_empty());
    let Some(signet::audit::Next::Further(cursor)) = page.next else {
        panic!("{:?}", page.next);
    };
    assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()));
    filter.before = Some(cursor);
    let page = wait(app.services.audit.page(&op, &filter, 50)).unwrap();
    let all = wait(app.services.audit.newest(&op, &filter, 10_000)).unwrap();
    assert!(page.next.is_none() && !page.records.is_empty());
    let ids = |seen: &[signet::audit::SeenRecord]| -> Vec<String> {
        seen.iter().map(|one| one.id.clone()).collect()
    };
    assert_eq!(ids(&page.records), ids(&all));
}
