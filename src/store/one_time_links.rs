//! One-time links, by the hash of their token.

use super::{StoreError, Txn};
use crate::model::{SecretHash, Timestamp, UserId};

/// Stores a link in place of every other unused one of the person.
///
/// # Errors
/// The engine's.
pub fn replace(
    txn: &mut dyn Txn,
    (token, purpose): (&SecretHash, &str),
    user_id: &UserId,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    void(txn, user_id, now)?;
    txn.execute(
        "INSERT INTO one_time_links (token_hash, user_id, purpose, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        &[
            token.as_str().into(),
            user_id.as_str().into(),
            purpose.into(),
            now.into(),
            expires_at.into(),
        ],
    )?;
    Ok(())
}

/// Makes a person's unused links useless.
///
/// # Errors
/// The engine's.
pub fn void(txn: &mut dyn Txn, user_id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE one_time_links SET used_at = $1 WHERE user_id = $2 AND used_at IS NULL",
        &[now.into(), user_id.as_str().into()],
    )?;
    Ok(())
}

/// Whose link it is and what for, while it works. Uses nothing up.
///
/// # Errors
/// The engine's.
pub fn peek(
    txn: &mut dyn Txn,
    token: &SecretHash,
    now: Timestamp,
) -> Result<Option<(UserId, String)>, StoreError> {
    let row = txn.query_opt(
        "SELECT user_id, purpose FROM one_time_links WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        &[token.as_str().into(), now.into()],
    )?;
    row.map(|row| Ok((row.parse("user_id")?, row.text("purpose")?)))
        .transpose()
}

/// Uses a link up: once.
///
/// # Errors
/// The engine's.
pub fn redeem(txn: &mut dyn Txn, token: &SecretHash, now: Timestamp) -> Result<bool, StoreError> {
    let redeemed = txn.execute(
        "UPDATE one_time_links SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1",
        &[now.into(), token.as_str().into()],
    )?;
    Ok(redeemed == 1)
}

/// How many links of a person still work.
///
/// # Errors
/// The engine's.
pub fn open_of(txn: &mut dyn Txn, user_id: &UserId, now: Timestamp) -> Result<i64, StoreError> {
    let row = txn.query_opt(
        "SELECT COUNT(*) AS n FROM one_time_links WHERE user_id = $1 AND used_at IS NULL AND expires_at > $2",
        &[user_id.as_str().into(), now.into()],
    )?;
    row.map_or(Ok(0), |row| row.int("n"))
}
