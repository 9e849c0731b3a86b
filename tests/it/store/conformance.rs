//! What every engine must do alike.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use signet::model::Timestamp;
use signet::store::{StoreError, StoreOptions, Value};

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
    wrong_number_of_parameters_is_refused,
    parameters_are_bound_by_number,
    null_goes_in_and_out,
    values_come_back_whole,
    text_with_nul_is_refused,
    text_sorts_by_code_point,
    a_fraction_is_refused,
    reading_changes_nothing,
    closures_cannot_end_the_transaction,
    execute_refuses_rows,
    a_unique_violation_is_an_error_and_do_nothing_is_not,
    foreign_keys_hold,
    a_lease_has_one_holder,
    async_callers_get_the_same,
    work_that_waits_too_long_is_not_done,
    a_full_queue_refuses_at_once,
    a_dropped_caller_gives_waiting_work_up,
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

fn wrong_number_of_parameters_is_refused(db: &TestDatabase) {
    let both = "SELECT counter_key FROM failure_counters WHERE counter_key = $1 AND failures = $2";
    for (given, params) in [
        (1, vec![Value::from("a")]),
        (3, vec!["a".into(), 1.into(), 2.into()]),
    ] {
        let answer = db
            .store()
            .read_blocking(move |txn| txn.query(both, &params));
        assert_eq!(
            answer.unwrap_err(),
            StoreError::Parameters { expected: 2, given }
        );
    }
    let answer = db.store().write_blocking(|txn| {
        txn.execute("DELETE FROM failure_counters WHERE counter_key = $1", &[])
    });
    assert_eq!(
        answer.unwrap_err(),
        StoreError::Parameters {
            expected: 1,
            given: 0
        }
    );
    let gap = db.store().read_blocking(|txn| {
        txn.query(
            "SELECT failures FROM failure_counters WHERE counter_key = $1 AND failures = $3",
            &["a".into(), 1.into()],
        )
    });
    assert!(gap.is_err());
}

fn parameters_are_bound_by_number(db: &TestDatabase) {
    for _ in 0..2 {
        let row = rows(
            db.store(),
            "SELECT CAST($2 AS TEXT) AS second, CAST($1 AS TEXT) AS first, CAST($2 AS TEXT) AS again",
            vec!["one".into(), "two".into()],
        )
        .remove(0);
        assert_eq!(row.text("first").unwrap(), "one");
        assert_eq!(row.text("second").unwrap(), "two");
        assert_eq!(row.text("again").unwrap(), "two");
    }
    // More than nine: $1 must not be taken for the beginning of $10.
    let row = rows(
        db.store(),
        "SELECT CAST($10 AS BIGINT) AS tenth, CAST($1 AS BIGINT) AS first, CAST($2 AS BIGINT) + CAST($3 AS BIGINT)
         + CAST($4 AS BIGINT) + CAST($5 AS BIGINT) + CAST($6 AS BIGINT) + CAST($7 AS BIGINT) + CAST($8 AS BIGINT)
         + CAST($9 AS BIGINT) AS rest",
        (1..=10).map(Value::Int).collect(),
    )
    .remove(0);
    assert_eq!(
        (row.int("tenth"), row.int("first"), row.int("rest")),
        (Ok(10), Ok(1), Ok(44))
    );
}

fn null_goes_in_and_out(db: &TestDatabase) {
    db.store()
        .write_blocking(|txn| {
            txn.execute(
                "INSERT INTO person_keys (person_id, sealed_key, created_at, destroyed_at) VALUES ($1, $2, 5, $3)",
                &["p".into(), Value::Null, Value::Null],
            )
        })
        .unwrap();
    let select = "SELECT sealed_key, destroyed_at FROM person_keys WHERE person_id = $1";
    let row = rows(db.store(), select, vec!["p".into()]).remove(0);
    assert_eq!(row.opt_text("sealed_key").unwrap(), None);
    assert_eq!(row.opt_time("destroyed_at").unwrap(), None);
    assert!(matches!(row.text("sealed_key"), Err(StoreError::Data(_))));

    // The same prepared statement with values, and with NULL again: nothing may stay bound.
    for (text, number) in [(Some("key"), Some(7_i64)), (None, None)] {
        db.store()
            .write_blocking(move |txn| {
                txn.execute(
                    "UPDATE person_keys SET sealed_key = $1, destroyed_at = $2 WHERE person_id = 'p'",
                    &[text.into(), number.into()],
                )
            })
            .unwrap();
        let row = rows(db.store(), select, vec!["p".into()]).remove(0);
        assert_eq!(row.opt_text("sealed_key").unwrap().as_deref(), text);
        assert_eq!(row.opt_int("destroyed_at").unwrap(), number);
    }
    let row = rows(
        db.store(),
        "SELECT 1 AS yes WHERE CAST($1 AS TEXT) IS NULL",
        vec![Value::Null],
    );
    assert_eq!(row.len(), 1);
}

fn values_come_back_whole(db: &TestDatabase) {
    let texts = [
        "",
        " a ",
        "O'Brien \"quoted\" \\back\\slash",
        "líne\r\nbreak\ttab",
        "\u{1F468}\u{200D}\u{1F469} e\u{301} \u{FFFD}\u{10FFFF}",
        "$1 ; DROP TABLE users; --",
    ];
    let numbers = [i64::MIN, -1, 0, 1, i64::MAX];
    for (text, number) in texts.into_iter().zip(numbers.into_iter().cycle()) {
        let row = rows(
            db.store(),
            "SELECT CAST($1 AS TEXT) AS t, CAST($2 AS BIGINT) AS n",
            vec![text.into(), number.into()],
        )
        .remove(0);
        assert_eq!(row.text("t").unwrap(), text);
        assert_eq!(row.int("n").unwrap(), number);
    }
    for number in numbers {
        db.store()
            .write_blocking(move |txn| insert_counter(txn, &number.to_string(), number))
            .unwrap();
    }
    let stored: Vec<_> = rows(
        db.store(),
        "SELECT failures FROM failure_counters ORDER BY failures",
        vec![],
    )
    .iter()
    .map(|row| row.int("failures").unwrap())
    .collect();
    assert_eq!(stored, numbers);
}

fn text_with_nul_is_refused(db: &TestDatabase) {
    let answer = db
        .store()
        .write_blocking(|txn| insert_counter(txn, "admin\0x", 1));
    assert!(matches!(answer, Err(StoreError::Data(_))), "{answer:?}");
    assert!(
        rows(
            db.store(),
            "SELECT counter_key FROM failure_counters",
            vec![]
        )
        .is_empty()
    );
}

fn text_sorts_by_code_point(db: &TestDatabase) {
    let sorted = ["", "10", "9", "B", "a", "a b", "ab", "é", "ﬁ", "\u{1F600}"];
    db.store()
        .write_blocking(move |txn| {
            sorted
                .iter()
                .rev()
                .try_for_each(|key| insert_counter(txn, key, 1))
        })
        .unwrap();
    let found: Vec<_> = rows(
        db.store(),
        "SELECT counter_key FROM failure_counters ORDER BY counter_key",
        vec![],
    )
    .iter()
    .map(|row| row.text("counter_key").unwrap())
    .collect();
    assert_eq!(found, sorted);
}

fn a_fraction_is_refused(db: &TestDatabase) {
    db.store()
        .write_blocking(|txn| insert_counter(txn, "a", 1))
        .unwrap();
    let answer = db
        .store()
        .read_blocking(|txn| txn.query("SELECT AVG(failures) AS mean FROM failure_counters", &[]));
    assert!(matches!(answer, Err(StoreError::Data(_))), "{answer:?}");
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

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A store whose only writing thread is held by a closure until the returned sender is dropped.
fn held(
    db: &TestDatabase,
    options: StoreOptions,
) -> (TestDatabase, mpsc::Sender<()>, thread::JoinHandle<()>) {
    let busy = TestDatabase::with(db.kind, options);
    let (release, wait) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    let wait = std::sync::Mutex::new(wait);
    let store = busy.store().clone();
    let holder = thread::spawn(move || {
        store
            .write_blocking(move |_| {
                let _ = started.send(());
                let _ = wait.lock().unwrap().recv();
                Ok(())
            })
            .unwrap();
    });
    running.recv().unwrap();
    (busy, release, holder)
}

fn impatient() -> StoreOptions {
    StoreOptions {
        patience: Duration::from_millis(100),
        connections: 1,
        ..StoreOptions::default()
    }
}

/// "Not available" means that it did not happen, and will not when the thread is free again. Work that was started is
/// waited for.
fn work_that_waits_too_long_is_not_done(db: &TestDatabase) {
    let (busy, release, holder) = held(db, impatient());
    let answer = busy
        .store()
        .write_blocking(|txn| insert_counter(txn, "late", 1));
    assert!(
        matches!(answer, Err(StoreError::Unavailable(_))),
        "{answer:?}"
    );
    let answer = block_on(busy.store().write(|txn| insert_counter(txn, "late", 1)));
    assert!(
        matches!(answer, Err(StoreError::Unavailable(_))),
        "{answer:?}"
    );
    drop(release);
    holder.join().unwrap();
    busy.store().write_blocking(|_| Ok(())).unwrap();
    assert_eq!(counter_in(busy.store(), "late"), None);
}

fn a_full_queue_refuses_at_once(db: &TestDatabase) {
    let options = StoreOptions {
        waiting: 2,
        connections: 1,
        ..StoreOptions::default()
    };
    let (busy, release, holder) = held(db, options);
    // Work that was given up keeps its place until the thread comes to it: the third finds none.
    let answers = block_on(async {
        let mut answers = Vec::new();
        for _ in 0..3 {
            let write = busy.store().write(|_| Ok(()));
            answers.push(
                tokio::time::timeout(Duration::from_millis(10), write)
                    .await
                    .ok(),
            );
        }
        answers
    });
    assert!(
        matches!(
            answers.as_slice(),
            [None, None, Some(Err(StoreError::Unavailable(_)))]
        ),
        "{answers:?}"
    );
    drop(release);
    holder.join().unwrap();
}

fn a_dropped_caller_gives_waiting_work_up(db: &TestDatabase) {
    let (busy, release, holder) = held(db, impatient());
    block_on(async {
        let write = busy.store().write(|txn| insert_counter(txn, "left", 1));
        let cut = tokio::time::timeout(Duration::from_millis(5), write).await;
        assert!(cut.is_err());
    });
    drop(release);
    holder.join().unwrap();
    busy.store().write_blocking(|_| Ok(())).unwrap();
    assert_eq!(counter_in(busy.store(), "left"), None);
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
