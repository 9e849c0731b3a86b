//! The command line against `signet demo`: sign-in in the browser, roles, and credentials from the simulated STS, which
//! verifies the assertion with code of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use signet::clock::Clock;

use super::http::get;
use super::machine::{Machine, Waiting};
use crate::app::{Browser, Person};

struct Demo {
    child: Child,
    says: Value,
}

impl Demo {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_signet"))
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let says = serde_json::from_str(&line).unwrap_or_else(|error| {
            let mut why = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut why)
                .unwrap();
            panic!("{error}: {line} {why}")
        });
        Self { child, says }
    }

    fn url(&self) -> String {
        self.says["public_url"].as_str().unwrap().to_owned()
    }

    fn browser(&self) -> Browser {
        let port = self.url().rsplit_once(':').unwrap().1.parse().unwrap();
        Browser::new(std::net::SocketAddr::from(([127, 0, 0, 1], port)))
    }

    fn person(&self, name: &str) -> Person {
        let users = self.says["users"].as_array().unwrap();
        let user = users.iter().find(|u| u["user_name"] == name).unwrap();
        let text = |key: &str| user[key].as_str().unwrap().to_owned();
        Person {
            id: signet::model::UserId::from_random([0; 16]),
            user_name: name.to_owned(),
            password: text("password"),
            totp_secret: text("totp_secret"),
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // As by Ctrl-C: it removes what it made.
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).ok();
        drop(self.child.wait());
    }
}

#[test]
fn a_person_signs_in_and_takes_credentials_from_the_simulated_sts() {
    let demo = Demo::start();
    let alice = demo.person("alice");
    let machine = Machine::new();
    let waiting =
        Waiting::for_stdout(&mut machine.command(&["login", &demo.url(), "--no-browser"]));
    let path = waiting
        .address
        .strip_prefix(&demo.url())
        .unwrap()
        .to_owned();
    let mut browser = demo.browser();
    let page = browser.open(&path);
    let second = browser.submit_password(&page, "alice", &alice.password);
    second.assert(200, "name=\"code\"");
    let answer = browser.submit(&second, &[("code", &alice.code_at(Clock::System.now()))]);
    let answer = browser.open_until_left(answer.location());
    assert_eq!(answer.status, 303, "{}", answer.body);
    let back = get(answer.location());
    assert_eq!(back.status, 200, "{back:?}");
    waiting.end().ok();

    let listed = machine.run(&["aws", "list", "--json"]).ok();
    let roles: Value = serde_json::from_str(&listed.out).unwrap();
    let role = &roles["roles"]
        .as_array()
        .unwrap_or_else(|| panic!("{roles}"))[0];
    let (account, name) = (
        role["account_id"].as_str().unwrap(),
        role["role_name"].as_str().unwrap(),
    );
    let given = machine.creds(account, name).ok();
    let given: Value = serde_json::from_str(&given.out).unwrap();
    assert_eq!(given["Version"], 1);
    assert_eq!(given["AccountId"], account);
    for key in [
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
    ] {
        assert!(
            given[key].as_str().is_some_and(|v| !v.is_empty()),
            "{key}: {given}"
        );
    }
    machine.creds(account, "NoSuchRole").ended(4, "");
    // The sign-in ends here and at the instance.
    machine.run(&["logout"]).ok();
    machine.creds(account, name).ended(3, "");
}

/// The path of one of the demo's own addresses.
fn path_at(url: &str, origin: &str) -> String {
    let path = url.strip_prefix(origin);
    path.unwrap_or_else(|| panic!("{url} is not at {origin}"))
        .to_owned()
}

#[test]
fn the_demo_client_verifies_what_it_is_told_and_signs_out() {
    let demo = Demo::start();
    let bob = demo.person("bob");
    let registered = &demo.says["oauth_clients"][0];
    let redirect_uri = registered["redirect_uri"].as_str().unwrap();
    let client_url = redirect_uri.strip_suffix("/callback").unwrap();
    let address = client_url.strip_prefix("http://").unwrap();
    let mut client = Browser::new(address.parse().unwrap());
    let begun = client.get("/start");
    assert_eq!(begun.status, 303, "{}", begun.body);
    let mut browser = demo.browser();
    let page = browser.open(&path_at(begun.location(), &demo.url()));
    let second = browser.submit_password(&page, "bob", &bob.password);
    let code = bob.code_at(Clock::System.now());
    let signed_in = browser.submit(&second, &[("code", &code)]);
    let consent = browser.follow(signed_in);
    consent.assert(200, "id=\"consent\"");
    let agreed = browser.submit(&consent, &[]);
    let back = browser.open_until_left(agreed.location());
    let answer = client.get(&path_at(back.location(), client_url));
    let home = client.follow(answer);
    home.assert(200, "bob@example.com");
    client.post("/refresh", &[]);
    let home = client.open("/");
    home.assert(200, "bob@example.com");
    let ended = client.post("/sign-out", &[]);
    assert_eq!(ended.status, 303, "{}", ended.body);
    let gone = browser.get(&path_at(ended.location(), &demo.url()));
    assert!(gone.location().starts_with(client_url), "{}", gone.body);
    assert!(!browser.is_signed_in());
}
