//! The schema's history: numbered steps, the same numbers and names for both engines, applied forward only.
//!
//! Each step runs in a transaction of its own together with its row in `schema_migrations`. A database with a step
//! that this program does not know is refused, and so is one in which a step had other contents: nobody can say then
//! what the tables mean.

use aws_lc_rs::digest;
use rusqlite::TransactionBehavior;

use super::StoreError;
use super::sqlite::{SqliteConnection, sql_error};

/// One step.
pub(super) struct Migration {
    /// Number and name, such as `0001_spine`.
    pub(super) name: &'static str,
    sqlite: &'static str,
    pub(super) postgres: &'static str,
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
const MIGRATIONS: &[Migration] = &[migration!("0001_spine")];

/// The names of all steps that this program knows, in order.
pub fn known_migrations() -> impl Iterator<Item = &'static str> {
    MIGRATIONS.iter().map(|m| m.name)
}

/// A row of `schema_migrations`.
pub(super) struct Applied {
    pub(super) name: String,
    pub(super) checksum: String,
}

pub(super) fn checksum(sql: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, sql.as_bytes()))
}

/// Compares a database's history with the program's and returns the steps that are missing.
pub(super) fn missing(
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

pub(super) const LIST: &str = "SELECT name, checksum FROM schema_migrations ORDER BY name";

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

pub(super) fn names(migrations: &[Migration]) -> Vec<String> {
    migrations.iter().map(|m| m.name.to_owned()).collect()
}
