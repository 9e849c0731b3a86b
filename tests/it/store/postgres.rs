//! What is particular to PostgreSQL: lost connections, doubtful commits, conflicts, time limits, TLS.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use signet::store::{DatabaseUrl, Store, StoreError, StoreOptions};

use super::audit_chain::{entry, verified};
use super::engines::{
    EngineKind, TestDatabase, add_to_counter, counter, counter_in, insert_counter, rows,
};
use super::proxy::{Fault, Proxy, start_tls};

fn database() -> TestDatabase {
    let db = TestDatabase::new(EngineKind::Postgres);
    db.store()
        .write_blocking(|txn| insert_counter(txn, "n", 0))
        .unwrap();
    db
}

#[expect(
    clippy::disallowed_methods,
    reason = "measures how long an answer takes"
)]
fn now() -> Instant {
    Instant::now()
}

fn url(db: &TestDatabase) -> String {
    db.url_text()
}

fn name(db: &TestDatabase) -> String {
    url(db).rsplit('/').next().unwrap().to_owned()
}

/// A connection beside the store's, as a test's other party.
fn beside(db: &TestDatabase) -> postgres::Client {
    postgres::Client::connect(&url(db), postgres::NoTls).unwrap()
}

fn one_connection() -> StoreOptions {
    StoreOptions {
        connections: 1,
        ..StoreOptions::default()
    }
}

#[test]
fn writes_are_serializable_and_reads_are_snapshots() {
    let db = database();
    let isolation = "SELECT current_setting('transaction_isolation') AS isolation,
                            current_setting('transaction_read_only') AS read_only";
    let row = db
        .store()
        .write_blocking(move |txn| Ok(txn.query(isolation, &[])?.remove(0)))
        .unwrap();
    assert_eq!(row.text("isolation").unwrap(), "serializable");
    assert_eq!(row.text("read_only").unwrap(), "off");
    let row = rows(db.store(), isolation, vec![]).remove(0);
    assert_eq!(row.text("isolation").unwrap(), "repeatable read");
    assert_eq!(row.text("read_only").unwrap(), "on");
}

/// security.md D-8: an acknowledged commit is on disk whatever the server's default is.
#[test]
fn a_server_that_does_not_wait_for_its_disk_is_told_to() {
    let db = database();
    beside(&db)
        .batch_execute(&format!(
            "ALTER DATABASE {} SET synchronous_commit = off",
            name(&db)
        ))
        .unwrap();
    let store = db.open_again(one_connection());
    let row = rows(
        &store,
        "SELECT current_setting('synchronous_commit') AS s",
        vec![],
    )
    .remove(0);
    assert_eq!(row.text("s").unwrap(), "on");
}

/// A closure between whose reading and writing somebody else always commits.
#[test]
fn a_closure_that_never_wins_gives_up_after_ten_retries() {
    let db = database();
    let runs = Arc::new(AtomicU32::new(0));
    let (counted, other) = (Arc::clone(&runs), Mutex::new(beside(&db)));
    let answer = db.store().write_blocking(move |txn| {
        counted.fetch_add(1, Ordering::SeqCst);
        let seen = counter(txn, "n")?;
        other
            .lock()
            .unwrap()
            .batch_execute(
                "UPDATE failure_counters SET failures = failures + 1 WHERE counter_key = 'n'",
            )
            .unwrap();
        add_to_counter(txn, "n", 100)?;
        Ok(seen)
    });
    assert!(
        matches!(&answer, Err(StoreError::Unavailable(why)) if why.contains("10 retries")),
        "{answer:?}"
    );
    assert_eq!(runs.load(Ordering::SeqCst), 11);
    assert_eq!(counter_in(db.store(), "n"), Some(11));
}

/// The audit's head goes back with each run that lost.
#[test]
fn a_retried_closure_leaves_one_record() {
    let db = database();
    let store = db.open_again(one_connection());
    let runs = Arc::new(AtomicU32::new(0));
    let (counted, other) = (Arc::clone(&runs), Mutex::new(beside(&db)));
    store
        .write_blocking(move |txn| {
            txn.append_audit(&entry("retried"))?;
            counter(txn, "n")?;
            if counted.fetch_add(1, Ordering::SeqCst) < 3 {
                other
                    .lock()
                    .unwrap()
                    .batch_execute("UPDATE failure_counters SET failures = failures + 1 WHERE counter_key = 'n'")
                    .unwrap();
            }
            add_to_counter(txn, "n", 100)
        })
        .unwrap();
    store
        .write_blocking(|txn| txn.append_audit(&entry("after")))
        .unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 4);
    assert_eq!(counter_in(&store, "n"), Some(103));
    let streams: Vec<_> = verified(&store).into_values().collect();
    assert_eq!(streams, [["retried", "after"]]);
}

#[test]
fn lost_connections_are_replaced() {
    let db = database();
    for _ in 0..3 {
        let threads: Vec<_> = (0..16)
            .map(|_| {
                let store = db.store().clone();
                std::thread::spawn(move || {
                    store
                        .write_blocking(|txn| add_to_counter(txn, "n", 1))
                        .unwrap()
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        beside(&db)
            .batch_execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .unwrap();
    }
    for _ in 0..16 {
        assert_eq!(counter_in(db.store(), "n"), Some(48));
    }
}

/// The connection breaks at a commit; whatever became of it there, the closure's effect is there exactly once, and the
/// caller is told so.
fn commit_under(fault: Fault) {
    let db = database();
    let proxy = Proxy::start();
    let url = DatabaseUrl::Postgres(proxy.url(&name(&db)));
    let store = Store::open(&url, one_connection()).unwrap();
    for round in 1..=3 {
        proxy.next_commit(fault);
        store
            .write_blocking(move |txn| {
                txn.append_audit(&entry(&format!("round-{round}")))?;
                add_to_counter(txn, "n", 1)
            })
            .unwrap();
        assert!(proxy.is_spent());
        assert_eq!(counter_in(db.store(), "n"), Some(round));
    }
    if fault == Fault::CommitLate {
        std::thread::park_timeout(Duration::from_millis(700));
        assert_eq!(
            counter_in(db.store(), "n"),
            Some(3),
            "a late commit came through"
        );
    }
    let recorded: usize = verified(db.store()).values().map(Vec::len).sum();
    assert_eq!(recorded, 3);
}

#[test]
fn a_commit_whose_answer_is_lost_counts_once() {
    commit_under(Fault::AnswerLost);
}

#[test]
fn a_commit_that_never_arrived_is_made_again() {
    commit_under(Fault::CommitLost);
}

#[test]
fn a_commit_that_arrives_late_is_made_impossible() {
    commit_under(Fault::CommitLate);
}

#[test]
fn a_server_lost_for_good_is_said_to_leave_doubt() {
    let db = database();
    let proxy = Proxy::start();
    let url = DatabaseUrl::Postgres(proxy.url(&name(&db)));
    let store = Store::open(&url, one_connection()).unwrap();
    proxy.next_commit(Fault::ServerGone);
    let answer = store.write_blocking(|txn| add_to_counter(txn, "n", 1));
    assert!(
        matches!(&answer, Err(StoreError::Unavailable(why)) if why.contains("may have taken place or not")),
        "{answer:?}"
    );
    let next = store.write_blocking(|txn| add_to_counter(txn, "n", 1));
    assert!(matches!(next, Err(StoreError::Unavailable(_))), "{next:?}");
}

#[test]
fn a_row_locked_by_another_is_not_waited_for_without_end() {
    let db = database();
    let store = db.open_again(StoreOptions {
        statement_timeout: Duration::from_millis(300),
        ..one_connection()
    });
    let mut other = beside(&db);
    other
        .batch_execute("BEGIN; UPDATE failure_counters SET failures = 50 WHERE counter_key = 'n'")
        .unwrap();
    let began = now();
    let answer = store.write_blocking(|txn| add_to_counter(txn, "n", 1));
    assert!(
        matches!(answer, Err(StoreError::Unavailable(_))),
        "{answer:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(3));
    other.batch_execute("ROLLBACK").unwrap();
    store
        .write_blocking(|txn| add_to_counter(txn, "n", 1))
        .unwrap();
    assert_eq!(counter_in(&store, "n"), Some(1));
}

#[test]
fn a_server_that_is_not_there_is_said_to_be() {
    let began = now();
    let url = DatabaseUrl::Postgres("postgres://signet:hunter2@127.0.0.1:1/signet".into());
    let error = Store::open(&url, StoreOptions::default()).unwrap_err();
    assert!(
        matches!(&error, StoreError::Unavailable(why) if !why.contains("hunter2")),
        "{error}"
    );
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn another_encoding_is_refused() {
    let db = database();
    let other = format!("{}_latin", name(&db));
    beside(&db)
        .batch_execute(&format!(
            "CREATE DATABASE {other} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        ))
        .unwrap();
    let url = url(&db).replace(&name(&db), &other);
    let refused = Store::open(&DatabaseUrl::Postgres(url), one_connection()).map(drop);
    beside(&db)
        .batch_execute(&format!("DROP DATABASE {other}"))
        .unwrap();
    assert!(
        matches!(&refused, Err(StoreError::Unavailable(why)) if why.contains("UTF8")),
        "{refused:?}"
    );
}

/// Another version of the program adds a column while this one runs (security.md R-32).
#[test]
fn a_statement_older_than_the_schema_is_prepared_again() {
    let db = database();
    let store = db.open_again(one_connection());
    let all = "SELECT * FROM leases";
    assert!(rows(&store, all, vec![]).is_empty());
    beside(&db)
        .batch_execute(
            "ALTER TABLE leases ADD COLUMN note BIGINT; INSERT INTO leases VALUES ('a', 'b', 1, 2)",
        )
        .unwrap();
    let row = rows(&store, all, vec![]).remove(0);
    assert_eq!(row.int("note").unwrap(), 2);
    assert_eq!(row.text("holder").unwrap(), "b");
}

#[test]
fn a_backup_can_be_restored() {
    let db = database();
    db.store()
        .write_blocking(|txn| {
            add_to_counter(txn, "n", 7)?;
            txn.append_audit(&entry("kept"))
        })
        .unwrap();
    let archive = db.folder.path().join("signet.dump");
    db.store().backup_to(&archive).unwrap();
    assert!(matches!(
        db.store().backup_to(&archive),
        Err(StoreError::Unavailable(_))
    ));

    let target = TestDatabase::empty(EngineKind::Postgres, StoreOptions::default());
    let restored = Command::new("pg_restore")
        .args(["--no-owner", "--exit-on-error", "--dbname", &url(&target)])
        .arg(&archive)
        .output()
        .unwrap();
    assert!(
        restored.status.success(),
        "{}",
        String::from_utf8_lossy(&restored.stderr)
    );
    assert_eq!(target.store().pending_migrations(), Ok(vec![]));
    assert_eq!(counter_in(target.store(), "n"), Some(7));
    assert_eq!(verified(target.store()).len(), 1);
}

#[test]
fn tls_is_verified() {
    let db = database();
    let named = |name: &str| {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec![name.to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let roots = db.folder.path().join(format!("{name}.pem"));
        std::fs::write(&roots, certificate.pem()).unwrap();
        (start_tls(&certificate, &key), roots)
    };
    let open = |port: u16, rest: String| {
        let url = format!("postgres://postgres@localhost:{port}/{}?{rest}", name(&db));
        Store::open(&DatabaseUrl::Postgres(url), one_connection())
            .map(|store| counter_in(&store, "n"))
    };
    let (port, roots) = named("localhost");
    let (elsewhere, other_roots) = named("db.example.com");
    let (roots, other_roots) = (roots.display(), other_roots.display());

    assert_eq!(
        open(port, format!("sslmode=require&sslrootcert={roots}")),
        Ok(Some(0))
    );
    assert_eq!(
        open(port, format!("sslmode=verify-full&sslrootcert={roots}")),
        Ok(Some(0))
    );
    for (what, refused) in [
        (
            "another authority",
            open(port, format!("sslmode=require&sslrootcert={other_roots}")),
        ),
        (
            "another name",
            open(
                elsewhere,
                format!("sslmode=verify-ca&sslrootcert={other_roots}"),
            ),
        ),
        (
            "the system's authorities",
            open(port, "sslmode=require".into()),
        ),
    ] {
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{what}: {refused:?}"
        );
    }
}

#[test]
fn required_tls_that_is_not_offered_is_refused() {
    let db = database();
    let proxy = Proxy::start();
    let plain = proxy.url(&name(&db));
    Store::open(&DatabaseUrl::Postgres(plain.clone()), one_connection()).unwrap();
    let required = DatabaseUrl::Postgres(format!("{plain}?sslmode=require"));
    let refused = Store::open(&required, one_connection());
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
}
