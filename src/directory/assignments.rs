//! What a person or a group that goes was assigned to.

use super::{Directory, DirectoryError};
use crate::audit::AuditEvent;
use crate::model::{AccountAssignment, AppAssignment, Principal};
use crate::op::Op;
use crate::store::{AuditEntry, StoreError, Txn, assignments as rows};

/// The assignments that end with their principal, each with its record.
pub(super) struct Gone {
    principal: Principal,
    apps: Vec<(AppAssignment, AuditEntry)>,
    accounts: Vec<(AccountAssignment, AuditEntry)>,
}

impl Gone {
    /// False when they are no longer the ones that were read.
    pub(super) fn delete(&self, txn: &mut dyn Txn) -> Result<bool, StoreError> {
        let (apps, accounts) = rows::of_principal(txn, &self.principal)?;
        if apps.len() != self.apps.len() || accounts.len() != self.accounts.len() {
            return Ok(false);
        }
        for (assignment, entry) in &self.apps {
            if !rows::delete_app(txn, assignment)? {
                return Ok(false);
            }
            txn.append_audit(entry)?;
        }
        for (assignment, entry) in &self.accounts {
            if !rows::delete_account(txn, assignment)? {
                return Ok(false);
            }
            txn.append_audit(entry)?;
        }
        Ok(true)
    }
}

impl Directory {
    pub(super) async fn unassign_all(
        &self,
        op: &Op,
        principal: &Principal,
    ) -> Result<Gone, DirectoryError> {
        let of = principal.clone();
        let (apps, accounts) = self
            .store
            .read(move |txn| rows::of_principal(txn, &of))
            .await?;
        let mut gone = Gone {
            principal: principal.clone(),
            apps: Vec::with_capacity(apps.len()),
            accounts: Vec::with_capacity(accounts.len()),
        };
        for assignment in apps {
            let event = AuditEvent::ApplicationUnassigned(assignment.clone());
            gone.apps
                .push((assignment, self.audit.prepare(op, &event).await?));
        }
        for assignment in accounts {
            let event = AuditEvent::AccountAssignmentRemoved(assignment.clone());
            gone.accounts
                .push((assignment, self.audit.prepare(op, &event).await?));
        }
        Ok(gone)
    }
}
