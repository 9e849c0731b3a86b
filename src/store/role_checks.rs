//! Whether the role of a permission set was there in an account, when last somebody asked AWS.

use super::{Row, StoreError, Txn};
use crate::model::{AccountId, PermissionSetId, RoleCheck};

fn read(row: &Row) -> Result<RoleCheck, StoreError> {
    Ok(RoleCheck {
        account_id: row.parse("account_id")?,
        permission_set_id: row.parse("permission_set_id")?,
        checked_at: row.time("checked_at")?,
        in_place: row.flag("in_place")?,
        cause: row.text("cause")?,
        fix: row.text("fix")?,
    })
}

/// Keeps what AWS said, in place of what it said before.
///
/// # Errors
/// The engine's.
pub fn put(txn: &mut dyn Txn, check: &RoleCheck) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO role_checks (account_id, permission_set_id, checked_at, in_place, cause, fix)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account_id, permission_set_id) DO UPDATE SET
           checked_at = excluded.checked_at, in_place = excluded.in_place, cause = excluded.cause, fix = excluded.fix",
        &[
            check.account_id.as_str().into(),
            check.permission_set_id.as_str().into(),
            check.checked_at.into(),
            i64::from(check.in_place).into(),
            check.cause.as_str().into(),
            check.fix.as_str().into(),
        ],
    )?;
    Ok(())
}

/// What AWS said last of every role.
///
/// # Errors
/// The engine's.
pub fn all(txn: &mut dyn Txn) -> Result<Vec<RoleCheck>, StoreError> {
    let rows = txn.query(
        "SELECT account_id, permission_set_id, checked_at, in_place, cause, fix FROM role_checks
         ORDER BY account_id, permission_set_id",
        &[],
    )?;
    rows.iter().map(read).collect()
}

/// Forgets what was said of a permission set's roles: it was changed, and they may be others now.
///
/// # Errors
/// The engine's.
pub fn forget_set(txn: &mut dyn Txn, id: &PermissionSetId) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM role_checks WHERE permission_set_id = $1",
        &[id.as_str().into()],
    )?;
    Ok(())
}

/// Forgets what was said of an account's roles: it was changed, and its provider or partition may be another now.
///
/// # Errors
/// The engine's.
pub fn forget_account(txn: &mut dyn Txn, id: &AccountId) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM role_checks WHERE account_id = $1",
        &[id.as_str().into()],
    )?;
    Ok(())
}
