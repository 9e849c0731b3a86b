//! The jobs as `serve` runs them, with short pauses.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use signet::audit::{Audit, CheckpointFile, verify};
use signet::clock::Clock;
use signet::directory::Directory;
use signet::entropy::Entropy;
use signet::jobs::{JobHandles, Jobs, Schedule, spawn};
use signet::keys::{KeyAlgorithm, Keys, Purpose};
use signet::model::Span;
use signet::store::{Store, StoreOptions};
use signet::traces::Traces;

use crate::keys_audit::{Instance, wait};
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(
    checkpoints_are_made_and_the_last_one_when_it_ends,
    expired_rows_go_batch_by_batch,
    a_rotation_by_the_command_line_is_followed,
    a_changed_configuration_is_announced,
);

fn often() -> Schedule {
    Schedule {
        checkpoint: Duration::from_millis(20),
        sweep: Duration::from_millis(20),
        follow: Duration::from_millis(20),
        mail: Duration::from_millis(20),
        logout: Duration::from_millis(20),
        traces: Duration::from_millis(20),
    }
}

/// What comes only at the start and at the end.
fn rarely() -> Schedule {
    let pause = Duration::from_secs(3_600);
    Schedule {
        checkpoint: pause,
        sweep: pause,
        follow: pause,
        mail: pause,
        logout: pause,
        traces: pause,
    }
}

/// A node: the jobs of one process over `store`, with handles of its own.
fn node(instance: &Instance<'_>, store: &Store, schedule: Schedule) -> (Jobs, JobHandles) {
    let op = instance.op();
    let keys = wait(Keys::open(store, &op, instance.folder.path())).unwrap();
    let entropy = Entropy::system();
    let name = hex::encode(entropy.octets::<8>());
    let directory_keys = keys.clone();
    let jobs = Jobs {
        store: store.clone(),
        audit: Audit::new(store.clone(), std::sync::Arc::new(keys.clone())),
        keys,
        clock: instance.clock.clone(),
        entropy,
        directory: Directory::new(
            store.clone(),
            Audit::new(store.clone(), std::sync::Arc::new(directory_keys)),
        ),
        traces: Traces::new(store.clone()),
        checkpoint_file: Some(CheckpointFile::new(instance.folder.path().join(name))),
        mail: None,
        logout: None,
        schedule,
    };
    let handles = spawn(jobs.clone()).unwrap();
    (jobs, handles)
}

/// Nobody waits for an hour's pause.
fn stop(handles: JobHandles) {
    let stopped = async { tokio::time::timeout(Duration::from_secs(10), handles.stop()).await };
    assert!(wait(stopped).is_ok(), "the jobs do not end");
}

fn file(jobs: &Jobs) -> PathBuf {
    jobs.checkpoint_file.as_ref().unwrap().path().to_owned()
}

fn lines(jobs: &Jobs) -> usize {
    fs::read_to_string(file(jobs)).map_or(0, |text| text.lines().count())
}

/// Waits until it is so; fails after ten seconds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("{what}: not within ten seconds");
}

fn checkpoints_are_made_and_the_last_one_when_it_ends(db: &TestDatabase) {
    let instance = Instance::new(db);
    let (jobs, handles) = node(&instance, db.store(), often());
    until("the first checkpoint", || lines(&jobs) == 1);
    instance.person("alice");
    until("the second checkpoint", || lines(&jobs) == 2);
    stop(handles);

    let (jobs, handles) = node(&instance, db.store(), rarely());
    until("nothing new to sign", || lines(&jobs) == 1);
    instance.person("bob");
    stop(handles);
    let seen = wait(verify(db.store(), &instance.pins(), Some(&file(&jobs)))).unwrap();
    assert_eq!(seen.findings, []);
    assert_eq!((seen.checkpoints, seen.file_checkpoints), (3, 2));
    // Bob's record is the last one: it would be missed.
    let cut =
        "DELETE FROM audit_records WHERE kind = 'user.created' AND body LIKE '%bob%' OR at = $1";
    let last = rows(
        db.store(),
        "SELECT MAX(at) AS at FROM audit_records",
        vec![],
    );
    let last = last[0].int("at").unwrap();
    db.store()
        .write_blocking(move |txn| txn.execute(cut, &[last.into()]))
        .unwrap();
    let seen = wait(verify(db.store(), &instance.pins(), Some(&file(&jobs)))).unwrap();
    assert_ne!(seen.findings, []);
}

fn expired_rows_go_batch_by_batch(db: &TestDatabase) {
    let instance = Instance::new(db);
    db.store()
        .write_blocking(|txn| {
            (0..450).try_for_each(|n: i64| {
                txn.execute(
                    "INSERT INTO saml_requests (app_id, request_id, expires_at) VALUES ('a', $1, 0)",
                    &[format!("{n}").as_str().into()],
                )
                .map(drop)
            })
        })
        .unwrap();
    let (_, handles) = node(&instance, db.store(), rarely());
    until("all rows are gone in one run", || {
        rows(db.store(), "SELECT app_id FROM saml_requests", vec![]).is_empty()
    });
    stop(handles);
}

fn a_rotation_by_the_command_line_is_followed(db: &TestDatabase) {
    let instance = Instance::new(db);
    let (jobs, handles) = node(&instance, db.store(), often());
    let before = jobs.keys.active(Purpose::Saml).unwrap().id().clone();
    let (op, algorithm) = (instance.op(), KeyAlgorithm::Rsa2048);
    let rotated = instance
        .keys
        .rotate(&op, &instance.audit, Purpose::Saml, algorithm);
    let after = wait(rotated).unwrap();
    until("the server signs with the new key", || {
        jobs.keys.active(Purpose::Saml).unwrap().id() == &after
    });
    let published = jobs.keys.published(Purpose::Saml);
    assert_eq!(published.len(), 2);
    assert_eq!(published[1].id(), &before);
    stop(handles);
}

fn a_changed_configuration_is_announced(db: &TestDatabase) {
    let instance = Instance::new(db);
    let (_, handles) = node(&instance, db.store(), often());
    let mut revision = handles.configuration_revision();
    revision.borrow_and_update();
    db.store()
        .write_blocking(|txn| txn.execute("UPDATE instance SET configuration_revision = 7", &[]))
        .unwrap();
    let seen = wait(async {
        let changed = tokio::time::timeout(Duration::from_secs(10), revision.changed());
        changed.await.unwrap().unwrap();
        *revision.borrow_and_update()
    });
    assert_eq!(seen, 7);
    stop(handles);
    assert!(revision.has_changed().is_err(), "nobody announces any more");
}

/// A ring that was changed from outside is not taken over.
#[test]
fn a_ring_that_cannot_be_read_leaves_the_former_one_in_use() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let instance = Instance::new(&db);
    let (jobs, handles) = node(&instance, db.store(), often());
    let active = jobs.keys.active(Purpose::Saml).unwrap().id().clone();
    db.store()
        .write_blocking(|txn| {
            txn.execute(
                "UPDATE signing_keys SET algorithm = 'rsa-3072' WHERE purpose = 'saml'",
                &[],
            )
        })
        .unwrap();
    wait(jobs.keys.refresh()).unwrap_err();
    // Two more looks by the job.
    std::thread::park_timeout(Duration::from_millis(50));
    assert_eq!(jobs.keys.active(Purpose::Saml).unwrap().id(), &active);
    stop(handles);
}

#[test]
fn a_refresh_says_whether_there_was_something_new() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let instance = Instance::new(&db);
    let op = instance.op();
    let keys = wait(Keys::open(db.store(), &op, instance.folder.path())).unwrap();
    assert!(!wait(keys.refresh()).unwrap().ring_changed);
    let published = instance
        .keys
        .publish(&op, &instance.audit, Purpose::Audit, KeyAlgorithm::P256);
    wait(published).unwrap();
    assert!(wait(keys.refresh()).unwrap().ring_changed);
    assert_eq!(keys.list(), instance.keys.list());
    assert!(!wait(keys.refresh()).unwrap().ring_changed);
}

/// A node that loses its second place goes on, and makes up for it.
#[test]
fn a_checkpoint_file_that_cannot_be_written_stops_nothing() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let instance = Instance::new(&db);
    let op = instance.op();
    let keys = wait(Keys::open(db.store(), &op, instance.folder.path())).unwrap();
    let below = instance.folder.path().join("not mounted");
    let directory_keys = keys.clone();
    let jobs = Jobs {
        store: db.store().clone(),
        audit: Audit::new(db.store().clone(), std::sync::Arc::new(keys.clone())),
        keys,
        clock: Clock::fixed(op.now),
        entropy: Entropy::system(),
        directory: Directory::new(
            db.store().clone(),
            Audit::new(db.store().clone(), std::sync::Arc::new(directory_keys)),
        ),
        traces: Traces::new(db.store().clone()),
        checkpoint_file: Some(CheckpointFile::new(below.join("checkpoints"))),
        mail: None,
        logout: None,
        schedule: often(),
    };
    let handles = spawn(jobs.clone()).unwrap();
    let made = || rows(db.store(), "SELECT id FROM audit_checkpoints", vec![]).len();
    until("one in the database", || made() == 1);
    fs::create_dir(&below).unwrap();
    until("the line is written", || lines(&jobs) == 1);
    stop(handles);
}

fn holders(store: &Store, job: &str) -> Vec<String> {
    let sql = "SELECT holder FROM leases WHERE name = $1";
    let found = rows(store, sql, vec![job.into()]);
    found
        .iter()
        .map(|row| row.text("holder").unwrap())
        .collect()
}

/// The second node does nothing while the first one lives, and goes on at once when it has ended in order.
#[test]
fn one_node_does_the_work_and_another_takes_over() {
    for kind in [EngineKind::SqliteOnDisk, EngineKind::Postgres] {
        let db = TestDatabase::new(kind);
        let instance = Instance::new(&db);
        let (first, first_handles) = node(&instance, db.store(), often());
        until("the first node's checkpoint", || lines(&first) == 1);
        let holder = holders(db.store(), "checkpoint");
        let other = db.open_again(StoreOptions::default());
        let (second, second_handles) = node(&instance, &other, often());
        for name in ["alice", "bob", "carol"] {
            let before = lines(&first);
            instance.person(name);
            until("the first node's next one", || lines(&first) > before);
        }
        assert_eq!(lines(&second), 0, "{kind:?}");
        assert_eq!(holders(db.store(), "checkpoint"), holder, "{kind:?}");

        stop(first_handles);
        instance.person("dave");
        until("the second node's checkpoint", || lines(&second) > 0);
        until("the sweep as well", || {
            holders(db.store(), "checkpoint") == holders(db.store(), "sweep")
        });
        assert_ne!(holders(db.store(), "checkpoint"), holder, "{kind:?}");
        stop(second_handles);
        for file in [file(&first), file(&second)] {
            let seen = wait(verify(db.store(), &instance.pins(), Some(&file))).unwrap();
            assert_eq!(seen.findings, [], "{kind:?}");
        }
    }
}

/// The first node was killed: its leases end by themselves after three periods.
#[test]
fn a_dead_nodes_lease_runs_out() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let instance = Instance::new(&db);
    let (now, lasts) = (instance.clock.now(), Span::millis(60));
    for job in ["checkpoint", "sweep"] {
        let taken = db.store().try_lease(job, "dead", now, now.plus(lasts));
        assert!(wait(taken).unwrap());
    }
    let (jobs, handles) = node(&instance, db.store(), often());
    std::thread::park_timeout(Duration::from_millis(100));
    assert_eq!(lines(&jobs), 0, "its lease lasts");
    instance.clock.advance(lasts);
    until("a checkpoint", || lines(&jobs) == 1);
    stop(handles);
}

#[test]
fn dropped_handles_end_the_jobs() {
    let mut db = TestDatabase::new(EngineKind::SqliteOnDisk);
    {
        let instance = Instance::new(&db);
        let (jobs, handles) = node(&instance, db.store(), rarely());
        until("a checkpoint", || lines(&jobs) == 1);
        drop(handles);
    }
    db.close();
    // The last handle to the database is the thread's: the log goes when it has ended.
    let log = db.folder.path().join("signet.db-wal");
    until("the database is closed", || !log.exists());
}
