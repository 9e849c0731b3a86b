//! What a person or a group that goes was assigned to.

use super::{Directory, DirectoryError};
use crate::audit::AuditEvent;
use crate::model::{AccountAssignment, AccountRule, AppAssignment, Principal};
use crate::op::Op;
use crate::store::{AuditEntry, StoreError, Txn, assignments as rows};

/// The assignments that end with their principal, each with its record.
pub(super) struct Gone {
    principal: Principal,
    apps: Vec<(AppAssignment, AuditEntry)>,
    accounts: Vec<(AccountAssignment, AuditEntry)>,
    rules: Vec<(AccountRule, AuditEntry)>,
}

impl Gone {
    /// False when they are no longer the ones that were read.
    pub(super) fn delete(&self, txn: &mut dyn Txn) -> Result<bool, StoreError> {
        let now = rows::of_principal(txn, &self.principal)?;
        let counts = [now.apps.len(), now.accounts.len(), now.rules.len()];
        if counts != [self.apps.len(), self.accounts.len(), self.rules.len()] {
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
        for (rule, entry) in &self.rules {
            if !rows::delete_rule(txn, rule)? {
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
        let assigned = self
            .store
            .read(move |txn| rows::of_principal(txn, &of))
            .await?;
        let mut gone = Gone {
            principal: principal.clone(),
            apps: Vec::with_capacity(assigned.apps.len()),
            accounts: Vec::with_capacity(assigned.accounts.len()),
            rules: Vec::with_capacity(assigned.rules.len()),
        };
        for assignment in assigned.apps {
            let event = AuditEvent::ApplicationUnassigned(assignment.clone());
            gone.apps
                .push((assignment, self.audit.prepare(op, &event).await?));
        }
        for assignment in assigned.accounts {
            let event = AuditEvent::AccountAssignmentRemoved(assignment.clone());
            gone.accounts
                .push((assignment, self.audit.prepare(op, &event).await?));
        }
        for rule in assigned.rules {
            let event = AuditEvent::AccountRuleRemoved(rule.clone());
            gone.rules
                .push((rule, self.audit.prepare(op, &event).await?));
        }
        Ok(gone)
    }
}
