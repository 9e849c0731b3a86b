//! What people have agreed that a client may have.

use super::{StoreError, Txn};
use crate::model::{AppId, Consent, Timestamp, UserId};

/// A person's consent to a client, if there is one.
///
/// # Errors
/// The engine's.
pub fn find(
    txn: &mut dyn Txn,
    user_id: &UserId,
    app_id: &AppId,
) -> Result<Option<Consent>, StoreError> {
    let row = txn.query_opt(
        "SELECT scopes, granted_at FROM consents WHERE user_id = $1 AND app_id = $2",
        &[user_id.as_str().into(), app_id.as_str().into()],
    )?;
    row.map(|row| {
        Ok(Consent {
            scopes: row.json("scopes")?,
            granted_at: row.time("granted_at")?,
        })
    })
    .transpose()
}

/// The clients that a person has agreed to, each with the scopes.
///
/// # Errors
/// The engine's.
pub fn of(txn: &mut dyn Txn, user_id: &UserId) -> Result<Vec<(AppId, Consent)>, StoreError> {
    let rows = txn.query(
        "SELECT app_id, scopes, granted_at FROM consents WHERE user_id = $1 ORDER BY granted_at DESC, app_id",
        &[user_id.as_str().into()],
    )?;
    rows.iter()
        .map(|row| {
            let consent = Consent {
                scopes: row.json("scopes")?,
                granted_at: row.time("granted_at")?,
            };
            Ok((row.parse("app_id")?, consent))
        })
        .collect()
}

/// Takes it back; false when there is none.
///
/// # Errors
/// The engine's.
pub fn delete(txn: &mut dyn Txn, user_id: &UserId, app_id: &AppId) -> Result<bool, StoreError> {
    let deleted = txn.execute(
        "DELETE FROM consents WHERE user_id = $1 AND app_id = $2",
        &[user_id.as_str().into(), app_id.as_str().into()],
    )?;
    Ok(deleted == 1)
}

/// Stores it in the place of the one before.
///
/// # Errors
/// The engine's.
pub fn put(
    txn: &mut dyn Txn,
    user_id: &UserId,
    app_id: &AppId,
    scopes: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO consents (user_id, app_id, scopes, granted_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, app_id) DO UPDATE SET scopes = excluded.scopes, granted_at = excluded.granted_at",
        &[
            user_id.as_str().into(),
            app_id.as_str().into(),
            scopes.into(),
            now.into(),
        ],
    )?;
    Ok(())
}
