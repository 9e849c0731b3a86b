//! `signet aws creds`: new, kept, refused.

use serde_json::Value;

use super::machine::{Machine, said};
use super::sts::{SECRET, TOKEN};

fn in_seconds(seconds: i64) -> String {
    let now = signet::clock::Clock::System.now();
    now.plus(signet::model::Span::seconds(seconds))
        .to_xs_date_time()
}

#[test]
fn the_output_is_what_credential_process_wants_and_nothing_else() {
    let machine = Machine::signed_in();
    let said = machine.creds("111111111111", "ReadOnly").ok();
    assert_eq!(
        said.out,
        format!(
            "{{\"Version\":1,\"AccessKeyId\":\"ASIA0001\",\"SecretAccessKey\":\"{SECRET}\",\"SessionToken\":\"{TOKEN}\",\
             \"Expiration\":\"2099-01-01T00:00:00Z\",\"AccountId\":\"111111111111\"}}\n"
        )
    );
    assert_eq!(said.err, "");
}

#[test]
fn two_at_once_renew_once() {
    let machine = Machine::new();
    machine.server.state().access_seconds = 1;
    machine.login().follow().end().ok();
    machine.server.state().access_seconds = 3600;
    machine.server.state().refresh_takes = std::time::Duration::from_millis(300);
    std::thread::scope(|scope| {
        let commands: Vec<_> = ["ReadOnly", "Admin", "ReadOnly", "Admin"]
            .into_iter()
            .map(|role| scope.spawn(|| machine.creds("111111111111", role)))
            .collect();
        for command in commands {
            command.join().unwrap().ok();
        }
    });
    let state = machine.server.state();
    assert_eq!((state.refreshes, state.replays), (1, 0));
}

#[test]
fn good_credentials_are_kept_by_role() {
    let machine = Machine::signed_in();
    let first = machine.creds("111111111111", "ReadOnly").ok().out;
    assert_eq!(machine.creds("111111111111", "ReadOnly").ok().out, first);
    assert_eq!(machine.sts.state().calls, 1);
    assert_ne!(machine.creds("111111111111", "Admin").ok().out, first);
    assert_ne!(machine.creds("222222222222", "ReadOnly").ok().out, first);
    assert_eq!(machine.sts.state().calls, 3);
    let anew = machine.run(&[
        "aws",
        "creds",
        "--account",
        "111111111111",
        "--role",
        "ReadOnly",
        "--no-cache",
    ]);
    assert_ne!(anew.ok().out, first);
    for (name, mode) in machine.modes() {
        let is_folder = machine.path("config").join(&name).is_dir();
        assert_eq!(mode, if is_folder { 0o700 } else { 0o600 }, "{name}");
    }
}

#[test]
fn they_are_kept_until_five_minutes_before_their_end() {
    let machine = Machine::signed_in();
    for (seconds, calls) in [(290, 2), (900, 1)] {
        machine.run(&["logout"]).ok();
        machine.login().follow().end().ok();
        machine.sts.state().expiration = in_seconds(seconds);
        machine.sts.state().calls = 0;
        machine.creds("111111111111", "ReadOnly").ok();
        machine.creds("111111111111", "ReadOnly").ok();
        assert_eq!(machine.sts.state().calls, calls, "{seconds}");
    }
}

#[test]
fn kept_credentials_need_no_sign_in_but_another_person_does_not_get_them() {
    let machine = Machine::signed_in();
    let first = machine.creds("111111111111", "ReadOnly").ok().out;
    machine.server.state().end_sign_ins();
    assert_eq!(machine.creds("111111111111", "ReadOnly").ok().out, first);
    machine.login().follow().end().ok();
    assert_eq!(machine.creds("111111111111", "ReadOnly").ok().out, first);
    machine.server.state().subject = "user-2".into();
    machine.login().follow().end().ok();
    assert_ne!(machine.creds("111111111111", "ReadOnly").ok().out, first);
}

#[test]
fn a_misspelt_role_is_denied_with_the_right_name() {
    let machine = Machine::signed_in();
    machine
        .creds("111111111111", "Readonly")
        .ended(4, "did you mean ReadOnly?");
    machine
        .creds("222222222222", "Billing")
        .ended(4, "but: ReadOnly");
    machine
        .creds("333333333333", "ReadOnly")
        .ended(4, "no role in account 333333333333");
    assert_eq!(machine.sts.state().calls, 0);
}

#[test]
fn arguments_that_cannot_be_are_mistakes_of_usage() {
    let machine = Machine::signed_in();
    for (account, role) in [
        ("1234", "ReadOnly"),
        ("11111111111x", "ReadOnly"),
        ("111111111111", "../../x"),
        ("111111111111", "a b"),
        ("111111111111", ""),
    ] {
        let said = machine.creds(account, role);
        assert_eq!(said.code, 2, "{said:?}");
        assert_eq!(said.out, "");
    }
}

#[test]
fn what_aws_refuses_is_told_apart() {
    let machine = Machine::signed_in();
    for (refusal, code, says) in [
        (
            (
                403,
                "AccessDenied",
                "Not authorized to perform sts:AssumeRoleWithSAML",
            ),
            4,
            "trust policy",
        ),
        (
            (
                400,
                "ExpiredTokenException",
                "Token must be redeemed within 5 minutes of issuance",
            ),
            5,
            "Repeat the command",
        ),
        (
            (400, "InvalidIdentityToken", "Response signature invalid"),
            1,
            "update-saml-provider",
        ),
        (
            (
                403,
                "RegionDisabledException",
                "STS is not activated in this region",
            ),
            1,
            "--sts-url",
        ),
    ] {
        machine.sts.state().refusal = Some(refusal);
        machine.creds("111111111111", "ReadOnly").ended(code, says);
    }
    machine.sts.state().refusal = None;
    machine.creds("111111111111", "ReadOnly").ok();
}

#[test]
fn credentials_of_another_account_are_not_handed_out() {
    let machine = Machine::signed_in();
    machine.sts.state().account = Some("999999999999".into());
    machine
        .creds("111111111111", "ReadOnly")
        .ended(1, "not for account 111111111111");
}

#[test]
fn the_sts_can_be_named() {
    let machine = Machine::signed_in();
    machine.server.state().sts_url = "http://127.0.0.1:9/".into();
    machine
        .creds("111111111111", "ReadOnly")
        .ended(1, "127.0.0.1:9");
    let own = machine.sts.url.clone();
    let arguments = [
        "aws",
        "creds",
        "--account",
        "111111111111",
        "--role",
        "Admin",
    ];
    let mut command = machine.command(&arguments);
    command.env("AWS_ENDPOINT_URL_STS", &own);
    said(&mut command).ok();
    let mut command = machine.command(&arguments);
    command
        .args(["--no-cache", "--sts-url", &own])
        .env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9/");
    said(&mut command).ok();
    assert_eq!(machine.sts.state().calls, 2);
    let mut command = machine.command(&arguments);
    command.args(["--no-cache", "--sts-url", "http://sts.example.com/"]);
    said(&mut command).ended(1, "https://");
}

#[test]
fn json_of_the_list_is_the_servers() {
    let machine = Machine::signed_in();
    let said = machine.run(&["aws", "list", "--json"]).ok();
    let list: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        list["roles"],
        Value::from(machine.server.state().roles.clone())
    );
    assert_eq!(said.err, "");
    let text = machine.run(&["aws", "list"]).ok();
    assert_eq!(
        text.out,
        "111111111111  Production  Admin\n111111111111  Production  ReadOnly\n222222222222  Über Test   ReadOnly\n"
    );
}
