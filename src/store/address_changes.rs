//! Changes of a mail address that are to be confirmed at both.

use super::{Row, StoreError, Txn};
use crate::model::{EmailAddress, SecretHash, Timestamp, User, UserId};

/// A change that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressChange {
    /// Whose.
    pub user_id: UserId,
    /// The new address.
    pub email: EmailAddress,
    /// The one that was theirs when it began.
    pub former_email: EmailAddress,
    /// When it began.
    pub begun_at: Timestamp,
    /// Whether the former address has confirmed it.
    pub is_let_go: bool,
    /// Whether the new one has.
    pub is_reached: bool,
}

fn read(row: &Row) -> Result<AddressChange, StoreError> {
    Ok(AddressChange {
        user_id: row.parse("user_id")?,
        email: row.parse("email")?,
        former_email: row.parse("former_email")?,
        begun_at: row.time("begun_at")?,
        is_let_go: row.opt_text("former_hash")?.is_none(),
        is_reached: row.opt_text("new_hash")?.is_none(),
    })
}

/// Begins a change in place of the person's former one.
///
/// # Errors
/// The engine's.
pub fn put(
    txn: &mut dyn Txn,
    (user, email): (&User, &EmailAddress),
    (former, new): (&SecretHash, &SecretHash),
    (begun_at, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO address_changes (user_id, email, former_email, begun_at, former_hash, new_hash, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, former_email = excluded.former_email,
           begun_at = excluded.begun_at, former_hash = excluded.former_hash, new_hash = excluded.new_hash,
           expires_at = excluded.expires_at",
        &[
            user.id.as_str().into(),
            email.as_str().into(),
            user.email.as_str().into(),
            begun_at.into(),
            former.as_str().into(),
            new.as_str().into(),
            expires_at.into(),
        ],
    )?;
    Ok(())
}

/// The change that a link is good for. Uses nothing up.
///
/// # Errors
/// The engine's.
pub fn peek(
    txn: &mut dyn Txn,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<Option<AddressChange>, StoreError> {
    let row = txn.query_opt(
        "SELECT user_id, email, former_email, begun_at, former_hash, new_hash FROM address_changes
         WHERE (former_hash = $1 OR new_hash = $1) AND expires_at > $2",
        &[hash.as_str().into(), now.into()],
    )?;
    row.as_ref().map(read).transpose()
}

/// Uses a link up: once. The change as it stands then.
///
/// # Errors
/// The engine's.
pub fn confirm(
    txn: &mut dyn Txn,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<Option<AddressChange>, StoreError> {
    let row = txn.query_opt(
        "UPDATE address_changes SET
           former_hash = CASE WHEN former_hash = $1 THEN NULL ELSE former_hash END,
           new_hash = CASE WHEN new_hash = $1 THEN NULL ELSE new_hash END
         WHERE (former_hash = $1 OR new_hash = $1) AND expires_at > $2
         RETURNING user_id, email, former_email, begun_at, former_hash, new_hash",
        &[hash.as_str().into(), now.into()],
    )?;
    row.as_ref().map(read).transpose()
}

/// Ends a change.
///
/// # Errors
/// The engine's.
pub fn delete(txn: &mut dyn Txn, user_id: &UserId) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM address_changes WHERE user_id = $1",
        &[user_id.as_str().into()],
    )?;
    Ok(())
}
