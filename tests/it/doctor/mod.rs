//! `signet doctor`: each fault is made, and seen to be found with its code, cause and fix; what is well has none.

mod faults;
mod files;
mod judged;
mod serving;
mod tls;

use std::path::Path;
use std::process::Child;

use serde_json::Value;

use crate::cli::program::{Place, Said};

/// What the doctor said of a place.
pub(super) struct Examined {
    said: Said,
    findings: Vec<Value>,
}

impl Examined {
    pub(super) fn of(place: &Place) -> Self {
        let said = place.run(&["doctor", "--json"]);
        let json: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
        let findings = json["findings"].as_array().unwrap().clone();
        assert!(!findings.is_empty());
        let broken = findings.iter().any(|f| f["severity"] == "broken");
        assert_eq!(said.code, i32::from(broken), "{said:?}");
        for finding in &findings {
            let has = |name: &str| !finding[name].as_str().unwrap().is_empty();
            assert!(has("code") && has("subject") && has("cause"), "{finding}");
            assert_eq!(has("fix"), finding["severity"] != "ok", "{finding}");
        }
        Self { said, findings }
    }

    pub(super) fn codes(&self, severity: &str) -> Vec<&str> {
        self.findings
            .iter()
            .filter(|f| f["severity"] == severity)
            .map(|f| f["code"].as_str().unwrap())
            .collect()
    }

    /// The one finding of this code is of this severity, and its cause or fix says this.
    pub(super) fn finds(&self, code: &str, severity: &str, says: &str) -> &Self {
        let found = self.findings.iter().find(|f| f["code"] == code);
        let found = found.unwrap_or_else(|| panic!("no {code} in {:?}", self.said));
        assert_eq!(found["severity"], severity, "{found}");
        let text = format!("{} {} {}", found["subject"], found["cause"], found["fix"]);
        assert!(text.contains(says), "\"{says}\" is not in {text}");
        self
    }

    pub(super) fn broken(&self, code: &str, says: &str) -> &Self {
        self.finds(code, "broken", says)
    }

    pub(super) fn warns(&self, code: &str, says: &str) -> &Self {
        self.finds(code, "warning", says)
    }
}

pub(super) fn instance() -> Place {
    let place = Place::empty();
    place.init();
    place
}

pub(super) fn edit(place: &Place, from: &str, to: &str) {
    let file = place.path("signet.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    std::fs::write(&file, text.replace(from, to)).unwrap();
}

/// A server that is stopped with this value.
pub(super) struct Server(Child);

impl Server {
    pub(super) fn start(place: &Place) -> Self {
        let text = std::fs::read_to_string(place.path("signet.toml")).unwrap();
        let address = text
            .lines()
            .find_map(|line| line.strip_prefix("address = "))
            .unwrap()
            .trim_matches('"')
            .to_owned();
        let server = Self(place.command(&["serve"]).spawn().unwrap());
        for _ in 0..500 {
            if std::net::TcpStream::connect(&address).is_ok() {
                return server;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        panic!("the server does not listen within ten seconds");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Every code that the checks know is made to appear by one of these tests.
#[test]
fn every_code_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |folder: &str| -> String {
        let files = std::fs::read_dir(root.join(folder)).unwrap();
        let texts = files.map(|f| std::fs::read_to_string(f.unwrap().path()).unwrap());
        texts.collect()
    };
    let (checks, tests) = (read("src/cli/doctor"), read("tests/it/doctor"));
    let codes: std::collections::BTreeSet<&str> = checks
        .split('"')
        .filter(|word| word.len() > 4 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
        .collect();
    assert!(codes.len() > 40, "{codes:?}");
    let untested: Vec<_> = codes
        .iter()
        .filter(|code| !tests.contains(&format!("\"{code}\"")))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}
