//! Browser sessions and the application sessions that came from them.

use super::{Row, StoreError, Txn, logout_outbox, token_families};
use crate::model::{
    AppId, ApplicationSession, BrowserSession, SecretHash, SessionId, Timestamp, UserId,
};

const COLUMNS: &str = "id, user_id, authenticated_at, factors, created_at, last_seen_at, idle_ends_at, ends_at, \
                       user_agent, csrf_key, revoked_at";

fn read(row: &Row) -> Result<BrowserSession, StoreError> {
    Ok(BrowserSession {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        authenticated_at: row.time("authenticated_at")?,
        factors: row.json("factors")?,
        created_at: row.time("created_at")?,
        last_seen_at: row.time("last_seen_at")?,
        idle_ends_at: row.time("idle_ends_at")?,
        ends_at: row.time("ends_at")?,
        user_agent: row.text("user_agent")?,
        csrf_key: row.text("csrf_key")?,
        revoked_at: row.opt_time("revoked_at")?,
    })
}

fn factors(session: &BrowserSession) -> Result<String, StoreError> {
    serde_json::to_string(&session.factors).map_err(|error| StoreError::Data(error.to_string()))
}

/// The session of a cookie's secret, if it is alive: neither revoked nor past its idle or its absolute end.
///
/// # Errors
/// The engine's.
pub fn load(
    txn: &mut dyn Txn,
    secret: &SecretHash,
    now: Timestamp,
) -> Result<Option<BrowserSession>, StoreError> {
    let row = txn.query_opt(
        &format!(
            "SELECT {COLUMNS} FROM browser_sessions
             WHERE secret_hash = $1 AND revoked_at IS NULL AND idle_ends_at > $2 AND ends_at > $2"
        ),
        &[secret.as_str().into(), now.into()],
    )?;
    row.as_ref().map(read).transpose()
}

/// The live session of this id.
///
/// # Errors
/// The engine's.
pub fn live(
    txn: &mut dyn Txn,
    id: &SessionId,
    now: Timestamp,
) -> Result<Option<BrowserSession>, StoreError> {
    let row = txn.query_opt(
        &format!(
            "SELECT {COLUMNS} FROM browser_sessions
             WHERE id = $1 AND revoked_at IS NULL AND idle_ends_at > $2 AND ends_at > $2"
        ),
        &[id.as_str().into(), now.into()],
    )?;
    row.as_ref().map(read).transpose()
}

/// A person's live sessions, the latest first.
///
/// # Errors
/// The engine's.
pub fn list(
    txn: &mut dyn Txn,
    user_id: &UserId,
    now: Timestamp,
) -> Result<Vec<BrowserSession>, StoreError> {
    let rows = txn.query(
        &format!(
            "SELECT {COLUMNS} FROM browser_sessions
             WHERE user_id = $1 AND revoked_at IS NULL AND idle_ends_at > $2 AND ends_at > $2
             ORDER BY created_at DESC, id"
        ),
        &[user_id.as_str().into(), now.into()],
    )?;
    rows.iter().map(read).collect()
}

/// Stores a new session.
///
/// # Errors
/// The engine's.
pub fn insert(
    txn: &mut dyn Txn,
    session: &BrowserSession,
    secret: &SecretHash,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO browser_sessions
           (id, secret_hash, user_id, authenticated_at, factors, created_at, last_seen_at, idle_ends_at, ends_at,
            user_agent, csrf_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            session.id.as_str().into(),
            secret.as_str().into(),
            session.user_id.as_str().into(),
            session.authenticated_at.into(),
            factors(session)?.as_str().into(),
            session.created_at.into(),
            session.last_seen_at.into(),
            session.idle_ends_at.into(),
            session.ends_at.into(),
            session.user_agent.as_str().into(),
            session.csrf_key.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Gives a live session a new secret and what was proved since; false when the old secret no longer names it.
///
/// # Errors
/// The engine's.
pub fn rotate(
    txn: &mut dyn Txn,
    session: &BrowserSession,
    (old, new): (&SecretHash, &SecretHash),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rotated = txn.execute(
        "UPDATE browser_sessions
         SET secret_hash = $1, factors = $2, authenticated_at = $3, last_seen_at = $4, idle_ends_at = $5, csrf_key = $6
         WHERE id = $7 AND secret_hash = $8 AND revoked_at IS NULL AND idle_ends_at > $4 AND ends_at > $4",
        &[
            new.as_str().into(),
            factors(session)?.as_str().into(),
            session.authenticated_at.into(),
            now.into(),
            session.idle_ends_at.into(),
            session.csrf_key.as_str().into(),
            session.id.as_str().into(),
            old.as_str().into(),
        ],
    )?;
    Ok(rotated == 1)
}

/// Moves the idle end. The absolute end stays.
///
/// # Errors
/// The engine's.
pub fn touch(
    txn: &mut dyn Txn,
    id: &SessionId,
    now: Timestamp,
    idle_ends_at: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "UPDATE browser_sessions SET last_seen_at = $1, idle_ends_at = $2
         WHERE id = $3 AND revoked_at IS NULL AND last_seen_at < $1",
        &[now.into(), idle_ends_at.into(), id.as_str().into()],
    )?;
    Ok(())
}

/// Ends one session, and queues that its clients are told; false when it had ended.
///
/// # Errors
/// The engine's.
pub fn revoke(txn: &mut dyn Txn, id: &SessionId, now: Timestamp) -> Result<bool, StoreError> {
    let revoked = txn.execute(
        "UPDATE browser_sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
        &[now.into(), id.as_str().into()],
    )?;
    if revoked == 1 {
        logout_outbox::queue(txn, id, now)?;
    }
    Ok(revoked == 1)
}

/// Ends every session of a person, and with them everything that they granted clients, also what would have outlived a
/// session: this is what follows a new password or a disabled person. The answer names the sessions.
///
/// # Errors
/// The engine's.
pub fn revoke_all(
    txn: &mut dyn Txn,
    user_id: &UserId,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    let rows = txn.query(
        "UPDATE browser_sessions SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL RETURNING id",
        &[now.into(), user_id.as_str().into()],
    )?;
    let ended = told(txn, &rows, now)?;
    token_families::revoke_of_user(txn, user_id, now)?;
    Ok(ended)
}

/// Ends every other session of a person, and what they granted clients in others, also what would have outlived them. The
/// answer names the sessions.
///
/// # Errors
/// The engine's.
pub fn revoke_others(
    txn: &mut dyn Txn,
    user_id: &UserId,
    here: &SessionId,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    let rows = txn.query(
        "UPDATE browser_sessions SET revoked_at = $1 WHERE user_id = $2 AND id <> $3 AND revoked_at IS NULL RETURNING id",
        &[now.into(), user_id.as_str().into(), here.as_str().into()],
    )?;
    let ended = told(txn, &rows, now)?;
    token_families::revoke_elsewhere(txn, user_id, here, now)?;
    Ok(ended)
}

/// The sessions of these rows; it is queued that their clients are told.
fn told(txn: &mut dyn Txn, rows: &[Row], now: Timestamp) -> Result<Vec<SessionId>, StoreError> {
    let ended: Vec<SessionId> = rows
        .iter()
        .map(|row| row.parse("id"))
        .collect::<Result<_, _>>()?;
    for id in &ended {
        logout_outbox::queue(txn, id, now)?;
    }
    Ok(ended)
}

/// Records that an application was told of a session.
///
/// # Errors
/// The engine's.
pub fn insert_application_session(
    txn: &mut dyn Txn,
    session: &ApplicationSession,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO application_sessions (id, session_id, app_id, user_id, name_id, created_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            session.id.as_str().into(),
            session.session_id.as_str().into(),
            session.app_id.as_ref().map(crate::model::AppId::as_str).into(),
            session.user_id.as_str().into(),
            session.name_id.as_str().into(),
            session.created_at.into(),
            session.ends_at.into(),
        ],
    )?;
    Ok(())
}

/// The applications at which a person's sessions may still live, each with the latest end; AWS is none of them.
///
/// # Errors
/// The engine's.
pub fn application_sessions_of(
    txn: &mut dyn Txn,
    user_id: &UserId,
    now: Timestamp,
) -> Result<Vec<(AppId, Timestamp)>, StoreError> {
    let rows = txn.query(
        "SELECT app_id, MAX(ends_at) AS ends_at FROM application_sessions
         WHERE user_id = $1 AND ends_at > $2 AND app_id IS NOT NULL GROUP BY app_id ORDER BY app_id",
        &[user_id.as_str().into(), now.into()],
    )?;
    rows.iter()
        .map(|row| Ok((row.parse("app_id")?, row.time("ends_at")?)))
        .collect()
}
