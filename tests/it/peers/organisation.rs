//! The introductory demonstration of AWS SSO, by HTTP, ending in an AWS that is not ours: a permission set with S3 and RDS,
//! assigned to a group in two accounts at once; the roles made through the IAM API from the text that the console gives;
//! the portal's credentials list S3 and RDS and are refused EC2 and IAM, in both accounts.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};
use signet::model::Network;
use signet::model::{
    AccountAssignment, AccountId, AdminRole, PermissionSet, PermissionsBoundary, Principal,
    RoleContent,
};
use signet::outbound::AddressRule;

use super::installed;
use crate::app::{Answer, Browser, Person, TestApp, unescape};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

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

/// A permission set with everything that a role can have, and everything that a shell or a template language could take amiss.
fn awkward(app: &TestApp, account: &str) -> PermissionSet {
    let set = app.permission_set("Odd+=.@-_", |set| {
        set.description = "It's \"$HOME\" `id` ${x} %{y} \\ and a € sign".into();
        set.session_duration_seconds = 7_200;
        set.role = RoleContent {
            managed_policies: vec![
                "AmazonS3FullAccess".into(),
                "job-function/ViewOnlyAccess".into(),
            ],
            customer_policies: Vec::new(),
            inline_policy: Some(INLINE.into()),
            boundary: Some(PermissionsBoundary::Managed("PowerUserAccess".into())),
            tags: [("cost center".to_owned(), "a/b:c".to_owned())].into(),
        };
    });
    let alice = app.person("alice");
    let assignment = AccountAssignment {
        account_id: AccountId::parse(account).unwrap(),
        permission_set_id: set.id.clone(),
        principal: Principal::User(alice.id),
    };
    wait(app.services.apps.assign_account(&app.op(), assignment)).unwrap();
    set
}

const INLINE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{"Sid": "Own", "Effect": "Allow", "Action": "s3:*",
    "Resource": "arn:aws:s3:::home/${aws:PrincipalTag/department}/it's `$x` \"q\" %{z}"}]
}"#;

/// The three forms say the same: the script, run by AWS's own command line, makes what the template makes; again, it changes
/// what was changed and nothing else; and a role that is not Signet's it leaves alone.
#[test]
fn the_script_makes_by_awss_own_command_line_what_the_template_makes() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let mut aws = Aws::start();
    let app = app_before(&db, &aws);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let mut console = app.browser();
    let page = console.open("/admin/aws");
    console.complete(&app, &page, &ada);
    for (id, name) in ACCOUNTS.iter().zip(["Production", "Sandbox"]) {
        let account = [
            ("id", *id),
            ("name", name),
            ("path", "/"),
            ("provider_name", "Signet"),
            ("partition", "aws"),
        ];
        post(&mut console, "/admin/aws", &account);
    }
    let [one, other] = ACCOUNTS;
    let set = awkward(&app, one);
    let template = text(&mut console, one, "cloudformation");
    let terraform = text(&mut console, one, "terraform");
    let judged =
        aws.ask(json!({"do": "check", "cloudformation": template, "terraform": terraform}));
    assert_eq!(judged["problems"], json!([]));
    aws.ask(json!({ "do": "make", "account": other, "template": template }));
    let made = aws.ask(json!({ "do": "roles", "account": other }));

    let script = text(&mut console, one, "script");
    let emergency = format!("arn:aws:iam::{other}:user/on-call");
    let run = |aws: &mut Aws, account: &str, script: &str| {
        aws.ask(json!({"do": "script", "account": account, "text": script, "emergency": emergency}))
    };
    let done = run(&mut aws, one, &script);
    assert_eq!(done["code"], 0, "{done}");
    let by_script = aws.ask(json!({ "do": "roles", "account": one }));
    let plain = |seen: &Value| {
        seen.to_string()
            .replace(one, "ACCOUNT")
            .replace(other, "ACCOUNT")
    };
    let role = |seen: &Value, field: &str| seen["roles"]["Signet_Odd+=.@-_"][field].clone();
    for field in [
        "path",
        "longest",
        "description",
        "trust",
        "boundary",
        "tags",
        "attached",
        "inline",
    ] {
        let (script, template) = (role(&by_script, field), role(&made, field));
        assert_eq!(plain(&script), plain(&template), "{field}");
        assert!(!script.is_null(), "{field}");
    }
    let expected: Value = serde_json::from_str(INLINE).unwrap();
    assert_eq!(role(&by_script, "inline")["Signet"], expected);
    assert!(made["roles"]["SignetEmergency"].is_object(), "{made}");
    let trust = &by_script["roles"]["SignetEmergency"]["trust"]["Statement"][0]["Principal"]["AWS"];
    assert_eq!(trust, &json!(emergency));

    // In another account it does nothing.
    let elsewhere = run(&mut aws, other, &script);
    assert_ne!(elsewhere["code"], 0);
    assert!(
        elsewhere["said"]
            .as_str()
            .unwrap()
            .contains("are for the account"),
        "{elsewhere}"
    );
    // What was changed in Signet is changed there.
    let fewer = PermissionSet {
        role: RoleContent {
            managed_policies: vec!["AmazonRDSFullAccess".into()],
            ..RoleContent::default()
        },
        ..set.clone()
    };
    wait(app.services.apps.update_permission_set(&app.op(), fewer)).unwrap();
    let done = run(&mut aws, one, &text(&mut console, one, "script"));
    assert_eq!(done["code"], 0, "{done}");
    let changed = aws.ask(json!({ "do": "roles", "account": one }));
    let attached = role(&changed, "attached");
    assert_eq!(
        attached,
        json!(["arn:aws:iam::aws:policy/AmazonRDSFullAccess"])
    );
    assert_eq!(
        (role(&changed, "inline"), role(&changed, "boundary")),
        (json!({}), Value::Null)
    );
    // Somebody else's role of the same name stays as it is.
    let theirs = PermissionSet {
        role_path: "signet/SignetOther".into(),
        ..wait(app.services.apps.permission_set(&set.id))
            .unwrap()
            .unwrap()
    };
    wait(app.services.apps.update_permission_set(&app.op(), theirs)).unwrap();
    let mut foreign: Value = serde_json::from_str(&template).unwrap();
    let resources = foreign["Resources"].as_object_mut().unwrap();
    resources.retain(|name, _| name.starts_with("Role"));
    for role in resources.values_mut() {
        role["Properties"]["RoleName"] = "SignetOther".into();
        role["Properties"]["Tags"] = json!([]);
        role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] =
            json!({"AWS": "arn:aws:iam::111111111111:root"});
    }
    aws.ask(json!({"do": "make", "account": one, "template": foreign.to_string()}));
    let refused = run(&mut aws, one, &text(&mut console, one, "script"));
    assert_ne!(refused["code"], 0);
    assert!(
        refused["said"]
            .as_str()
            .unwrap()
            .contains("that Signet did not make"),
        "{refused}"
    );
}
