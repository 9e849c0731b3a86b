//! What is protected, and the second administrator: asking is `authority`'s, agreeing is here.

use super::{Attempt, Directory, DirectoryError};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change, ChangeRefusal, Weight};
use crate::mail::Outbox;
use crate::model::{AdminRole, Approval, MailMessage, ProtectedObject, Span};
use crate::op::{Actor, Op};
use crate::store::{StoreError, protection as rows, recovery_passes, users};

/// So long somebody who has an agreement may use it.
const HOLDS: Span = Span::hours(1);
const TOLD_WITHIN: Span = Span::hours(24);
const SHORTEST_REASON: usize = 10;

impl Directory {
    /// Everything that is protected.
    ///
    /// # Errors
    /// The store's.
    pub async fn protected(&self) -> Result<Vec<ProtectedObject>, StoreError> {
        self.store.read(rows::all).await
    }

    /// Protects something, or ends that, which itself waits for a second administrator.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn set_protected(
        &self,
        op: &Op,
        object: &ProtectedObject,
        is_protected: bool,
    ) -> Result<bool, DirectoryError> {
        let event = AuditEvent::ProtectionChanged {
            object: object.clone(),
            is_protected,
        };
        let entry = self.audit.prepare(op, &event).await?;
        let mut asked = Asked::of(Change::Protection);
        if !is_protected {
            asked = asked.weighing(Weight {
                objects: vec![object.clone()],
                ..Weight::of("release")
            });
        }
        let (object, now) = (object.clone(), op.now);
        self.write_as(op, asked, move |txn| {
            let is_changed = if is_protected {
                rows::protect(txn, &object, now)?
            } else {
                rows::release(txn, &object)?
            };
            if is_changed {
                txn.append_audit(&entry)?;
            }
            if let ProtectedObject::User(id) = &object {
                recovery_passes::void(txn, id)?;
            }
            Ok(is_changed)
        })
        .await
    }

    /// The changes that wait, or that may be made now; the latest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn approvals(&self, op: &Op) -> Result<Vec<Approval>, StoreError> {
        let now = op.now;
        self.store.read(move |txn| rows::open(txn, now)).await
    }

    /// A second administrator agrees; whoever asked may make the change within the hour.
    ///
    /// # Errors
    /// [`ChangeRefusal::Yourself`] for whoever asked for it.
    pub async fn agree(&self, op: &Op, id: &str) -> Result<(), DirectoryError> {
        let approval = self.waiting(op, id).await?;
        let Actor::User(by) = &op.actor else {
            return Err(DirectoryError::NotAllowed(ChangeRefusal::NotYourDuty));
        };
        if approval.requested_by == *by {
            return Err(DirectoryError::NotAllowed(ChangeRefusal::Yourself));
        }
        let event = AuditEvent::ApprovalGiven {
            approval_id: approval.id.clone(),
            requested_by: approval.requested_by.clone(),
        };
        self.give(op, &approval, event, Vec::new()).await
    }

    /// Whoever asked goes on without a second administrator, and says why; everybody who administers is told.
    ///
    /// # Errors
    /// [`DirectoryError::Invalid`] without a reason; [`DirectoryError::MailOff`] and
    /// [`DirectoryError::NobodyElse`] where nobody else could be told; [`ChangeRefusal::NotYourDuty`] for anybody else.
    pub async fn break_glass(
        &self,
        op: &Op,
        outbox: &Outbox,
        (id, reason): (&str, &str),
    ) -> Result<(), DirectoryError> {
        let approval = self.waiting(op, id).await?;
        let reason = super::values::plain("reason", reason)?;
        if reason.chars().count() < SHORTEST_REASON {
            return Err(DirectoryError::Invalid {
                field: "reason",
                reason: format!(
                    "must have at least {SHORTEST_REASON} characters: others will read it"
                ),
            });
        }
        if op.actor != Actor::User(approval.requested_by.clone()) {
            return Err(DirectoryError::NotAllowed(ChangeRefusal::NotYourDuty));
        }
        let event = AuditEvent::GlassBroken {
            approval_id: approval.id.clone(),
            reason: reason.clone(),
        };
        let who = self.user(&approval.requested_by).await?;
        let message = MailMessage::GlassBroken {
            person: who.map_or_else(String::new, |user| user.display_name),
            change: approval.change.clone(),
            reason,
            at: op.now,
        };
        let mut mails = Vec::new();
        let mut is_heard = false;
        for other in self.store.read(users::with_a_role).await? {
            // Whatever their state: whom one suspends first is told all the same.
            if other.admin_role == AdminRole::Administrator {
                let until = op.now.plus(TOLD_WITHIN);
                let mail = outbox.prepare(op, &other.id, &message, until);
                mails.extend(mail.map_err(DirectoryError::mail)?);
                is_heard |= other.id != approval.requested_by;
            }
        }
        // The glass is loud or it is not broken.
        if mails.is_empty() {
            return Err(DirectoryError::MailOff);
        }
        if !is_heard {
            return Err(DirectoryError::NobodyElse);
        }
        self.give(op, &approval, event, mails).await
    }

    async fn waiting(&self, op: &Op, id: &str) -> Result<Approval, DirectoryError> {
        let (key, now) = (id.to_owned(), op.now);
        let found = self.store.read(move |txn| rows::find(txn, &key, now));
        found.await?.ok_or_else(|| DirectoryError::NotFound {
            what: "approval",
            name: id.to_owned(),
        })
    }

    async fn give(
        &self,
        op: &Op,
        approval: &Approval,
        event: AuditEvent,
        mails: Vec<crate::mail::QueuedMail>,
    ) -> Result<(), DirectoryError> {
        let Actor::User(by) = op.actor.clone() else {
            return Err(DirectoryError::NotAllowed(ChangeRefusal::NotYourDuty));
        };
        let entry = self.audit.prepare(op, &event).await?;
        let (id, times) = (approval.id.clone(), (op.now, op.now.plus(HOLDS)));
        let outcome = self.write_as(op, Asked::of(Change::Approval), move |txn| {
            if !rows::agree(txn, &id, &by, times)? {
                return Ok(Attempt::Lost);
            }
            for mail in &mails {
                mail.insert(txn)?;
            }
            txn.append_audit(&entry)?;
            Ok(Attempt::Done(()))
        });
        match outcome.await? {
            Attempt::Done(()) => Ok(()),
            Attempt::Refused(error) => Err(error),
            Attempt::Lost => Err(DirectoryError::Conflict),
        }
    }
}
