//! Passkeys and security keys, and what people call the things that they sign in with.

use super::{Row, StoreError, Txn};
use crate::model::{Device, DeviceId, DeviceKind, PasskeyKind, Timestamp, UserId};

/// A credential of Web Authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRow {
    /// Random.
    pub id: DeviceId,
    /// Whose.
    pub user_id: UserId,
    /// The authenticator's own id for it, in base64url; no two people have the same.
    pub credential_id: String,
    /// What it is for.
    pub kind: PasskeyKind,
    /// As its person calls it.
    pub name: String,
    /// The public key, the counter and the flags, as the library keeps them (JSON).
    pub body: String,
}

const COLUMNS: &str = "id, user_id, credential_id, kind, name, body";

fn read(row: &Row) -> Result<PasskeyRow, StoreError> {
    let kind = row.text("kind")?;
    Ok(PasskeyRow {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        credential_id: row.text("credential_id")?,
        kind: PasskeyKind::from_word(&kind)
            .ok_or_else(|| StoreError::Data(format!("\"{kind}\" is no kind of a passkey")))?,
        name: row.text("name")?,
        body: row.text("body")?,
    })
}

/// Stores a credential; false when an authenticator has registered it already, whoever's it is.
///
/// # Errors
/// The engine's.
pub fn insert(txn: &mut dyn Txn, key: &PasskeyRow, now: Timestamp) -> Result<bool, StoreError> {
    let inserted = txn.execute(
        "INSERT INTO webauthn_credentials (id, user_id, credential_id, kind, name, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (credential_id) DO NOTHING",
        &[
            key.id.as_str().into(),
            key.user_id.as_str().into(),
            key.credential_id.as_str().into(),
            key.kind.as_str().into(),
            key.name.as_str().into(),
            key.body.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(inserted == 1)
}

/// The credential that an authenticator calls so.
///
/// # Errors
/// The engine's.
pub fn by_credential(
    txn: &mut dyn Txn,
    credential_id: &str,
) -> Result<Option<PasskeyRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM webauthn_credentials WHERE credential_id = $1");
    let row = txn.query_opt(&sql, &[credential_id.into()])?;
    row.as_ref().map(read).transpose()
}

/// A person's, the oldest first.
///
/// # Errors
/// The engine's.
pub fn of(txn: &mut dyn Txn, user_id: &UserId) -> Result<Vec<PasskeyRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webauthn_credentials WHERE user_id = $1 ORDER BY created_at, id"
    );
    let rows = txn.query(&sql, &[user_id.as_str().into()])?;
    rows.iter().map(read).collect()
}

/// Keeps a use, over the state that was looked at: false when the credential is gone, or another answer came first.
///
/// # Errors
/// The engine's.
pub fn used(
    txn: &mut dyn Txn,
    id: &DeviceId,
    (seen, after): (&str, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let used = txn.execute(
        "UPDATE webauthn_credentials SET body = $1, last_used_at = $2 WHERE id = $3 AND body = $4",
        &[after.into(), now.into(), id.as_str().into(), seen.into()],
    )?;
    Ok(used == 1)
}

/// Everything that a person has to sign in with besides a password, the oldest first.
///
/// # Errors
/// The engine's.
pub fn devices(txn: &mut dyn Txn, user_id: &UserId) -> Result<Vec<Device>, StoreError> {
    let rows = txn.query(
        "SELECT id, kind, name, created_at, last_used_at FROM webauthn_credentials WHERE user_id = $1
         UNION ALL
         SELECT id, 'totp' AS kind, name, created_at, last_used_at FROM totp_devices
         WHERE user_id = $1 AND confirmed_at IS NOT NULL
         ORDER BY 4, 1",
        &[user_id.as_str().into()],
    )?;
    rows.iter()
        .map(|row| {
            let kind = row.text("kind")?;
            Ok(Device {
                id: row.parse("id")?,
                kind: PasskeyKind::from_word(&kind).map_or(DeviceKind::Totp, DeviceKind::from),
                name: row.text("name")?,
                created_at: row.time("created_at")?,
                last_used_at: row.opt_time("last_used_at")?,
            })
        })
        .collect()
}

/// Calls one of a person's devices otherwise; false when they have no such device.
///
/// # Errors
/// The engine's.
pub fn rename(
    txn: &mut dyn Txn,
    user_id: &UserId,
    id: &DeviceId,
    name: &str,
) -> Result<bool, StoreError> {
    let values = [name.into(), id.as_str().into(), user_id.as_str().into()];
    let keys = txn.execute(
        "UPDATE webauthn_credentials SET name = $1 WHERE id = $2 AND user_id = $3",
        &values,
    )?;
    let apps = txn.execute(
        "UPDATE totp_devices SET name = $1 WHERE id = $2 AND user_id = $3",
        &values,
    )?;
    Ok(keys.saturating_add(apps) == 1)
}

/// Removes one of a person's devices; false when they have no such device.
///
/// # Errors
/// The engine's.
pub fn remove(txn: &mut dyn Txn, user_id: &UserId, id: &DeviceId) -> Result<bool, StoreError> {
    let values = [id.as_str().into(), user_id.as_str().into()];
    let keys = txn.execute(
        "DELETE FROM webauthn_credentials WHERE id = $1 AND user_id = $2",
        &values,
    )?;
    let apps = txn.execute(
        "DELETE FROM totp_devices WHERE id = $1 AND user_id = $2",
        &values,
    )?;
    Ok(keys.saturating_add(apps) == 1)
}

/// Removes every key of a person; the answer names them.
///
/// # Errors
/// The engine's.
pub fn remove_all(txn: &mut dyn Txn, user_id: &UserId) -> Result<Vec<DeviceId>, StoreError> {
    let rows = txn.query(
        "DELETE FROM webauthn_credentials WHERE user_id = $1 RETURNING id",
        &[user_id.as_str().into()],
    )?;
    rows.iter().map(|row| row.parse("id")).collect()
}
