//! Passes: for somebody who has lost every second factor, one at a time.

use super::{StoreError, Txn};
use crate::model::{SecretHash, Timestamp, UserId};

/// Stores a pass in place of the person's former one.
///
/// # Errors
/// The engine's.
pub fn put(
    txn: &mut dyn Txn,
    user_id: &UserId,
    hash: &SecretHash,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO recovery_passes (user_id, pass_hash, expires_at, required) VALUES ($1, $2, $3, 0)
         ON CONFLICT (user_id) DO UPDATE SET pass_hash = excluded.pass_hash, expires_at = excluded.expires_at",
        &[
            user_id.as_str().into(),
            hash.as_str().into(),
            expires_at.into(),
        ],
    )?;
    Ok(())
}

/// Uses a pass up: once. From then on the person sets up a second factor with a pass alone, this one or another.
///
/// # Errors
/// The engine's.
pub fn redeem(
    txn: &mut dyn Txn,
    user_id: &UserId,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let redeemed = txn.execute(
        "UPDATE recovery_passes SET pass_hash = NULL, required = 1
         WHERE user_id = $1 AND pass_hash = $2 AND expires_at > $3",
        &[user_id.as_str().into(), hash.as_str().into(), now.into()],
    )?;
    Ok(redeemed == 1)
}

/// A pass that was made for who somebody was is none for who they are now.
///
/// # Errors
/// The engine's.
pub fn void(txn: &mut dyn Txn, user_id: &UserId) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE recovery_passes SET pass_hash = NULL WHERE user_id = $1",
        &[user_id.as_str().into()],
    )?;
    Ok(())
}

/// Lets a person set up a second factor with a pass alone.
///
/// # Errors
/// The engine's.
pub fn require(txn: &mut dyn Txn, user_id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO recovery_passes (user_id, expires_at, required) VALUES ($1, $2, 1)
         ON CONFLICT (user_id) DO UPDATE SET required = 1",
        &[user_id.as_str().into(), now.into()],
    )?;
    Ok(())
}

/// The person has a second factor again: no pass is asked for, and none works.
///
/// # Errors
/// The engine's.
pub fn clear(txn: &mut dyn Txn, user_id: &UserId) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM recovery_passes WHERE user_id = $1",
        &[user_id.as_str().into()],
    )?;
    Ok(())
}
