//! The revision that every change of the organisation raises, for whoever keeps a copy in memory.

use super::{StoreError, Txn};

/// Raises it; in the transaction of the change.
///
/// # Errors
/// The engine's.
pub fn raise_revision(txn: &mut dyn Txn) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE instance SET configuration_revision = configuration_revision + 1 WHERE id = 'self'",
        &[],
    )?;
    Ok(())
}

/// Asks for the right to write, and writes nothing.
///
/// # Errors
/// The engine's, also where it can only be read.
pub fn touch_nothing(txn: &mut dyn Txn) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE instance SET configuration_revision = configuration_revision WHERE id = ''",
        &[],
    )?;
    Ok(())
}

/// What it is now; 0 before there is an instance.
///
/// # Errors
/// The engine's.
pub fn revision(txn: &mut dyn Txn) -> Result<i64, StoreError> {
    let row = txn.query_opt(
        "SELECT configuration_revision FROM instance WHERE id = 'self'",
        &[],
    )?;
    row.map_or(Ok(0), |row| row.int("configuration_revision"))
}
