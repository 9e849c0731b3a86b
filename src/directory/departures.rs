//! When people come and go, and what goes with them.

use super::users::{end_sessions, is_last_administrator};
use super::{Attempt, Directory, DirectoryError, TRIES};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change};
use crate::model::{GroupId, Principal, Timestamp, User, UserId, UserState};
use crate::op::Op;
use crate::store::{
    AuditEntry, StoreError, Txn, configuration, failure_counters, groups, person_keys,
    users as rows,
};

impl Directory {
    /// Says from when until when a person may sign in. Whose end has come is sent away by a job of ours.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn set_dates(
        &self,
        op: &Op,
        id: &UserId,
        (starts_at, ends_at): (Option<Timestamp>, Option<Timestamp>),
    ) -> Result<User, DirectoryError> {
        if starts_at
            .zip(ends_at)
            .is_some_and(|(from, until)| until <= from)
        {
            return Err(DirectoryError::Invalid {
                field: "end",
                reason: "must lie behind the start".to_owned(),
            });
        }
        let event = |before: &User, after: &User| AuditEvent::UserUpdated {
            before: before.into(),
            after: after.into(),
        };
        let change = |before: &User| {
            Ok(User {
                starts_at,
                ends_at,
                ..before.clone()
            })
        };
        self.change(op, id, (Some(Change::State), change), event)
            .await
    }

    /// Sends everybody away whose time is over: as if an administrator had deactivated them. How many.
    ///
    /// # Errors
    /// [`DirectoryError`]; those before the one at which it failed have gone.
    pub async fn send_away_whose_time_is_over(&self, op: &Op) -> Result<usize, DirectoryError> {
        const AT_A_TIME: i64 = 100;
        let now = op.now;
        let over = self
            .store
            .read(move |txn| rows::whose_time_is_over(txn, now, AT_A_TIME));
        let over = over.await?;
        for id in &over {
            match self.set_user_state(op, id, UserState::Deactivated).await {
                Ok(_) | Err(DirectoryError::NotFound { .. }) => {}
                // Somebody must be left who can let others in.
                Err(DirectoryError::LastAdministrator(name)) => {
                    tracing::warn!(name, "the last administrator's time is over; they stay");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(over.len())
    }

    /// Deletes a person with their memberships, assignments, credentials and sessions. Their SourceIdentity stays theirs,
    /// and what the audit says of them stays readable until they are erased.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn delete_user(&self, op: &Op, id: &UserId) -> Result<(), DirectoryError> {
        self.remove(op, id, None).await
    }

    /// Deletes a person and destroys their key, in one transaction: the audit's chain still verifies, and nobody reads any more
    /// what it holds of them.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn erase_user(&self, op: &Op, id: &UserId) -> Result<(), DirectoryError> {
        let event = AuditEvent::PersonErased {
            user_id: id.clone(),
        };
        let erased = self.audit.prepare(op, &event).await?;
        self.remove(op, id, Some(erased)).await?;
        self.audit.forget(id);
        Ok(())
    }

    async fn remove(
        &self,
        op: &Op,
        id: &UserId,
        erased: Option<AuditEntry>,
    ) -> Result<(), DirectoryError> {
        for _ in 0..TRIES {
            let erased = erased.clone();
            let before = self.existing(id).await?;
            let gone = self.unassign_all(op, &Principal::User(id.clone())).await?;
            let ended = self.session_ends(op, id).await?;
            let left = self.leave_all(op, id).await?;
            let deleted = AuditEvent::UserDeleted {
                before: (&before).into(),
            };
            let entry = self.audit.prepare(op, &deleted).await?;
            let now = op.now;
            let asked = Asked::about(Change::Removal, id);
            let outcome = self.write_as(op, asked, move |txn| {
                if is_last_administrator(txn, &before, None)? {
                    let name = before.user_name.to_string();
                    return Ok(Attempt::Refused(DirectoryError::LastAdministrator(name)));
                }
                if !gone.delete(txn)? || !left.delete(txn)? {
                    return Err(StoreError::Changed);
                }
                end_sessions(txn, &before.id, &ended, now)?;
                failure_counters::clear_of(txn, &before.id)?;
                if !rows::delete(txn, &before.id, before.revision)? {
                    return Err(StoreError::Changed);
                }
                configuration::raise_revision(txn)?;
                txn.append_audit(&entry)?;
                if let Some(erased) = &erased
                    && person_keys::destroy(txn, &before.id, now)?
                {
                    txn.append_audit(erased)?;
                }
                Ok(Attempt::Done(()))
            });
            match outcome.await {
                Ok(Attempt::Done(())) => return Ok(()),
                Ok(Attempt::Refused(error)) => return Err(error),
                Ok(Attempt::Lost) | Err(DirectoryError::Store(StoreError::Changed)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(DirectoryError::Conflict)
    }

    async fn leave_all(&self, op: &Op, id: &UserId) -> Result<Left, DirectoryError> {
        let user_id = id.clone();
        let of = self
            .store
            .read(move |txn| groups::groups_of(txn, &user_id))
            .await?;
        let mut entries = Vec::with_capacity(of.len());
        for group in of {
            let removed = AuditEvent::MembershipRemoved {
                group_id: group.id.clone(),
                user_id: id.clone(),
            };
            entries.push((group.id, self.audit.prepare(op, &removed).await?));
        }
        Ok(Left {
            user_id: id.clone(),
            entries,
        })
    }
}

/// The memberships that end with a person.
struct Left {
    user_id: UserId,
    entries: Vec<(GroupId, AuditEntry)>,
}

impl Left {
    /// False when they are no longer the ones that were read.
    fn delete(&self, txn: &mut dyn Txn) -> Result<bool, StoreError> {
        if groups::groups_of(txn, &self.user_id)?.len() != self.entries.len() {
            return Ok(false);
        }
        for (group_id, entry) in &self.entries {
            if !groups::remove_member(txn, group_id, &self.user_id)? {
                return Ok(false);
            }
            txn.append_audit(entry)?;
        }
        Ok(true)
    }
}
