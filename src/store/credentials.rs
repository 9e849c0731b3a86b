//! What people prove themselves with: passwords, TOTP devices, recovery codes, and the browsers that they have used.

use super::{Row, StoreError, Txn};
use crate::model::{DeviceId, SecretHash, Timestamp, UserId};

/// A TOTP device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpRow {
    /// Random.
    pub id: DeviceId,
    /// The seed, sealed.
    pub sealed_secret: String,
    /// When its first code was right; none while it is being set up.
    pub confirmed_at: Option<Timestamp>,
    /// The last step whose code was accepted.
    pub last_step: i64,
}

/// Which credentials a person has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EnrolledRow {
    /// A password.
    pub password: bool,
    /// A confirmed TOTP device.
    pub totp: bool,
    /// Unused recovery codes.
    pub recovery_codes_left: i64,
    /// Passkeys.
    pub passkeys: i64,
    /// Security keys.
    pub security_keys: i64,
    /// Until when a pass works, if one was made and not used.
    pub pass_until: Option<Timestamp>,
    /// Whether a second factor is set up with a pass alone.
    pub needs_pass: bool,
}

/// The credentials that a person has.
///
/// # Errors
/// The engine's.
pub fn enrolled(txn: &mut dyn Txn, user_id: &UserId) -> Result<EnrolledRow, StoreError> {
    let row = txn.query_opt(
        "SELECT
           (SELECT COUNT(*) FROM passwords WHERE user_id = $1) AS passwords,
           (SELECT COUNT(*) FROM totp_devices WHERE user_id = $1 AND confirmed_at IS NOT NULL) AS devices,
           (SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL) AS codes,
           (SELECT COUNT(*) FROM webauthn_credentials WHERE user_id = $1 AND kind = 'passkey') AS passkeys,
           (SELECT COUNT(*) FROM webauthn_credentials WHERE user_id = $1 AND kind = 'security_key') AS security_keys,
           (SELECT expires_at FROM recovery_passes WHERE user_id = $1 AND pass_hash IS NOT NULL) AS pass_until,
           (SELECT COUNT(*) FROM recovery_passes WHERE user_id = $1 AND required = 1) AS needs_pass",
        &[user_id.as_str().into()],
    )?;
    let Some(row) = row else {
        return Ok(EnrolledRow::default());
    };
    Ok(EnrolledRow {
        password: row.int("passwords")? > 0,
        totp: row.int("devices")? > 0,
        recovery_codes_left: row.int("codes")?,
        passkeys: row.int("passkeys")?,
        security_keys: row.int("security_keys")?,
        pass_until: row.opt_time("pass_until")?,
        needs_pass: row.int("needs_pass")? > 0,
    })
}

/// Whether a person had recovery codes at any time.
///
/// # Errors
/// The engine's.
pub fn has_had_recovery_codes(txn: &mut dyn Txn, user_id: &UserId) -> Result<bool, StoreError> {
    let row = txn.query_opt(
        "SELECT 1 AS found FROM recovery_codes WHERE user_id = $1 LIMIT 1",
        &[user_id.as_str().into()],
    )?;
    Ok(row.is_some())
}

/// A person's password hash (PHC).
///
/// # Errors
/// The engine's.
pub fn password(txn: &mut dyn Txn, user_id: &UserId) -> Result<Option<String>, StoreError> {
    let row = txn.query_opt(
        "SELECT phc FROM passwords WHERE user_id = $1",
        &[user_id.as_str().into()],
    )?;
    row.map(|row| row.text("phc")).transpose()
}

/// Sets a password.
///
/// # Errors
/// The engine's.
pub fn set_password(
    txn: &mut dyn Txn,
    user_id: &UserId,
    phc: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO passwords (user_id, phc, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at",
        &[user_id.as_str().into(), phc.into(), now.into()],
    )?;
    Ok(())
}

/// Puts another hash of the same password in the place of the former one; false when that is no longer there.
///
/// # Errors
/// The engine's.
pub fn replace_password(
    txn: &mut dyn Txn,
    user_id: &UserId,
    (former, phc): (&str, &str),
) -> Result<bool, StoreError> {
    let replaced = txn.execute(
        "UPDATE passwords SET phc = $1 WHERE user_id = $2 AND phc = $3",
        &[phc.into(), user_id.as_str().into(), former.into()],
    )?;
    Ok(replaced == 1)
}

/// A person's TOTP devices, the oldest first.
///
/// # Errors
/// The engine's.
pub fn totp_devices(txn: &mut dyn Txn, user_id: &UserId) -> Result<Vec<TotpRow>, StoreError> {
    let rows = txn.query(
        "SELECT id, sealed_secret, confirmed_at, last_step FROM totp_devices WHERE user_id = $1
         ORDER BY created_at, id",
        &[user_id.as_str().into()],
    )?;
    rows.iter().map(read_totp).collect()
}

fn read_totp(row: &Row) -> Result<TotpRow, StoreError> {
    Ok(TotpRow {
        id: row.parse("id")?,
        sealed_secret: row.text("sealed_secret")?,
        confirmed_at: row.opt_time("confirmed_at")?,
        last_step: row.int("last_step")?,
    })
}

/// The device that was begun there after `since` and is not confirmed yet.
///
/// # Errors
/// The engine's.
pub fn begun_totp(
    txn: &mut dyn Txn,
    (user_id, begun_in): (&UserId, &str),
    since: Timestamp,
) -> Result<Option<TotpRow>, StoreError> {
    let row = txn.query_opt(
        "SELECT id, sealed_secret, confirmed_at, last_step FROM totp_devices
         WHERE user_id = $1 AND begun_in = $2 AND confirmed_at IS NULL AND created_at > $3",
        &[user_id.as_str().into(), begun_in.into(), since.into()],
    )?;
    row.as_ref().map(read_totp).transpose()
}

/// Stores a device that is not confirmed yet, in place of any other that was begun there or before `since`.
///
/// # Errors
/// The engine's.
pub fn insert_totp(
    txn: &mut dyn Txn,
    (user_id, begun_in): (&UserId, &str),
    device: &TotpRow,
    (since, now): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM totp_devices WHERE user_id = $1 AND confirmed_at IS NULL
         AND (begun_in IS NULL OR begun_in = $2 OR created_at <= $3)",
        &[user_id.as_str().into(), begun_in.into(), since.into()],
    )?;
    txn.execute(
        "INSERT INTO totp_devices (id, user_id, sealed_secret, last_step, created_at, begun_in)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            device.id.as_str().into(),
            user_id.as_str().into(),
            device.sealed_secret.as_str().into(),
            device.last_step.into(),
            now.into(),
            begun_in.into(),
        ],
    )?;
    Ok(())
}

/// Forgets every device that is not confirmed: whoever was shown its seed may be another than who confirms it.
///
/// # Errors
/// The engine's.
pub fn forget_begun_totp(txn: &mut dyn Txn, user_id: &UserId) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM totp_devices WHERE user_id = $1 AND confirmed_at IS NULL",
        &[user_id.as_str().into()],
    )?;
    Ok(())
}

/// Stores a device that was confirmed elsewhere.
///
/// # Errors
/// The engine's.
pub fn insert_confirmed_totp(
    txn: &mut dyn Txn,
    user_id: &UserId,
    device: &TotpRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO totp_devices (id, user_id, sealed_secret, confirmed_at, last_step, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            device.id.as_str().into(),
            user_id.as_str().into(),
            device.sealed_secret.as_str().into(),
            device.confirmed_at.into(),
            device.last_step.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// Uses a step of a confirmed device up; false when it or a later one was used (RFC 6238, 5.2: a code works once).
///
/// # Errors
/// The engine's.
pub fn use_totp_step(
    txn: &mut dyn Txn,
    id: &DeviceId,
    step: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let used = txn.execute(
        "UPDATE totp_devices SET last_step = $1, last_used_at = $3
         WHERE id = $2 AND last_step < $1 AND confirmed_at IS NOT NULL",
        &[step.into(), id.as_str().into(), now.into()],
    )?;
    Ok(used == 1)
}

/// Confirms a device by the step of its first code, under a name; false when it is confirmed already or gone.
///
/// # Errors
/// The engine's.
pub fn confirm_totp(
    txn: &mut dyn Txn,
    id: &DeviceId,
    (step, name): (i64, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let confirmed = txn.execute(
        "UPDATE totp_devices SET confirmed_at = $1, last_step = $2, name = $4 WHERE id = $3 AND confirmed_at IS NULL",
        &[now.into(), step.into(), id.as_str().into(), name.into()],
    )?;
    Ok(confirmed == 1)
}

/// Removes every TOTP device and recovery code of a person; the answer names the devices that were confirmed. Keys are
/// `passkeys::remove_all`'s.
///
/// # Errors
/// The engine's.
pub fn remove_second_factors(
    txn: &mut dyn Txn,
    user_id: &UserId,
) -> Result<Vec<DeviceId>, StoreError> {
    txn.execute(
        "DELETE FROM recovery_codes WHERE user_id = $1",
        &[user_id.as_str().into()],
    )?;
    let rows = txn.query(
        "DELETE FROM totp_devices WHERE user_id = $1 RETURNING id, confirmed_at",
        &[user_id.as_str().into()],
    )?;
    let mut confirmed = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.opt_time("confirmed_at")?.is_some() {
            confirmed.push(row.parse("id")?);
        }
    }
    Ok(confirmed)
}

/// Replaces a person's recovery codes.
///
/// # Errors
/// The engine's.
pub fn replace_recovery_codes(
    txn: &mut dyn Txn,
    user_id: &UserId,
    hashes: &[SecretHash],
    now: Timestamp,
) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM recovery_codes WHERE user_id = $1",
        &[user_id.as_str().into()],
    )?;
    for hash in hashes {
        txn.execute(
            "INSERT INTO recovery_codes (user_id, code_hash, created_at) VALUES ($1, $2, $3)",
            &[user_id.as_str().into(), hash.as_str().into(), now.into()],
        )?;
    }
    Ok(())
}

/// Uses a recovery code up: once.
///
/// # Errors
/// The engine's.
pub fn use_recovery_code(
    txn: &mut dyn Txn,
    user_id: &UserId,
    hash: &SecretHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let used = txn.execute(
        "UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND code_hash = $3 AND used_at IS NULL",
        &[now.into(), user_id.as_str().into(), hash.as_str().into()],
    )?;
    Ok(used == 1)
}

/// Remembers that a person has signed in from a browser.
///
/// # Errors
/// The engine's.
pub fn remember_browser(
    txn: &mut dyn Txn,
    user_id: &UserId,
    browser: &SecretHash,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO known_browsers (browser_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (browser_hash, user_id) DO UPDATE SET expires_at = excluded.expires_at",
        &[
            browser.as_str().into(),
            user_id.as_str().into(),
            now.into(),
            expires_at.into(),
        ],
    )?;
    Ok(())
}

/// Whether a person has signed in from a browser.
///
/// # Errors
/// The engine's.
pub fn is_known_browser(
    txn: &mut dyn Txn,
    user_id: &UserId,
    browser: &SecretHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = txn.query_opt(
        "SELECT user_id FROM known_browsers WHERE browser_hash = $1 AND user_id = $2 AND expires_at > $3",
        &[browser.as_str().into(), user_id.as_str().into(), now.into()],
    )?;
    Ok(row.is_some())
}
