//! The embedded engine: connections to SQLite and their transactions. The threads are in `sqlite_threads`.
//!
//! WAL, `synchronous=FULL` (security.md D-8: anything less may lose acknowledged commits at a power loss, and used
//! codes would be fresh again), foreign keys on, and no SQLite older than the one that fixed the WAL-reset corruption
//! (D-7).

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags};

use super::audit_stream::{self, AuditStream};
use super::sqlite_log::LogPages;
use super::statement::{self, KEPT_STATEMENTS};
use super::{AuditEntry, Row, StoreError, Txn, Value};

/// 3.51.3: the first with the WAL-reset fix (security.md D-7).
const OLDEST_SQLITE: i32 = 3_051_003;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The WAL file is cut back to this after it was written back whole.
const WAL_KEPT: i64 = 64 * 1024 * 1024;

/// Where the database is.
#[derive(Debug, Clone)]
pub(super) enum Location {
    Memory,
    File(PathBuf),
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Write,
    Read,
}

/// What is remembered of a prepared statement: for each parameter in order the engine's own index of it, and the
/// columns' names.
struct Shape {
    indexes: Vec<usize>,
    columns: Arc<Vec<String>>,
}

/// A connection with its prepared statements.
pub(super) struct SqliteConnection {
    raw: Connection,
    shapes: HashMap<String, Arc<Shape>>,
}

impl SqliteConnection {
    pub(super) fn open(location: &Location, purpose: Purpose) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(StoreError::Unavailable(format!(
                "SQLite {} can corrupt a database in WAL mode: build Signet with 3.51.3 or later",
                rusqlite::version()
            )));
        }
        let raw = match location {
            Location::Memory => Connection::open_in_memory().map_err(sql_error)?,
            Location::File(path) => open_file(path)?,
        };
        configure(&raw, location, purpose).map_err(sql_error)?;
        raw.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
        Ok(Self {
            raw,
            shapes: HashMap::new(),
        })
    }

    /// The library's connection, for migrations, backups and checkpoints.
    pub(super) fn raw(&mut self) -> &mut Connection {
        &mut self.raw
    }

    /// Forgets the prepared statements: the schema has changed.
    pub(super) fn forget_statements(&mut self) {
        self.shapes.clear();
        self.raw.flush_prepared_statement_cache();
    }

    /// BEGIN, COMMIT and the like.
    pub(super) fn control(&self, sql: &str) -> Result<(), StoreError> {
        self.raw
            .prepare_cached(sql)
            .and_then(|mut s| s.raw_execute())
            .map(drop)
            .map_err(sql_error)
    }

    /// How long the log is.
    pub(super) fn log_pages(&self) -> Result<LogPages, StoreError> {
        self.raw
            .prepare_cached("PRAGMA wal_checkpoint(NOOP)")
            .and_then(|mut s| {
                s.query_row([], |row| {
                    let (log, written): (i64, i64) = (row.get(1)?, row.get(2)?);
                    Ok(LogPages {
                        all: log,
                        waiting: log.saturating_sub(written.max(0)),
                    })
                })
            })
            .map_err(sql_error)
    }

    /// Writes back what no reader still needs, without waiting for anybody.
    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        self.raw
            .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
            .and_then(|mut s| s.query_row([], |_| Ok(())))
            .map_err(sql_error)
    }

    /// Whether no transaction is open: SQLite ends one by itself when the disk is full or an input fails.
    pub(super) fn is_autocommit(&self) -> bool {
        self.raw.is_autocommit()
    }

    fn prepare(
        &mut self,
        sql: &str,
        params: &[Value],
    ) -> Result<(CachedStatement<'_>, Arc<Shape>), StoreError> {
        if !self.shapes.contains_key(sql) {
            statement::check_text(sql)?;
        }
        let mut prepared = self.raw.prepare_cached(sql).map_err(sql_error)?;
        statement::check_params(prepared.parameter_count(), params)?;
        let shape = match self.shapes.get(sql) {
            Some(shape) => Arc::clone(shape),
            None => {
                let shape = Arc::new(shape(&prepared)?);
                if self.shapes.len() >= KEPT_STATEMENTS {
                    self.shapes.clear();
                }
                self.shapes.insert(sql.to_owned(), Arc::clone(&shape));
                shape
            }
        };
        for (index, value) in shape.indexes.iter().zip(params) {
            match value {
                Value::Null => prepared.raw_bind_parameter(*index, rusqlite::types::Null),
                Value::Int(n) => prepared.raw_bind_parameter(*index, n),
                Value::Text(text) => prepared.raw_bind_parameter(*index, text),
            }
            .map_err(sql_error)?;
        }
        Ok((prepared, shape))
    }
}

fn open_file(path: &Path) -> Result<Connection, StoreError> {
    let unavailable =
        |why: String| StoreError::Unavailable(format!("cannot open {}: {why}", path.display()));
    // Made here and not by SQLite, so that nobody else may read it; the WAL takes its mode over. A file that is there is
    // never opened here: to close any descriptor of it lets every POSIX lock of the process on it go (fcntl(2)), and the
    // next program that looks into the database would take itself for the last one and remove the log under our hands
    // (sqlite.org/howtocorrupt.html, 2.2).
    let made = OpenOptions::new()
        .create_new(true)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unavailable(error.to_string())),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|error| unavailable(error.to_string()))
}

fn configure(raw: &Connection, location: &Location, purpose: Purpose) -> rusqlite::Result<()> {
    raw.busy_timeout(BUSY_TIMEOUT)?;
    raw.pragma_update(None, "foreign_keys", true)?;
    raw.pragma_update(None, "trusted_schema", false)?;
    // A destroyed key must not stay behind in the free part of its page.
    raw.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    // What a savepoint would bring back is kept in memory: past 64 KiB it goes through a file in the system's temporary
    // folder, two writes for each page that a job changes, and holds pages of the database.
    raw.pragma_update(None, "temp_store", "MEMORY")?;
    if let Location::File(_) = location {
        let mode: String =
            raw.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
                Some("the file system does not allow a write-ahead log; use a local disk".into()),
            ));
        }
        raw.pragma_update(None, "synchronous", "FULL")?;
        raw.pragma_update(None, "wal_autocheckpoint", 0)?;
        raw.pragma_update_and_check(None, "journal_size_limit", WAL_KEPT, |_| Ok(()))?;
        if purpose == Purpose::Read {
            raw.pragma_update(None, "query_only", true)?;
        }
    }
    Ok(())
}

/// `$1`, `$2`, .. by name: by position SQLite numbers them by first appearance.
fn shape(prepared: &CachedStatement<'_>) -> Result<Shape, StoreError> {
    let count = prepared.parameter_count();
    let mut indexes = Vec::with_capacity(count);
    for number in 1..=count {
        let index = prepared
            .parameter_index(&format!("${number}"))
            .map_err(sql_error)?;
        indexes.push(index.ok_or_else(|| {
            StoreError::Sql(format!(
                "the statement has {count} parameters and none is ${number}: number them from $1 without gaps"
            ))
        })?);
    }
    Ok(Shape {
        indexes,
        columns: Arc::new(prepared.column_names().map(str::to_owned).collect()),
    })
}

/// A transaction on a SQLite connection.
pub(super) struct SqliteTxn<'a> {
    connection: &'a mut SqliteConnection,
    stream: Option<&'a mut AuditStream>,
    failure: Option<StoreError>,
}

impl<'a> SqliteTxn<'a> {
    /// A transaction that may write.
    pub(super) fn writing(
        connection: &'a mut SqliteConnection,
        stream: &'a mut AuditStream,
    ) -> Self {
        Self {
            connection,
            stream: Some(stream),
            failure: None,
        }
    }

    /// A transaction in which every change is refused.
    pub(super) fn reading(connection: &'a mut SqliteConnection) -> Self {
        Self {
            connection,
            stream: None,
            failure: None,
        }
    }

    /// The first error, which also ended the closure: PostgreSQL would refuse every further statement, so SQLite does.
    pub(super) fn into_failure(self) -> Option<StoreError> {
        self.failure
    }

    fn guarded<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        run(self).inspect_err(|e| self.failure = Some(e.clone()))
    }
}

impl Txn for SqliteTxn<'_> {
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.guarded(|txn| {
            let writing = txn.stream.is_some();
            let (mut prepared, shape) = txn.connection.prepare(sql, params)?;
            if !writing && !prepared.readonly() {
                return Err(statement::read_only());
            }
            collect(&mut prepared, &shape.columns)
        })
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        self.guarded(|txn| {
            let writing = txn.stream.is_some();
            let (mut prepared, shape) = txn.connection.prepare(sql, params)?;
            if !shape.columns.is_empty() {
                return Err(statement::returned_rows());
            }
            if !writing && !prepared.readonly() {
                return Err(statement::read_only());
            }
            let changed = prepared.raw_execute().map_err(sql_error)?;
            Ok(changed as u64)
        })
    }

    fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let Some((params, head)) = self.stream.as_ref().map(|s| s.next(entry)) else {
            return Err(statement::read_only());
        };
        self.execute(audit_stream::INSERT, &params)?;
        if let Some(stream) = &mut self.stream {
            stream.set_head(head);
        }
        Ok(())
    }
}

fn collect(
    prepared: &mut CachedStatement<'_>,
    columns: &Arc<Vec<String>>,
) -> Result<Vec<Row>, StoreError> {
    let mut rows = prepared.raw_query();
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(sql_error)? {
        let mut values = Vec::with_capacity(columns.len());
        for (index, name) in columns.iter().enumerate() {
            values.push(match row.get_ref(index).map_err(sql_error)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Text(octets) => Value::Text(
                    std::str::from_utf8(octets)
                        .map_err(|_| StoreError::Data(format!("{name} is not UTF-8")))?
                        .to_owned(),
                ),
                ValueRef::Real(_) | ValueRef::Blob(_) => {
                    return Err(StoreError::Data(format!(
                        "{name} is neither text nor a whole number: CAST it"
                    )));
                }
            });
        }
        out.push(Row::new(Arc::clone(columns), values));
    }
    Ok(out)
}

/// SQLite's own words, by whether a later try may succeed.
pub(super) fn sql_error(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted,
        ) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Sql(error.to_string()),
    }
}
