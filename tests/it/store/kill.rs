//! What was acknowledged is there after `kill -9` (security.md I1), and the audit's chain still verifies (I5).

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use signet::store::{DatabaseUrl, Store, StoreOptions};

use super::audit_chain::{entry, verified};
use super::engines::{EngineKind, TestDatabase, insert_counter, rows};

const URL: &str = "SIGNET_TEST_CHILD_URL";
const ROUND: &str = "SIGNET_TEST_CHILD_ROUND";

/// The process that is killed: writes from four threads and prints each key after its acknowledgement.
#[test]
#[ignore = "run by the tests below as their child process"]
fn child() {
    let store = Store::open(
        &DatabaseUrl::parse(&std::env::var(URL).unwrap()).unwrap(),
        StoreOptions::default(),
    )
    .unwrap();
    let round = std::env::var(ROUND).unwrap();
    let out = Mutex::new(std::io::stdout());
    thread::scope(|scope| {
        for writer in 0..4 {
            let (store, round, out) = (&store, &round, &out);
            scope.spawn(move || {
                for i in 0.. {
                    let key = format!("{round}-{writer}-{i}");
                    let written = key.clone();
                    let record = entry(&key);
                    store
                        .write_blocking(move |txn| {
                            insert_counter(txn, &written, 1)?;
                            txn.append_audit(&record)
                        })
                        .unwrap();
                    let mut out = out.lock().unwrap();
                    writeln!(out, "\nacknowledged {key}").unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

/// Starts the child, kills it after some acknowledgements, and returns all that it printed.
fn acknowledged_before_kill(db: &TestDatabase, round: u32) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::kill::child", "--ignored", "--nocapture"])
        .env(URL, db.url_text())
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut keys = Vec::new();
    let enough = 30 + round as usize * 41;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        if let Some(key) = line.unwrap().strip_prefix("acknowledged ") {
            keys.push(key.to_owned());
        }
        if keys.len() == enough {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(keys.len() >= enough, "the child ended by itself");
    keys
}

fn acknowledged_writes_survive(kind: EngineKind) {
    let mut db = TestDatabase::new(kind);
    db.close();
    let mut acknowledged = Vec::new();
    for round in 0..5 {
        acknowledged.extend(acknowledged_before_kill(&db, round));
        let store = db.open_again(StoreOptions::default());
        let found: Vec<String> = rows(
            &store,
            "SELECT counter_key FROM failure_counters ORDER BY counter_key",
            vec![],
        )
        .iter()
        .map(|row| row.text("counter_key").unwrap())
        .collect();
        for key in &acknowledged {
            assert!(
                found.binary_search(key).is_ok(),
                "{key} was acknowledged and is lost"
            );
        }
        let mut recorded: Vec<String> = verified(&store).into_values().flatten().collect();
        recorded.sort();
        assert_eq!(recorded, found, "each write with its record, none alone");
    }
}

#[test]
fn sqlite_on_disk() {
    acknowledged_writes_survive(EngineKind::SqliteOnDisk);
}

#[test]
fn postgres() {
    acknowledged_writes_survive(EngineKind::Postgres);
}
