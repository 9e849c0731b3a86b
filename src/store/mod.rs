//! The store: one SQL text over two engines.
//!
//! Owns the seam ([`Store`], [`Txn`], [`Value`], [`Row`]), the engines, the migrations, and one file of SQL for each
//! aggregate. Imports `model` alone (and `entropy` for the names of its streams). Work is a synchronous closure run on a
//! thread that owns its connection; closures are `Fn` and may run again, so they do no IO, read no clock, draw no
//! randomness, hash and sign nothing.
//! **A refusal that must be remembered is `Ok(..)`**: `Err` rolls the closure's writes back.

pub mod address_changes;
pub mod api_tokens;
pub mod applications;
pub mod assignments;
pub mod audit_records;
mod audit_stream;
pub mod aws;
mod backup;
pub mod client_secrets;
pub mod configuration;
pub mod consents;
pub mod credentials;
pub mod failure_counters;
pub mod groups;
pub mod keys;
pub mod logout_outbox;
pub mod mail_outbox;
mod migrate;
pub mod name_ids;
pub mod one_time_links;
pub mod passkeys;
pub mod pending_sign_ins;
pub mod person_keys;
pub mod policies;
pub mod portal_addresses;
mod postgres;
mod postgres_connection;
mod postgres_endpoint;
pub mod protection;
pub mod recovery_passes;
pub mod restored;
pub mod role_checks;
pub mod role_marks;
mod row;
pub mod saml_requests;
mod serving_lock;
pub mod sessions;
mod sqlite;
mod sqlite_log;
mod sqlite_threads;
mod statement;
mod sweep;
mod threads;
pub mod token_families;
pub mod traces;
mod url;
pub mod users;
mod work;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use audit_stream::{ChainedRecord, FIRST_PREVIOUS_HASH, record_hash};
pub use migrate::known_migrations;
pub use row::{Row, Value};
pub use serving_lock::ServingLock;
pub use sweep::Swept;
pub use url::{DatabaseUrl, DatabaseUrlError};

use crate::model::Timestamp;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is busy past its limit or shut down. Worth a later try (503).
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// What the closure relied on was changed by somebody else meanwhile: nothing happened; read again.
    #[error("the data was changed meanwhile; try again")]
    Changed,
    /// The engine refused the statement.
    #[error("database error: {0}")]
    Sql(String),
    /// A row does not have the column or the type that the code expects.
    #[error("unexpected data in the database: {0}")]
    Data(String),
    /// The number of parameters in the text and the number bound differ.
    #[error("statement with {expected} parameters was given {given}")]
    Parameters {
        /// In the text.
        expected: usize,
        /// Bound.
        given: usize,
    },
    /// The database is newer than the program, or has another history.
    #[error("{0}")]
    Migration(String),
}

impl StoreError {
    /// Whether the same may succeed a little later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Changed)
    }
}

/// One record of the audit as the chain keeps it: canonical text in, position and hashes out.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// The event's id.
    pub id: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// The event's kind, such as `sign_in.completed`.
    pub kind: String,
    /// The canonical JSON of the event.
    pub body: String,
}

/// A transaction, as a closure sees it.
pub trait Txn {
    /// Runs a statement that returns rows. Placeholders are `$1`, `$2`, ..., bound by name.
    ///
    /// # Errors
    /// Any error ends the closure: pass it on.
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// Runs a statement and returns the number of rows that it changed.
    ///
    /// # Errors
    /// As [`Txn::query`].
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError>;

    /// Appends a record to this connection's audit stream (hash chain; the head is kept in memory and goes back with
    /// the closure's writes).
    ///
    /// # Errors
    /// As [`Txn::query`].
    fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// The first row of a query, if any.
    ///
    /// # Errors
    /// As [`Txn::query`].
    fn query_opt(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }
}

/// How a store works; the default suits a server.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Pieces of work that may wait; further ones are refused at once.
    pub waiting: usize,
    /// How long a piece of work may wait to be started. Longer than SQLite's busy timeout.
    pub patience: Duration,
    /// SQLite's reading threads.
    pub readers: usize,
    /// Connections to PostgreSQL, each with a thread.
    pub connections: usize,
    /// How long PostgreSQL may work on one statement.
    pub statement_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            waiting: 4096,
            patience: Duration::from_secs(6),
            readers: processors.clamp(2, 4),
            connections: processors.saturating_mul(2).clamp(8, 32),
            statement_timeout: Duration::from_secs(5),
        }
    }
}

enum Engine {
    Sqlite(sqlite_threads::SqliteThreads),
    Postgres(postgres::PostgresThreads),
}

/// The handle. Cheap to clone; the threads end when the last clone is dropped.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
    patience: Duration,
}

impl Store {
    /// Opens a database without changing its schema; see [`Store::migrate`].
    ///
    /// # Errors
    /// When it cannot be reached or opened.
    pub fn open(url: &DatabaseUrl, options: StoreOptions) -> Result<Self, StoreError> {
        let engine = match url {
            DatabaseUrl::SqliteMemory => Engine::Sqlite(sqlite_threads::SqliteThreads::start(
                sqlite::Location::Memory,
                &options,
            )?),
            DatabaseUrl::SqliteFile(path) => Engine::Sqlite(sqlite_threads::SqliteThreads::start(
                sqlite::Location::File(path.clone()),
                &options,
            )?),
            DatabaseUrl::Postgres(url) => {
                Engine::Postgres(postgres::PostgresThreads::start(url, &options)?)
            }
        };
        Ok(Self {
            engine: Arc::new(engine),
            patience: options.patience,
        })
    }

    /// Runs `work` in one write transaction. The answer comes after the commit is durable.
    ///
    /// # Errors
    /// The closure's own error, or the commit's; in both cases nothing happened. (One exception, named in the message:
    /// PostgreSQL was lost during the commit and stayed away, so that nobody can ask it what became of the write.)
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (job, ticket) = work::asynchronous(work);
        self.submit_write(job)?;
        ticket.wait(self.patience).await
    }

    /// Runs `work` in one read transaction: one consistent state, and every change is refused.
    ///
    /// # Errors
    /// The closure's own error or the engine's.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (job, ticket) = work::asynchronous(work);
        self.submit_read(job)?;
        ticket.wait(self.patience).await
    }

    /// [`Store::write`] for the command line's threads, which may block.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (job, ticket) = work::blocking(work);
        self.submit_write(job)?;
        ticket.wait(self.patience)
    }

    /// [`Store::read`] for the command line's threads, which may block.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (job, ticket) = work::blocking(work);
        self.submit_read(job)?;
        ticket.wait(self.patience)
    }

    /// The migrations that the database lacks. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when the database is newer than the program or has another history; the message says
    /// what to do.
    pub fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        match &*self.engine {
            Engine::Sqlite(threads) => threads.command(migrate::sqlite_pending),
            Engine::Postgres(threads) => threads.command(migrate::postgres_pending),
        }
    }

    /// Applies the migrations that the database lacks and returns their names. Blocks.
    ///
    /// # Errors
    /// As [`Store::pending_migrations`], and when one fails: it is undone, those before it stand.
    pub fn migrate(&self) -> Result<Vec<String>, StoreError> {
        match &*self.engine {
            Engine::Sqlite(threads) => threads.command(migrate::sqlite_migrate),
            Engine::Postgres(threads) => threads.command(migrate::postgres_migrate),
        }
    }

    /// Writes a consistent copy of the running database to a new file, readable by its owner alone: an SQLite database,
    /// or a `pg_dump` archive. Blocks.
    ///
    /// # Errors
    /// When the file exists or cannot be written, or the copy turns out damaged.
    pub fn backup_to(&self, path: &Path) -> Result<(), StoreError> {
        match &*self.engine {
            Engine::Sqlite(threads) => backup::sqlite(threads, path),
            Engine::Postgres(threads) => backup::postgres(threads.endpoint(), path),
        }
    }

    /// Whether it can be written to now: asks for the right, and writes nothing.
    ///
    /// # Errors
    /// The engine's, also where it can only be read.
    pub async fn takes_writes(&self) -> Result<(), StoreError> {
        self.write(configuration::touch_nothing).await
    }

    /// Plays an archive of [`Store::backup_to`] into this empty database. Blocks. SQLite's copies are databases
    /// themselves and are opened in place.
    ///
    /// # Errors
    /// When `pg_restore` refuses: nothing was restored then.
    pub fn restore_archive(&self, path: &Path) -> Result<(), StoreError> {
        match &*self.engine {
            Engine::Postgres(threads) => backup::restore_postgres(threads.endpoint(), path),
            Engine::Sqlite(_) => Err(StoreError::Data(
                "an SQLite copy is a database and is opened in place".into(),
            )),
        }
    }

    /// Takes or prolongs the lease `name` for `holder`; false while another holder's lasts.
    ///
    /// # Errors
    /// The engine's.
    pub async fn try_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let params = [name.into(), holder.into(), until.into(), now.into()];
        self.write(move |txn| {
            let row = txn.query_opt(
                "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
                 WHERE leases.holder = excluded.holder OR leases.expires_at <= $4
                 RETURNING name",
                &params,
            )?;
            Ok(row.is_some())
        })
        .await
    }

    /// Refuses a second server on one SQLite file. `serve` holds the lock while it runs; commands open the database
    /// beside it without.
    ///
    /// # Errors
    /// When another server holds it.
    pub fn lock_for_serving(&self) -> Result<ServingLock, StoreError> {
        match &*self.engine {
            Engine::Sqlite(threads) => match threads.location() {
                sqlite::Location::File(path) => ServingLock::beside(path),
                sqlite::Location::Memory => Ok(ServingLock::not_needed()),
            },
            Engine::Postgres(_) => Ok(ServingLock::not_needed()),
        }
    }

    /// Whether a server holds the lock of this SQLite file. None where there is no lock: several servers may share
    /// PostgreSQL.
    ///
    /// # Errors
    /// When the lock file cannot be looked at.
    pub fn is_served(&self) -> Result<Option<bool>, StoreError> {
        match &*self.engine {
            Engine::Sqlite(threads) => match threads.location() {
                sqlite::Location::File(path) => serving_lock::is_held(path).map(Some),
                sqlite::Location::Memory => Ok(None),
            },
            Engine::Postgres(_) => Ok(None),
        }
    }

    fn submit_write(&self, job: Box<dyn work::Job>) -> Result<(), StoreError> {
        match &*self.engine {
            Engine::Sqlite(threads) => threads.write(job),
            Engine::Postgres(threads) => threads.write(job),
        }
    }

    fn submit_read(&self, job: Box<dyn work::Job>) -> Result<(), StoreError> {
        match &*self.engine {
            Engine::Sqlite(threads) => threads.read(job),
            Engine::Postgres(threads) => threads.read(job),
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &*self.engine {
            Engine::Sqlite(_) => "Store(sqlite)",
            Engine::Postgres(_) => "Store(postgres)",
        })
    }
}
