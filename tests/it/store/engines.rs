//! A fresh database for each test, on each engine.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use signet::store::{DatabaseUrl, Row, Store, StoreError, StoreOptions, Txn, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineKind {
    SqliteInMemory,
    SqliteOnDisk,
    Postgres,
}

/// A migrated database that is removed with this value.
pub(crate) struct TestDatabase {
    store: Option<Store>,
    pub(crate) kind: EngineKind,
    pub(crate) url: DatabaseUrl,
    pub(crate) folder: TestFolder,
}

impl TestDatabase {
    pub(crate) fn new(kind: EngineKind) -> Self {
        Self::with(kind, StoreOptions::default())
    }

    pub(crate) fn with(kind: EngineKind, options: StoreOptions) -> Self {
        let database = Self::empty(kind, options);
        database.store().migrate().unwrap();
        database
    }

    /// Without tables.
    pub(crate) fn empty(kind: EngineKind, options: StoreOptions) -> Self {
        let folder = TestFolder::new();
        let url = match kind {
            EngineKind::SqliteInMemory => DatabaseUrl::SqliteMemory,
            EngineKind::SqliteOnDisk => DatabaseUrl::SqliteFile(folder.path().join("signet.db")),
            EngineKind::Postgres => DatabaseUrl::Postgres(create_postgres_database()),
        };
        Self {
            store: Some(Store::open(&url, options).unwrap()),
            kind,
            url,
            folder,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    /// Another handle with its own connections, as another process has. Not in memory.
    pub(crate) fn open_again(&self, options: StoreOptions) -> Store {
        assert_ne!(self.kind, EngineKind::SqliteInMemory);
        Store::open(&self.url, options).unwrap()
    }

    /// The text that [`DatabaseUrl::parse`] reads.
    pub(crate) fn url_text(&self) -> String {
        match &self.url {
            DatabaseUrl::SqliteMemory => "sqlite::memory:".into(),
            DatabaseUrl::SqliteFile(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }

    pub(crate) fn close(&mut self) {
        self.store = None;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.store = None;
        if let DatabaseUrl::Postgres(url) = &self.url {
            let name = url.rsplit('/').next().unwrap();
            let mut admin = postgres::Client::connect(&postgres_server(), postgres::NoTls).unwrap();
            admin
                .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .unwrap();
        }
    }
}

/// A folder that is removed with this value.
pub(crate) struct TestFolder(PathBuf);

impl TestFolder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("signet-test-{}", unique()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The server that the tests may make databases on.
pub(crate) fn postgres_server() -> String {
    std::env::var("SIGNET_TEST_POSTGRES_URL").expect(
        "SIGNET_TEST_POSTGRES_URL is not set, and a store that is not tested on PostgreSQL is not tested: \
         run `scripts/postgres-test cargo test --test it`, or `make test`",
    )
}

fn create_postgres_database() -> String {
    let server = postgres_server();
    let name = format!("signet_test_{}", unique());
    let mut admin = postgres::Client::connect(&server, postgres::NoTls).unwrap();
    admin
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .unwrap();
    let (place, _) = server.rsplit_once('/').unwrap();
    format!("{place}/{name}")
}

/// Runs a test function once for each engine, as three tests.
macro_rules! on_every_engine {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::store::engines::{EngineKind, TestDatabase};

            $(#[$meta])*
            #[test]
            fn sqlite_in_memory() {
                super::$name(&TestDatabase::new(EngineKind::SqliteInMemory));
            }

            $(#[$meta])*
            #[test]
            fn sqlite_on_disk() {
                super::$name(&TestDatabase::new(EngineKind::SqliteOnDisk));
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                super::$name(&TestDatabase::new(EngineKind::Postgres));
            }
        }
    )+};
}
pub(crate) use on_every_engine;

/// A counter row is all that most cases need: `failure_counters`, by key.
pub(crate) fn insert_counter(txn: &mut dyn Txn, key: &str, count: i64) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO failure_counters (counter_key, failures, last_failure_at, expires_at) VALUES ($1, $2, 0, 0)",
        &[key.into(), count.into()],
    )
    .map(drop)
}

pub(crate) fn counter(txn: &mut dyn Txn, key: &str) -> Result<Option<i64>, StoreError> {
    txn.query_opt(
        "SELECT failures FROM failure_counters WHERE counter_key = $1",
        &[key.into()],
    )?
    .map(|row| row.int("failures"))
    .transpose()
}

pub(crate) fn add_to_counter(txn: &mut dyn Txn, key: &str, by: i64) -> Result<u64, StoreError> {
    txn.execute(
        "UPDATE failure_counters SET failures = failures + $2 WHERE counter_key = $1",
        &[key.into(), by.into()],
    )
}

/// One statement in a read transaction.
pub(crate) fn rows(store: &Store, sql: &'static str, params: Vec<Value>) -> Vec<Row> {
    store
        .read_blocking(move |txn| txn.query(sql, &params))
        .unwrap()
}

pub(crate) fn counter_in(store: &Store, key: &'static str) -> Option<i64> {
    store.read_blocking(move |txn| counter(txn, key)).unwrap()
}
