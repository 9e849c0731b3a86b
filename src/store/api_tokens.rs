//! Tokens of the API, by the hash of their secret.

use super::{Row, StoreError, Txn};
use crate::model::{ApiToken, ApiTokenId, SecretHash, Timestamp, UserId};

const COLUMNS: &str = "id, user_id, name, scopes, created_at, expires_at, last_used_at, revoked_at";

fn read(row: &Row) -> Result<ApiToken, StoreError> {
    Ok(ApiToken {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        name: row.text("name")?,
        scopes: row.json("scopes")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        last_used_at: row.opt_time("last_used_at")?,
        revoked_at: row.opt_time("revoked_at")?,
    })
}

/// Stores a new one.
///
/// # Errors
/// The engine's.
pub fn insert(txn: &mut dyn Txn, token: &ApiToken, secret: &SecretHash) -> Result<(), StoreError> {
    let scopes =
        serde_json::to_string(&token.scopes).map_err(|e| StoreError::Data(e.to_string()))?;
    txn.execute(
        "INSERT INTO api_tokens (id, token_hash, user_id, name, scopes, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            token.id.as_str().into(),
            secret.as_str().into(),
            token.user_id.as_str().into(),
            token.name.as_str().into(),
            scopes.into(),
            token.created_at.into(),
            token.expires_at.into(),
        ],
    )?;
    Ok(())
}

/// The one with this secret, whatever it is worth.
///
/// # Errors
/// The engine's.
pub fn by_secret(txn: &mut dyn Txn, secret: &SecretHash) -> Result<Option<ApiToken>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM api_tokens WHERE token_hash = $1");
    let row = txn.query_opt(&sql, &[secret.as_str().into()])?;
    row.as_ref().map(read).transpose()
}

/// Every one, the youngest first.
///
/// # Errors
/// The engine's.
pub fn list(txn: &mut dyn Txn) -> Result<Vec<ApiToken>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM api_tokens ORDER BY created_at DESC, id");
    txn.query(&sql, &[])?.iter().map(read).collect()
}

/// Remembers its use.
///
/// # Errors
/// The engine's.
pub fn used(txn: &mut dyn Txn, id: &ApiTokenId, now: Timestamp) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE api_tokens SET last_used_at = $1 WHERE id = $2",
        &[now.into(), id.as_str().into()],
    )?;
    Ok(())
}

/// Revokes one; false when it was, or when there is none.
///
/// # Errors
/// The engine's.
pub fn revoke(txn: &mut dyn Txn, id: &ApiTokenId, now: Timestamp) -> Result<bool, StoreError> {
    let revoked = txn.execute(
        "UPDATE api_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
        &[now.into(), id.as_str().into()],
    )?;
    Ok(revoked == 1)
}

/// Revokes every one of a person.
///
/// # Errors
/// The engine's.
pub fn revoke_all(txn: &mut dyn Txn, user_id: &UserId, now: Timestamp) -> Result<u64, StoreError> {
    txn.execute(
        "UPDATE api_tokens SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL",
        &[now.into(), user_id.as_str().into()],
    )
}
