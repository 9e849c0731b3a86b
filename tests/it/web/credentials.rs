//! Credentials of a role by our own call of STS: the portal's page and the API, against an STS of the test's.

use serde_json::json;
use signet::model::Network;
use signet::outbound::AddressRule;

use crate::app::clients::{Authorize, ClientApp};
use crate::app::{Browser, Person, TestApp};
use crate::aws_wire::{ANSWER, error_xml};
use crate::keys_audit::wait;
use crate::outbound::server::{Server, answer};
use crate::store::engines::{EngineKind, TestDatabase, rows};

const PAGE: &str = "/aws/command-line?account_id=123456789012&role_name=ReadOnly";
const SECRET: &str = "wJalr/XUtnFEMI+K7MDENGbPxRfiCYEXAMPLEKEY";
const XML: &str = "content-type: text/xml\r\n";

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

/// An instance whose STS is the given server.
fn with_sts<'a>(database: &'a TestDatabase, sts: &Server) -> TestApp<'a> {
    let url = sts.url("/");
    TestApp::with(database, |settings| {
        let loopback = Network::parse("127.0.0.0/8").unwrap();
        settings.outbound.addresses = AddressRule::PublicAnd(vec![loopback]);
        for partition in &mut settings.partitions {
            partition.sts_url.clone_from(&url);
        }
    })
}

fn granting() -> Server {
    Server::answering(answer("200 OK", XML, ANSWER))
}

/// Signed in, at the page.
fn at_the_page(app: &TestApp, person: &Person) -> (Browser, crate::app::Answer) {
    let mut browser = app.browser();
    let page = browser.open(PAGE);
    let page = browser.complete(app, &page, person);
    page.assert(200, "id=\"get-credentials\"");
    (browser, page)
}

fn asked(page: &crate::app::Answer) -> [(&'static str, &'static str); 2] {
    assert_eq!(page.action(), "/aws/command-line");
    [("account_id", "123456789012"), ("role_name", "ReadOnly")]
}

#[test]
fn the_page_shows_every_form_once_asked_and_nothing_is_kept() {
    let (db, sts) = (memory(), granting());
    let app = with_sts(&db, &sts);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let (mut browser, page) = at_the_page(&app, &alice);
    assert!(!page.has("ASIA") && sts.connections() == 0);
    let body = crate::app::unescape(&page.body);
    assert!(
        body.contains("signet login https://id.example.com<"),
        "{body}"
    );
    assert!(body.contains("[profile 123456789012_ReadOnly]"), "{body}");

    let filled = browser.submit(&page, &asked(&page));
    filled.assert(200, "2026-11-26T13:30:00Z");
    let body = crate::app::unescape(&filled.body);
    for line in [
        "export AWS_ACCESS_KEY_ID='ASIAEXAMPLEEXAMPLE00'".to_owned(),
        format!("$Env:AWS_SECRET_ACCESS_KEY = '{SECRET}'"),
        format!("set -gx AWS_SECRET_ACCESS_KEY '{SECRET}'"),
        "[123456789012_ReadOnly]\naws_access_key_id = ASIAEXAMPLEEXAMPLE00".to_owned(),
        format!("id=\"secret-access-key\">{SECRET}<"),
    ] {
        assert!(body.contains(&line), "{line} is not in {body}");
    }
    // Hidden until somebody opens a form.
    assert!(!filled.has("<details open"));
    assert_eq!(filled.header("cache-control"), Some("no-store"));
    // The one role was asked for, by our signed response.
    let sent = sts.request();
    assert!(
        sent.contains(
            "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fsignet%2FSignet_ReadOnly"
        ),
        "{sent}"
    );
    assert!(sent.contains("DurationSeconds=3600"));
    // Neither in the audit nor anywhere else.
    let audit = rows(db.store(), "SELECT body FROM audit_records", vec![]);
    let audit: Vec<String> = audit.iter().map(|row| row.text("body").unwrap()).collect();
    assert!(audit.len() > 5);
    assert!(
        audit
            .iter()
            .all(|r| !r.contains(SECRET) && !r.contains("ASIA"))
    );
}

#[test]
fn a_refusal_of_sts_is_shown_with_its_cause_and_the_fix() {
    let xml = error_xml(
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithSAML",
    );
    let sts = Server::answering(answer("403 Forbidden", XML, &xml));
    let db = memory();
    let app = with_sts(&db, &sts);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let (mut browser, page) = at_the_page(&app, &alice);
    let refused = browser.submit(&page, &asked(&page));
    refused
        .assert(502, "id=\"trouble\"")
        .assert(502, "sts:TagSession");
    assert!(!refused.has("<details"));
}

#[test]
fn who_may_not_gets_neither_page_nor_call() {
    let (db, sts) = (memory(), granting());
    let app = with_sts(&db, &sts);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let assignment = app.aws_role(&alice);
    // Somebody else's role.
    let mut browser = app.browser();
    browser.sign_in(&app, &bob);
    browser.open(PAGE).assert(403, "");
    // A form without its token, from elsewhere, and after the assignment is gone.
    let (mut browser, page) = at_the_page(&app, &alice);
    let fields = asked(&page);
    assert_eq!(
        browser
            .post("/aws/command-line", &[("csrf", "00"), fields[0], fields[1]])
            .status,
        403
    );
    let csrf = page.field("csrf").unwrap();
    let elsewhere = browser.post_from_elsewhere(
        "/aws/command-line",
        &[("csrf", &csrf), fields[0], fields[1]],
    );
    assert_ne!(elsewhere.status, 200);
    wait(app.services.apps.unassign_account(&app.op(), assignment)).unwrap();
    let refused = browser.submit(&page, &fields);
    assert_ne!(refused.status, 200, "{}", refused.body);
    assert!(!refused.has("ASIA"));
    assert_eq!(sts.connections(), 0);
}

/// The command line's own client, as `signet login` signs in with it.
fn token(app: &TestApp, person: &Person) -> String {
    wait(app.services.apps.ensure_command_line(&app.op())).unwrap();
    let id = signet::model::ClientId::parse("signet-cli").unwrap();
    let application = wait(app.services.apps.by_client_id(&id)).unwrap().unwrap();
    let client = ClientApp {
        application,
        client_id: "signet-cli".into(),
        secret: String::new(),
    };
    let callback = "http://127.0.0.1:4711/callback";
    let request = Authorize::of(&client)
        .with("redirect_uri", callback)
        .with("scope", "openid offline_access aws");
    let mut browser = app.browser();
    browser.sign_in(app, person);
    // The person is asked each time: another program could be listening there.
    let consent = browser.open(&request.path());
    consent.assert(200, "id=\"consent\"");
    let agreed = browser.submit(&consent, &[]);
    let answer = browser.open_until_left(agreed.location());
    let location = url::Url::parse(answer.location()).unwrap();
    let (_, code) = location
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap();
    let tokens = app.browser().token(
        &client,
        &[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", callback),
            ("code_verifier", crate::app::clients::VERIFIER),
        ],
    );
    tokens.json()["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn the_api_gives_them_to_a_token_of_the_scope_alone() {
    let (db, sts) = (memory(), granting());
    let app = with_sts(&db, &sts);
    let alice = app.person("alice");
    let assignment = app.aws_role(&alice);
    let token = token(&app, &alice);
    let ask = |token: &str, role: &str| {
        let mut machine = app.browser();
        machine
            .headers
            .push(("authorization", format!("Bearer {token}")));
        let body = json!({"account_id": "123456789012", "role_name": role}).to_string();
        machine.post_text("/api/v1/aws/credentials", "application/json", &body)
    };
    assert_eq!(ask("none", "ReadOnly").status, 401);
    assert_eq!(ask(&token, "Admin").status, 403);
    assert_eq!(sts.connections(), 0);
    let got = ask(&token, "ReadOnly");
    assert_eq!(got.status, 200, "{}", got.body);
    let got = got.json();
    assert_eq!(got["access_key_id"], "ASIAEXAMPLEEXAMPLE00");
    assert_eq!(got["secret_access_key"], SECRET);
    assert_eq!(got["expiration"], "2026-11-26T13:30:00.000Z");
    assert_eq!(
        got["assumed_role_arn"],
        "arn:aws:sts::123456789012:assumed-role/Signet_ReadOnly/alice"
    );
    // An assignment that is taken away counts at the next call.
    wait(app.services.apps.unassign_account(&app.op(), assignment)).unwrap();
    assert_eq!(ask(&token, "ReadOnly").status, 403);
    assert_eq!(sts.connections(), 1);
}
