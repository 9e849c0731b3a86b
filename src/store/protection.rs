//! What is protected, and the changes of it that wait for a second administrator.

use super::{Row, StoreError, Txn};
use crate::model::{Approval, ProtectedObject, RequestId, Timestamp, UserId};

/// Everything that is protected.
///
/// # Errors
/// The engine's.
pub fn all(txn: &mut dyn Txn) -> Result<Vec<ProtectedObject>, StoreError> {
    let rows = txn.query("SELECT kind, id FROM protected ORDER BY kind, id", &[])?;
    rows.iter()
        .map(|row| {
            let (kind, id) = (row.text("kind")?, row.text("id")?);
            ProtectedObject::parse(&kind, &id)
                .ok_or_else(|| StoreError::Data(format!("nothing of the kind {kind} is protected")))
        })
        .collect()
}

/// Whether something is.
///
/// # Errors
/// The engine's.
pub fn is_protected(txn: &mut dyn Txn, object: &ProtectedObject) -> Result<bool, StoreError> {
    let row = txn.query_opt(
        "SELECT id FROM protected WHERE kind = $1 AND id = $2",
        &[object.kind().into(), object.id().into()],
    )?;
    Ok(row.is_some())
}

/// Protects something; false when it is.
///
/// # Errors
/// The engine's.
pub fn protect(
    txn: &mut dyn Txn,
    object: &ProtectedObject,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let inserted = txn.execute(
        "INSERT INTO protected (kind, id, protected_at) VALUES ($1, $2, $3) ON CONFLICT (kind, id) DO NOTHING",
        &[object.kind().into(), object.id().into(), now.into()],
    )?;
    Ok(inserted == 1)
}

/// Ends that; false when it is not.
///
/// # Errors
/// The engine's.
pub fn release(txn: &mut dyn Txn, object: &ProtectedObject) -> Result<bool, StoreError> {
    let deleted = txn.execute(
        "DELETE FROM protected WHERE kind = $1 AND id = $2",
        &[object.kind().into(), object.id().into()],
    )?;
    Ok(deleted == 1)
}

const COLUMNS: &str =
    "id, change_name, about, detail, requested_by, created_at, expires_at, agreed_by, agreed_at";

fn read(row: &Row) -> Result<Approval, StoreError> {
    Ok(Approval {
        id: row.text("id")?,
        change: row.text("change_name")?,
        about: row.json("about")?,
        detail: row.text("detail")?,
        requested_by: row.parse("requested_by")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        agreed_by: row
            .opt_text("agreed_by")?
            .map(UserId::try_from)
            .transpose()
            .map_err(|error| StoreError::Data(error.to_string()))?,
        agreed_at: row.opt_time("agreed_at")?,
    })
}

/// The changes that wait, or that may be made now; the latest first.
///
/// # Errors
/// The engine's.
pub fn open(txn: &mut dyn Txn, now: Timestamp) -> Result<Vec<Approval>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM approvals WHERE used_at IS NULL AND expires_at > $1 ORDER BY created_at DESC, id"
    );
    txn.query(&sql, &[now.into()])?.iter().map(read).collect()
}

/// One of them.
///
/// # Errors
/// The engine's.
pub fn find(txn: &mut dyn Txn, id: &str, now: Timestamp) -> Result<Option<Approval>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM approvals WHERE id = $1 AND used_at IS NULL AND expires_at > $2"
    );
    let row = txn.query_opt(&sql, &[id.into(), now.into()])?;
    row.as_ref().map(read).transpose()
}

/// Uses an agreement up: once, by whoever asked for it. An operation that tries several times is one use.
///
/// # Errors
/// The engine's.
pub fn use_agreed(
    txn: &mut dyn Txn,
    (fingerprint, requested_by): (&str, &UserId),
    request_id: &RequestId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let used = txn.execute(
        "UPDATE approvals SET used_at = $3, used_in = $4
         WHERE fingerprint = $1 AND requested_by = $2 AND agreed_at IS NOT NULL AND expires_at > $3
           AND (used_at IS NULL OR used_in = $4)",
        &[
            fingerprint.into(),
            requested_by.as_str().into(),
            now.into(),
            request_id.as_str().into(),
        ],
    )?;
    Ok(used > 0)
}

/// Keeps that somebody waits for an agreement; false when they wait for the same already.
///
/// # Errors
/// The engine's.
pub fn request(
    txn: &mut dyn Txn,
    fingerprint: &str,
    approval: &Approval,
) -> Result<bool, StoreError> {
    let waiting = txn.query_opt(
        "SELECT id FROM approvals WHERE fingerprint = $1 AND requested_by = $2 AND used_at IS NULL AND expires_at > $3",
        &[
            fingerprint.into(),
            approval.requested_by.as_str().into(),
            approval.created_at.into(),
        ],
    )?;
    if waiting.is_some() {
        return Ok(false);
    }
    let about = serde_json::to_string(&approval.about)
        .map_err(|error| StoreError::Data(error.to_string()))?;
    txn.execute(
        "INSERT INTO approvals (id, fingerprint, change_name, about, detail, requested_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            approval.id.as_str().into(),
            fingerprint.into(),
            approval.change.as_str().into(),
            about.into(),
            approval.detail.as_str().into(),
            approval.requested_by.as_str().into(),
            approval.created_at.into(),
            approval.expires_at.into(),
        ],
    )?;
    Ok(true)
}

/// Agrees; false when somebody has, or its time is over.
///
/// # Errors
/// The engine's.
pub fn agree(
    txn: &mut dyn Txn,
    id: &str,
    by: &UserId,
    (now, until): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    let agreed = txn.execute(
        "UPDATE approvals SET agreed_by = $1, agreed_at = $2, expires_at = $4
         WHERE id = $3 AND agreed_at IS NULL AND used_at IS NULL AND expires_at > $2",
        &[by.as_str().into(), now.into(), id.into(), until.into()],
    )?;
    Ok(agreed == 1)
}
