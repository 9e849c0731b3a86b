//! What a restored copy must not bring back: whatever may have been used or ended after the copy was made.

use super::{StoreError, Txn};
use crate::model::Timestamp;

/// What was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Browser sessions.
    pub sessions: u64,
    /// Sign-ins in progress.
    pub pending_sign_ins: u64,
    /// One-time links.
    pub links: u64,
    /// Recovery codes: nobody knows which of them were used since.
    pub recovery_codes: u64,
    /// Devices whose codes up to now are used up.
    pub totp_devices: u64,
    /// What people had granted clients, with its codes and tokens: a refresh token may have been replaced since.
    pub token_families: u64,
    /// Tokens of the API: one may have been revoked since.
    pub api_tokens: u64,
    /// Passes: one may have been used since.
    pub passes: u64,
    /// Mails on their way: most were sent, and their links do not work any more.
    pub mails: u64,
    /// Agreements of a second administrator: one may have been used since.
    pub approvals: u64,
    /// Changes of mail addresses on their way: one may have been refused since.
    pub address_changes: u64,
}

/// Ends sessions, sign-ins in progress, links, mails, recovery codes, API tokens, what clients were granted, agreements and
/// changes of addresses, and uses up every TOTP step to `totp_step`, in the transaction in which the restoring is recorded.
///
/// # Errors
/// The engine's.
pub fn end_what_may_have_been_used(
    txn: &mut dyn Txn,
    now: Timestamp,
    totp_step: i64,
) -> Result<Ended, StoreError> {
    Ok(Ended {
        sessions: txn.execute(
            "UPDATE browser_sessions SET revoked_at = $1 WHERE revoked_at IS NULL",
            &[now.into()],
        )?,
        pending_sign_ins: txn.execute("DELETE FROM pending_sign_ins", &[])?,
        links: txn.execute(
            "UPDATE one_time_links SET used_at = $1 WHERE used_at IS NULL",
            &[now.into()],
        )?,
        recovery_codes: txn.execute(
            "UPDATE recovery_codes SET used_at = $1 WHERE used_at IS NULL",
            &[now.into()],
        )?,
        totp_devices: txn.execute(
            "UPDATE totp_devices SET last_step = $1 WHERE last_step < $1",
            &[totp_step.into()],
        )?,
        token_families: txn.execute(
            "UPDATE token_families SET revoked_at = $1 WHERE revoked_at IS NULL",
            &[now.into()],
        )?,
        api_tokens: txn.execute(
            "UPDATE api_tokens SET revoked_at = $1 WHERE revoked_at IS NULL",
            &[now.into()],
        )?,
        passes: txn.execute("UPDATE recovery_passes SET pass_hash = NULL", &[])?,
        mails: txn.execute("DELETE FROM mail_outbox", &[])?,
        approvals: txn.execute("DELETE FROM approvals", &[])?,
        address_changes: txn.execute("DELETE FROM address_changes", &[])?,
    })
}
