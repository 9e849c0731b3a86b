//! A relying party as a process. It asks for what is not its own (a registration, a person at a browser, time), and is
//! answered, one JSON object a line each way; at the end it reports.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::Scene;

pub(super) struct Conversation {
    child: Child,
}

impl Conversation {
    pub(super) fn with(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child }
    }

    /// Answers until it reports.
    pub(super) fn report(mut self, scene: &mut Scene) -> Value {
        let mut answers = self.child.stdin.take().unwrap();
        let requests = BufReader::new(self.child.stdout.take().unwrap());
        for line in requests.lines() {
            let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let (what, value) = request.as_object().unwrap().iter().next().unwrap();
            let answer = match what.as_str() {
                "register" => scene.register(value),
                "visit" => json!({ "arrived": scene.visit(value.as_str().unwrap()) }),
                "wait_seconds" => {
                    scene.pass(value.as_i64().unwrap());
                    json!({})
                }
                "report" => return value.clone(),
                _ => panic!("it asks for {what}"),
            };
            writeln!(answers, "{answer}").unwrap();
        }
        let mut why = String::new();
        let mut said = self.child.stderr.take().unwrap();
        said.read_to_string(&mut why).unwrap();
        panic!("it ended without a report: {why}");
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
