//! The organisation at a past time, rebuilt from the audit alone.
//!
//! Only changes are read. What the tables remove by their foreign keys (a deleted user's memberships, a deleted
//! account's assignments) goes here by the same rule; every other removal has its own record.

use std::collections::{BTreeMap, BTreeSet};

use super::record::{Body, json};
use super::{Audit, AuditError, AuditEvent, PolicySnapshot, UserSnapshot};
use crate::model::{
    AccountAssignment, AccountId, AccountRule, AppAssignment, AppId, Application, AwsAccount,
    Group, GroupId, PermissionSet, PermissionSetId, Timestamp, UserId,
};
use crate::op::Op;
use crate::store::audit_records::{self as rows, TimeCursor};

const PAGE: i64 = 1_000;

/// The kinds that change the organisation.
const CHANGES: [&str; 31] = [
    "user.created",
    "user.updated",
    "user.disabled",
    "user.enabled",
    "user.suspended",
    "user.activated",
    "user.role_changed",
    "user.deleted",
    "group.created",
    "group.updated",
    "group.deleted",
    "membership.added",
    "membership.removed",
    "application.created",
    "application.updated",
    "application.deleted",
    "application.assigned",
    "application.unassigned",
    "aws_account.created",
    "aws_account.updated",
    "aws_account.deleted",
    "permission_set.created",
    "permission_set.updated",
    "permission_set.deleted",
    "account_assignment.added",
    "account_assignment.removed",
    "account_rule.added",
    "account_rule.removed",
    "group.nested",
    "group.unnested",
    "policy.set",
];

/// Who was there, and what they might do.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct OrganisationAt {
    /// The users, with their states and roles; the profiles of erased people cannot be read.
    pub users: BTreeMap<UserId, UserSnapshot>,
    /// The groups.
    pub groups: BTreeMap<GroupId, Group>,
    /// Who was a member of which group.
    pub memberships: BTreeSet<(GroupId, UserId)>,
    /// Which group was in which: the outer one first.
    pub nestings: BTreeSet<(GroupId, GroupId)>,
    /// The applications.
    pub applications: BTreeMap<AppId, Application>,
    /// Who might use them.
    pub application_assignments: BTreeSet<AppAssignment>,
    /// The AWS accounts.
    pub accounts: BTreeMap<AccountId, AwsAccount>,
    /// The permission sets.
    pub permission_sets: BTreeMap<PermissionSetId, PermissionSet>,
    /// Who might take which permission set in which account.
    pub account_assignments: BTreeSet<AccountAssignment>,
    /// Who might take which permission set in accounts of which kind.
    pub account_rules: BTreeSet<AccountRule>,
    /// The policies by their ids.
    pub policies: BTreeMap<String, PolicySnapshot>,
}

impl Audit {
    /// The organisation as it was after everything recorded up to and including `at`.
    ///
    /// # Errors
    /// [`AuditError::Json`] when a record cannot be read; the database's.
    pub async fn replay(&self, op: &Op, at: Timestamp) -> Result<OrganisationAt, AuditError> {
        let mut organisation = OrganisationAt::default();
        let mut after = TimeCursor::before_all();
        loop {
            let from = after.clone();
            let page = self
                .0
                .store
                .read(move |txn| rows::page_by_time(txn, &CHANGES, at.as_millis(), &from, PAGE))
                .await?;
            if page.is_empty() {
                organisation.keep_what_has_its_ends();
                return Ok(organisation);
            }
            for (cursor, record) in page {
                let body = self.opened(op.now, &record.entry).await?;
                let body: Body = serde_json::from_value(body).map_err(json)?;
                organisation.apply(body.event);
                after = cursor;
            }
        }
    }
}

/// Something with a revision: of two records of different streams with the same time, the later change is the one with
/// the higher revision.
trait Revised {
    fn revision(&self) -> i64;
}

macro_rules! revised {
    ($($type:ty),+) => { $(impl Revised for $type {
        fn revision(&self) -> i64 { self.revision }
    })+ };
}
revised!(
    UserSnapshot,
    Group,
    Application,
    AwsAccount,
    PermissionSet,
    PolicySnapshot
);

fn put<K: Ord, V: Revised>(map: &mut BTreeMap<K, V>, key: K, value: V) {
    let older = map
        .get(&key)
        .is_some_and(|there| there.revision() > value.revision());
    if !older {
        map.insert(key, value);
    }
}

impl OrganisationAt {
    /// The tables' foreign keys hold at every moment: a membership or an assignment without its two ends is one whose
    /// removal went before it in the order of time, at the same millisecond in another stream.
    fn keep_what_has_its_ends(&mut self) {
        let Self {
            users,
            groups,
            applications,
            accounts,
            permission_sets,
            ..
        } = self;
        self.memberships
            .retain(|(group, user)| groups.contains_key(group) && users.contains_key(user));
        self.nestings
            .retain(|(outer, inner)| groups.contains_key(outer) && groups.contains_key(inner));
        self.account_rules
            .retain(|rule| permission_sets.contains_key(&rule.permission_set_id));
        self.application_assignments
            .retain(|a| applications.contains_key(&a.app_id));
        self.account_assignments.retain(|a| {
            accounts.contains_key(&a.account_id)
                && permission_sets.contains_key(&a.permission_set_id)
        });
    }

    fn apply(&mut self, event: AuditEvent) {
        match event {
            AuditEvent::UserCreated { after }
            | AuditEvent::UserUpdated { after, .. }
            | AuditEvent::UserDisabled { after, .. }
            | AuditEvent::UserEnabled { after, .. }
            | AuditEvent::UserSuspended { after, .. }
            | AuditEvent::UserActivated { after, .. }
            | AuditEvent::UserRoleChanged { after, .. } => {
                put(&mut self.users, after.id.clone(), after);
            }
            AuditEvent::UserDeleted { before } => {
                self.users.remove(&before.id);
                self.memberships.retain(|(_, user)| *user != before.id);
            }
            AuditEvent::GroupCreated { after } | AuditEvent::GroupUpdated { after, .. } => {
                put(&mut self.groups, after.id.clone(), after);
            }
            AuditEvent::GroupDeleted { before } => {
                self.groups.remove(&before.id);
                self.memberships.retain(|(group, _)| *group != before.id);
                self.nestings
                    .retain(|(outer, inner)| *outer != before.id && *inner != before.id);
            }
            AuditEvent::MembershipAdded { group_id, user_id } => {
                self.memberships.insert((group_id, user_id));
            }
            AuditEvent::MembershipRemoved { group_id, user_id } => {
                self.memberships.remove(&(group_id, user_id));
            }
            AuditEvent::GroupNested {
                group_id,
                member_id,
            } => {
                self.nestings.insert((group_id, member_id));
            }
            AuditEvent::GroupUnnested {
                group_id,
                member_id,
            } => {
                self.nestings.remove(&(group_id, member_id));
            }
            other => self.apply_to_targets(other),
        }
    }

    fn apply_to_targets(&mut self, event: AuditEvent) {
        match event {
            AuditEvent::ApplicationCreated { after }
            | AuditEvent::ApplicationUpdated { after, .. } => {
                put(&mut self.applications, after.id.clone(), after);
            }
            AuditEvent::ApplicationDeleted { before } => {
                self.applications.remove(&before.id);
                self.application_assignments
                    .retain(|a| a.app_id != before.id);
            }
            AuditEvent::ApplicationAssigned(assignment) => {
                self.application_assignments.insert(assignment);
            }
            AuditEvent::ApplicationUnassigned(assignment) => {
                self.application_assignments.remove(&assignment);
            }
            AuditEvent::AwsAccountCreated { after }
            | AuditEvent::AwsAccountUpdated { after, .. } => {
                put(&mut self.accounts, after.id.clone(), after);
            }
            AuditEvent::AwsAccountDeleted { before } => {
                self.accounts.remove(&before.id);
                self.account_assignments
                    .retain(|a| a.account_id != before.id);
            }
            AuditEvent::PermissionSetCreated { after }
            | AuditEvent::PermissionSetUpdated { after, .. } => {
                put(&mut self.permission_sets, after.id.clone(), after);
            }
            AuditEvent::PermissionSetDeleted { before } => {
                self.permission_sets.remove(&before.id);
                self.account_assignments
                    .retain(|a| a.permission_set_id != before.id);
                self.account_rules
                    .retain(|rule| rule.permission_set_id != before.id);
            }
            AuditEvent::AccountAssignmentAdded(assignment) => {
                self.account_assignments.insert(assignment);
            }
            AuditEvent::AccountAssignmentRemoved(assignment) => {
                self.account_assignments.remove(&assignment);
            }
            AuditEvent::AccountRuleAdded(rule) => {
                self.account_rules.insert(rule);
            }
            AuditEvent::AccountRuleRemoved(rule) => {
                self.account_rules.remove(&rule);
            }
            AuditEvent::PolicySet { before, after } => match (before, after) {
                (_, Some(after)) => put(&mut self.policies, after.id.clone(), after),
                (Some(before), None) => {
                    self.policies.remove(&before.id);
                }
                (None, None) => {}
            },
            _ => {}
        }
    }
}
