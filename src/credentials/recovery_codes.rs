//! Recovery codes: shown once, stored as hashes, each good for one sign-in (NIST SP 800-63B-4, 3.1.2).

use super::lockout::Admission;
use super::{CodeOutcome, CredentialError, Credentials, queue};
use crate::audit::{AuditEvent, Counter};
use crate::model::{CredentialChange, Factor, SecretHash, UserId};
use crate::op::Op;
use crate::store::{credentials as rows, failure_counters};

const CODES: usize = 10;
/// Without the letters and digits that are mistaken for each other.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Of five bits each: 80 bits.
const CHARACTERS: usize = 16;
const GROUP: usize = 4;

impl Credentials {
    /// Makes new codes in place of all former ones. They cannot be shown again.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn new_recovery_codes(
        &self,
        op: &Op,
        user_id: &UserId,
    ) -> Result<Vec<String>, CredentialError> {
        let codes: Vec<String> = (0..CODES).map(|_| new_code(op)).collect();
        let hashes: Vec<SecretHash> = codes.iter().map(|code| hash(code)).collect();
        let event = AuditEvent::RecoveryCodesMade {
            user_id: user_id.clone(),
            count: i64::try_from(CODES).unwrap_or(i64::MAX),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let notice = self
            .mail
            .notice(op, user_id, CredentialChange::RecoveryCodesRenewed)?;
        let (user_id, now) = (user_id.clone(), op.now);
        self.store
            .write(move |txn| {
                if rows::has_had_recovery_codes(txn, &user_id)? {
                    queue(txn, notice.as_ref())?;
                }
                rows::replace_recovery_codes(txn, &user_id, &hashes, now)?;
                failure_counters::clear_all(txn, "recovery", &user_id)?;
                txn.append_audit(&entry)
            })
            .await?;
        Ok(codes)
    }

    /// Verifies a code and uses it up.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn verify_recovery_code(
        &self,
        op: &Op,
        user_id: &UserId,
        code: &str,
    ) -> Result<CodeOutcome, CredentialError> {
        let key = format!("recovery:{user_id}:");
        let failures = match self.charge(op, &key).await? {
            Admission::Admitted(failures) => failures,
            Admission::Locked { until } => return Ok(CodeOutcome::Locked { until }),
        };
        let id = user_id.clone();
        let enrolled = self.store.read(move |txn| rows::enrolled(txn, &id)).await?;
        let used = AuditEvent::RecoveryCodeUsed {
            user_id: user_id.clone(),
            left: enrolled.recovery_codes_left.saturating_sub(1),
        };
        let refused = AuditEvent::SecondFactorRefused {
            user_id: user_id.clone(),
            factor: Factor::RecoveryCode,
            failures: failures.count,
        };
        let change = CredentialChange::RecoveryCodeUsed;
        let notice = self.mail.notice(op, user_id, change)?;
        let (id, now, hash) = (user_id.clone(), op.now, hash(code));
        let charged = (user_id, key.as_str(), Counter::RecoveryCode, failures);
        self.settle_code(op, charged, (&used, &refused), move |txn| {
            let is_used = rows::use_recovery_code(txn, &id, &hash, now)?;
            if is_used {
                queue(txn, notice.as_ref())?;
            }
            Ok(is_used)
        })
        .await
    }
}

pub(super) fn new_code(op: &Op) -> String {
    let octets = op.entropy.octets::<CHARACTERS>();
    let mut code = String::with_capacity(CHARACTERS + CHARACTERS / GROUP);
    for (position, octet) in octets.iter().enumerate() {
        if position > 0 && position.is_multiple_of(GROUP) {
            code.push('-');
        }
        let letter = ALPHABET
            .get(usize::from(octet & 31))
            .copied()
            .unwrap_or(b'A');
        code.push(char::from(letter));
    }
    code
}

/// However it was typed: hyphens, spaces and case do not matter.
pub(super) fn hash(code: &str) -> SecretHash {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    SecretHash::of(&plain)
}
