//! The schema's history: numbered steps, the same numbers and names for both engines, applied forward only.
//!
//! Each step runs in a transaction of its own together with its row in `schema_migrations`. A database with a step
//! that this program does not know is refused, and so is one in which a step had other contents: nobody can say then
//! what the tables mean.

use aws_lc_rs::digest;
use postgres::{Client, GenericClient};
use rusqlite::TransactionBehavior;

use super::StoreError;
use super::postgres_connection::{Failure, PostgresConnection};
use super::postgres_endpoint::describe;
use super::sqlite::{SqliteConnection, sql_error};

/// One step.
struct Migration {
    /// Number and name, such as `0001_spine`.
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        }
    };
}

/// All steps in order.
const MIGRATIONS: &[Migration] = &[
    migration!("0001_spine"),
    migration!("0002_openid_connect"),
    migration!("0003_traces"),
    migration!("0004_organisation"),
    migration!("0005_reach"),
    migration!("0006_portal"),
    migration!("0007_passkeys"),
    migration!("0008_people"),
    migration!("0009_large"),
    migration!("0010_enrolments"),
];

/// The names of all steps that this program knows, in order.
pub fn known_migrations() -> impl Iterator<Item = &'static str> {
    MIGRATIONS.iter().map(|m| m.name)
}

/// A row of `schema_migrations`.
struct Applied {
    name: String,
    checksum: String,
}

fn checksum(sql: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, sql.as_bytes()))
}

/// Compares a database's history with the program's and returns the steps that are missing.
fn missing(
    applied: &[Applied],
    text: fn(&Migration) -> &'static str,
) -> Result<&'static [Migration], StoreError> {
    for (position, there) in applied.iter().enumerate() {
        match MIGRATIONS.get(position) {
            Some(known) if known.name == there.name => {
                if checksum(text(known)) != there.checksum {
                    return Err(changed(&there.name));
                }
            }
            Some(known) if known.name < there.name.as_str() && is_known(&there.name) => {
                return Err(StoreError::Migration(format!(
                    "the database lacks migration {} but has the later {}; restore it from a backup",
                    known.name, there.name
                )));
            }
            _ => return Err(newer(&there.name)),
        }
    }
    Ok(MIGRATIONS.get(applied.len()..).unwrap_or_default())
}

fn is_known(name: &str) -> bool {
    known_migrations().any(|known| known == name)
}

fn newer(name: &str) -> StoreError {
    StoreError::Migration(format!(
        "the database is newer than this program: it has migration {name}. Start the version of signet that made it \
         or a later one, or restore a backup from before that migration. Nothing was changed."
    ))
}

fn changed(name: &str) -> StoreError {
    StoreError::Migration(format!(
        "migration {name} was applied to this database with other contents than this program's. Start the version of \
         signet that made the database, or a later release. Nothing was changed."
    ))
}

const LIST: &str = "SELECT name, checksum FROM schema_migrations ORDER BY name";

fn sqlite_text(migration: &Migration) -> &'static str {
    migration.sqlite
}

fn applied_to_sqlite(raw: &rusqlite::Connection) -> Result<Vec<Applied>, StoreError> {
    let exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'";
    let there = raw.prepare(exists).and_then(|mut s| s.exists([]));
    if !there.map_err(sql_error)? {
        return Ok(Vec::new());
    }
    let mut list = raw.prepare(LIST).map_err(sql_error)?;
    list.query_map([], |row| {
        Ok(Applied {
            name: row.get(0)?,
            checksum: row.get(1)?,
        })
    })
    .and_then(Iterator::collect)
    .map_err(sql_error)
}

/// The names of the steps that an SQLite database lacks.
pub(super) fn sqlite_pending(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let applied = applied_to_sqlite(connection.raw())?;
    Ok(names(missing(&applied, sqlite_text)?))
}

/// Applies what is missing. Another process may be doing the same: the history is read again inside each transaction.
pub(super) fn sqlite_migrate(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let mut done = Vec::new();
    while let Some(name) = sqlite_step(connection.raw())? {
        done.push(name);
    }
    connection.forget_statements();
    Ok(done)
}

fn sqlite_step(raw: &mut rusqlite::Connection) -> Result<Option<String>, StoreError> {
    let step = raw
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sql_error)?;
    let applied = applied_to_sqlite(&step)?;
    let Some(next) = missing(&applied, sqlite_text)?.first() else {
        return Ok(None);
    };
    step.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
           name TEXT NOT NULL PRIMARY KEY,
           checksum TEXT NOT NULL
         ) STRICT",
    )
    .and_then(|()| step.execute_batch(next.sqlite))
    .and_then(|()| {
        step.execute(
            "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)",
            [next.name, &checksum(next.sqlite)],
        )
    })
    .and_then(|_| step.commit())
    .map_err(|e| StoreError::Migration(format!("migration {} failed: {e}", next.name)))?;
    Ok(Some(next.name.to_owned()))
}

fn names(migrations: &[Migration]) -> Vec<String> {
    migrations.iter().map(|m| m.name.to_owned()).collect()
}

fn postgres_text(migration: &Migration) -> &'static str {
    migration.postgres
}

/// Taken by whoever migrates, so that two servers that start together do not both.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7396142871)";

fn postgres_error(error: postgres::Error) -> StoreError {
    Failure::from(error).error
}

fn applied_to_postgres(client: &mut impl GenericClient) -> Result<Vec<Applied>, StoreError> {
    let exists = client
        .query_opt(
            "SELECT 1 FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_name = 'schema_migrations'",
            &[],
        )
        .map_err(postgres_error)?;
    if exists.is_none() {
        return Ok(Vec::new());
    }
    let rows = client.query(LIST, &[]).map_err(postgres_error)?;
    rows.iter()
        .map(|row| {
            Ok(Applied {
                name: row.try_get(0)?,
                checksum: row.try_get(1)?,
            })
        })
        .collect::<Result<_, _>>()
        .map_err(postgres_error)
}

/// The names of the steps that a PostgreSQL database lacks.
pub(super) fn postgres_pending(
    connection: &mut PostgresConnection,
) -> Result<Vec<String>, StoreError> {
    let applied = applied_to_postgres(connection.client())?;
    Ok(names(missing(&applied, postgres_text)?))
}

/// As [`sqlite_migrate`].
pub(super) fn postgres_migrate(
    connection: &mut PostgresConnection,
) -> Result<Vec<String>, StoreError> {
    let mut done = Vec::new();
    while let Some(name) = postgres_step(connection.client())? {
        done.push(name);
    }
    Ok(done)
}

fn postgres_step(client: &mut Client) -> Result<Option<String>, StoreError> {
    let mut step = client.transaction().map_err(postgres_error)?;
    step.batch_execute("SET LOCAL statement_timeout = 0")
        .and_then(|()| step.batch_execute(MIGRATION_LOCK))
        .map_err(postgres_error)?;
    let applied = applied_to_postgres(&mut step)?;
    let Some(next) = missing(&applied, postgres_text)?.first() else {
        return Ok(None);
    };
    step.batch_execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
           name TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,
           checksum TEXT COLLATE \"C\" NOT NULL
         )",
    )
    .and_then(|()| step.batch_execute(next.postgres))
    .and_then(|()| {
        step.execute(
            "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)",
            &[&next.name, &checksum(next.postgres)],
        )
    })
    .and_then(|_| step.commit())
    .map_err(|e| {
        StoreError::Migration(format!("migration {} failed: {}", next.name, describe(&e)))
    })?;
    Ok(Some(next.name.to_owned()))
}
