//! Back-channel logout at both ends: a client's endpoint, and the job that calls it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use signet::jobs::{self, JobHandles, Jobs, Logout, Schedule};
use signet::model::Network;
use signet::outbound::AddressRule;

use super::TestApp;
use crate::store::engines::TestDatabase;

/// A client's endpoint: it fails so many times, and hands on what it was sent.
pub(crate) fn logout_endpoint(failures: usize) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/logout", listener.local_addr().unwrap());
    let (sender, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let body = read_body(&stream);
            let status = if number < failures {
                "500 Error"
            } else {
                "204 No Content"
            };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            if sender.send(body).is_err() {
                return;
            }
        }
    });
    (url, heard)
}

fn read_body(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

impl<'a> TestApp<'a> {
    /// An instance that may call clients on this machine.
    pub(crate) fn reaching_loopback(database: &'a TestDatabase) -> Self {
        let loopback = Network::parse("127.0.0.0/8").unwrap();
        Self::with(database, |settings| {
            settings.outbound.addresses = AddressRule::PublicAnd(vec![loopback]);
        })
    }

    /// The jobs, of which the one that calls clients looks often.
    pub(crate) fn run_logout_job(&self) -> JobHandles {
        let services = &self.services;
        jobs::spawn(Jobs {
            store: services.store.clone(),
            keys: services.keys.clone(),
            audit: services.audit.clone(),
            clock: services.clock.clone(),
            entropy: services.entropy.clone(),
            directory: services.directory.clone(),
            traces: services.traces.clone(),
            checkpoint_file: None,
            mail: None,
            logout: Some(Logout {
                issuer: services.issuer.clone(),
                http: services.http.clone(),
            }),
            schedule: Schedule {
                mail: Duration::from_millis(20),
                logout: Duration::from_millis(20),
                ..Schedule::default()
            },
        })
        .unwrap()
    }
}
