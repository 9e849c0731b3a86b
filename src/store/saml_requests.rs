//! Ids of SAML requests that were answered: each application's id is answered once (security.md S-07).

use super::{StoreError, Txn};
use crate::model::{AppId, Timestamp};

/// Uses a request's id up; false when it was used before.
///
/// # Errors
/// The engine's.
pub fn answer_once(
    txn: &mut dyn Txn,
    app_id: &AppId,
    request_id: &str,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let row = txn.query_opt(
        "INSERT INTO saml_requests (app_id, request_id, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (app_id, request_id) DO NOTHING RETURNING request_id",
        &[app_id.as_str().into(), request_id.into(), expires_at.into()],
    )?;
    Ok(row.is_some())
}

/// Whether a request's id was used up.
///
/// # Errors
/// The engine's.
pub fn is_answered(
    txn: &mut dyn Txn,
    app_id: &AppId,
    request_id: &str,
) -> Result<bool, StoreError> {
    let row = txn.query_opt(
        "SELECT request_id FROM saml_requests WHERE app_id = $1 AND request_id = $2",
        &[app_id.as_str().into(), request_id.into()],
    )?;
    Ok(row.is_some())
}
