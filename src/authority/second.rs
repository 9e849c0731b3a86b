//! The second administrator: what touches something that is protected is not done before another one has agreed to exactly
//! that. Whoever wanted it does it again then; nothing is done in anybody's absence.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Asked;
use crate::audit::{Audit, AuditError, AuditEvent};
use crate::model::{
    AccountSelector, Approval, Duty, GroupId, PermissionSetId, Principal, ProtectedObject,
    RequestId, SecretHash, Span, Timestamp, User, UserId,
};
use crate::op::{Actor, Op};
use crate::policy::Change;
use crate::store::{
    AuditEntry, StoreError, Txn, assignments, aws, groups as group_rows, policies,
    protection as rows, users,
};

/// So long somebody waits, and so long an agreement holds.
const WAITS: Span = Span::hours(1);

/// What exactly a change adds, resets or loosens, besides the person and the groups that it is about.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Weight {
    /// In words or as JSON: an agreement holds for this and nothing else.
    pub detail: String,
    /// Accounts, people and groups.
    pub objects: Vec<ProtectedObject>,
    /// Accounts by what they are.
    pub selectors: Vec<AccountSelector>,
    /// Permission sets: with them every account in which somebody may take them.
    pub sets: Vec<PermissionSetId>,
    /// Everything that there is.
    pub everything: bool,
    /// Whether what is done to a group is done to everybody and every group in it.
    pub reaches_members: bool,
    /// Whether it ends what the policy of a group asks for, and nothing else: where there is none, nothing is loosened.
    pub ends_policy: bool,
}

impl Weight {
    /// Of what the person and the groups alone say where it is.
    pub fn of(detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..Self::default()
        }
    }

    /// Of a value.
    pub fn value(value: &impl Serialize) -> Self {
        // What is given here has no key that is no text.
        Self::of(serde_json::to_string(value).unwrap_or_default())
    }
}

/// The question for a second administrator, made outside the transaction.
pub(super) struct Second {
    fingerprint: String,
    approval: Approval,
    entry: AuditEntry,
    request_id: RequestId,
    now: Timestamp,
}

impl Second {
    /// None where none is needed, whatever is protected: for what takes away, and for the host's shell and our own jobs.
    pub(super) async fn prepare(
        audit: &Audit,
        op: &Op,
        asked: &Asked,
    ) -> Result<Option<Self>, AuditError> {
        let (Some(weight), Actor::User(actor)) = (&asked.weight, &op.actor) else {
            return Ok(None);
        };
        let change = asked.change.name();
        let exactly = serde_json::json!([change, asked.person, asked.groups, weight]);
        let id = format!("v{}", hex::encode(op.entropy.octets::<16>()));
        let about = named(asked, weight);
        let event = AuditEvent::ApprovalRequested {
            approval_id: id.clone(),
            change: change.to_owned(),
            about: about.clone(),
        };
        Ok(Some(Self {
            fingerprint: SecretHash::of(&exactly.to_string()).as_str().to_owned(),
            approval: Approval {
                id,
                change: change.to_owned(),
                about,
                detail: weight.detail.clone(),
                requested_by: actor.clone(),
                created_at: op.now,
                expires_at: op.now.plus(WAITS),
                agreed_by: None,
                agreed_at: None,
            },
            entry: audit.prepare(op, &event).await?,
            request_id: op.request_id.clone(),
            now: op.now,
        }))
    }

    /// Whether none is needed, or one has agreed; otherwise it is kept that somebody waits.
    pub(super) fn is_there(&self, txn: &mut dyn Txn, asked: &Asked) -> Result<bool, StoreError> {
        let Some(weight) = &asked.weight else {
            return Ok(true);
        };
        if !touches_protected(txn, asked, weight)? {
            return Ok(true);
        }
        let who: (&str, &UserId) = (&self.fingerprint, &self.approval.requested_by);
        if rows::use_agreed(txn, who, &self.request_id, self.now)? {
            return Ok(true);
        }
        if rows::request(txn, &self.fingerprint, &self.approval)? {
            txn.append_audit(&self.entry)?;
        }
        Ok(false)
    }
}

fn named(asked: &Asked, weight: &Weight) -> Vec<ProtectedObject> {
    let person = asked.person.iter().cloned().map(ProtectedObject::User);
    let groups = asked.groups.iter().cloned().map(ProtectedObject::Group);
    person
        .chain(groups)
        .chain(weight.objects.iter().cloned())
        .collect()
}

fn touches_protected(
    txn: &mut dyn Txn,
    asked: &Asked,
    weight: &Weight,
) -> Result<bool, StoreError> {
    let protected = rows::all(txn)?;
    if protected.is_empty() {
        return Ok(false);
    }
    let named = named(asked, weight);
    let mut groups: BTreeSet<GroupId> = named.iter().filter_map(group_of).cloned().collect();
    let reset = who_is_reset(txn, asked)?;
    if let Some(user) = &reset {
        groups.extend(group_rows::effective_ids(txn, user)?);
    }
    // Whoever comes into a group comes into those that it is in.
    let mut outer = BTreeSet::new();
    for group in &groups {
        outer.extend(group_rows::with_ancestors(txn, group)?);
    }
    if weight.ends_policy && !has_policy(txn, &outer)? {
        return Ok(false);
    }
    let is_outer = |group: &GroupId| protected.contains(&ProtectedObject::Group(group.clone()));
    Ok(weight.everything
        || named.iter().any(|one| protected.contains(one))
        || outer.iter().any(is_outer)
        // Whoever could become an administrator could be their own second one.
        || reset.as_ref().is_some_and(|user| user.admin_role.may(Duty::Everything))
        || (weight.reaches_members && reaches_inward(txn, &protected, &groups)?)
        || (!weight.ends_policy
            && reaches_an_account(txn, &protected, weight, &principals(reset, outer))?))
}

const fn group_of(object: &ProtectedObject) -> Option<&GroupId> {
    match object {
        ProtectedObject::Group(id) => Some(id),
        ProtectedObject::User(_) | ProtectedObject::Account(_) => None,
    }
}

fn has_policy(txn: &mut dyn Txn, groups: &BTreeSet<GroupId>) -> Result<bool, StoreError> {
    for group in groups {
        if policies::is_set(txn, ("group", group.as_str()))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whom somebody could become by it: whoever is reset.
fn who_is_reset(txn: &mut dyn Txn, asked: &Asked) -> Result<Option<User>, StoreError> {
    let resets = matches!(
        asked.change,
        Change::ShownLink | Change::Credentials | Change::Pass
    );
    match &asked.person {
        Some(id) if resets => users::by_id(txn, id),
        _ => Ok(None),
    }
}

fn principals(user: Option<User>, groups: BTreeSet<GroupId>) -> BTreeSet<Principal> {
    let user = user.into_iter().map(|user| Principal::User(user.id));
    user.chain(groups.into_iter().map(Principal::Group))
        .collect()
}

/// Whether something that is protected is in one of these groups, however deep.
fn reaches_inward(
    txn: &mut dyn Txn,
    protected: &[ProtectedObject],
    groups: &BTreeSet<GroupId>,
) -> Result<bool, StoreError> {
    for object in protected {
        let within = match object {
            ProtectedObject::Group(id) => {
                group_rows::with_ancestors(txn, id)?.into_iter().collect()
            }
            ProtectedObject::User(id) => match users::by_id(txn, id)? {
                Some(user) => group_rows::effective_ids(txn, &user)?,
                None => BTreeSet::new(),
            },
            ProtectedObject::Account(_) => BTreeSet::new(),
        };
        if within.iter().any(|group| groups.contains(group)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether it leads into an account that is protected: by what the account is, by a permission set, or because these have
/// something there.
fn reaches_an_account(
    txn: &mut dyn Txn,
    protected: &[ProtectedObject],
    weight: &Weight,
    principals: &BTreeSet<Principal>,
) -> Result<bool, StoreError> {
    for object in protected {
        let ProtectedObject::Account(id) = object else {
            continue;
        };
        let Some(account) = aws::account_by_id(txn, id)? else {
            continue;
        };
        let is_found = weight.selectors.iter().any(|one| one.covers(&account));
        if is_found
            || assignments::any_assigned(txn, &account, &weight.sets)?
            || assignments::reaches_account(txn, &account, principals)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}
