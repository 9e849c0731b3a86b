//! Work that waits: how long, how much of it, and what becomes of it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use signet::store::{StoreError, StoreOptions};

use super::conformance::block_on;
use super::engines::{TestDatabase, counter_in, insert_counter, on_every_engine};

on_every_engine!(
    work_that_waits_too_long_is_not_done,
    a_full_queue_refuses_at_once,
    a_dropped_caller_gives_waiting_work_up,
);

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
