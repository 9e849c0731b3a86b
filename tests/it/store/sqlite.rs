//! What is particular to the embedded engine: group commit, files, locks, a full disk.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use signet::store::{DatabaseUrl, Store, StoreError, StoreOptions};

use super::audit_chain::{entry, verified};
use super::engines::{EngineKind, TestDatabase, TestFolder, counter_in, insert_counter, rows};

fn on_disk() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteOnDisk)
}

fn file(db: &TestDatabase) -> &Path {
    match &db.url {
        DatabaseUrl::SqliteFile(path) => path,
        _ => panic!("not on disk"),
    }
}

fn count(store: &Store) -> i64 {
    rows(store, "SELECT COUNT(*) AS n FROM failure_counters", vec![])
        .remove(0)
        .int("n")
        .unwrap()
}

/// Commits in the write-ahead log: frames whose header holds the database's size (SQLite's file format, 4.2), since
/// the log's last restart (the same salt as its header).
fn commits_in_log(database: &Path) -> usize {
    let log = std::fs::read(database.with_extension("db-wal")).unwrap();
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    let salt = &log[16..24];
    log[32..]
        .chunks_exact(24 + page)
        .filter(|frame| &frame[8..16] == salt && frame[4..8] != [0; 4])
        .count()
}

/// Holds the writing thread inside a closure, gives `jobs` to the queue, lets go, and returns the answers in order.
fn in_one_batch<J>(store: &Store, jobs: Vec<J>) -> Vec<Result<(), StoreError>>
where
    J: Fn(&mut dyn signet::store::Txn) -> Result<(), StoreError> + Send + 'static,
{
    let (release, wait) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    let wait = Mutex::new(wait);
    let holder = store.clone();
    let holder = thread::spawn(move || {
        holder.write_blocking(move |_| {
            let _ = started.send(());
            let _ = wait.lock().unwrap().recv();
            Ok(())
        })
    });
    running.recv().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let answers = runtime.block_on(async {
        let mut waiting: Vec<_> = jobs
            .into_iter()
            .map(|job| Box::pin(store.write(job)))
            .collect();
        // One poll each puts them into the queue, in order.
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        for future in &mut waiting {
            assert!(future.as_mut().poll(&mut context).is_pending());
        }
        drop(release);
        let mut answers = Vec::new();
        for future in waiting {
            answers.push(future.await);
        }
        answers
    });
    holder.join().unwrap().unwrap();
    answers
}

#[test]
fn waiting_jobs_share_one_commit() {
    let db = on_disk();
    // A reader in the middle of its transaction keeps the log from being restarted while commits are counted.
    let (release, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let reader = db.store().clone();
    let (started, running) = mpsc::channel();
    let reader = thread::spawn(move || {
        reader.read_blocking(move |txn| {
            txn.query("SELECT id FROM users", &[])?;
            let _ = started.send(());
            let _ = wait.lock().unwrap().recv();
            Ok(())
        })
    });
    running.recv().unwrap();
    let before = commits_in_log(file(&db));
    let jobs = (0..100)
        .map(|i| move |txn: &mut dyn signet::store::Txn| insert_counter(txn, &format!("{i}"), 1))
        .collect();
    assert!(in_one_batch(db.store(), jobs).iter().all(Result::is_ok));
    let after = commits_in_log(file(&db));
    drop(release);
    reader.join().unwrap().unwrap();
    assert_eq!(count(db.store()), 100);
    assert_eq!(after - before, 1);
}

#[test]
fn a_job_that_fails_or_panics_takes_only_itself_back() {
    for kind in [EngineKind::SqliteInMemory, EngineKind::SqliteOnDisk] {
        let db = TestDatabase::new(kind);
        let jobs = (0..30)
            .map(|i| {
                move |txn: &mut dyn signet::store::Txn| {
                    insert_counter(txn, &format!("{i}"), i)?;
                    txn.append_audit(&entry(&format!("{i}")))?;
                    match i % 5 {
                        1 => Err(StoreError::Data("on purpose".into())),
                        2 => panic!("a test's panic"),
                        3 => insert_counter(txn, &format!("{i}"), i),
                        _ => Ok(()),
                    }
                }
            })
            .collect();
        let answers = in_one_batch(db.store(), jobs);
        for (i, answer) in answers.iter().enumerate() {
            assert_eq!(
                answer.is_ok(),
                matches!(i % 5, 0 | 4),
                "{kind:?} {i}: {answer:?}"
            );
        }
        let kept: BTreeSet<i64> = rows(db.store(), "SELECT failures FROM failure_counters", vec![])
            .iter()
            .map(|row| row.int("failures").unwrap())
            .collect();
        assert_eq!(kept, (0..30).filter(|i| matches!(i % 5, 0 | 4)).collect());
        let recorded: usize = verified(db.store()).values().map(Vec::len).sum();
        assert_eq!(recorded, kept.len());
    }
}

#[test]
fn commits_are_synced_and_the_rest_is_as_designed() {
    let db = on_disk();
    let settings = "SELECT (SELECT synchronous FROM pragma_synchronous) AS synchronous,
        (SELECT foreign_keys FROM pragma_foreign_keys) AS foreign_keys,
        (SELECT journal_mode FROM pragma_journal_mode) AS journal_mode,
        (SELECT timeout FROM pragma_busy_timeout) AS busy_timeout,
        (SELECT temp_store FROM pragma_temp_store) AS temp_store";
    let row = db
        .store()
        .write_blocking(move |txn| Ok(txn.query(settings, &[])?.remove(0)))
        .unwrap();
    assert_eq!(row.int("synchronous").unwrap(), 2, "FULL");
    assert_eq!(row.int("foreign_keys").unwrap(), 1);
    assert_eq!(row.text("journal_mode").unwrap(), "wal");
    assert_eq!(row.int("busy_timeout").unwrap(), 5_000);
    assert_eq!(row.int("temp_store").unwrap(), 2, "MEMORY");
    assert!(rusqlite::version_number() >= 3_051_003);
}

#[test]
fn the_log_is_written_back_in_a_quiet_moment() {
    let db = on_disk();
    let empty = std::fs::metadata(file(&db)).unwrap().len();
    for i in 0..50 {
        db.store()
            .write_blocking(move |txn| insert_counter(txn, &"x".repeat(2_000 + i), 1))
            .unwrap();
    }
    let grown = (0..200).any(|_| {
        thread::park_timeout(Duration::from_millis(20));
        std::fs::metadata(file(&db)).unwrap().len() > empty + 100_000
    });
    assert!(grown, "50 rows of 2,000 octets are still in the log alone");
}

#[test]
fn nobody_else_can_read_the_files() {
    let db = on_disk();
    db.store()
        .write_blocking(|txn| insert_counter(txn, "a", 1))
        .unwrap();
    let _lock = db.store().lock_for_serving().unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(db.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.path());
        seen += 1;
    }
    assert_eq!(seen, 4, "database, log, its index, lock");
}

#[test]
fn a_second_server_is_refused_and_a_command_is_not() {
    let db = on_disk();
    let lock = db.store().lock_for_serving().unwrap();
    let second = db.open_again(StoreOptions::default());
    let refused = second.lock_for_serving();
    assert!(
        matches!(&refused, Err(StoreError::Unavailable(why)) if why.contains("signet.db.lock")),
        "{refused:?}"
    );
    second
        .write_blocking(|txn| insert_counter(txn, "command", 1))
        .unwrap();
    assert_eq!(counter_in(db.store(), "command"), Some(1));
    drop(lock);
    second.lock_for_serving().unwrap();
}

/// security.md R-05: another process holds the lock for a while.
#[test]
fn another_process_lock_is_waited_for() {
    let db = on_disk();
    let other = rusqlite::Connection::open(file(&db)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = db.store().clone();
    let write = thread::spawn(move || store.write_blocking(|txn| insert_counter(txn, "a", 1)));
    thread::park_timeout(Duration::from_millis(700));
    assert_eq!(counter_in(db.store(), "a"), None, "readers go on meanwhile");
    other.execute_batch("COMMIT").unwrap();
    write.join().unwrap().unwrap();
    assert_eq!(counter_in(db.store(), "a"), Some(1));
}

#[test]
fn a_missing_folder_is_named() {
    let url = DatabaseUrl::SqliteFile("/nowhere/at/all/signet.db".into());
    let error = Store::open(&url, StoreOptions::default()).unwrap_err();
    assert!(
        error.to_string().contains("/nowhere/at/all/signet.db"),
        "{error}"
    );
}

#[test]
fn a_backup_is_whole_and_overwrites_nothing() {
    for kind in [EngineKind::SqliteInMemory, EngineKind::SqliteOnDisk] {
        let db = TestDatabase::new(kind);
        db.store()
            .write_blocking(|txn| {
                insert_counter(txn, "kept", 7)?;
                txn.append_audit(&entry("kept"))
            })
            .unwrap();
        let copy = db.folder.path().join("o'copy.db");
        db.store().backup_to(&copy).unwrap();
        assert_eq!(
            std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(matches!(
            db.store().backup_to(&copy),
            Err(StoreError::Unavailable(_))
        ));
        db.store()
            .write_blocking(|txn| insert_counter(txn, "later", 1))
            .unwrap();

        let opened = Store::open(&DatabaseUrl::SqliteFile(copy), StoreOptions::default()).unwrap();
        assert_eq!(opened.pending_migrations(), Ok(vec![]));
        assert_eq!(counter_in(&opened, "kept"), Some(7));
        assert_eq!(counter_in(&opened, "later"), None);
        assert_eq!(verified(&opened).len(), 1);
    }
}

const URL: &str = "SIGNET_TEST_FULL_URL";

/// The process whose files may not grow: writes until twenty writes in a row have failed.
#[test]
#[ignore = "run by the test below as its child process"]
fn child_on_a_full_disk() {
    let url = DatabaseUrl::parse(&std::env::var(URL).unwrap()).unwrap();
    let store = Store::open(&url, StoreOptions::default()).unwrap();
    let mut failed_in_a_row = 0;
    for i in 0..2_000 {
        let job = move |k: usize| {
            move |txn: &mut dyn signet::store::Txn| {
                let key = format!("{i}-{k}");
                insert_counter(txn, &format!("{key}-{}", "x".repeat(20_000)), 1)?;
                txn.append_audit(&entry(&key))
            }
        };
        let answers = at_once(&store, (0..4).map(job).collect());
        for (k, answer) in answers.iter().enumerate() {
            match answer {
                Ok(()) => println!("\nacknowledged {i}-{k}"),
                Err(StoreError::Unavailable(_)) => println!("\nrefused {i}-{k}"),
                Err(other) => println!("\nunexpected {other:?}"),
            }
        }
        failed_in_a_row = if answers.iter().all(Result::is_err) {
            failed_in_a_row + 1
        } else {
            0
        };
        if failed_in_a_row == 5 {
            println!("\nreadable {}", count(&store));
            return;
        }
    }
}

/// From a thread each: they meet in one batch or in several.
fn at_once<J>(store: &Store, jobs: Vec<J>) -> Vec<Result<(), StoreError>>
where
    J: Fn(&mut dyn signet::store::Txn) -> Result<(), StoreError> + Send + 'static,
{
    let threads: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let store = store.clone();
            thread::spawn(move || store.write_blocking(job))
        })
        .collect();
    threads.into_iter().map(|t| t.join().unwrap()).collect()
}

/// security.md R-03. A limit on the size of files stands for the full disk.
#[test]
fn a_full_disk_refuses_and_corrupts_nothing() {
    let folder = TestFolder::new();
    let url = DatabaseUrl::SqliteFile(folder.path().join("signet.db"));
    let store = Store::open(&url, StoreOptions::default()).unwrap();
    store.migrate().unwrap();
    drop(store);
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 4000; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "store::sqlite::child_on_a_full_disk",
            "--ignored",
            "--nocapture",
        ])
        .env(
            URL,
            format!("sqlite:{}", folder.path().join("signet.db").display()),
        )
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = |what: &str| -> BTreeSet<String> {
        text.lines()
            .filter_map(|line| line.strip_prefix(what))
            .map(|rest| rest.trim().to_owned())
            .collect()
    };
    assert_eq!(said("unexpected"), BTreeSet::new(), "{text}");
    let acknowledged = said("acknowledged");
    assert!(
        acknowledged.len() > 8 && said("refused").len() >= 20,
        "{text}"
    );
    assert_eq!(
        said("readable"),
        BTreeSet::from([acknowledged.len().to_string()])
    );

    let store = Store::open(&url, StoreOptions::default()).unwrap();
    let recorded: BTreeSet<String> = verified(&store).into_values().flatten().collect();
    assert_eq!(
        recorded, acknowledged,
        "what was acknowledged is there, what was refused is not"
    );
    assert_eq!(count(&store), acknowledged.len() as i64);
    store
        .write_blocking(|txn| insert_counter(txn, "space again", 1))
        .unwrap();
}

/// What another program sees of the database, as `sqlite3` would.
fn seen_by_another_program(database: &Path) -> i64 {
    let look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
                print(c.execute('select count(*) from failure_counters').fetchone()[0]); c.close()";
    let output = Command::new("python3")
        .args(["-c", look])
        .arg(database)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .unwrap()
}

/// It is not the last one who closes: the log stays where the server writes it. Were the process's locks gone (any
/// descriptor of the file that it closes takes them), it would remove the log, and what is committed then would be lost.
#[test]
fn a_look_by_another_program_takes_nothing_away() {
    let db = on_disk();
    for n in 1..=3 {
        db.store()
            .write_blocking(move |txn| insert_counter(txn, &format!("look{n}"), 1))
            .unwrap();
        assert_eq!(seen_by_another_program(file(&db)), n);
        assert_eq!(count(db.store()), n);
        assert!(file(&db).with_extension("db-wal").exists());
    }
    // A store that is opened and closed beside it, as commands do, takes nothing away either.
    drop(db.open_again(StoreOptions::default()));
    db.store()
        .write_blocking(|txn| insert_counter(txn, "after", 1))
        .unwrap();
    assert_eq!(seen_by_another_program(file(&db)), 4);
}
