//! Rows of the keys under which people's own data stands in the audit.

use super::{StoreError, Txn};
use crate::model::{Timestamp, UserId};

/// What the database knows of a person's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonKeyRow {
    /// The key, sealed.
    Sealed(String),
    /// Destroyed: what was sealed under it is unreadable for good.
    Destroyed,
}

/// Inserts the key of a new person.
///
/// # Errors
/// The engine's.
pub fn insert(
    txn: &mut dyn Txn,
    person_id: &UserId,
    sealed_key: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO person_keys (person_id, sealed_key, created_at) VALUES ($1, $2, $3)",
        &[person_id.as_str().into(), sealed_key.into(), now.into()],
    )?;
    Ok(())
}

/// A person's key, if the person is known.
///
/// # Errors
/// The engine's.
pub fn find(txn: &mut dyn Txn, person_id: &UserId) -> Result<Option<PersonKeyRow>, StoreError> {
    let row = txn.query_opt(
        "SELECT sealed_key FROM person_keys WHERE person_id = $1",
        &[person_id.as_str().into()],
    )?;
    row.map(|row| {
        Ok(row
            .opt_text("sealed_key")?
            .map_or(PersonKeyRow::Destroyed, PersonKeyRow::Sealed))
    })
    .transpose()
}

/// Destroys a person's key; false when there is none to destroy. The row stays, so that the id is never given again.
///
/// # Errors
/// The engine's.
pub fn destroy(txn: &mut dyn Txn, person_id: &UserId, now: Timestamp) -> Result<bool, StoreError> {
    let destroyed = txn.execute(
        "UPDATE person_keys SET sealed_key = NULL, destroyed_at = $1 WHERE person_id = $2 AND sealed_key IS NOT NULL",
        &[now.into(), person_id.as_str().into()],
    )?;
    Ok(destroyed == 1)
}
