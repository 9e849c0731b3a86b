//! Copies of a running database, each engine in its own way.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::StoreError;
use super::postgres_endpoint::Endpoint;
use super::sqlite::{Location, Purpose, SqliteConnection, sql_error};
use super::sqlite_threads::SqliteThreads;

/// A consistent copy by `VACUUM INTO`, checked and synced. In a file it runs on a connection of its own, so that the
/// server goes on meanwhile; one for reading only would be refused the copy.
pub(super) fn sqlite(threads: &SqliteThreads, path: &Path) -> Result<(), StoreError> {
    reserve(path)?;
    let made = match threads.location() {
        Location::Memory => {
            let path = path.to_owned();
            threads.command(move |connection| copy(connection, &path))
        }
        Location::File(_) => SqliteConnection::open(threads.location(), Purpose::Write)
            .and_then(|mut connection| copy(&mut connection, path)),
    };
    made.and_then(|()| verify(path)).inspect_err(|_| {
        // Half a copy must not be taken for one; the file is ours, made by `reserve`.
        drop(std::fs::remove_file(path));
    })
}

/// Makes the empty file, readable by its owner alone. One that exists is never overwritten.
pub(super) fn reserve(path: &Path) -> Result<(), StoreError> {
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|e| unwritable(path, &e))
}

fn copy(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let target = path
        .to_str()
        .ok_or_else(|| StoreError::Data("the backup's path is not UTF-8".into()))?;
    connection
        .raw()
        .execute("VACUUM INTO $1", [target])
        .map(drop)
        .map_err(sql_error)
}

fn verify(path: &Path) -> Result<(), StoreError> {
    let copy = rusqlite::Connection::open(path).map_err(sql_error)?;
    let found: String = copy
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(sql_error)?;
    if found != "ok" {
        return Err(StoreError::Data(format!("the backup is damaged: {found}")));
    }
    drop(copy);
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|e| unwritable(path, &e))
}

fn unwritable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("cannot write {}: {error}", path.display()))
}

/// An archive by `pg_dump`, which reads one consistent state while the servers go on. Restored with `pg_restore`.
pub(super) fn postgres(endpoint: &Endpoint, path: &Path) -> Result<(), StoreError> {
    reserve(path)?;
    dump(endpoint, path).inspect_err(|_| {
        drop(std::fs::remove_file(path));
    })
}

/// Plays an archive of [`postgres`] into an empty database, in one transaction.
pub(super) fn restore_postgres(endpoint: &Endpoint, path: &Path) -> Result<(), StoreError> {
    let mut command = Command::new("pg_restore");
    command
        .args(["--single-transaction", "--exit-on-error", "--no-owner"])
        .args(["--no-privileges", "--dbname", endpoint.database()])
        .arg(path);
    run(command, "pg_restore", endpoint)
}

fn dump(endpoint: &Endpoint, path: &Path) -> Result<(), StoreError> {
    let mut command = Command::new("pg_dump");
    command
        .args(["--format=custom", "--no-owner", "--no-privileges", "--file"])
        .arg(path);
    run(command, "pg_dump", endpoint)?;
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|e| unwritable(path, &e))
}

/// Runs one of PostgreSQL's own programs; the password is in its environment, never among its arguments.
fn run(command: Command, name: &str, endpoint: &Endpoint) -> Result<(), StoreError> {
    let mut command = command;
    let output = command
        .envs(endpoint.environment())
        .stdin(Stdio::null())
        .output()
        .map_err(|e| {
            StoreError::Unavailable(format!(
                "cannot run {name} (install PostgreSQL's client programs): {e}"
            ))
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(StoreError::Unavailable(format!("{name}: {}", said.trim())))
}
