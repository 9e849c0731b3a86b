//! Who may use what.

use super::accounts::checked_selector;
use super::{Apps, AppsError, Attempt};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change, Weight};
use crate::model::{
    AccountAssignment, AccountRule, AppAssignment, PermissionSetId, Principal, ProtectedObject,
};
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
        let asked = application().weighing(Weight {
            objects: vec![object(&assignment.principal)],
            reaches_members: true,
            ..Weight::value(&assignment)
        });
        self.commit(op, (asked, &event), move |txn| {
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
        self.commit(op, (application(), &event), move |txn| {
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
        let place = ProtectedObject::Account(assignment.account_id.clone());
        let asked = account().weighing(Weight {
            objects: vec![place, object(&assignment.principal)],
            reaches_members: true,
            ..Weight::value(&assignment)
        });
        self.commit(op, (asked, &event), move |txn| {
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
        self.commit(op, (account(), &event), move |txn| {
            done(rows::delete_account(txn, &assignment)?)
        })
        .await
    }

    /// Lets a person or a group take a permission set in every account that a selector finds, those that are added later
    /// among them; false when they may already.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn assign_rule(&self, op: &Op, rule: AccountRule) -> Result<bool, AppsError> {
        let rule = AccountRule {
            selector: checked_selector(rule.selector)?,
            ..rule
        };
        let event = AuditEvent::AccountRuleAdded(rule.clone());
        let asked = account().weighing(Weight {
            objects: vec![object(&rule.principal)],
            selectors: vec![rule.selector.clone()],
            reaches_members: true,
            ..Weight::value(&rule)
        });
        self.commit(op, (asked, &event), move |txn| {
            if aws::permission_set_by_id(txn, &rule.permission_set_id)?.is_none() {
                return Ok(not_found("permission set", rule.permission_set_id.as_str()));
            }
            if let Some(refused) = nobody(txn, &rule.principal)? {
                return Ok(refused);
            }
            done(rows::insert_rule(txn, &rule)?)
        })
        .await
    }

    /// Ends that; false when there is nothing to end.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn unassign_rule(&self, op: &Op, rule: AccountRule) -> Result<bool, AppsError> {
        let event = AuditEvent::AccountRuleRemoved(rule.clone());
        self.commit(op, (account(), &event), move |txn| {
            done(rows::delete_rule(txn, &rule)?)
        })
        .await
    }

    /// Every assignment by what accounts are.
    ///
    /// # Errors
    /// The store's.
    pub async fn account_rules(&self) -> Result<Vec<AccountRule>, StoreError> {
        self.store.read(rows::rules).await
    }

    /// The rules that end with a permission set, each with its record.
    pub(super) async fn ended_rules(
        &self,
        op: &Op,
        set: &PermissionSetId,
    ) -> Result<Vec<(AccountRule, AuditEntry)>, AppsError> {
        let mut ended = Vec::new();
        let rules = self.account_rules().await?.into_iter();
        for rule in rules.filter(|rule| rule.permission_set_id == *set) {
            let event = AuditEvent::AccountRuleRemoved(rule.clone());
            let entry = self.audit.prepare(op, &event).await?;
            ended.push((rule, entry));
        }
        Ok(ended)
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

fn application() -> Asked {
    Asked::of(Change::Application)
}

/// A person or a group as something that may be protected.
fn object(principal: &Principal) -> ProtectedObject {
    match principal {
        Principal::User(id) => ProtectedObject::User(id.clone()),
        Principal::Group(id) => ProtectedObject::Group(id.clone()),
    }
}

fn account() -> Asked {
    Asked::of(Change::AccountAssignment)
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
