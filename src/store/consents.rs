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
