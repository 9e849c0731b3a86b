//! Which roles a person has marked, and which they took last.

use super::{StoreError, Txn};
use crate::model::{AccountId, PermissionSetId, RoleMark, Timestamp, UserId};

/// A person's marks.
///
/// # Errors
/// The engine's.
pub fn of(txn: &mut dyn Txn, user_id: &UserId) -> Result<Vec<RoleMark>, StoreError> {
    let rows = txn.query(
        "SELECT account_id, permission_set_id, favourite, last_used_at FROM role_marks WHERE user_id = $1",
        &[user_id.as_str().into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(RoleMark {
                account_id: row.parse("account_id")?,
                permission_set_id: row.parse("permission_set_id")?,
                is_favourite: row.flag("favourite")?,
                last_used_at: row.opt_time("last_used_at")?,
            })
        })
        .collect()
}

/// Marks a role, or takes the mark away.
///
/// # Errors
/// The engine's.
pub fn mark(
    txn: &mut dyn Txn,
    user_id: &UserId,
    (account_id, set_id): (&AccountId, &PermissionSetId),
    is_favourite: bool,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO role_marks (user_id, account_id, permission_set_id, favourite) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, account_id, permission_set_id) DO UPDATE SET favourite = excluded.favourite",
        &[
            user_id.as_str().into(),
            account_id.as_str().into(),
            set_id.as_str().into(),
            is_favourite.into(),
        ],
    )?;
    Ok(())
}

/// Keeps that a role was taken, where account and permission set are still there.
///
/// # Errors
/// The engine's.
pub fn used(
    txn: &mut dyn Txn,
    user_id: &UserId,
    (account_id, set_id): (&AccountId, &PermissionSetId),
    now: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO role_marks (user_id, account_id, permission_set_id, favourite, last_used_at)
         SELECT u.id, c.id, p.id, 0, CAST($4 AS BIGINT) FROM users u, aws_accounts c, permission_sets p
         WHERE u.id = $1 AND c.id = $2 AND p.id = $3
         ON CONFLICT (user_id, account_id, permission_set_id) DO UPDATE SET last_used_at = excluded.last_used_at",
        &[
            user_id.as_str().into(),
            account_id.as_str().into(),
            set_id.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(())
}
