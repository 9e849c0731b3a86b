//! The introductory demonstration of AWS SSO, by HTTP, ending in an AWS that is not ours: a permission set with S3 and RDS,
//! assigned to a group in two accounts at once; the roles made through the IAM API from the text that the console gives;
//! the portal's credentials list S3 and RDS and are refused EC2 and IAM, in both accounts.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};
use signet::config::Network;
use signet::model::AdminRole;
use signet::outbound::AddressRule;

use super::installed;
use crate::app::{Answer, Browser, Person, TestApp, unescape};
use crate::store::engines::{TestDatabase, on_every_engine};

on_every_engine!(what_is_assigned_is_what_can_be_done_in_both_accounts);

const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];

/// moto with authorisation, and the judges of texts.
struct Aws {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    port: u64,
}

impl Aws {
    fn start() -> Self {
        let mut child = installed::python("aws_peer.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let mut from = BufReader::new(child.stdout.take().unwrap());
        let port = read(&mut from)["port"].as_u64().unwrap();
        Self {
            child,
            to,
            from,
            port,
        }
    }

    fn ask(&mut self, request: Value) -> Value {
        writeln!(self.to, "{request}").unwrap();
        read(&mut self.from)
    }
}

fn read(from: &mut impl BufRead) -> Value {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

impl Drop for Aws {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn app_before<'a>(db: &'a TestDatabase, aws: &Aws) -> TestApp<'a> {
    let sts = format!("http://127.0.0.1:{}/", aws.port);
    TestApp::with(db, |settings| {
        let loopback = Network::parse("127.0.0.0/8").unwrap();
        settings.outbound.addresses = AddressRule::PublicAnd(vec![loopback]);
        for partition in &mut settings.partitions {
            partition.sts_url.clone_from(&sts);
        }
    })
}

fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = browser.get("/admin/people/invite").field("csrf").unwrap();
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend_from_slice(fields);
    browser.post(path, &all)
}

/// By the console's forms alone.
fn organise(browser: &mut Browser, member: &Person) {
    let made = post(browser, "/admin/groups", &[("value", "S3 and RDS access")]);
    let group = made.location().to_owned();
    let group_id = group.rsplit('/').next().unwrap().to_owned();
    let added = post(
        browser,
        &format!("{group}/add"),
        &[("value", &member.user_name)],
    );
    assert_eq!(added.location(), group);
    let set = [
        ("name", "S3AndRDS"),
        ("description", "Buckets and databases"),
        ("managed", "AmazonS3FullAccess"),
        (
            "other_managed",
            "arn:aws:iam::aws:policy/AmazonRDSFullAccess",
        ),
        ("minutes", "60"),
        ("session_tags", "department = attributes.department"),
        ("boundary_kind", "none"),
    ];
    assert_eq!(
        post(browser, "/admin/aws/sets", &set).location(),
        "/admin/aws"
    );
    for (id, name) in ACCOUNTS.iter().zip(["Production", "Sandbox"]) {
        let account = [
            ("id", *id),
            ("name", name),
            ("path", "/"),
            ("provider_name", "Signet"),
            ("partition", "aws"),
        ];
        let made = post(browser, "/admin/aws", &account);
        assert_eq!(made.location(), format!("/admin/aws/accounts/{id}"));
    }
    let page = browser.get("/admin/aws/assign");
    let set_id = choice(&page, "set");
    let assigned = post(
        browser,
        "/admin/aws/assign",
        &[
            ("group", &group_id),
            ("set", &set_id),
            ("account", ACCOUNTS[0]),
            ("account", ACCOUNTS[1]),
        ],
    );
    assigned.assert(200, "Sandbox (222222222222)");
    assert_eq!(assigned.body.matches(">assigned<").count(), 2);
}

/// The first choice of a field.
fn choice(page: &Answer, field: &str) -> String {
    let (_, behind) = page
        .body
        .split_once(&format!("name=\"{field}\" value=\""))
        .unwrap();
    behind.split('"').next().unwrap().to_owned()
}

fn text(browser: &mut Browser, account: &str, form: &str) -> String {
    let path = format!("/admin/aws/accounts/{account}/roles?form={form}&download=1");
    let given = browser.get(&path);
    assert_eq!(given.status, 200);
    assert!(
        given
            .header("content-disposition")
            .is_some_and(|value| value.contains("attachment"))
    );
    given.body
}

/// What the page for the command line gives.
fn credentials(browser: &mut Browser, account: &str) -> Value {
    let page = browser.get(&format!(
        "/aws/command-line?account_id={account}&role_name=S3AndRDS"
    ));
    let given = browser.submit(&page, &[("account_id", account), ("role_name", "S3AndRDS")]);
    let value = |id: &str| {
        let (_, behind) = given
            .body
            .split_once(&format!("id=\"{id}\">"))
            .unwrap_or_else(|| panic!("{id}: {}", given.body));
        unescape(behind.split('<').next().unwrap())
    };
    json!({
        "AccessKeyId": value("access-key-id"),
        "SecretAccessKey": value("secret-access-key"),
        "SessionToken": value("session-token"),
    })
}

fn what_is_assigned_is_what_can_be_done_in_both_accounts(db: &TestDatabase) {
    let mut aws = Aws::start();
    let app = app_before(db, &aws);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let eva = app.person("eva");
    let mut console = app.browser();
    let page = console.open("/admin/aws");
    console
        .complete(&app, &page, &ada)
        .assert(200, "No account yet");
    organise(&mut console, &eva);

    for account in ACCOUNTS {
        let template = text(&mut console, account, "cloudformation");
        let terraform = text(&mut console, account, "terraform");
        let judged = aws.ask(json!({
            "do": "check",
            "cloudformation": template,
            "terraform": terraform,
        }));
        assert_eq!(judged["problems"], json!([]));
        let resources = judged["resources"].as_array().unwrap();
        let count = |kind: &str| resources.iter().filter(|r| **r == kind).count();
        assert_eq!(count("aws_iam_role"), 2, "{judged}");
        assert_eq!(count("aws_iam_role_policy_attachment"), 3, "{judged}");
        assert_eq!(count("aws_iam_saml_provider"), 1, "{judged}");
        let made = aws.ask(json!({ "do": "make", "account": account, "template": template }));
        let arn = |name: &str| json!(format!("arn:aws:iam::{account}:role/signet/{name}"));
        let made = made["made"].as_array().unwrap();
        assert!(made.contains(&arn("Signet_S3AndRDS")), "{made:?}");
        assert!(made.contains(&arn("SignetEmergency")), "{made:?}");
        let verified = post(
            &mut console,
            &format!("/admin/aws/accounts/{account}/verify"),
            &[],
        );
        let page = console.get(verified.location());
        page.assert(200, "role-in-place");
    }

    let mut portal = app.browser();
    portal.sign_in(&app, &eva).assert(200, "S3AndRDS");
    for account in ACCOUNTS {
        let credentials = credentials(&mut portal, account);
        let seen = aws.ask(json!({ "do": "try", "credentials": credentials }));
        let expected = json!({
            "s3": "allowed",
            "rds": "allowed",
            "ec2": seen["ec2"],
            "iam": "AccessDenied",
        });
        assert_eq!(seen, expected, "{account}");
        assert_ne!(seen["ec2"], "allowed");
    }
}
