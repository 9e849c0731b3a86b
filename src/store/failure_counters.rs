//! Counters of failed attempts.

use super::{StoreError, Txn};
use crate::model::Timestamp;

/// A counter's failures and the time of the last.
///
/// # Errors
/// The engine's.
pub fn find(txn: &mut dyn Txn, key: &str) -> Result<Option<(i64, Timestamp)>, StoreError> {
    let row = txn.query_opt(
        "SELECT failures, last_failure_at FROM failure_counters WHERE counter_key = $1",
        &[key.into()],
    )?;
    row.map(|row| Ok((row.int("failures")?, row.time("last_failure_at")?)))
        .transpose()
}

/// Stores a counter.
///
/// # Errors
/// The engine's.
pub fn put(
    txn: &mut dyn Txn,
    key: &str,
    (failures, last_failure_at): (i64, Timestamp),
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO failure_counters (counter_key, failures, last_failure_at, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (counter_key) DO UPDATE
           SET failures = excluded.failures, last_failure_at = excluded.last_failure_at,
               expires_at = excluded.expires_at",
        &[
            key.into(),
            failures.into(),
            last_failure_at.into(),
            expires_at.into(),
        ],
    )?;
    Ok(())
}

/// Sets a counter back to nothing.
///
/// # Errors
/// The engine's.
pub fn clear(txn: &mut dyn Txn, key: &str) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM failure_counters WHERE counter_key = $1",
        &[key.into()],
    )?;
    Ok(())
}

/// Sets every counter whose key begins with `prefix` back to nothing.
///
/// # Errors
/// The engine's.
pub fn clear_all(txn: &mut dyn Txn, prefix: &str) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM failure_counters WHERE substr(counter_key, 1, length($1)) = $1",
        &[prefix.into()],
    )?;
    Ok(())
}
