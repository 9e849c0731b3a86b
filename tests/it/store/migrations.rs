//! The schema's history.

use std::path::Path;

use signet::store::{Store, StoreError, StoreOptions, known_migrations};

use super::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(
    migrating_again_does_nothing,
    a_newer_database_is_refused,
    another_history_is_refused,
    a_changed_migration_is_refused,
);

fn migrating_again_does_nothing(db: &TestDatabase) {
    assert_eq!(db.store().migrate(), Ok(vec![]));
    assert_eq!(db.store().pending_migrations(), Ok(vec![]));
}

fn refusal(store: &Store) -> String {
    let Err(StoreError::Migration(why)) = store.pending_migrations() else {
        panic!("not refused");
    };
    assert_eq!(store.migrate(), Err(StoreError::Migration(why.clone())));
    why
}

fn a_newer_database_is_refused(db: &TestDatabase) {
    db.store()
        .write_blocking(|txn| {
            txn.execute(
                "INSERT INTO schema_migrations (name, checksum) VALUES ('9999_from_the_future', 'x')",
                &[],
            )
        })
        .unwrap();
    let why = refusal(db.store());
    assert!(why.contains("newer than this program"), "{why}");
    assert!(why.contains("9999_from_the_future"), "{why}");
    assert!(why.contains("restore a backup"), "{why}");
}

fn another_history_is_refused(db: &TestDatabase) {
    db.store()
        .write_blocking(|txn| {
            txn.execute(
                "UPDATE schema_migrations SET name = '0001_other' WHERE name = '0001_spine'",
                &[],
            )
        })
        .unwrap();
    refusal(db.store());
}

fn a_changed_migration_is_refused(db: &TestDatabase) {
    db.store()
        .write_blocking(|txn| {
            txn.execute(
                "UPDATE schema_migrations SET checksum = 'x' WHERE name = '0001_spine'",
                &[],
            )
        })
        .unwrap();
    let why = refusal(db.store());
    assert!(why.contains("0001_spine"), "{why}");
}

#[test]
fn an_empty_database_lacks_everything() {
    for kind in [
        EngineKind::SqliteInMemory,
        EngineKind::SqliteOnDisk,
        EngineKind::Postgres,
    ] {
        let db = TestDatabase::empty(kind, StoreOptions::default());
        let all: Vec<String> = known_migrations().map(str::to_owned).collect();
        assert_eq!(db.store().pending_migrations(), Ok(all.clone()), "{kind:?}");
        assert_eq!(db.store().migrate(), Ok(all), "{kind:?}");
    }
}

#[test]
fn servers_that_start_together_migrate_once() {
    for kind in [EngineKind::SqliteOnDisk, EngineKind::Postgres] {
        let db = TestDatabase::empty(kind, StoreOptions::default());
        let stores: Vec<_> = (0..4)
            .map(|_| db.open_again(StoreOptions::default()))
            .collect();
        let threads: Vec<_> = stores
            .into_iter()
            .map(|store| std::thread::spawn(move || store.migrate().unwrap().len()))
            .collect();
        let applied: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
        assert_eq!(applied, known_migrations().count(), "{kind:?}");
        let listed = rows(db.store(), "SELECT name FROM schema_migrations", vec![]);
        assert_eq!(listed.len(), known_migrations().count(), "{kind:?}");
    }
}

/// A file that is not in the program's list would never be applied.
#[test]
fn every_file_is_in_the_list_and_in_both_folders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let known: Vec<String> = known_migrations()
        .map(|name| format!("{name}.sql"))
        .collect();
    for engine in ["sqlite", "postgres"] {
        let mut files: Vec<String> = std::fs::read_dir(root.join(engine))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, known, "{engine}");
    }
    assert!(known.is_sorted());
}
