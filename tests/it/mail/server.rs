//! aiosmtpd, driven by tests/peers/smtp_peer.py.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use signet::config::MailSecurity;
use signet::model::Span;
use signet::outbound::SmtpSettings;

use crate::peers::installed;

/// A mail server that is not ours.
pub(crate) struct MailServer {
    child: Child,
    said: Receiver<Value>,
    pub(crate) port: u16,
}

impl MailServer {
    pub(crate) fn start() -> Self {
        Self::with(&[""])
    }

    /// A certificate's file, or an empty word; then a user and a password.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let mut child = installed::python("smtp_peer.py")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (send, said) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = send.send(serde_json::from_str::<Value>(&line).unwrap());
            }
        });
        let first = said
            .recv_timeout(Duration::from_secs(20))
            .expect("aiosmtpd listens");
        let port = first["port"].as_u64().unwrap().try_into().unwrap();
        Self { child, said, port }
    }

    /// The next mail that it took.
    pub(crate) fn next(&self) -> Value {
        let wait = Duration::from_secs(10);
        self.said.recv_timeout(wait).expect("a mail arrives")
    }

    /// Whether it took no further one, for as long as several runs of the job last.
    pub(crate) fn took_nothing(&self) -> bool {
        self.said.recv_timeout(Duration::from_millis(300)).is_err()
    }

    pub(crate) fn settings(&self) -> SmtpSettings {
        settings(self.port)
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".into(),
        port,
        security: MailSecurity::None,
        login: None,
        from: "Signet <signet@example.com>".parse().unwrap(),
        extra_roots: None,
        timeout: Span::seconds(2),
    }
}
