//! Who may use what.

use super::{Apps, AppsError, Attempt};
use crate::audit::AuditEvent;
use crate::model::{AccountAssignment, AppAssignment, Principal};
use crate::op::Op;
use crate::store::{
    AuditEntry, StoreError, Txn, applications, assignments as rows, aws, groups, users,
};

/// The assignments that end with an account or a permission set, each with its record.
pub(super) struct Ended(Vec<(AccountAssignment, AuditEntry)>);

impl Ended {
    /// False when one of them has ended meanwhile. One that was made meanwhile keeps the foreign key from being broken:
    /// its row goes with the account, and its record is the account's.
    pub(super) fn delete(&self, txn: &mut dyn Txn) -> Result<bool, StoreError> {
        for (assignment, entry) in &self.0 {
            if !rows::delete_account(txn, assignment)? {
                return Ok(false);
            }
            txn.append_audit(entry)?;
        }
        Ok(true)
    }
}

impl Apps {
    /// Lets a person or a group use an application; false when they may already.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn assign(&self, op: &Op, assignment: AppAssignment) -> Result<bool, AppsError> {
        let event = AuditEvent::ApplicationAssigned(assignment.clone());
        self.commit(op, &event, move |txn| {
            if applications::by_id(txn, &assignment.app_id)?.is_none() {
                return Ok(not_found("application", assignment.app_id.as_str()));
            }
            if let Some(refused) = nobody(txn, &assignment.principal)? {
                return Ok(refused);
            }
            done(rows::insert_app(txn, &assignment)?)
        })
        .await
    }

    /// Ends that; false when there is nothing to end.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn unassign(&self, op: &Op, assignment: AppAssignment) -> Result<bool, AppsError> {
        let event = AuditEvent::ApplicationUnassigned(assignment.clone());
        self.commit(op, &event, move |txn| {
            done(rows::delete_app(txn, &assignment)?)
        })
        .await
    }

    /// Lets a person or a group take a permission set in an account; false when they may already.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn assign_account(
        &self,
        op: &Op,
        assignment: AccountAssignment,
    ) -> Result<bool, AppsError> {
        let event = AuditEvent::AccountAssignmentAdded(assignment.clone());
        self.commit(op, &event, move |txn| {
            if aws::account_by_id(txn, &assignment.account_id)?.is_none() {
                return Ok(not_found("AWS account", assignment.account_id.as_str()));
            }
            if aws::permission_set_by_id(txn, &assignment.permission_set_id)?.is_none() {
                return Ok(not_found(
                    "permission set",
                    assignment.permission_set_id.as_str(),
                ));
            }
            if let Some(refused) = nobody(txn, &assignment.principal)? {
                return Ok(refused);
            }
            done(rows::insert_account(txn, &assignment)?)
        })
        .await
    }

    /// Ends that; false when there is nothing to end.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn unassign_account(
        &self,
        op: &Op,
        assignment: AccountAssignment,
    ) -> Result<bool, AppsError> {
        let event = AuditEvent::AccountAssignmentRemoved(assignment.clone());
        self.commit(op, &event, move |txn| {
            done(rows::delete_account(txn, &assignment)?)
        })
        .await
    }

    pub(super) async fn ended_assignments(
        &self,
        op: &Op,
        ends: impl Fn(&AccountAssignment) -> bool,
    ) -> Result<Ended, AppsError> {
        let mut ended = Vec::new();
        for assignment in self
            .account_assignments()
            .await?
            .into_iter()
            .filter(|a| ends(a))
        {
            let event = AuditEvent::AccountAssignmentRemoved(assignment.clone());
            let entry = self.audit.prepare(op, &event).await?;
            ended.push((assignment, entry));
        }
        Ok(Ended(ended))
    }
}

/// A change that changes nothing is no change, and leaves no record.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the last expression of transactions"
)]
fn done(is_changed: bool) -> Result<Attempt, StoreError> {
    Ok(if is_changed {
        Attempt::Done
    } else {
        Attempt::Lost
    })
}

fn not_found(what: &'static str, name: &str) -> Attempt {
    Attempt::Refused(AppsError::NotFound {
        what,
        name: name.to_owned(),
    })
}

fn nobody(txn: &mut dyn Txn, principal: &Principal) -> Result<Option<Attempt>, StoreError> {
    Ok(match principal {
        Principal::User(id) if users::by_id(txn, id)?.is_none() => {
            Some(not_found("user", id.as_str()))
        }
        Principal::Group(id) if groups::by_id(txn, id)?.is_none() => {
            Some(not_found("group", id.as_str()))
        }
        _ => None,
    })
}
