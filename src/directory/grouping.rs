//! Groups by rule, and groups in groups.

use super::groups::not_found;
use super::{Attempt, Directory, DirectoryError, TRIES};
use crate::audit::AuditEvent;
use crate::authority::{Asked, Change, Weight};
use crate::model::{Group, GroupId, GroupRule, ProtectedObject, User};
use crate::op::Op;
use crate::store::{configuration, groups as rows};

impl Directory {
    /// Says who is in a group by what they are; none: whoever is put into it by hand. A group has the one or the other.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn set_group_rule(
        &self,
        op: &Op,
        id: &GroupId,
        rule: Option<GroupRule>,
    ) -> Result<Group, DirectoryError> {
        if let Some(rule) = &rule {
            rule.check().map_err(DirectoryError::invalid("rule"))?;
        }
        for _ in 0..TRIES {
            let before = self.existing_group(id).await?;
            if before.rule == rule {
                let asked = Asked::of(Change::GroupRule);
                self.write_as(op, asked, |_| Ok(())).await?;
                return Ok(before);
            }
            let after = Group {
                rule: rule.clone(),
                revision: before.revision.saturating_add(1),
                ..before.clone()
            };
            let event = AuditEvent::GroupUpdated {
                before,
                after: after.clone(),
            };
            let entry = self.audit.prepare(op, &event).await?;
            let stored = after.clone();
            let asked = Asked::of(Change::GroupRule).in_group(id).weighing(Weight {
                // Whoever is in it may meet the new rule no more, and lose what protects them.
                reaches_members: true,
                ..Weight::value(&rule)
            });
            let outcome = self.write_as(op, asked, move |txn| {
                if stored.rule.is_some() && !rows::members_of(txn, &stored.id)?.is_empty() {
                    return Ok(Attempt::Refused(DirectoryError::Invalid {
                        field: "rule",
                        reason: "somebody was put into the group by hand; take them out first"
                            .to_owned(),
                    }));
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

    /// Puts a group into another one, so that its members are members there; false when it is in it. A circle is refused.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn nest_group(
        &self,
        op: &Op,
        group_id: &GroupId,
        member_id: &GroupId,
    ) -> Result<bool, DirectoryError> {
        let event = AuditEvent::GroupNested {
            group_id: group_id.clone(),
            member_id: member_id.clone(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let asked = Asked::of(Change::Nesting)
            .in_group(group_id)
            .weighing(Weight {
                objects: vec![ProtectedObject::Group(member_id.clone())],
                reaches_members: true,
                ..Weight::of(member_id.to_string())
            });
        let (outer, inner, now) = (group_id.clone(), member_id.clone(), op.now);
        let outcome = self.write_as(op, asked, move |txn| {
            for id in [&outer, &inner] {
                match rows::by_id(txn, id)? {
                    None => return Ok(Attempt::Refused(not_found("group", id.as_str()))),
                    Some(group) if group.rule.is_some() && *id == outer => {
                        return Ok(Attempt::Refused(by_rule()));
                    }
                    Some(_) => {}
                }
            }
            if rows::with_ancestors(txn, &outer)?.contains(&inner) {
                return Ok(Attempt::Refused(DirectoryError::Invalid {
                    field: "group",
                    reason: "the one is in the other already: groups cannot be in a circle"
                        .to_owned(),
                }));
            }
            if !rows::nest(txn, (&outer, &inner), now)? {
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

    /// Takes a group out of another one; false when it is not in it.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn unnest_group(
        &self,
        op: &Op,
        group_id: &GroupId,
        member_id: &GroupId,
    ) -> Result<bool, DirectoryError> {
        let event = AuditEvent::GroupUnnested {
            group_id: group_id.clone(),
            member_id: member_id.clone(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let asked = Asked::of(Change::Nesting)
            .in_group(group_id)
            .weighing(Weight {
                objects: vec![ProtectedObject::Group(member_id.clone())],
                reaches_members: true,
                ends_policy: true,
                ..Weight::of(member_id.to_string())
            });
        let (outer, inner) = (group_id.clone(), member_id.clone());
        self.write_as(op, asked, move |txn| {
            let is_removed = rows::unnest(txn, (&outer, &inner))?;
            if is_removed {
                configuration::raise_revision(txn)?;
                txn.append_audit(&entry)?;
            }
            Ok(is_removed)
        })
        .await
    }

    /// The groups that a change touches: those named, and those whose rule it makes somebody meet or meet no more. Whoever
    /// changes an attribute could put somebody into a group with it.
    pub(super) async fn touched(
        &self,
        named: &[GroupId],
        before: Option<&User>,
        after: &User,
    ) -> Result<Vec<GroupId>, DirectoryError> {
        let (before, after) = (before.cloned(), after.clone());
        let mut touched = named.to_vec();
        let by_rule = self.store.read(move |txn| {
            let now = rows::by_rule(txn, &after)?;
            let then = match &before {
                Some(before) => rows::by_rule(txn, before)?,
                None => Vec::new(),
            };
            let (gone, come) = (
                then.iter().filter(|id| !now.contains(id)),
                now.iter().filter(|id| !then.contains(id)),
            );
            Ok(gone.chain(come).cloned().collect::<Vec<_>>())
        });
        touched.extend(by_rule.await?);
        Ok(touched)
    }
}

pub(super) fn by_rule() -> DirectoryError {
    DirectoryError::Invalid {
        field: "group",
        reason: "who is in it follows from its rule; nobody is put into it by hand".to_owned(),
    }
}
