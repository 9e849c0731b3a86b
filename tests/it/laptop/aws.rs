//! `signet aws creds --format`, `env`, `exec`, `console`.

use super::machine::{Machine, said};
use super::sts::{SECRET, TOKEN};

const ROLE: [&str; 4] = ["--account", "111111111111", "--role", "ReadOnly"];

fn formatted(machine: &Machine, format: &str) -> String {
    let mut command = machine.command(&["aws", "creds", "--format", format]);
    said(command.args(ROLE)).ok().out
}

#[test]
fn each_format_is_its_readers() {
    let machine = Machine::signed_in();
    assert_eq!(
        formatted(&machine, "bash"),
        format!(
            "export AWS_ACCESS_KEY_ID='ASIA0001'\nexport AWS_SECRET_ACCESS_KEY='{SECRET}'\n\
             export AWS_SESSION_TOKEN='{TOKEN}'\nexport AWS_CREDENTIAL_EXPIRATION='2099-01-01T00:00:00Z'\n"
        )
    );
    assert!(formatted(&machine, "fish").starts_with("set -gx AWS_ACCESS_KEY_ID 'ASIA0001'\n"));
    assert!(formatted(&machine, "powershell").starts_with("$Env:AWS_ACCESS_KEY_ID = 'ASIA0001'\n"));
    let section = formatted(&machine, "file");
    assert!(
        section.starts_with("[111111111111-ReadOnly]\naws_access_key_id = ASIA0001\n"),
        "{section}"
    );
}

#[test]
fn a_shell_takes_what_env_prints() {
    let machine = Machine::signed_in();
    let program = env!("CARGO_BIN_EXE_signet");
    let script = format!(
        "eval \"$('{program}' aws env {})\" && printf %s \"$AWS_SECRET_ACCESS_KEY\"",
        ROLE.join(" ")
    );
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", &script])
        .env("HOME", machine.folder.path())
        .env("SIGNET_CONFIG_DIR", machine.path("config"))
        .env("SHELL", "/bin/sh");
    assert_eq!(said(&mut shell).ok().out, SECRET);
    let mut command = machine.command(&["aws", "env"]);
    command.args(ROLE).env("SHELL", "/usr/bin/fish");
    assert!(said(&mut command).ok().out.starts_with("set -gx "));
}

#[test]
fn a_command_runs_with_the_role_alone_and_ends_as_it_ends() {
    let machine = Machine::signed_in();
    let mut command = machine.command(&["aws", "exec"]);
    command.args(ROLE).args([
        "--",
        "sh",
        "-c",
        "printf '%s %s %s' \"$AWS_ACCESS_KEY_ID\" \"$AWS_SESSION_TOKEN\" \"${AWS_PROFILE-none}\"; exit 7",
    ]);
    command.env("AWS_PROFILE", "another");
    let said_by_it = said(&mut command);
    assert_eq!(said_by_it.code, 7, "{said_by_it:?}");
    assert_eq!(said_by_it.out, format!("ASIA0001 {TOKEN} none"));
    let mut command = machine.command(&["aws", "exec"]);
    command.args(ROLE).args(["--", "no-such-program"]);
    said(&mut command).ended(1, "no-such-program");
    let mut command = machine.command(&["aws", "exec"]);
    assert_eq!(said(command.args(ROLE)).code, 2);
}

#[test]
fn the_console_is_the_portals_deep_link() {
    let machine = Machine::signed_in();
    let mut command = machine.command(&["aws", "console", "--no-browser"]);
    command.args(ROLE).args([
        "--destination",
        "https://eu-west-1.console.aws.amazon.com/s3/?a=1&b=2",
    ]);
    assert_eq!(
        said(&mut command).ok().out,
        format!(
            "{}/aws/console?account_id=111111111111&role_name=ReadOnly&\
             destination=https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fs3%2F%3Fa%3D1%26b%3D2\n",
            machine.server.url
        )
    );
    let mut command = machine.command(&["aws", "console", "--destination", "javascript:alert(1)"]);
    said(command.args(ROLE)).ended(2, "https://");
    let mut command = machine.command(&["aws", "console"]);
    command.args(ROLE).env("BROWSER", "/bin/true");
    let opened = said(&mut command).ok();
    assert_eq!(opened.out, "");
    assert!(opened.err.contains("/aws/console?"), "{opened:?}");
}

#[test]
fn a_reader_that_has_gone_is_no_panic() {
    let machine = Machine::signed_in();
    let mut child = machine.command(&["aws", "list"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(!err.contains("panicked"), "{err}");
}
