//! Clients' secrets, as hashes, and the assertions that they have used up.

use super::{StoreError, Txn};
use crate::model::{AppId, SecretHash, Timestamp};

/// The hashes of a client's secrets.
///
/// # Errors
/// The engine's.
pub fn hashes(txn: &mut dyn Txn, app_id: &AppId) -> Result<Vec<SecretHash>, StoreError> {
    let rows = txn.query(
        "SELECT secret_hash FROM client_secrets WHERE app_id = $1 ORDER BY created_at",
        &[app_id.as_str().into()],
    )?;
    rows.iter().map(|row| row.parse("secret_hash")).collect()
}

/// Stores a new one.
///
/// # Errors
/// The engine's.
pub fn insert(
    txn: &mut dyn Txn,
    app_id: &AppId,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO client_secrets (secret_hash, app_id, created_at) VALUES ($1, $2, $3)",
        &[hash.as_str().into(), app_id.as_str().into(), now.into()],
    )?;
    Ok(())
}

/// Deletes what was made before a time.
///
/// # Errors
/// The engine's.
pub fn delete_before(
    txn: &mut dyn Txn,
    app_id: &AppId,
    before: Timestamp,
) -> Result<u64, StoreError> {
    txn.execute(
        "DELETE FROM client_secrets WHERE app_id = $1 AND created_at < $2",
        &[app_id.as_str().into(), before.into()],
    )
}

/// Uses up an assertion's `jti`; false when it was used before (RFC 7523, section 3, point 7).
///
/// # Errors
/// The engine's.
pub fn use_assertion_once(
    txn: &mut dyn Txn,
    app_id: &AppId,
    jti: &SecretHash,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let inserted = txn.execute(
        "INSERT INTO client_assertions (app_id, jti_hash, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (app_id, jti_hash) DO NOTHING",
        &[
            app_id.as_str().into(),
            jti.as_str().into(),
            expires_at.into(),
        ],
    )?;
    Ok(inserted == 1)
}
