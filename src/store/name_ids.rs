//! Persistent names: one random value for each pair of person and application, never given to another (SAML core,
//! 8.3.7).

use super::{StoreError, Txn};
use crate::model::{AppId, Timestamp, UserId};

/// The pair's name, if it has one.
///
/// # Errors
/// The engine's.
pub fn find(
    txn: &mut dyn Txn,
    user_id: &UserId,
    app_id: &AppId,
) -> Result<Option<String>, StoreError> {
    let row = txn.query_opt(
        "SELECT name_id FROM name_ids WHERE user_id = $1 AND app_id = $2",
        &[user_id.as_str().into(), app_id.as_str().into()],
    )?;
    row.map(|row| row.text("name_id")).transpose()
}

/// The pair's name; `fresh` when it had none.
///
/// # Errors
/// The engine's.
pub fn find_or_insert(
    txn: &mut dyn Txn,
    user_id: &UserId,
    app_id: &AppId,
    fresh: &str,
    now: Timestamp,
) -> Result<String, StoreError> {
    txn.execute(
        "INSERT INTO name_ids (user_id, app_id, name_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, app_id) DO NOTHING",
        &[
            user_id.as_str().into(),
            app_id.as_str().into(),
            fresh.into(),
            now.into(),
        ],
    )?;
    match find(txn, user_id, app_id)? {
        Some(name_id) => Ok(name_id),
        None => Err(StoreError::Data("a persistent name vanished".into())),
    }
}
