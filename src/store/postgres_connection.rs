//! A connection to PostgreSQL: prepared statements, values, transactions, and what its errors mean.

use std::collections::HashMap;
use std::sync::Arc;

use postgres::error::SqlState;
use postgres::types::{ToSql, Type};
use postgres::{Client, Statement};

use super::audit_stream::{self, AuditStream, Head};
use super::postgres_endpoint::{Endpoint, describe};
use super::statement::{self, KEPT_STATEMENTS};
use super::{AuditEntry, Row, StoreError, Txn, Value};

/// What an error means for the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Another transaction was first: run the closure again.
    Conflict,
    /// A unique key is taken. It may have been taken by a transaction that this one could not see, so it is worth one
    /// more run, in which the closure sees it.
    Duplicate,
    /// A prepared statement is older than the schema: prepare anew and run again.
    Stale,
    /// The connection is gone: connect and run again.
    Lost,
    /// The server, or the transaction, takes no writes.
    ReadOnly,
    /// It will fail again.
    Final,
}

/// An error and its meaning.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) error: StoreError,
    pub(super) meaning: Meaning,
}

impl Failure {
    fn last(error: StoreError) -> Self {
        Self {
            error,
            meaning: Meaning::Final,
        }
    }
}

impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Self {
        let text = describe(&error);
        let Some(state) = error.code() else {
            let io = std::error::Error::source(&error).is_some_and(|s| s.is::<std::io::Error>());
            return if io || error.is_closed() {
                Self {
                    error: StoreError::Unavailable(text),
                    meaning: Meaning::Lost,
                }
            } else {
                Self::last(StoreError::Sql(text))
            };
        };
        let meaning = meaning(state);
        let code = state.code();
        // 53: out of disk, memory or connections. 55P03, 57014: a limit of time.
        let passing = code.starts_with("53") || code == "55P03" || code == "57014";
        let error = match meaning {
            Meaning::Final if !passing => StoreError::Sql(text),
            Meaning::Duplicate => StoreError::Sql(text),
            _ => StoreError::Unavailable(text),
        };
        Self { error, meaning }
    }
}

fn meaning(state: &SqlState) -> Meaning {
    match state {
        s if *s == SqlState::T_R_SERIALIZATION_FAILURE || *s == SqlState::T_R_DEADLOCK_DETECTED => {
            Meaning::Conflict
        }
        s if *s == SqlState::UNIQUE_VIOLATION => Meaning::Duplicate,
        s if *s == SqlState::FEATURE_NOT_SUPPORTED => Meaning::Stale,
        s if *s == SqlState::READ_ONLY_SQL_TRANSACTION => Meaning::ReadOnly,
        // The server is shutting down, or the connection is broken.
        s if s.code().starts_with("57P") || s.code().starts_with("08") => Meaning::Lost,
        _ => Meaning::Final,
    }
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Write,
    Read,
}

impl Mode {
    fn begin(self) -> &'static str {
        match self {
            Self::Write => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

/// The types of the common dialect that a column can have.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Long,
    Int,
    Short,
    Flag,
    Text,
}

impl Kind {
    fn of(ty: &Type) -> Option<Self> {
        match *ty {
            Type::INT8 => Some(Self::Long),
            Type::INT4 => Some(Self::Int),
            Type::INT2 => Some(Self::Short),
            Type::BOOL => Some(Self::Flag),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                Some(Self::Text)
            }
            _ => None,
        }
    }
}

/// A value as the type that the server expects.
enum Bound<'a> {
    Long(Option<i64>),
    Int(Option<i32>),
    Short(Option<i16>),
    Text(Option<&'a str>),
}

impl<'a> Bound<'a> {
    fn new(value: &'a Value, ty: &Type) -> Result<Self, StoreError> {
        let wrong =
            || StoreError::Data(format!("a parameter of type {ty} was given another value"));
        match (Kind::of(ty), value) {
            (Some(Kind::Long), Value::Null) => Ok(Self::Long(None)),
            (Some(Kind::Long), Value::Int(n)) => Ok(Self::Long(Some(*n))),
            (Some(Kind::Int), Value::Null) => Ok(Self::Int(None)),
            (Some(Kind::Int), Value::Int(n)) => i32::try_from(*n)
                .map(|n| Self::Int(Some(n)))
                .map_err(|_| wrong()),
            (Some(Kind::Short), Value::Null) => Ok(Self::Short(None)),
            (Some(Kind::Short), Value::Int(n)) => i16::try_from(*n)
                .map(|n| Self::Short(Some(n)))
                .map_err(|_| wrong()),
            (Some(Kind::Text), Value::Null) => Ok(Self::Text(None)),
            (Some(Kind::Text), Value::Text(text)) => Ok(Self::Text(Some(text))),
            _ => Err(wrong()),
        }
    }

    fn as_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Long(v) => v,
            Self::Int(v) => v,
            Self::Short(v) => v,
            Self::Text(v) => v,
        }
    }
}

struct Prepared {
    statement: Statement,
    columns: Arc<Vec<String>>,
    kinds: Vec<Kind>,
}

/// A connection with its prepared statements and its audit stream.
pub(super) struct PostgresConnection {
    client: Client,
    prepared: HashMap<String, Arc<Prepared>>,
    stream: AuditStream,
}

impl PostgresConnection {
    pub(super) fn open(endpoint: &Endpoint) -> Result<Self, StoreError> {
        Ok(Self {
            client: endpoint.connect()?,
            prepared: HashMap::new(),
            stream: AuditStream::start(),
        })
    }

    /// The driver's client, for migrations and housekeeping.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(super) fn forget_statements(&mut self) {
        self.prepared.clear();
    }

    pub(super) fn stream_head(&self) -> Head {
        self.stream.head()
    }

    pub(super) fn begin(&mut self, mode: Mode) -> Result<(), Failure> {
        Ok(self.client.batch_execute(mode.begin())?)
    }

    /// Ends the transaction without its writes; the audit stream goes back to `head`.
    pub(super) fn roll_back(&mut self, head: Head) -> Result<(), Failure> {
        self.stream.set_head(head);
        Ok(self.client.batch_execute("ROLLBACK")?)
    }

    pub(super) fn commit_read(&mut self) -> Result<(), Failure> {
        Ok(self.client.batch_execute("COMMIT")?)
    }

    /// Commits together with the row that tells later whether the commit took place, in one exchange.
    pub(super) fn commit(&mut self, key: &WriteKey) -> Result<(), Failure> {
        let sql = format!("{}; COMMIT", key.insert());
        Ok(self.client.batch_execute(&sql)?)
    }

    /// Whether the transaction with this key was committed. Inserting the same key waits for a commit that is still
    /// under way on the lost connection, and makes one impossible that has not arrived yet.
    pub(super) fn was_committed(&mut self, key: &WriteKey) -> Result<bool, Failure> {
        let sql = format!("{} ON CONFLICT (id) DO NOTHING", key.insert());
        Ok(self.client.execute(sql.as_str(), &[])? == 0)
    }

    fn prepare(&mut self, sql: &str) -> Result<Arc<Prepared>, Failure> {
        if let Some(prepared) = self.prepared.get(sql) {
            return Ok(Arc::clone(prepared));
        }
        statement::check_text(sql).map_err(Failure::last)?;
        let statement = self.client.prepare(sql)?;
        let mut kinds = Vec::new();
        let mut columns = Vec::new();
        for column in statement.columns() {
            kinds.push(Kind::of(column.type_()).ok_or_else(|| {
                Failure::last(StoreError::Data(format!(
                    "{} is neither text nor a whole number: CAST it",
                    column.name()
                )))
            })?);
            columns.push(column.name().to_owned());
        }
        let prepared = Arc::new(Prepared {
            statement,
            columns: Arc::new(columns),
            kinds,
        });
        if self.prepared.len() >= KEPT_STATEMENTS {
            self.prepared.clear();
        }
        self.prepared.insert(sql.to_owned(), Arc::clone(&prepared));
        Ok(prepared)
    }
}

/// Names one transaction, so that its commit can be asked for.
pub(super) struct WriteKey(String);

impl WriteKey {
    pub(super) fn new(random: [u8; 16]) -> Self {
        Self(hex::encode(random))
    }

    /// The text is hexadecimal and ours: nothing to escape.
    fn insert(&self) -> String {
        format!(
            "INSERT INTO write_keys (id, at) VALUES ('{}', CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT))",
            self.0
        )
    }
}

/// Rows of `write_keys` that nobody will ask for any more, deleted outside of any serializable transaction so that
/// it conflicts with none.
pub(super) const SWEEP_WRITE_KEYS: &str = "DELETE FROM write_keys \
    WHERE at < CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT) - 3600000";

/// A transaction on a PostgreSQL connection.
pub(super) struct PostgresTxn<'a> {
    connection: &'a mut PostgresConnection,
    mode: Mode,
    failure: Option<Failure>,
}

impl<'a> PostgresTxn<'a> {
    pub(super) fn new(connection: &'a mut PostgresConnection, mode: Mode) -> Self {
        Self {
            connection,
            mode,
            failure: None,
        }
    }

    /// The first error, which also ended the closure.
    pub(super) fn into_failure(self) -> Option<Failure> {
        self.failure
    }

    fn guarded<T>(
        &mut self,
        run: impl FnOnce(&mut PostgresConnection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        if let Some(failure) = &self.failure {
            return Err(failure.error.clone());
        }
        run(self.connection).map_err(|failure| {
            let failure = match (self.mode, failure.meaning) {
                (Mode::Read, Meaning::ReadOnly) => Failure::last(statement::read_only()),
                _ => failure,
            };
            self.failure.insert(failure).error.clone()
        })
    }
}

impl Txn for PostgresTxn<'_> {
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.guarded(|connection| {
            let prepared = connection.prepare(sql)?;
            let bound = bind(&prepared.statement, params)?;
            let bound: Vec<_> = bound.iter().map(Bound::as_sql).collect();
            let rows = connection.client.query(&prepared.statement, &bound)?;
            rows.iter().map(|row| convert(row, &prepared)).collect()
        })
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        self.guarded(|connection| {
            let prepared = connection.prepare(sql)?;
            if !prepared.columns.is_empty() {
                return Err(Failure::last(statement::returned_rows()));
            }
            let bound = bind(&prepared.statement, params)?;
            let bound: Vec<_> = bound.iter().map(Bound::as_sql).collect();
            Ok(connection.client.execute(&prepared.statement, &bound)?)
        })
    }

    fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        if self.mode == Mode::Read {
            return Err(statement::read_only());
        }
        let (params, head) = self.connection.stream.next(entry);
        self.execute(audit_stream::INSERT, &params)?;
        self.connection.stream.set_head(head);
        Ok(())
    }
}

fn bind<'a>(statement: &Statement, params: &'a [Value]) -> Result<Vec<Bound<'a>>, Failure> {
    statement::check_params(statement.params().len(), params).map_err(Failure::last)?;
    statement
        .params()
        .iter()
        .zip(params)
        .map(|(ty, value)| Bound::new(value, ty).map_err(Failure::last))
        .collect()
}

fn convert(row: &postgres::Row, prepared: &Prepared) -> Result<Row, Failure> {
    let mut values = Vec::with_capacity(prepared.kinds.len());
    for (index, kind) in prepared.kinds.iter().enumerate() {
        values.push(match kind {
            Kind::Long => row.try_get::<_, Option<i64>>(index)?.into(),
            Kind::Int => row.try_get::<_, Option<i32>>(index)?.map(i64::from).into(),
            Kind::Short => row.try_get::<_, Option<i16>>(index)?.map(i64::from).into(),
            Kind::Flag => row.try_get::<_, Option<bool>>(index)?.into(),
            Kind::Text => row.try_get::<_, Option<String>>(index)?.into(),
        });
    }
    Ok(Row::new(Arc::clone(&prepared.columns), values))
}
