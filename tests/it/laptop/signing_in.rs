//! `signet login`, `logout`, `status`; sign-ins that end.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::http::{get, one};
use super::machine::{Machine, Waiting, said};
use super::server::Browsing;

#[test]
fn a_sign_in_is_kept_for_its_owner_alone() {
    let machine = Machine::new();
    let waiting = machine.login();
    let page = waiting.visit();
    assert_eq!(page.status, 200);
    assert!(page.body.contains("You are signed in"), "{}", page.body);
    let said = waiting.end().ok();
    assert_eq!(said.out, "", "the address was all on stdout");
    assert!(said.err.contains("as alice"), "{said:?}");
    for (name, mode) in machine.modes() {
        let is_folder = machine.path("config").join(&name).is_dir();
        assert_eq!(mode, if is_folder { 0o700 } else { 0o600 }, "{name}");
    }
    assert!(machine.sign_in_file().is_file());
}

#[test]
fn the_page_of_the_callback_keeps_the_code_to_itself() {
    let machine = Machine::new();
    let waiting = machine.login();
    let page = waiting.visit();
    let header = |name: &str| {
        let found = page.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(header("cache-control"), Some("no-store"));
    assert_eq!(header("referrer-policy"), Some("no-referrer"));
    assert!(
        header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    assert!(!page.body.contains("code-"), "{}", page.body);
    waiting.end().ok();
}

#[test]
fn what_has_another_state_changes_nothing() {
    let machine = Machine::new();
    let waiting = machine.login();
    let right = waiting.callback();
    let (base, query) = right.split_once('?').unwrap();
    let state = query.split('&').find(|p| p.starts_with("state=")).unwrap();
    for wrong in [
        format!("{base}?{}", query.replace(state, "state=guessed")),
        format!("{base}?{}", query.replace(state, "x=y")),
        format!("{base}?{query}&{state}"),
        format!("{base}?state=&error=access_denied"),
        base.to_owned(),
    ] {
        assert_eq!(get(&wrong).status, 400, "{wrong}");
    }
    for elsewhere in ["/", "/favicon.ico", "/callback/x"] {
        let address = right.replace("/callback", elsewhere);
        assert_eq!(get(&address).status, 404, "{address}");
    }
    assert!(!machine.sign_in_file().exists());
    assert_eq!(machine.server.state().sign_ins, 0);
    assert_eq!(get(&right).status, 200);
    waiting.end().ok();
}

#[test]
fn a_denial_is_one() {
    let machine = Machine::new();
    machine.server.state().browsing = Browsing::IsDenied;
    let waiting = machine.login();
    let page = waiting.visit();
    assert!(page.body.contains("not signed in"), "{}", page.body);
    waiting.end().ended(4, "You are not in the group AWS");
    assert!(!machine.sign_in_file().exists());
}

#[test]
fn an_answer_of_another_issuer_is_not_taken_to_this_one() {
    let machine = Machine::new();
    machine.server.state().browsing = Browsing::IsMixedUp;
    machine.login().follow().end().ended(1, "is not from");
    assert_eq!(machine.server.state().sign_ins, 0, "the code was not sent");
    assert!(!machine.sign_in_file().exists());
}

#[test]
fn an_id_token_of_another_sign_in_is_refused() {
    let machine = Machine::new();
    machine.server.state().nonce = Some("another".into());
    machine.login().follow().end().ended(1, "another sign-in");
    assert!(!machine.sign_in_file().exists());
}

#[test]
fn an_issuer_that_calls_itself_otherwise_is_refused() {
    let machine = Machine::new();
    let other = machine.server.url.replace("127.0.0.1", "localhost");
    machine
        .run(&["login", "--no-browser", &other])
        .ended(1, "calls itself http://127.0.0.1");
}

#[test]
fn an_address_that_cannot_be_is_a_mistake_of_usage() {
    let machine = Machine::new();
    for wrong in [
        "id.example.com",
        "http://id.example.com",
        "https://id.example.com/start",
        "https://user@id.example.com",
    ] {
        let said = machine.run(&["login", wrong]);
        assert_eq!(said.code, 2, "{wrong}: {said:?}");
        assert!(said.err.contains("https://id.example.com") || said.err.contains("https://"));
    }
    let said = machine.run(&["aws", "creds", "--acount", "111111111111"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--account"), "{said:?}");
}

#[test]
fn an_access_token_that_the_server_ended_is_renewed() {
    let machine = Machine::signed_in();
    machine.server.state().end_access();
    let said = machine.run(&["aws", "list"]).ok();
    assert!(said.out.contains("111111111111"), "{said:?}");
    assert_eq!(machine.server.state().refreshes, 1);
    machine.run(&["aws", "list"]).ok();
    assert_eq!(machine.server.state().refreshes, 1);
}

#[test]
fn every_refresh_token_is_used_once() {
    let machine = Machine::new();
    machine.server.state().access_seconds = 1;
    machine.login().follow().end().ok();
    for number in 1..=3 {
        machine.run(&["aws", "list"]).ok();
        assert_eq!(machine.server.state().refreshes, number);
    }
    assert_eq!(machine.server.state().replays, 0);
}

#[test]
fn without_a_browser_an_expired_sign_in_is_said() {
    let machine = Machine::signed_in();
    machine.server.state().end_sign_ins();
    machine
        .creds("111111111111", "ReadOnly")
        .ended(3, &format!("signet login {}", machine.server.url));
    // The second one does not even ask.
    machine
        .creds("111111111111", "ReadOnly")
        .ended(3, "expired");
    machine.run(&["aws", "list"]).ended(3, "expired");
    let status = machine.run(&["status", "--json"]);
    assert_eq!(status.code, 5, "{status:?}");
    let known: serde_json::Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!(known["servers"][0]["state"], "expired");
}

#[test]
fn with_a_browser_an_expired_sign_in_is_renewed_in_it() {
    let machine = Machine::signed_in();
    machine.server.state().end_sign_ins();
    let browser = machine.path("browser");
    let opened = machine.path("opened");
    let script = format!("#!/bin/sh\nprintf '%s' \"$1\" >'{}'\n", opened.display());
    fs::write(&browser, script).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = machine.command(&[
        "aws",
        "creds",
        "--account",
        "111111111111",
        "--role",
        "ReadOnly",
    ]);
    command.env("BROWSER", &browser);
    let waiting = Waiting::for_stderr(&mut command);
    let address = waiting.address.clone();
    let said = waiting.follow().end().ok();
    let credentials: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(credentials["Version"], 1);
    assert_eq!(machine.server.state().sign_ins, 2);
    for _ in 0..250 {
        if fs::read_to_string(&opened).is_ok_and(|seen| seen == address) {
            return;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    panic!("the browser was not opened at {address}");
}

#[test]
fn ten_commands_open_one_browser() {
    let machine = Machine::signed_in();
    machine.server.state().end_sign_ins();
    let command = || {
        let mut command = machine.command(&["aws", "list"]);
        command.env("BROWSER", "/bin/true");
        command
    };
    let first = Waiting::for_stderr(&mut command());
    std::thread::scope(|scope| {
        let others: Vec<_> = (0..5)
            .map(|_| scope.spawn(|| said(&mut command())))
            .collect();
        std::thread::park_timeout(std::time::Duration::from_millis(500));
        first.follow().end().ok();
        for other in others {
            let said = other.join().unwrap().ok();
            assert!(!said.err.contains("http"), "{said:?}");
        }
    });
    assert_eq!(machine.server.state().sign_ins, 2);
}

#[test]
fn a_newer_sign_in_is_made_where_the_server_wants_one() {
    let machine = Machine::signed_in();
    machine.server.state().reauthenticate_before = 2;
    machine.run(&["aws", "list"]).ended(3, "signet login");
    let mut command = machine.command(&["aws", "list"]);
    command.env("BROWSER", "/bin/true");
    Waiting::for_stderr(&mut command).follow().end().ok();
    let state = machine.server.state();
    let last = state.authorizations.last().unwrap();
    assert_eq!(one(last, "prompt"), Some("login"));
    assert_eq!(one(&state.authorizations[0], "prompt"), None);
    drop(state);
    machine.server.state().reauthenticate_before = 9;
    let mut command = machine.command(&["aws", "list"]);
    command.env("BROWSER", "/bin/true");
    let waiting = Waiting::for_stderr(&mut command).follow();
    waiting.end().ended(3, "does not accept the new sign-in");
}

#[test]
fn signing_out_ends_it_there_and_here() {
    let machine = Machine::signed_in();
    machine.creds("111111111111", "ReadOnly").ok();
    machine.run(&["logout"]).ok();
    assert_eq!(machine.server.state().revoked.len(), 1);
    let left: Vec<String> = machine.modes().into_iter().map(|(name, _)| name).collect();
    assert!(!left.iter().any(|name| name.ends_with(".json")), "{left:?}");
    machine.run(&["aws", "list"]).ended(3, "signet login");
    machine
        .run(&["aws", "list", "--url", &machine.server.url])
        .ended(3, "signet login");
    machine.run(&["status"]).ended(3, "not signed in");
    let again = machine.run(&["logout"]).ok();
    assert!(again.err.contains("not signed in"), "{again:?}");
}

#[test]
fn signing_out_forgets_even_when_the_server_is_gone() {
    let machine = Machine::signed_in();
    let file = machine.sign_in_file();
    let text = fs::read_to_string(&file).unwrap();
    // A port on which nobody listens.
    let gone = "http_127.0.0.1%9";
    let folder = machine.path("config").join(gone);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("sign-in.json"), text).unwrap();
    fs::set_permissions(
        folder.join("sign-in.json"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    machine.run(&["logout"]).ended(1, "could not be told");
    assert!(!folder.join("sign-in.json").exists());
    assert!(!file.exists());
    assert_eq!(machine.server.state().revoked.len(), 1);
}

#[test]
fn status_shows_who_and_no_secret() {
    let machine = Machine::signed_in();
    machine.creds("111111111111", "ReadOnly").ok();
    let status = machine.run(&["status", "--json"]).ok();
    let known: serde_json::Value = serde_json::from_str(&status.out).unwrap();
    let server = &known["servers"][0];
    assert_eq!(server["url"], machine.server.url.as_str());
    assert_eq!(server["user"], "alice");
    assert_eq!(server["state"], "signed_in");
    assert_eq!(server["default"], true);
    assert_eq!(server["renews"], true);
    assert_eq!(server["aws_credentials"][0]["role_name"], "ReadOnly");
    assert_eq!(
        server["aws_credentials"][0]["expires_at"],
        "2099-01-01T00:00:00Z"
    );
    let text = machine.run(&["status"]).ok();
    for said in [&status, &text] {
        for secret in ["access-", "refresh-", super::sts::SECRET, super::sts::TOKEN] {
            assert!(!said.out.contains(secret), "{said:?}");
            assert!(!said.err.contains(secret), "{said:?}");
        }
    }
}

#[test]
fn a_sign_in_that_others_can_read_is_refused() {
    let machine = Machine::signed_in();
    let file = machine.sign_in_file();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    machine
        .run(&["aws", "list"])
        .ended(1, "can be read by others");
    // What is said there works.
    machine.run(&["logout"]).ended(1, "can be read by others");
    assert!(!file.exists());
    machine.login().follow().end().ok();
    machine.run(&["aws", "list"]).ok();
}

#[test]
fn a_folder_that_is_open_to_others_is_closed() {
    let machine = Machine::new();
    fs::create_dir(machine.path("config")).unwrap();
    fs::set_permissions(machine.path("config"), fs::Permissions::from_mode(0o755)).unwrap();
    machine.login().follow().end().ok();
    let modes = machine.modes();
    assert_eq!(modes[0], (String::new(), 0o700));
}
