//! Rows of sign-ins in progress. Continuation and progress are JSON texts that `signin` alone reads and writes.

use super::{StoreError, Txn};
use crate::model::{PendingId, SecretHash, Timestamp};

/// A sign-in in progress as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSignInRow {
    /// Random; stands in the pages' addresses.
    pub id: PendingId,
    /// The hash of the secret in the browser's cookie; none until a browser has claimed the row.
    pub browser: Option<SecretHash>,
    /// What was asked for: the same browser asking again resumes.
    pub request_key: String,
    /// Where it leads.
    pub continuation: String,
    /// Who it is, and what was proved.
    pub progress: String,
    /// When begun.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it became a session.
    pub completed_at: Option<Timestamp>,
    /// Raised by each change.
    pub revision: i64,
}

/// Stored where the browser's hash will stand; no hash looks like it, and it differs from row to row.
fn unclaimed(id: &PendingId) -> String {
    format!("unclaimed:{id}")
}

fn browser_column(row: &PendingSignInRow) -> String {
    match &row.browser {
        Some(hash) => hash.as_str().to_owned(),
        None => unclaimed(&row.id),
    }
}

/// Stores a sign-in, unless this browser has one for the same request that is neither completed nor over; the id of the
/// one that stands is the answer.
///
/// # Errors
/// The engine's.
pub fn insert_or_resume(
    txn: &mut dyn Txn,
    row: &PendingSignInRow,
    now: Timestamp,
) -> Result<PendingId, StoreError> {
    let browser = browser_column(row);
    txn.execute(
        "DELETE FROM pending_sign_ins
         WHERE browser_hash = $1 AND request_key = $2 AND (completed_at IS NOT NULL OR expires_at <= $3)",
        &[browser.as_str().into(), row.request_key.as_str().into(), now.into()],
    )?;
    txn.execute(
        "INSERT INTO pending_sign_ins
           (id, browser_hash, request_key, continuation, progress, created_at, expires_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
         ON CONFLICT (browser_hash, request_key) DO NOTHING",
        &[
            row.id.as_str().into(),
            browser.as_str().into(),
            row.request_key.as_str().into(),
            row.continuation.as_str().into(),
            row.progress.as_str().into(),
            row.created_at.into(),
            row.expires_at.into(),
        ],
    )?;
    let stands = txn.query_opt(
        "SELECT id FROM pending_sign_ins WHERE browser_hash = $1 AND request_key = $2",
        &[browser.as_str().into(), row.request_key.as_str().into()],
    )?;
    match stands {
        Some(row) => row.parse("id"),
        None => Err(StoreError::Data("a pending sign-in vanished".into())),
    }
}

/// A sign-in that is not over, if this browser may continue it: it began it, or nobody has claimed it yet.
///
/// # Errors
/// The engine's.
pub fn find(
    txn: &mut dyn Txn,
    id: &PendingId,
    browser: Option<&SecretHash>,
    now: Timestamp,
) -> Result<Option<PendingSignInRow>, StoreError> {
    let unclaimed = unclaimed(id);
    let row = txn.query_opt(
        "SELECT id, browser_hash, request_key, continuation, progress, created_at, expires_at, completed_at, revision
         FROM pending_sign_ins
         WHERE id = $1 AND (browser_hash = $2 OR browser_hash = $3) AND expires_at > $4",
        &[
            id.as_str().into(),
            browser.map_or("", SecretHash::as_str).into(),
            unclaimed.as_str().into(),
            now.into(),
        ],
    )?;
    row.map(|row| {
        let is_claimed = row.text("browser_hash")? != unclaimed;
        Ok(PendingSignInRow {
            id: row.parse("id")?,
            browser: browser.filter(|_| is_claimed).cloned(),
            request_key: row.text("request_key")?,
            continuation: row.text("continuation")?,
            progress: row.text("progress")?,
            created_at: row.time("created_at")?,
            expires_at: row.time("expires_at")?,
            completed_at: row.opt_time("completed_at")?,
            revision: row.int("revision")?,
        })
    })
    .transpose()
}

/// Binds an unclaimed sign-in to a browser; false when another browser was first. A sign-in of this browser for the same
/// request gives way to it.
///
/// # Errors
/// The engine's.
pub fn claim(
    txn: &mut dyn Txn,
    id: &PendingId,
    request_key: &str,
    browser: &SecretHash,
) -> Result<bool, StoreError> {
    txn.execute(
        "DELETE FROM pending_sign_ins WHERE browser_hash = $1 AND request_key = $2 AND id <> $3",
        &[
            browser.as_str().into(),
            request_key.into(),
            id.as_str().into(),
        ],
    )?;
    let claimed = txn.execute(
        "UPDATE pending_sign_ins SET browser_hash = $1, revision = revision + 1
         WHERE id = $2 AND browser_hash = $3",
        &[
            browser.as_str().into(),
            id.as_str().into(),
            unclaimed(id).as_str().into(),
        ],
    )?;
    Ok(claimed == 1)
}

/// Stores progress over the revision that was seen; false when something else came first. What no browser has claimed goes
/// nowhere: whoever opens it next would be signed in as somebody else (login CSRF, OAuth 2.0 security BCP and SAML alike).
///
/// # Errors
/// The engine's.
pub fn advance(
    txn: &mut dyn Txn,
    id: &PendingId,
    seen_revision: i64,
    progress: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let advanced = txn.execute(
        "UPDATE pending_sign_ins SET progress = $1, revision = revision + 1
         WHERE id = $2 AND revision = $3 AND completed_at IS NULL AND expires_at > $4 AND browser_hash <> $5",
        &[
            progress.into(),
            id.as_str().into(),
            seen_revision.into(),
            now.into(),
            unclaimed(id).as_str().into(),
        ],
    )?;
    Ok(advanced == 1)
}

/// Marks a sign-in as completed: once, over the revision that was seen, and where a browser has claimed it.
///
/// # Errors
/// The engine's.
pub fn complete(
    txn: &mut dyn Txn,
    id: &PendingId,
    seen_revision: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let completed = txn.execute(
        "UPDATE pending_sign_ins SET completed_at = $1, revision = revision + 1
         WHERE id = $2 AND revision = $3 AND completed_at IS NULL AND expires_at > $1 AND browser_hash <> $4",
        &[
            now.into(),
            id.as_str().into(),
            seen_revision.into(),
            unclaimed(id).as_str().into(),
        ],
    )?;
    Ok(completed == 1)
}
