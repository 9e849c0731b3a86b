//! The lock file of a server on an SQLite file: a second server is refused, commands are not.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::StoreError;

/// Held by `serve` for as long as it runs; let go when dropped and when the process ends in whatever way.
#[derive(Debug)]
pub struct ServingLock {
    /// None where several servers may share the database (PostgreSQL) or none can (in memory).
    _file: Option<File>,
}

impl ServingLock {
    pub(super) fn not_needed() -> Self {
        Self { _file: None }
    }

    /// Locks `<database>.lock`. The system lets the lock go with the process, so a stale file is no obstacle.
    pub(super) fn beside(database: &Path) -> Result<Self, StoreError> {
        let path = path_of(database);
        let unavailable =
            |why: String| StoreError::Unavailable(format!("{}: {why}", path.display()));
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| unavailable(e.to_string()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(unavailable(
                "another signet serve is running on this database; stop it first, or use PostgreSQL for several servers".into(),
            )),
            Err(TryLockError::Error(e)) => Err(unavailable(e.to_string())),
        }
    }
}

fn path_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// Whether a server holds the lock. Looks by a shared lock that is let go at once, and makes no file.
pub(super) fn is_held(database: &Path) -> Result<bool, StoreError> {
    let path = path_of(database);
    let unavailable =
        |e: std::io::Error| StoreError::Unavailable(format!("{}: {e}", path.display()));
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(unavailable(e)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(unavailable(e)),
    }
}
