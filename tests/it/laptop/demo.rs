//! `signet demo` as a process of its own, and its people.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use signet::clock::Clock;

use super::http::get;
use super::machine::{Machine, Waiting};
use crate::app::{Browser, Person};

pub(super) struct Demo {
    child: Child,
    pub(super) says: Value,
}

impl Demo {
    pub(super) fn start() -> Self {
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

    pub(super) fn url(&self) -> String {
        self.says["public_url"].as_str().unwrap().to_owned()
    }

    pub(super) fn browser(&self) -> Browser {
        let port = self.url().rsplit_once(':').unwrap().1.parse().unwrap();
        Browser::new(std::net::SocketAddr::from(([127, 0, 0, 1], port)))
    }

    pub(super) fn person(&self, name: &str) -> Person {
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

    /// `signet login` on the machine, and the person in the browser that it asks for.
    pub(super) fn sign_in(&self, name: &str, machine: &Machine) {
        let person = self.person(name);
        let mut command = machine.command(&["login", &self.url(), "--no-browser"]);
        let waiting = Waiting::for_stdout(&mut command);
        let path = waiting.address.strip_prefix(&self.url()).unwrap();
        let mut browser = self.browser();
        let page = browser.open(path);
        let second = browser.submit_password(&page, name, &person.password);
        second.assert(200, "name=\"code\"");
        let code = person.code_at(Clock::System.now());
        let signed_in = browser.submit(&second, &[("code", &code)]);
        let consent = browser.follow(signed_in);
        consent.assert(200, "id=\"consent\"");
        let agreed = browser.submit(&consent, &[]);
        let answer = browser.open_until_left(agreed.location());
        assert_eq!(answer.status, 303, "{}", answer.body);
        let back = get(answer.location());
        assert_eq!(back.status, 200, "{back:?}");
        waiting.end().ok();
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
