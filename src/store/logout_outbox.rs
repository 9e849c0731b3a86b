//! Who is to be told that a session has ended (OpenID Connect back-channel logout), until they have been.

use super::{Row, StoreError, Txn};
use crate::model::{AppId, SessionId, Span, Timestamp, UserId};

/// How long a client that does not answer is tried.
const TRIED_FOR: Span = Span::hours(24);

/// One client that is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutNotice {
    /// Its name in the box.
    pub id: String,
    /// Whom to tell.
    pub app_id: AppId,
    /// Of whom.
    pub user_id: UserId,
    /// Of which session.
    pub session_id: SessionId,
    /// How often it was tried.
    pub attempts: i64,
}

fn read(row: &Row) -> Result<LogoutNotice, StoreError> {
    Ok(LogoutNotice {
        id: row.text("id")?,
        app_id: row.parse("app_id")?,
        user_id: row.parse("subject")?,
        session_id: row.parse("session_id")?,
        attempts: row.int("attempts")?,
    })
}

/// Queues a notice for every client that was given something in a session: in the transaction that ends it.
///
/// # Errors
/// The engine's.
pub fn queue(txn: &mut dyn Txn, session: &SessionId, now: Timestamp) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO logout_outbox (id, app_id, subject, session_id, created_at, next_try_at, attempts, expires_at)
         SELECT MIN(f.id), f.app_id, f.user_id, f.session_id, CAST($2 AS BIGINT), CAST($2 AS BIGINT), 0, CAST($3 AS BIGINT)
         FROM token_families f WHERE f.session_id = $1
         GROUP BY f.app_id, f.user_id, f.session_id
         ON CONFLICT (id) DO NOTHING",
        &[session.as_str().into(), now.into(), now.plus(TRIED_FOR).into()],
    )?;
    Ok(())
}

/// The notices whose time has come.
///
/// # Errors
/// The engine's.
pub fn due(txn: &mut dyn Txn, now: Timestamp, most: i64) -> Result<Vec<LogoutNotice>, StoreError> {
    let rows = txn.query(
        "SELECT id, app_id, subject, session_id, attempts FROM logout_outbox
         WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT $2",
        &[now.into(), most.into()],
    )?;
    rows.iter().map(read).collect()
}

/// Takes a notice out.
///
/// # Errors
/// The engine's.
pub fn delete(txn: &mut dyn Txn, id: &str) -> Result<(), StoreError> {
    txn.execute("DELETE FROM logout_outbox WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Puts a notice off; gives it up when its time is over: true then.
///
/// # Errors
/// The engine's.
pub fn put_off(
    txn: &mut dyn Txn,
    id: &str,
    next_try_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let given_up = txn.execute(
        "DELETE FROM logout_outbox WHERE id = $1 AND expires_at <= $2",
        &[id.into(), now.into()],
    )?;
    if given_up == 0 {
        txn.execute(
            "UPDATE logout_outbox SET attempts = attempts + 1, next_try_at = $2 WHERE id = $1",
            &[id.into(), next_try_at.into()],
        )?;
    }
    Ok(given_up == 1)
}

/// Who is still to be told of a person: the application's name, and how often it was tried.
///
/// # Errors
/// The engine's.
pub fn of_user(txn: &mut dyn Txn, user_id: &UserId) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = txn.query(
        "SELECT a.name, o.attempts FROM logout_outbox o JOIN applications a ON a.id = o.app_id
         WHERE o.subject = $1 ORDER BY a.name, o.id",
        &[user_id.as_str().into()],
    )?;
    rows.iter()
        .map(|row| Ok((row.text("name")?, row.int("attempts")?)))
        .collect()
}
