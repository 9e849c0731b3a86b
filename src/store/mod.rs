//! The store: one SQL text over two engines.
//!
//! Owns the seam ([`Store`], [`Txn`], [`Value`], [`Row`]), the engines, the migrations, and one file of SQL for each
//! aggregate. Imports `model` alone. Work is a synchronous closure run on a thread that owns its connection; closures
//! are `Fn` and may run again, so they do no IO, read no clock, draw no randomness, hash and sign nothing.
//! **A refusal that must be remembered is `Ok(..)`**: `Err` rolls the closure's writes back.

pub mod audit_records;
pub mod keys;
pub mod person_keys;
mod row;

pub use row::{Row, Value};

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is busy past its limit or shut down. Worth a later try (503).
    #[error("the database is not available: {0}")]
    Unavailable(String),
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

/// The handle. Cheap to clone; the threads end when the last clone is dropped.
#[derive(Clone)]
pub struct Store {}

impl Store {
    /// Runs `work` in one write transaction. The answer comes after the commit is durable.
    ///
    /// # Errors
    /// The closure's own error, or the commit's; in both cases nothing happened.
    pub async fn write<T, F>(&self, _work: F) -> Result<T, StoreError>
    where
        F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        Err(StoreError::Unavailable("no engine".into()))
    }

    /// Runs `work` in one read transaction.
    ///
    /// # Errors
    /// The closure's own error or the engine's.
    pub async fn read<T, F>(&self, _work: F) -> Result<T, StoreError>
    where
        F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        Err(StoreError::Unavailable("no engine".into()))
    }
}
