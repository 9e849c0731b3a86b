//! The plan, in one transaction.

use std::collections::BTreeSet;

use super::{ImportError, ImportPlan, PlannedUser};
use crate::audit::{AuditEvent, NewPerson};
use crate::authority::{Asked, Change, Weight};
use crate::credentials::{Credentials, ImportedCredentials};
use crate::directory::{Directory, DirectoryError};
use crate::model::{Group, GroupId, Timestamp, User, fold_key};
use crate::op::Op;
use crate::store::{
    AuditEntry, StoreError, Txn, configuration, groups as group_rows, users as user_rows,
};

/// Salted digests that are put under our own hash at a time.
const AT_A_TIME: usize = 8;

/// Everything about one person that the transaction writes.
struct Prepared {
    user: User,
    person: NewPerson,
    created: AuditEntry,
    memberships: Vec<(GroupId, AuditEntry)>,
    credentials: ImportedCredentials,
}

impl Directory {
    /// Writes a plan: everybody or nobody.
    ///
    /// # Errors
    /// [`DirectoryError::Conflict`] when the organisation was changed since the plan was made; nothing was imported then.
    pub async fn import(
        &self,
        op: &Op,
        credentials: &Credentials,
        plan: ImportPlan,
    ) -> Result<(), ImportError> {
        let ids: Vec<_> = plan.users.iter().map(|p| p.user.id.clone()).collect();
        let imported = self.write_plan(op, credentials, plan).await;
        if imported.is_err() {
            ids.iter().for_each(|id| self.audit.forget(id));
        }
        imported
    }

    async fn write_plan(
        &self,
        op: &Op,
        credentials: &Credentials,
        plan: ImportPlan,
    ) -> Result<(), ImportError> {
        let mut groups = Vec::with_capacity(plan.new_groups.len());
        for group in plan.new_groups {
            let created = AuditEvent::GroupCreated {
                after: group.clone(),
            };
            groups.push((group, self.audit.prepare(op, &created).await?));
        }
        // Whoever brings passwords and groups with them could become whom they make: administrators alone.
        let asked = self.asked_of_import(&groups, &plan.users).await?;
        let people = self.prepare_all(op, credentials, plan.users).await?;
        let (revision, now) = (plan.revision, op.now);
        let outcome = self.write_as(op, asked, move |txn| {
            if configuration::revision(txn)? != revision {
                return Err(StoreError::Changed);
            }
            write_groups(txn, &groups)?;
            for prepared in &people {
                prepared.write(txn, now)?;
            }
            configuration::raise_revision(txn)
        });
        match outcome.await {
            Ok(()) => Ok(()),
            Err(DirectoryError::Store(StoreError::Changed)) => Err(DirectoryError::Conflict.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// The groups into which people come, by name or by a rule that they meet; what is new cannot be protected.
    async fn asked_of_import(
        &self,
        new: &[(Group, AuditEntry)],
        people: &[PlannedUser],
    ) -> Result<Asked, ImportError> {
        let ruled = self.store.read(group_rows::ruled).await?;
        let new: BTreeSet<&GroupId> = new.iter().map(|(group, _)| &group.id).collect();
        let mut groups = BTreeSet::new();
        let mut who = Vec::with_capacity(people.len());
        for planned in people {
            let there = planned.groups.iter().filter(|id| !new.contains(id));
            let named: BTreeSet<_> = there.collect();
            groups.extend(named.iter().map(|id| (*id).clone()));
            who.push((&planned.user.user_name, &planned.user.email, named));
        }
        let met = ruled.into_iter().filter(|(_, rule)| {
            let mut users = people.iter().map(|planned| &planned.user);
            users.any(|user| rule.matches(user))
        });
        groups.extend(met.map(|(id, _)| id));
        Ok(Asked {
            groups: groups.into_iter().collect(),
            weight: Some(Weight::value(&who)),
            ..Asked::of(Change::ShownLink)
        })
    }

    /// Hashing waits for the hashing threads: several people at a time, each in their place.
    async fn prepare_all(
        &self,
        op: &Op,
        credentials: &Credentials,
        users: Vec<PlannedUser>,
    ) -> Result<Vec<Prepared>, ImportError> {
        let mut prepared = Vec::with_capacity(users.len());
        let mut waiting = std::collections::VecDeque::with_capacity(AT_A_TIME);
        for planned in users {
            if waiting.len() == AT_A_TIME
                && let Some(first) = waiting.pop_front()
            {
                prepared.push(joined(first).await?);
            }
            let (directory, credentials, op) = (self.clone(), credentials.clone(), op.clone());
            waiting.push_back(tokio::spawn(async move {
                directory.prepare(&op, &credentials, planned).await
            }));
        }
        while let Some(first) = waiting.pop_front() {
            prepared.push(joined(first).await?);
        }
        Ok(prepared)
    }

    async fn prepare(
        &self,
        op: &Op,
        credentials: &Credentials,
        planned: PlannedUser,
    ) -> Result<Prepared, ImportError> {
        let user = planned.user;
        let person = self.audit.new_person(op, &user.id)?;
        let created = AuditEvent::UserCreated {
            after: (&user).into(),
        };
        let created = self.audit.prepare(op, &created).await?;
        let mut memberships = Vec::with_capacity(planned.groups.len());
        for group_id in planned.groups {
            let added = AuditEvent::MembershipAdded {
                group_id: group_id.clone(),
                user_id: user.id.clone(),
            };
            memberships.push((group_id, self.audit.prepare(op, &added).await?));
        }
        let imported = credentials.imported(op, &user.id, (planned.hash, planned.seed.as_ref()));
        Ok(Prepared {
            credentials: imported.await?,
            user,
            person,
            created,
            memberships,
        })
    }
}

async fn joined(
    task: tokio::task::JoinHandle<Result<Prepared, ImportError>>,
) -> Result<Prepared, ImportError> {
    task.await
        .unwrap_or_else(|error| Err(StoreError::Data(error.to_string()).into()))
}

fn write_groups(txn: &mut dyn Txn, groups: &[(Group, AuditEntry)]) -> Result<(), StoreError> {
    for (group, created) in groups {
        if !group_rows::insert(txn, group)? {
            return Err(StoreError::Changed);
        }
        txn.append_audit(created)?;
    }
    Ok(())
}

impl Prepared {
    /// Whether names and groups are still free and there was looked at by the organisation's revision.
    fn write(&self, txn: &mut dyn Txn, now: Timestamp) -> Result<(), StoreError> {
        let user = &self.user;
        let identity = fold_key(&user.source_identity);
        if !user_rows::claim_identifier(txn, "source_identity", &identity, &user.id)? {
            return Err(StoreError::Changed);
        }
        self.person.insert(txn)?;
        user_rows::insert(txn, user)?;
        txn.append_audit(&self.created)?;
        for (group_id, added) in &self.memberships {
            if !group_rows::add_member(txn, group_id, &user.id, now)? {
                return Err(StoreError::Changed);
            }
            txn.append_audit(added)?;
        }
        self.credentials.insert(txn, now)
    }
}
