//! What a person granted a client in one sign-in, with the code and the refresh tokens that came of it: a family, which is
//! revoked as a whole (RFC 9700, section 4.14.2).

use super::{Row, StoreError, Txn};
use crate::model::{AppId, FamilyId, SecretHash, SessionId, Timestamp, TokenFamily, UserId};

/// A refresh token that was replaced is answered once more within so long, for a client that lost the answer.
const GRACE_MS: i64 = 10_000;

const COLUMNS: &str = "f.id, f.app_id, f.user_id, f.session_id, f.offline, f.granted, f.created_at, f.ends_at, f.revoked_at";

fn read(row: &Row) -> Result<TokenFamily, StoreError> {
    Ok(TokenFamily {
        id: row.parse("id")?,
        app_id: row.parse("app_id")?,
        user_id: row.parse("user_id")?,
        session_id: row.parse("session_id")?,
        is_offline: row.flag("offline")?,
        granted: row.text("granted")?,
        created_at: row.time("created_at")?,
        ends_at: row.time("ends_at")?,
        revoked_at: row.opt_time("revoked_at")?,
    })
}

/// Stores a new family.
///
/// # Errors
/// The engine's.
pub fn insert(txn: &mut dyn Txn, family: &TokenFamily) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO token_families (id, app_id, user_id, session_id, offline, granted, created_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            family.id.as_str().into(),
            family.app_id.as_str().into(),
            family.user_id.as_str().into(),
            family.session_id.as_str().into(),
            family.is_offline.into(),
            family.granted.as_str().into(),
            family.created_at.into(),
            family.ends_at.into(),
        ],
    )?;
    Ok(())
}

/// A family that is neither revoked nor over.
///
/// # Errors
/// The engine's.
pub fn live(
    txn: &mut dyn Txn,
    id: &FamilyId,
    now: Timestamp,
) -> Result<Option<TokenFamily>, StoreError> {
    let row = txn.query_opt(
        &format!(
            "SELECT {COLUMNS} FROM token_families f WHERE f.id = $1 AND f.revoked_at IS NULL AND f.ends_at > $2"
        ),
        &[id.as_str().into(), now.into()],
    )?;
    row.as_ref().map(read).transpose()
}

/// Revokes a family; false when it was revoked before.
///
/// # Errors
/// The engine's.
pub fn revoke(txn: &mut dyn Txn, id: &FamilyId, now: Timestamp) -> Result<bool, StoreError> {
    let revoked = txn.execute(
        "UPDATE token_families SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
        &[now.into(), id.as_str().into()],
    )?;
    Ok(revoked == 1)
}

/// Revokes every family of a person.
///
/// # Errors
/// The engine's.
pub fn revoke_of_user(
    txn: &mut dyn Txn,
    user_id: &UserId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    txn.execute(
        "UPDATE token_families SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL",
        &[now.into(), user_id.as_str().into()],
    )
}

/// Revokes every family of a person but those that were granted in this session.
///
/// # Errors
/// The engine's.
pub fn revoke_elsewhere(
    txn: &mut dyn Txn,
    user_id: &UserId,
    here: &SessionId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    txn.execute(
        "UPDATE token_families SET revoked_at = $1 WHERE user_id = $2 AND session_id <> $3 AND revoked_at IS NULL",
        &[now.into(), user_id.as_str().into(), here.as_str().into()],
    )
}

/// Revokes every family that was granted in a session.
///
/// # Errors
/// The engine's.
pub fn revoke_of_session(
    txn: &mut dyn Txn,
    session_id: &SessionId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    txn.execute(
        "UPDATE token_families SET revoked_at = $1 WHERE session_id = $2 AND revoked_at IS NULL",
        &[now.into(), session_id.as_str().into()],
    )
}

/// Revokes every family of a person at one client.
///
/// # Errors
/// The engine's.
pub fn revoke_at_app(
    txn: &mut dyn Txn,
    (user_id, app_id): (&UserId, &AppId),
    now: Timestamp,
) -> Result<u64, StoreError> {
    txn.execute(
        "UPDATE token_families SET revoked_at = $1 WHERE user_id = $2 AND app_id = $3 AND revoked_at IS NULL",
        &[now.into(), user_id.as_str().into(), app_id.as_str().into()],
    )
}

/// The clients that can get tokens for a person now, each with the time of the last sign-in that it has them from.
///
/// # Errors
/// The engine's.
pub fn live_apps_of(
    txn: &mut dyn Txn,
    user_id: &UserId,
    now: Timestamp,
) -> Result<Vec<(AppId, Timestamp)>, StoreError> {
    let rows = txn.query(
        "SELECT app_id, MAX(created_at) AS last FROM token_families
         WHERE user_id = $1 AND revoked_at IS NULL AND ends_at > $2 GROUP BY app_id",
        &[user_id.as_str().into(), now.into()],
    )?;
    rows.iter()
        .map(|row| Ok((row.parse("app_id")?, row.time("last")?)))
        .collect()
}

/// How many of a person's families still give tokens.
///
/// # Errors
/// The engine's.
pub fn live_of_user(
    txn: &mut dyn Txn,
    user_id: &UserId,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let row = txn.query_opt(
        "SELECT COUNT(*) AS n FROM token_families WHERE user_id = $1 AND revoked_at IS NULL AND ends_at > $2",
        &[user_id.as_str().into(), now.into()],
    )?;
    row.map_or(Ok(0), |row| row.int("n"))
}

/// Stores a code for a family, with the request that it answers.
///
/// # Errors
/// The engine's.
pub fn insert_code(
    txn: &mut dyn Txn,
    hash: &SecretHash,
    family: &FamilyId,
    request: &str,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO authorization_codes (code_hash, family_id, request, expires_at) VALUES ($1, $2, $3, $4)",
        &[
            hash.as_str().into(),
            family.as_str().into(),
            request.into(),
            expires_at.into(),
        ],
    )?;
    Ok(())
}

/// What became of a code that was presented.
#[derive(Debug)]
pub enum CodeUse {
    /// It is used up now: the family, and the request that it answers.
    First(Box<TokenFamily>, String),
    /// It was used before: its family is revoked now (RFC 6749, section 4.1.2).
    Again(FamilyId),
    /// There is none, or it has expired.
    Unknown,
}

/// Uses a code up: one update decides who is first.
///
/// # Errors
/// The engine's.
pub fn use_code(
    txn: &mut dyn Txn,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<CodeUse, StoreError> {
    let used = txn.query_opt(
        "UPDATE authorization_codes SET consumed_at = $1
         WHERE code_hash = $2 AND consumed_at IS NULL AND expires_at > $1 RETURNING family_id, request",
        &[now.into(), hash.as_str().into()],
    )?;
    if let Some(row) = used {
        let family_id = row.parse("family_id")?;
        return Ok(match live(txn, &family_id, now)? {
            Some(family) => CodeUse::First(Box::new(family), row.text("request")?),
            None => CodeUse::Unknown,
        });
    }
    let before = txn.query_opt(
        "SELECT family_id FROM authorization_codes WHERE code_hash = $1 AND consumed_at IS NOT NULL",
        &[hash.as_str().into()],
    )?;
    let Some(row) = before else {
        return Ok(CodeUse::Unknown);
    };
    let family_id = row.parse("family_id")?;
    revoke(txn, &family_id, now)?;
    Ok(CodeUse::Again(family_id))
}

/// A refresh token as it is stored.
#[derive(Debug, Clone)]
pub struct NewRefreshToken {
    /// Its hash.
    pub hash: SecretHash,
    /// Until when, unless it is used.
    pub expires_at: Timestamp,
}

/// Stores the first refresh token of a family.
///
/// # Errors
/// The engine's.
pub fn insert_refresh_token(
    txn: &mut dyn Txn,
    family: &FamilyId,
    token: &NewRefreshToken,
    replaces: Option<&SecretHash>,
    now: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO refresh_tokens (token_hash, family_id, replaces, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
        &[
            token.hash.as_str().into(),
            family.as_str().into(),
            replaces.map(SecretHash::as_str).into(),
            now.into(),
            token.expires_at.into(),
        ],
    )?;
    Ok(())
}

/// The live family of a refresh token, whether or not the token was used; none when it is unknown or has expired.
///
/// # Errors
/// The engine's.
pub fn of_refresh_token(
    txn: &mut dyn Txn,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<Option<TokenFamily>, StoreError> {
    let row = txn.query_opt(
        &format!(
            "SELECT {COLUMNS} FROM refresh_tokens r JOIN token_families f ON f.id = r.family_id
             WHERE r.token_hash = $1 AND r.expires_at > $2 AND f.revoked_at IS NULL AND f.ends_at > $2"
        ),
        &[hash.as_str().into(), now.into()],
    )?;
    row.as_ref().map(read).transpose()
}

/// Whether a refresh token is the one that its family has now.
///
/// # Errors
/// The engine's.
pub fn is_current(
    txn: &mut dyn Txn,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = txn.query_opt(
        "SELECT token_hash FROM refresh_tokens WHERE token_hash = $1 AND consumed_at IS NULL AND expires_at > $2",
        &[hash.as_str().into(), now.into()],
    )?;
    Ok(row.is_some())
}

/// What became of a refresh token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Replaced: the first time, or again because the answer was lost.
    Done,
    /// Used before, and not just now: the family is revoked.
    Reused,
    /// There is none, it has expired, or its family is over.
    Unknown,
}

/// Replaces a refresh token by the next one: one update decides who is first. Who comes again within the grace gets a
/// successor in the place of the one that nobody has used; so a family never has two tokens that work, and whichever
/// of two holders comes second is found out.
///
/// # Errors
/// The engine's.
pub fn rotate(
    txn: &mut dyn Txn,
    old: &SecretHash,
    next: &NewRefreshToken,
    now: Timestamp,
) -> Result<Rotation, StoreError> {
    let Some(family) = of_refresh_token(txn, old, now)? else {
        return Ok(Rotation::Unknown);
    };
    let first = txn.execute(
        "UPDATE refresh_tokens SET consumed_at = $1 WHERE token_hash = $2 AND consumed_at IS NULL AND expires_at > $1",
        &[now.into(), old.as_str().into()],
    )?;
    let is_lost_answer = first == 0
        && txn.execute(
            "UPDATE refresh_tokens SET consumed_at = $1
             WHERE replaces = $2 AND consumed_at IS NULL
               AND EXISTS (SELECT 1 FROM refresh_tokens o WHERE o.token_hash = $2 AND o.consumed_at > $3)",
            &[
                now.into(),
                old.as_str().into(),
                now.as_millis().saturating_sub(GRACE_MS).into(),
            ],
        )? == 1;
    if first == 1 || is_lost_answer {
        insert_refresh_token(txn, &family.id, next, Some(old), now)?;
        return Ok(Rotation::Done);
    }
    revoke(txn, &family.id, now)?;
    Ok(Rotation::Reused)
}

/// Revokes one access token until it would have expired.
///
/// # Errors
/// The engine's.
pub fn revoke_token(txn: &mut dyn Txn, jti: &str, expires_at: Timestamp) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING",
        &[jti.into(), expires_at.into()],
    )?;
    Ok(())
}

/// Whether one access token was revoked.
///
/// # Errors
/// The engine's.
pub fn is_token_revoked(txn: &mut dyn Txn, jti: &str) -> Result<bool, StoreError> {
    let row = txn.query_opt(
        "SELECT jti FROM revoked_tokens WHERE jti = $1",
        &[jti.into()],
    )?;
    Ok(row.is_some())
}
