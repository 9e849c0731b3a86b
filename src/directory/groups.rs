//! Groups and memberships.

use super::grouping::by_rule;
use super::values::plain;
use super::{Attempt, Directory, DirectoryError, TRIES};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change, Weight};
use crate::model::{Group, GroupId, Principal, ProtectedObject, UserId, fold_key};
use crate::op::Op;
use crate::store::{StoreError, configuration, groups as rows, users};

impl Directory {
    /// Makes a group.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn create_group(
        &self,
        op: &Op,
        name: &str,
        description: &str,
    ) -> Result<Group, DirectoryError> {
        let group = Group {
            id: GroupId::from_random(op.entropy.octets()),
            name: name_of(name)?,
            description: plain("description", description)?,
            rule: None,
            created_at: op.now,
            revision: 0,
        };
        let created = AuditEvent::GroupCreated {
            after: group.clone(),
        };
        let entry = self.audit.prepare(op, &created).await?;
        let stored = group.clone();
        let is_made = self
            .write_as(op, Asked::of(Change::Group), move |txn| {
                let is_made = rows::insert(txn, &stored)?;
                if is_made {
                    configuration::raise_revision(txn)?;
                    txn.append_audit(&entry)?;
                }
                Ok(is_made)
            })
            .await?;
        if is_made { Ok(group) } else { Err(taken(name)) }
    }

    /// Changes a group's name and description.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn update_group(
        &self,
        op: &Op,
        id: &GroupId,
        name: &str,
        description: &str,
    ) -> Result<Group, DirectoryError> {
        for _ in 0..TRIES {
            let before = self.existing_group(id).await?;
            let mut after = Group {
                name: name_of(name)?,
                description: plain("description", description)?,
                ..before.clone()
            };
            if after == before {
                return Ok(before);
            }
            after.revision = before.revision.saturating_add(1);
            let event = AuditEvent::GroupUpdated {
                before,
                after: after.clone(),
            };
            let entry = self.audit.prepare(op, &event).await?;
            let stored = after.clone();
            let outcome = self.write_as(op, Asked::of(Change::Group).in_group(id), move |txn| {
                let other = rows::by_name_key(txn, &fold_key(&stored.name))?;
                if other.is_some_and(|other| other.id != stored.id) {
                    return Ok(Attempt::Refused(taken(&stored.name)));
                }
                if !rows::update(txn, &stored)? {
                    return Ok(Attempt::Lost);
                }
                configuration::raise_revision(txn)?;
                txn.append_audit(&entry)?;
                Ok(Attempt::Done(()))
            });
            match outcome.await? {
                Attempt::Done(()) => return Ok(after),
                Attempt::Refused(error) => return Err(error),
                Attempt::Lost => {}
            }
        }
        Err(DirectoryError::Conflict)
    }

    /// Deletes a group with its memberships, assignments and policy.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn delete_group(&self, op: &Op, id: &GroupId) -> Result<(), DirectoryError> {
        for _ in 0..TRIES {
            let before = self.existing_group(id).await?;
            let gone = self.unassign_all(op, &Principal::Group(id.clone())).await?;
            let policy = self.audit.prepare_policy_end(op, ("group", id.as_str()));
            let policy = policy.await?;
            let event = AuditEvent::GroupDeleted {
                before: before.clone(),
            };
            let entry = self.audit.prepare(op, &event).await?;
            let asked = Asked::of(Change::GroupRemoval).weighing(Weight {
                objects: vec![ProtectedObject::Group(id.clone())],
                reaches_members: true,
                ends_policy: true,
                ..Weight::of(before.name.clone())
            });
            let outcome = self.write_as(op, asked, move |txn| {
                if !gone.delete(txn)?
                    || !policy.delete(txn)?
                    || !rows::delete(txn, &before.id, before.revision)?
                {
                    return Err(StoreError::Changed);
                }
                configuration::raise_revision(txn)?;
                txn.append_audit(&entry)
            });
            match outcome.await {
                Ok(()) => return Ok(()),
                Err(DirectoryError::Store(StoreError::Changed)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(DirectoryError::Conflict)
    }

    /// Makes a person a member; false when they are one.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn add_member(
        &self,
        op: &Op,
        group_id: &GroupId,
        user_id: &UserId,
    ) -> Result<bool, DirectoryError> {
        let event = AuditEvent::MembershipAdded {
            group_id: group_id.clone(),
            user_id: user_id.clone(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let asked = Asked::about(Change::Membership, user_id)
            .in_group(group_id)
            .weighing(Weight::of("member"));
        let (group_id, member, now) = (group_id.clone(), user_id.clone(), op.now);
        let outcome = self.write_as(op, asked, move |txn| {
            match rows::by_id(txn, &group_id)? {
                None => return Ok(Attempt::Refused(not_found("group", group_id.as_str()))),
                Some(group) if group.rule.is_some() => return Ok(Attempt::Refused(by_rule())),
                Some(_) => {}
            }
            if users::by_id(txn, &member)?.is_none() {
                return Ok(Attempt::Refused(not_found("user", member.as_str())));
            }
            if !rows::add_member(txn, &group_id, &member, now)? {
                return Ok(Attempt::Done(false));
            }
            configuration::raise_revision(txn)?;
            txn.append_audit(&entry)?;
            Ok(Attempt::Done(true))
        });
        match outcome.await? {
            Attempt::Done(is_new) => Ok(is_new),
            Attempt::Refused(error) => Err(error),
            Attempt::Lost => Err(DirectoryError::Conflict),
        }
    }

    /// Ends a membership; false when there is none.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn remove_member(
        &self,
        op: &Op,
        group_id: &GroupId,
        user_id: &UserId,
    ) -> Result<bool, DirectoryError> {
        let event = AuditEvent::MembershipRemoved {
            group_id: group_id.clone(),
            user_id: user_id.clone(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let asked = Asked::about(Change::Membership, user_id)
            .in_group(group_id)
            .weighing(Weight {
                ends_policy: true,
                ..Weight::of("no member")
            });
        let (group_id, member) = (group_id.clone(), user_id.clone());
        self.write_as(op, asked, move |txn| {
            let is_removed = rows::remove_member(txn, &group_id, &member)?;
            if is_removed {
                configuration::raise_revision(txn)?;
                txn.append_audit(&entry)?;
            }
            Ok(is_removed)
        })
        .await
    }

    pub(super) async fn existing_group(&self, id: &GroupId) -> Result<Group, DirectoryError> {
        let key = id.clone();
        let found = self.store.read(move |txn| rows::by_id(txn, &key)).await?;
        found.ok_or_else(|| not_found("group", id.as_str()))
    }
}

/// Whether a group could have this name and description, by themselves.
///
/// # Errors
/// [`DirectoryError::Invalid`].
pub fn check_group(name: &str, description: &str) -> Result<(), DirectoryError> {
    name_of(name)?;
    plain("description", description).map(drop)
}

pub(super) fn name_of(name: &str) -> Result<String, DirectoryError> {
    let name = plain("name", name)?;
    if name.is_empty() {
        return Err(DirectoryError::Invalid {
            field: "name",
            reason: "must not be empty".to_owned(),
        });
    }
    Ok(name)
}

fn taken(name: &str) -> DirectoryError {
    DirectoryError::Taken {
        field: "group name",
        value: name.to_owned(),
    }
}

pub(super) fn not_found(what: &'static str, name: &str) -> DirectoryError {
    DirectoryError::NotFound {
        what,
        name: name.to_owned(),
    }
}
