//! Attempts: charged before, refunded or recorded after.

use super::lockout::{self, Admission, Failures};
use super::{CodeOutcome, CredentialError, Credentials};
use crate::audit::{Attempted, AuditEvent, Counter};
use crate::model::UserId;
use crate::op::Op;
use crate::store::{StoreError, Txn, failure_counters as rows};

impl Credentials {
    /// Charges an attempt to a counter of somebody's: before anything is verified.
    pub(super) async fn charge(&self, op: &Op, key: &str) -> Result<Admission, CredentialError> {
        self.charge_to(op, key, true).await
    }

    /// Charges an attempt to a counter that is somebody's or a name's that nobody has.
    pub(super) async fn charge_to(
        &self,
        op: &Op,
        key: &str,
        is_somebodys: bool,
    ) -> Result<Admission, CredentialError> {
        let (key, now) = (key.to_owned(), op.now);
        Ok(self
            .store
            .write(move |txn| {
                let counter = rows::find(txn, &key)?;
                let counter = counter.map(|(count, last_at)| Failures { count, last_at });
                let admission = lockout::charge(counter, now);
                if let Admission::Admitted(failures) = admission {
                    let until = lockout::kept_until(is_somebodys, failures);
                    rows::put(txn, &key, (failures.count, failures.last_at), until)?;
                }
                Ok(admission)
            })
            .await?)
    }

    /// Ends a right attempt: `work` uses the proof up; when it says that it could not, the charge stays and `failed` is
    /// recorded in the place of `succeeded`.
    pub(super) async fn settle<F>(
        &self,
        op: &Op,
        key: &str,
        (succeeded, failed): (&AuditEvent, &AuditEvent),
        work: F,
    ) -> Result<bool, CredentialError>
    where
        F: Fn(&mut dyn Txn) -> Result<bool, StoreError> + Send + 'static,
    {
        let succeeded = self.audit.prepare(op, succeeded).await?;
        let failed = self.audit.prepare(op, failed).await?;
        let key = key.to_owned();
        Ok(self
            .store
            .write(move |txn| {
                let is_used = work(txn)?;
                if is_used {
                    rows::clear(txn, &key)?;
                    txn.append_audit(&succeeded)?;
                } else {
                    txn.append_audit(&failed)?;
                }
                Ok(is_used)
            })
            .await?)
    }

    /// Settles an attempt with a code that is looked up by what was typed; where that fills the counter, that is recorded too.
    pub(super) async fn settle_code<F>(
        &self,
        op: &Op,
        (user_id, key, counter, failures): (&UserId, &str, Counter, Failures),
        events: (&AuditEvent, &AuditEvent),
        work: F,
    ) -> Result<CodeOutcome, CredentialError>
    where
        F: Fn(&mut dyn Txn) -> Result<bool, StoreError> + Send + 'static,
    {
        if self.settle(op, key, events, work).await? {
            return Ok(CodeOutcome::Verified);
        }
        let who = self.audit.attempted(Some(user_id), "");
        if let Some(locked) = locked(op, who, counter, failures) {
            self.audit.record(op, &locked).await?;
        }
        Ok(CodeOutcome::Refused)
    }

    /// Records a wrong attempt; and, when it filled the counter, that too.
    pub(super) async fn fail(
        &self,
        op: &Op,
        refused: &AuditEvent,
        locked: Option<&AuditEvent>,
    ) -> Result<(), CredentialError> {
        let refused = self.audit.prepare(op, refused).await?;
        let locked = match locked {
            Some(event) => Some(self.audit.prepare(op, event).await?),
            None => None,
        };
        Ok(self
            .store
            .write(move |txn| {
                txn.append_audit(&refused)?;
                if let Some(entry) = &locked {
                    txn.append_audit(entry)?;
                }
                Ok(())
            })
            .await?)
    }
}

/// The record of a counter that these failures have filled; none when the next attempt is looked at.
pub(super) fn locked(
    op: &Op,
    who: Attempted,
    counter: Counter,
    failures: Failures,
) -> Option<AuditEvent> {
    let until = lockout::open_again(failures);
    (until > op.now).then_some(AuditEvent::SignInLocked {
        who,
        counter,
        failures: failures.count,
        until,
    })
}
