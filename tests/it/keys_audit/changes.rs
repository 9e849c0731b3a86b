//! Changes of the organisation, each written to the tables together with its records.

use signet::audit::{AuditEvent, OrganisationAt, UserSnapshot};
use signet::model::{
    AccountAssignment, AdminRole, AppAssignment, AppId, AppState, Group, GroupId, Principal, User,
    UserId, UserState,
};
use signet::op::Op;
use signet::store::Store;

use super::tables::{self, Statement};
use super::{Instance, organisation, wait};

/// A change of the organisation: what the audit is told, and what the tables.
#[derive(Default)]
pub(super) struct Change {
    pub(super) events: Vec<AuditEvent>,
    statements: Vec<Statement>,
}

impl Change {
    pub(super) fn of(event: AuditEvent, statement: Statement) -> Self {
        Self::default().and(event, statement)
    }

    pub(super) fn and(mut self, event: AuditEvent, statement: Statement) -> Self {
        self.events.push(event);
        self.statements.push(statement);
        self
    }
}

/// The organisation as it is, and a number to choose by.
pub(super) struct Scene<'a> {
    pub(super) now: OrganisationAt,
    pub(super) number: u64,
    pub(super) op: &'a Op,
}

impl Scene<'_> {
    fn any<T: Clone>(&self, all: impl Iterator<Item = T>) -> Option<T> {
        let all: Vec<T> = all.collect();
        let at = usize::try_from(self.number >> 8)
            .unwrap()
            .checked_rem(all.len())?;
        all.into_iter().nth(at)
    }

    fn user(&self) -> Option<User> {
        self.any(self.now.users.values())
            .and_then(UserSnapshot::to_user)
    }

    fn group(&self) -> Option<Group> {
        self.any(self.now.groups.values()).cloned()
    }

    fn principal(&self) -> Option<Principal> {
        match self.number & 1 {
            0 => Some(Principal::User(self.user()?.id)),
            _ => Some(Principal::Group(self.group()?.id)),
        }
    }

    fn octet(&self) -> u8 {
        self.number.to_le_bytes()[7]
    }

    pub(super) fn change(&self) -> Option<Change> {
        match self.number % 24 {
            n @ 0..=6 => self.of_users(n),
            n @ 7..=9 => self.of_groups(n),
            10 | 11 => self.of_members(),
            n @ 12..=14 => self.of_applications(n),
            15 | 16 => self.of_application_assignments(),
            n @ 17..=18 => self.of_accounts(n),
            n @ 19..=20 => self.of_permission_sets(n),
            21 | 22 => self.of_account_assignments(),
            _ => self.of_policies(),
        }
    }

    fn of_users(&self, what: u64) -> Option<Change> {
        if what <= 2 {
            let name = format!("user{:x}", self.number);
            let id = UserId::from_random(self.op.entropy.octets());
            let user = super::user(id, &name, self.op.now);
            let after = UserSnapshot::from(&user);
            return Some(Change::of(
                AuditEvent::UserCreated { after },
                tables::put_user(&user),
            ));
        }
        let old = self.user()?;
        if what == 3 && self.number & 32 == 0 {
            return Some(self.deletion_of(&old));
        }
        let mut new = old.clone();
        new.revision += 1;
        let (before, mut make): (UserSnapshot, fn(_, _) -> AuditEvent) =
            ((&old).into(), |before, after| AuditEvent::UserUpdated {
                before,
                after,
            });
        match (what, old.state) {
            (4, UserState::Active) if self.number & 64 == 0 => {
                new.state = UserState::Suspended;
                make = |before, after| AuditEvent::UserSuspended { before, after };
            }
            (4, UserState::Active) => {
                new.state = UserState::Deactivated;
                make = |before, after| AuditEvent::UserDisabled { before, after };
            }
            (4..=6, UserState::Invited | UserState::Suspended) => {
                new.state = UserState::Active;
                make = |before, after| AuditEvent::UserActivated { before, after };
            }
            (4, UserState::Deactivated) => {
                new.state = UserState::Active;
                make = |before, after| AuditEvent::UserEnabled { before, after };
            }
            (5, _) => {
                new.admin_role = AdminRole::Auditor;
                make = |before, after| AuditEvent::UserRoleChanged { before, after };
            }
            _ => new.display_name = format!("{} \u{1f600} <&>", old.display_name),
        }
        Some(Change::of(
            make(before, (&new).into()),
            tables::put_user(&new),
        ))
    }

    /// The tables take the memberships with the user; assignments have no foreign key to whom they are for, so their
    /// removal is a change of its own.
    fn deletion_of(&self, user: &User) -> Change {
        let change = self.unassigned(&Principal::User(user.id.clone()));
        let event = AuditEvent::UserDeleted {
            before: user.into(),
        };
        change.and(event, tables::delete_by_id("users", user.id.as_str()))
    }

    fn unassigned(&self, principal: &Principal) -> Change {
        let mut change = Change::default();
        for a in &self.now.application_assignments {
            if a.principal == *principal {
                let event = AuditEvent::ApplicationUnassigned(a.clone());
                change = change.and(event, tables::unassign(a));
            }
        }
        for a in &self.now.account_assignments {
            if a.principal == *principal {
                let event = AuditEvent::AccountAssignmentRemoved(a.clone());
                change = change.and(event, tables::unassign_account(a));
            }
        }
        change
    }

    fn of_groups(&self, what: u64) -> Option<Change> {
        if what == 7 {
            let mut group = organisation::group(0, &format!("{:x}", self.number), self.op.now);
            group.id = GroupId::from_random(self.op.entropy.octets());
            let statement = tables::put_group(&group);
            return Some(Change::of(
                AuditEvent::GroupCreated { after: group },
                statement,
            ));
        }
        let before = self.group()?;
        if what == 8 && self.number & 32 == 0 {
            let change = self.unassigned(&Principal::Group(before.id.clone()));
            let statement = tables::delete_by_id("groups", before.id.as_str());
            return Some(change.and(AuditEvent::GroupDeleted { before }, statement));
        }
        let mut after = before.clone();
        after.revision += 1;
        after.name.push('x');
        let statement = tables::put_group(&after);
        Some(Change::of(
            AuditEvent::GroupUpdated { before, after },
            statement,
        ))
    }

    fn of_members(&self) -> Option<Change> {
        let (group_id, user_id) = (self.group()?.id, self.user()?.id);
        let pair = (group_id.clone(), user_id.clone());
        Some(if self.now.memberships.contains(&pair) {
            let statement = tables::remove_member(&group_id, &user_id);
            Change::of(
                AuditEvent::MembershipRemoved { group_id, user_id },
                statement,
            )
        } else {
            let statement = tables::add_member(&group_id, &user_id);
            Change::of(AuditEvent::MembershipAdded { group_id, user_id }, statement)
        })
    }

    fn of_applications(&self, what: u64) -> Option<Change> {
        if what == 12 {
            let name = format!("app{:x}", self.number);
            let mut after = organisation::application(0, &name, self.op.now);
            after.id = AppId::from_random(self.op.entropy.octets());
            let statement = tables::put_application(&after);
            return Some(Change::of(
                AuditEvent::ApplicationCreated { after },
                statement,
            ));
        }
        let before = self.any(self.now.applications.values())?.clone();
        if what == 13 && self.number & 32 == 0 {
            let statement = tables::delete_by_id("applications", before.id.as_str());
            return Some(Change::of(
                AuditEvent::ApplicationDeleted { before },
                statement,
            ));
        }
        let mut after = before.clone();
        after.revision += 1;
        after.state = AppState::Disabled;
        let statement = tables::put_application(&after);
        Some(Change::of(
            AuditEvent::ApplicationUpdated { before, after },
            statement,
        ))
    }

    fn of_application_assignments(&self) -> Option<Change> {
        let assignment = AppAssignment {
            app_id: self.any(self.now.applications.keys())?.clone(),
            principal: self.principal()?,
        };
        Some(if self.now.application_assignments.contains(&assignment) {
            let statement = tables::unassign(&assignment);
            Change::of(AuditEvent::ApplicationUnassigned(assignment), statement)
        } else {
            let statement = tables::assign(&assignment);
            Change::of(AuditEvent::ApplicationAssigned(assignment), statement)
        })
    }

    fn of_accounts(&self, what: u64) -> Option<Change> {
        let id = format!("{:012}", u64::from(self.octet() % 6));
        let there = self.now.accounts.values().find(|a| a.id.as_str() == id);
        let Some(before) = there.cloned() else {
            let after = organisation::account(&id, "account");
            let statement = tables::put_account(&after);
            return Some(Change::of(
                AuditEvent::AwsAccountCreated { after },
                statement,
            ));
        };
        if what == 17 && self.number & 32 == 0 {
            let statement = tables::delete_by_id("aws_accounts", before.id.as_str());
            return Some(Change::of(
                AuditEvent::AwsAccountDeleted { before },
                statement,
            ));
        }
        let mut after = before.clone();
        after.revision += 1;
        after.name.push('x');
        let statement = tables::put_account(&after);
        Some(Change::of(
            AuditEvent::AwsAccountUpdated { before, after },
            statement,
        ))
    }

    fn of_permission_sets(&self, what: u64) -> Option<Change> {
        let n = self.octet() % 5;
        let new = organisation::permission_set(n, &format!("Set{n}"));
        let Some(before) = self.now.permission_sets.get(&new.id).cloned() else {
            let statement = tables::put_permission_set(&new);
            return Some(Change::of(
                AuditEvent::PermissionSetCreated { after: new },
                statement,
            ));
        };
        if what == 19 && self.number & 32 == 0 {
            let statement = tables::delete_by_id("permission_sets", before.id.as_str());
            return Some(Change::of(
                AuditEvent::PermissionSetDeleted { before },
                statement,
            ));
        }
        let mut after = before.clone();
        after.revision += 1;
        after.session_duration_seconds += 60;
        let statement = tables::put_permission_set(&after);
        Some(Change::of(
            AuditEvent::PermissionSetUpdated { before, after },
            statement,
        ))
    }

    fn of_account_assignments(&self) -> Option<Change> {
        let assignment = AccountAssignment {
            account_id: self.any(self.now.accounts.keys())?.clone(),
            permission_set_id: self.any(self.now.permission_sets.keys())?.clone(),
            principal: self.principal()?,
        };
        Some(if self.now.account_assignments.contains(&assignment) {
            let statement = tables::unassign_account(&assignment);
            Change::of(AuditEvent::AccountAssignmentRemoved(assignment), statement)
        } else {
            let statement = tables::assign_account(&assignment);
            Change::of(AuditEvent::AccountAssignmentAdded(assignment), statement)
        })
    }

    fn of_policies(&self) -> Option<Change> {
        let group = self.group()?;
        let id = format!("policy of {}", group.id);
        let before = self.now.policies.get(&id).cloned();
        let mut new = organisation::policy(&id, &group);
        let (after, statement) = match &before {
            Some(_) if self.number & 32 == 0 => (None, tables::delete_by_id("policies", &id)),
            there => {
                new.revision = there.as_ref().map_or(1, |p| p.revision + 1);
                let statement = tables::put_policy(&new);
                (Some(new), statement)
            }
        };
        Some(Change::of(
            AuditEvent::PolicySet { before, after },
            statement,
        ))
    }
}

/// Writes a change over `store`, in one transaction with its records.
pub(super) fn write(instance: &Instance<'_>, store: &Store, op: &Op, change: Change) {
    let Change { events, statements } = change;
    let mut people = Vec::new();
    let mut entries = Vec::new();
    for event in &events {
        if let AuditEvent::UserCreated { after } = event {
            people.push(instance.audit.new_person(op, &after.id).unwrap());
        }
        entries.push(wait(instance.audit.prepare(op, event)).unwrap());
    }
    store
        .write_blocking(move |txn| {
            people.iter().try_for_each(|person| person.insert(txn))?;
            statements
                .iter()
                .try_for_each(|statement| statement.run(txn))?;
            entries.iter().try_for_each(|entry| txn.append_audit(entry))
        })
        .unwrap();
}
