//! Counters of failed attempts.

use super::{StoreError, Txn};
use crate::model::{Timestamp, UserId};

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

/// Takes one failure back.
///
/// # Errors
/// The engine's.
pub fn refund(txn: &mut dyn Txn, key: &str) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE failure_counters SET failures = failures - 1 WHERE counter_key = $1 AND failures > 0",
        &[key.into()],
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

/// Sets every counter of one kind of somebody's back to nothing: `KIND:USER:` and whatever follows.
///
/// # Errors
/// The engine's.
pub fn clear_all(txn: &mut dyn Txn, kind: &str, user_id: &UserId) -> Result<(), StoreError> {
    let (first, beyond) = (format!("{kind}:{user_id}:"), format!("{kind}:{user_id};"));
    txn.execute(
        "DELETE FROM failure_counters WHERE counter_key >= $1 AND counter_key < $2",
        &[first.as_str().into(), beyond.as_str().into()],
    )?;
    Ok(())
}

/// Sets every counter of somebody's back to nothing: they are deleted.
///
/// # Errors
/// The engine's.
pub fn clear_of(txn: &mut dyn Txn, user_id: &UserId) -> Result<(), StoreError> {
    for kind in ["password", "totp", "recovery", "pass"] {
        clear_all(txn, kind, user_id)?;
    }
    Ok(())
}
