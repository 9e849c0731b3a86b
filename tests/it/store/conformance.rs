//! What every engine must do alike.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use signet::model::Timestamp;
use signet::store::{StoreError, StoreOptions};

use super::engines::{
    EngineKind, TestDatabase, add_to_counter, counter, counter_in, insert_counter, on_every_engine,
    rows,
};

on_every_engine!(
    single_use_has_one_winner_among_32_threads,
    no_increment_of_32_threads_is_lost,
    write_skew_is_impossible,
    an_error_undoes_every_write,
    a_refusal_that_is_ok_stays,
    a_swallowed_error_does_not_commit,
    a_panic_undoes_its_writes_and_harms_nobody,
    reading_changes_nothing,
    closures_cannot_end_the_transaction,
    execute_refuses_rows,
    a_unique_violation_is_an_error_and_do_nothing_is_not,
    foreign_keys_hold,
    a_lease_has_one_holder,
    async_callers_get_the_same,
);

fn single_use_has_one_winner_among_32_threads(db: &TestDatabase) {
    for round in 0..5 {
        let key = format!("code-{round}");
        let insert = key.clone();
        db.store()
            .write_blocking(move |txn| insert_counter(txn, &insert, 0))
            .unwrap();
        let start = Arc::new(Barrier::new(32));
        let threads: Vec<_> = (0..32)
            .map(|_| {
                let (store, start, key) = (db.store().clone(), Arc::clone(&start), key.clone());
                thread::spawn(move || {
                    start.wait();
                    store.write_blocking(move |txn| {
                        txn.query_opt(
                            "UPDATE failure_counters SET failures = 1
                             WHERE counter_key = $1 AND failures = 0 RETURNING counter_key",
                            &[key.as_str().into()],
                        )
                    })
                })
            })
            .collect();
        let won: Vec<_> = threads
            .into_iter()
            .map(|t| t.join().unwrap().unwrap())
            .filter(Option::is_some)
            .collect();
        assert_eq!(won.len(), 1);
    }
}

fn no_increment_of_32_threads_is_lost(db: &TestDatabase) {
    db.store()
        .write_blocking(|txn| insert_counter(txn, "guesses", 0))
        .unwrap();
    let threads: Vec<_> = (0..32)
        .map(|_| {
            let store = db.store().clone();
            thread::spawn(move || {
                for _ in 0..3 {
                    // Read, then write: what an unprotected transaction gets wrong.
                    store
                        .write_blocking(|txn| {
                            let now = counter(txn, "guesses")?.unwrap();
                            txn.execute(
                                "UPDATE failure_counters SET failures = $2 WHERE counter_key = $1",
                                &["guesses".into(), (now + 1).into()],
                            )
                        })
                        .unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(counter_in(db.store(), "guesses"), Some(96));
}

/// Two transactions each see that nobody is on duty and put themselves on: under snapshot isolation both succeed.
fn write_skew_is_impossible(db: &TestDatabase) {
    for _ in 0..8 {
        db.store()
            .write_blocking(|txn| {
                txn.execute("DELETE FROM failure_counters", &[])?;
                insert_counter(txn, "a", 0)?;
                insert_counter(txn, "b", 0)
            })
            .unwrap();
        let start = Arc::new(Barrier::new(2));
        let threads = ["a", "b"].map(|own| {
            let (store, start) = (db.store().clone(), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                store
                    .write_blocking(move |txn| {
                        let sum = txn
                            .query_opt(
                                "SELECT CAST(SUM(failures) AS BIGINT) AS n FROM failure_counters",
                                &[],
                            )?
                            .unwrap()
                            .int("n")?;
                        thread::park_timeout(Duration::from_millis(10));
                        if sum == 0 {
                            add_to_counter(txn, own, 1)?;
                        }
                        Ok(sum)
                    })
                    .unwrap()
            })
        });
        let mut seen = threads.map(|t| t.join().unwrap());
        seen.sort_unstable();
        assert_eq!(seen, [0, 1]);
    }
}

fn an_error_undoes_every_write(db: &TestDatabase) {
    let answer = db.store().write_blocking(|txn| {
        insert_counter(txn, "gone", 1)?;
        Err::<(), _>(StoreError::Data("changed my mind".into()))
    });
    assert_eq!(answer, Err(StoreError::Data("changed my mind".into())));
    assert_eq!(counter_in(db.store(), "gone"), None);
}

fn a_refusal_that_is_ok_stays(db: &TestDatabase) {
    #[derive(Debug, PartialEq)]
    enum Outcome {
        Refused,
    }
    let answer = db.store().write_blocking(|txn| {
        insert_counter(txn, "failures", 1)?;
        Ok(Outcome::Refused)
    });
    assert_eq!(answer, Ok(Outcome::Refused));
    assert_eq!(counter_in(db.store(), "failures"), Some(1));
}

fn a_swallowed_error_does_not_commit(db: &TestDatabase) {
    let answer = db.store().write_blocking(|txn| {
        insert_counter(txn, "before", 1)?;
        assert!(txn.query("SELECT nothing FROM nowhere", &[]).is_err());
        assert!(insert_counter(txn, "after", 1).is_err());
        Ok(())
    });
    assert!(matches!(answer, Err(StoreError::Sql(_))), "{answer:?}");
    assert_eq!(counter_in(db.store(), "before"), None);
    assert_eq!(counter_in(db.store(), "after"), None);
}

fn a_panic_undoes_its_writes_and_harms_nobody(db: &TestDatabase) {
    for _ in 0..20 {
        let answer: Result<(), _> = db.store().write_blocking(|txn| {
            insert_counter(txn, "panicked", 1)?;
            panic!("a test's panic");
        });
        assert!(matches!(answer, Err(StoreError::Sql(_))), "{answer:?}");
        let answer: Result<(), _> = db.store().read_blocking(|_| panic!("a test's panic"));
        assert!(answer.is_err());
    }
    assert_eq!(counter_in(db.store(), "panicked"), None);
    db.store()
        .write_blocking(|txn| insert_counter(txn, "later", 1))
        .unwrap();
}

fn reading_changes_nothing(db: &TestDatabase) {
    let insert = "INSERT INTO write_keys (id, at) VALUES ('k', 1)";
    let written = db
        .store()
        .read_blocking(move |txn| txn.execute(insert, &[]));
    assert!(matches!(written, Err(StoreError::Sql(_))), "{written:?}");
    let returning = db.store().read_blocking(|txn| {
        txn.query(
            "INSERT INTO write_keys (id, at) VALUES ('k', 1) RETURNING id",
            &[],
        )
    });
    assert!(
        matches!(returning, Err(StoreError::Sql(_))),
        "{returning:?}"
    );
    let entry = super::audit_chain::entry("e");
    let appended = db
        .store()
        .read_blocking(move |txn| txn.append_audit(&entry));
    assert!(matches!(appended, Err(StoreError::Sql(_))), "{appended:?}");
    assert!(
        rows(
            db.store(),
            "SELECT id FROM write_keys WHERE id = 'k'",
            vec![]
        )
        .is_empty()
    );
}

fn closures_cannot_end_the_transaction(db: &TestDatabase) {
    for control in [
        "COMMIT",
        " rollback",
        "-- a comment\nEND",
        "/* and */ SAVEPOINT x",
        "BEGIN",
        "SET synchronous_commit = off",
        "PRAGMA synchronous = OFF",
    ] {
        let answer = db.store().write_blocking(move |txn| {
            insert_counter(txn, "kept", 1)?;
            drop(txn.execute(control, &[]));
            Ok(())
        });
        assert!(
            matches!(answer, Err(StoreError::Sql(_))),
            "{control}: {answer:?}"
        );
        assert_eq!(counter_in(db.store(), "kept"), None, "{control}");
    }
    let two = db
        .store()
        .write_blocking(|txn| txn.execute("DELETE FROM write_keys; COMMIT", &[]));
    assert!(matches!(two, Err(StoreError::Sql(_))), "{two:?}");
}

fn execute_refuses_rows(db: &TestDatabase) {
    let answer = db.store().write_blocking(|txn| {
        txn.execute(
            "INSERT INTO write_keys (id, at) VALUES ('k', 1) RETURNING id",
            &[],
        )
    });
    assert!(matches!(answer, Err(StoreError::Sql(_))), "{answer:?}");
    assert!(
        rows(
            db.store(),
            "SELECT id FROM write_keys WHERE id = 'k'",
            vec![]
        )
        .is_empty()
    );
}

fn a_unique_violation_is_an_error_and_do_nothing_is_not(db: &TestDatabase) {
    let insert = |txn: &mut dyn signet::store::Txn| {
        txn.query_opt(
            "INSERT INTO saml_requests (app_id, request_id, expires_at) VALUES ('a', 'r', 1)
             ON CONFLICT (app_id, request_id) DO NOTHING RETURNING request_id",
            &[],
        )
    };
    assert!(db.store().write_blocking(insert).unwrap().is_some());
    assert!(db.store().write_blocking(insert).unwrap().is_none());
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let answer = db.store().write_blocking(move |txn| {
        counted.fetch_add(1, Ordering::SeqCst);
        txn.execute(
            "INSERT INTO saml_requests (app_id, request_id, expires_at) VALUES ('a', 'r', 1)",
            &[],
        )
    });
    assert!(matches!(answer, Err(StoreError::Sql(_))), "{answer:?}");
    assert!(runs.load(Ordering::SeqCst) <= 2);
}

fn foreign_keys_hold(db: &TestDatabase) {
    let answer = db.store().write_blocking(|txn| {
        txn.execute(
            "INSERT INTO passwords (user_id, phc, changed_at) VALUES ('nobody', 'x', 1)",
            &[],
        )
    });
    assert!(matches!(answer, Err(StoreError::Sql(_))), "{answer:?}");
}

fn a_lease_has_one_holder(db: &TestDatabase) {
    let at = Timestamp::from_millis;
    block_on(async {
        let store = db.store();
        assert_eq!(
            store.try_lease("sweep", "one", at(0), at(100)).await,
            Ok(true)
        );
        assert_eq!(
            store.try_lease("sweep", "two", at(99), at(199)).await,
            Ok(false)
        );
        assert_eq!(
            store.try_lease("other", "two", at(99), at(199)).await,
            Ok(true)
        );
        assert_eq!(
            store.try_lease("sweep", "one", at(50), at(150)).await,
            Ok(true)
        );
        assert_eq!(
            store.try_lease("sweep", "two", at(149), at(249)).await,
            Ok(false)
        );
        assert_eq!(
            store.try_lease("sweep", "two", at(150), at(250)).await,
            Ok(true)
        );
        assert_eq!(
            store.try_lease("sweep", "one", at(151), at(251)).await,
            Ok(false)
        );
    });
}

fn async_callers_get_the_same(db: &TestDatabase) {
    block_on(async {
        let store = db.store();
        store
            .write(|txn| insert_counter(txn, "a", 41))
            .await
            .unwrap();
        store
            .write(|txn| add_to_counter(txn, "a", 1))
            .await
            .unwrap();
        assert_eq!(store.read(|txn| counter(txn, "a")).await, Ok(Some(42)));
        let refused = store
            .write(|_| Err::<(), _>(StoreError::Data("no".into())))
            .await;
        assert_eq!(refused, Err(StoreError::Data("no".into())));
    });
}

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Two servers on one database, or a server and a command: what is used up at the one is used up at the other.
#[test]
fn single_use_has_one_winner_among_32_threads_of_two_processes() {
    for kind in [EngineKind::SqliteOnDisk, EngineKind::Postgres] {
        let db = TestDatabase::new(kind);
        let stores = [db.store().clone(), db.open_again(StoreOptions::default())];
        for round in 0..5 {
            db.store()
                .write_blocking(move |txn| insert_counter(txn, &format!("{round}"), 0))
                .unwrap();
            let start = Arc::new(Barrier::new(32));
            let threads: Vec<_> = (0..32)
                .map(|n| {
                    let (store, start) = (stores[n % 2].clone(), Arc::clone(&start));
                    thread::spawn(move || {
                        start.wait();
                        store.write_blocking(move |txn| {
                            txn.query_opt(
                                "UPDATE failure_counters SET failures = 1
                                 WHERE counter_key = $1 AND failures = 0 RETURNING counter_key",
                                &[format!("{round}").as_str().into()],
                            )
                        })
                    })
                })
                .collect();
            let answers = threads.into_iter().map(|t| t.join().unwrap().unwrap());
            assert_eq!(answers.flatten().count(), 1, "{kind:?}");
        }
    }
}

/// A refusal outlives the process that made it.
#[test]
fn a_refusal_is_there_after_reopening() {
    for kind in [EngineKind::SqliteOnDisk, EngineKind::Postgres] {
        let mut db = TestDatabase::new(kind);
        let refused = db.store().write_blocking(|txn| {
            insert_counter(txn, "failures", 1)?;
            Ok("refused")
        });
        assert_eq!(refused, Ok("refused"));
        db.close();
        let reopened = db.open_again(StoreOptions::default());
        assert_eq!(counter_in(&reopened, "failures"), Some(1), "{kind:?}");
    }
}

/// Only where reading does not go through the writing thread.
#[test]
fn a_reader_sees_one_state() {
    for kind in [EngineKind::SqliteOnDisk, EngineKind::Postgres] {
        let db = TestDatabase::new(kind);
        db.store()
            .write_blocking(|txn| insert_counter(txn, "a", 1))
            .unwrap();
        let beside = db.store().clone();
        let (before, after) = db
            .store()
            .read_blocking(move |txn| {
                let before = counter(txn, "a")?;
                beside.write_blocking(|txn| add_to_counter(txn, "a", 1))?;
                Ok((before, counter(txn, "a")?))
            })
            .unwrap();
        assert_eq!((before, after), (Some(1), Some(1)), "{kind:?}");
        assert_eq!(counter_in(db.store(), "a"), Some(2), "{kind:?}");
    }
}
