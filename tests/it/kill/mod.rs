//! `kill -9` at a random moment of 200 concurrent sign-ins, again and again: what was acknowledged to a client is there
//! afterwards, what is single stays single, and the audit knows every assertion (security.md 4.0: I1, I2, I4, I5).
//!
//! The server is the real program, the clients come by HTTP. `make test` kills 20 times on each engine, `make soak` 200
//! times (`SIGNET_TEST_KILLS`). Ignored, because it needs the machine for itself.

mod client;
mod instance;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use client::{Acknowledged, Client};
use instance::Instance;
use signet::entropy::Entropy;

use crate::cli::program::Place;

const CLIENTS: usize = 200;

fn kills() -> usize {
    let number = std::env::var("SIGNET_TEST_KILLS").ok();
    number.map_or(20, |text| {
        text.parse().expect("SIGNET_TEST_KILLS is a number")
    })
}

#[test]
#[ignore = "run by make test on its own"]
fn on_sqlite() {
    rounds(Place::empty());
}

#[test]
#[ignore = "run by make test on its own"]
fn on_postgres() {
    rounds(Place::with_postgres());
}

fn rounds(place: Place) {
    let instance = Instance::make(place, CLIENTS);
    let entropy = Entropy::system();
    let mut seen = Totals::default();
    for round in 0..kills() {
        let codes = instance.new_recovery_codes();
        let mut server = instance.serve();
        let moment = u16::from_le_bytes(entropy.octets::<2>()) % 3_500;
        let moment = Duration::from_millis(moment.into());
        let finished = AtomicUsize::new(0);
        let acknowledged = thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            for (number, codes) in codes.iter().enumerate() {
                let (send, finished, address) = (send.clone(), &finished, server.address());
                let (user, sp) = (&instance.users[number], &instance.sp);
                scope.spawn(move || {
                    let mut client = Client::new(number, address, user, sp);
                    // Whatever was acknowledged before the connection broke has been sent already.
                    if client.run(codes, &send).is_ok() {
                        finished.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            drop(send);
            thread::park_timeout(moment);
            server.kill();
            receive.iter().collect::<Vec<_>>()
        });
        let finished = finished.into_inner();
        seen.add(&acknowledged, finished);
        check(&instance, round, &acknowledged, &codes);
    }
    eprintln!("{seen:?}");
    assert!(
        seen.sessions > 0 && seen.assertions > 0,
        "nothing was ever acknowledged"
    );
    assert!(
        seen.unfinished > 0,
        "no kill ever met a sign-in in progress"
    );
}

#[derive(Debug, Default)]
struct Totals {
    sessions: usize,
    codes: usize,
    assertions: usize,
    unfinished: usize,
}

impl Totals {
    fn add(&mut self, acknowledged: &[Acknowledged], finished: usize) {
        for one in acknowledged {
            match one {
                Acknowledged::Code { .. } => self.codes += 1,
                Acknowledged::Session { .. } => self.sessions += 1,
                Acknowledged::Assertion { .. } => self.assertions += 1,
            }
        }
        self.unfinished += CLIENTS - finished;
    }
}

/// The invariants, over a server that has been started again.
fn check(instance: &Instance, round: usize, acknowledged: &[Acknowledged], codes: &[Vec<String>]) {
    let mut server = instance.serve();
    let mut retried = 0;
    for one in acknowledged {
        match one {
            // I1: an acknowledged sign-in is a session afterwards.
            Acknowledged::Session { client, cookie } => {
                let status = Client::visit(server.address(), cookie);
                assert_eq!(
                    status, 200,
                    "round {round}: the session of client {client} is lost"
                );
            }
            // I2: a code that was accepted is used up, also by a sign-in that never ended.
            Acknowledged::Code { client, code } if retried < 8 => {
                retried += 1;
                let mut again = Client::new(
                    *client,
                    server.address(),
                    &instance.users[*client],
                    &instance.sp,
                );
                let accepted = again.is_accepted(code);
                assert!(
                    !accepted,
                    "round {round}: the code of client {client} works twice"
                );
            }
            // I4: each assertion that a client holds has its record, and verifies with a published key.
            Acknowledged::Assertion { xml, .. } => {
                assert!(
                    instance.is_recorded(xml),
                    "round {round}: an assertion without a record"
                );
                assert!(
                    instance.verifies(xml),
                    "round {round}: an assertion that verifies nowhere"
                );
            }
            Acknowledged::Code { .. } => {}
        }
    }
    // I2 for the codes of which nobody knows: they work once at most.
    let known: Vec<usize> = acknowledged
        .iter()
        .filter_map(Acknowledged::code_of)
        .collect();
    let doubtful = (0..CLIENTS)
        .filter(|number| !known.contains(number))
        .take(4);
    for number in doubtful {
        let wins = (0..2).filter(|_| {
            let mut again = Client::new(
                number,
                server.address(),
                &instance.users[number],
                &instance.sp,
            );
            again.is_accepted(&codes[number][0])
        });
        assert!(
            wins.count() <= 1,
            "round {round}: a doubtful code of client {number} works twice"
        );
    }
    server.stop();
    // I5, with the checkpoints that the server has signed.
    let said = instance.place.run(&["audit", "verify"]).ok();
    assert!(said.err.contains(": intact"), "round {round}: {}", said.err);
    assert_eq!(instance.used_codes_without_record(), 0, "round {round}");
}
