//! Passes: the way back for somebody who has lost every second factor. An administrator makes one, or a colleague whom a policy
//! names, and passes it on; beside the password it lets its person set up another second factor, and nothing else. With its use the lost ones end, and what
//! was signed in with them (NIST SP 800-63B-4, 4.2: recovery is no way round a factor).

use super::lockout::Admission;
use super::recovery_codes::{hash, new_code};
use super::{CodeOutcome, CredentialError, Credentials, queue};
use crate::audit::{AuditEvent, Counter};
use crate::authority::{self, Asked, Change, Weight};
use crate::mail::QueuedMail;
use crate::model::{
    AdminRole, CredentialChange, Duty, Factor, MailMessage, Span, User, UserId, UserState,
};
use crate::op::Op;
use crate::store::{failure_counters, recovery_passes, users};

/// Long enough to be read out by telephone.
pub const PASS_LIFETIME: Span = Span::minutes(15);
/// A mail to those who administer is of no use later.
const TOLD_WITHIN: Span = Span::hours(24);

impl Credentials {
    /// Makes a pass for a person, in place of a former one. It is shown to whoever asks for it, who passes it on.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn issue_pass(&self, op: &Op, user_id: &UserId) -> Result<String, CredentialError> {
        let pass = new_code(op);
        let (hash, expires_at) = (hash(&pass), op.now.plus(PASS_LIFETIME));
        let event = AuditEvent::PassIssued {
            user_id: user_id.clone(),
            expires_at,
        };
        let entry = self.audit.prepare(op, &event).await?;
        let notice = self.mail.notice(op, user_id, CredentialChange::PassMade)?;
        let whose = user_id.clone();
        let asked = Asked::about(Change::Pass, user_id).weighing(Weight::of("pass"));
        self.write_as(op, asked, move |txn| {
            recovery_passes::put(txn, &whose, &hash, expires_at)?;
            failure_counters::clear_all(txn, "pass", &whose)?;
            queue(txn, notice.as_ref())?;
            txn.append_audit(&entry)
        })
        .await?;
        Ok(pass)
    }

    /// Verifies a pass and uses it up: the lost factors end with it.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn verify_pass(
        &self,
        op: &Op,
        user: &User,
        pass: &str,
    ) -> Result<CodeOutcome, CredentialError> {
        let user_id = &user.id;
        let key = format!("pass:{user_id}:");
        let failures = match self.charge(op, &key).await? {
            Admission::Admitted(failures) => failures,
            Admission::Locked { until } => return Ok(CodeOutcome::Locked { until }),
        };
        let used = AuditEvent::PassUsed {
            user_id: user_id.clone(),
        };
        let refused = AuditEvent::SecondFactorRefused {
            user_id: user_id.clone(),
            factor: Factor::Pass,
            failures: failures.count,
        };
        let ending = self.prepare_ending(op, user_id).await?;
        let mails = self.mails_of_a_pass(op, user).await?;
        let (hash, at, whose) = (hash(pass), op.clone(), user_id.clone());
        let charged = (user_id, key.as_str(), Counter::Pass, failures);
        self.settle_code(op, charged, (&used, &refused), move |txn| {
            if !recovery_passes::redeem(txn, &whose, &hash, at.now)? {
                return Ok(false);
            }
            ending.run(txn, &at)?;
            for mail in &mails {
                mail.insert(txn)?;
            }
            Ok(true)
        })
        .await
    }

    /// Whether somebody makes passes for others because a policy names them.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn makes_passes(&self, user: &User) -> Result<bool, CredentialError> {
        Ok(authority::makes_passes(&self.store, user).await?)
    }

    /// Takes a person's second factors away, for somebody whose device was stolen. What was signed in with them ends, and
    /// only with a pass is another one set up: whoever knows the password alone does not get in.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn reset_second_factors(
        &self,
        op: &Op,
        user_id: &UserId,
    ) -> Result<(), CredentialError> {
        let ending = self.prepare_ending(op, user_id).await?;
        let change = CredentialChange::SecondFactorsRemoved;
        let notice = self.mail.notice(op, user_id, change)?;
        let (whose, at) = (user_id.clone(), op.clone());
        let asked = Asked::about(Change::Credentials, user_id).weighing(Weight::of("factors"));
        self.write_as(op, asked, move |txn| {
            if ending.run(txn, &at)? {
                recovery_passes::require(txn, &whose, at.now)?;
                users::end_proofs(txn, &whose, at.now)?;
                queue(txn, notice.as_ref())?;
            }
            Ok(())
        })
        .await
    }

    /// To the person, and to everybody who may make passes.
    async fn mails_of_a_pass(
        &self,
        op: &Op,
        user: &User,
    ) -> Result<Vec<QueuedMail>, CredentialError> {
        let told = self.store.read(users::with_a_role).await?;
        let mut mails =
            Vec::from_iter(self.mail.notice(op, &user.id, CredentialChange::PassUsed)?);
        let message = MailMessage::PassUsed {
            person: user.display_name.clone(),
            at: op.now,
            from: op.remote_addr.map(|address| address.to_string()),
        };
        let is_told = |other: &&User| {
            other.id != user.id
                && other.state == UserState::Active
                && other.admin_role != AdminRole::None
                && other.admin_role.may(Duty::People)
        };
        for other in told.iter().filter(is_told) {
            let until = op.now.plus(TOLD_WITHIN);
            mails.extend(self.mail.prepare(op, &other.id, &message, until)?);
        }
        Ok(mails)
    }
}
