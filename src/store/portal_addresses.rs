//! The portal's own addresses.

use super::{StoreError, Txn};
use crate::model::{PortalAddress, Timestamp};

/// The addresses, the portal's own first.
///
/// # Errors
/// The engine's.
pub fn all(txn: &mut dyn Txn) -> Result<Vec<PortalAddress>, StoreError> {
    let rows = txn.query(
        "SELECT address FROM portal_addresses ORDER BY set_at DESC, address",
        &[],
    )?;
    rows.iter().map(|row| row.parse("address")).collect()
}

/// Makes an address the portal's own; a former one may be so again.
///
/// # Errors
/// The engine's.
pub fn put(txn: &mut dyn Txn, address: &PortalAddress, now: Timestamp) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO portal_addresses (address, set_at) VALUES ($1, $2)
         ON CONFLICT (address) DO UPDATE SET set_at = excluded.set_at",
        &[address.as_str().into(), now.into()],
    )?;
    Ok(())
}
