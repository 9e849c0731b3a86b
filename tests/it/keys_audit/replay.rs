//! The organisation at a past time, from the audit alone, is what the tables were then.

use signet::audit::{AuditEvent, OrganisationAt, UserSnapshot};
use signet::entropy::Entropy;
use signet::model::{Span, Timestamp, UserId};
use signet::store::StoreOptions;

use super::changes::{Change, Scene, write};
use super::{Instance, organisation, tables, wait};
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(
    every_past_state_follows_from_the_audit,
    what_a_deletion_takes_with_it_is_gone_in_the_replay,
);

fn replay(instance: &Instance<'_>, at: Timestamp) -> OrganisationAt {
    wait(instance.audit.replay(&instance.op(), at)).unwrap()
}

fn every_past_state_follows_from_the_audit(database: &TestDatabase) {
    let instance = Instance::new(database);
    let numbers = Entropy::seeded(11);
    let mut past: Vec<(Timestamp, OrganisationAt)> = Vec::new();
    let mut kinds = std::collections::BTreeSet::new();
    for _ in 0..700 {
        let op = instance.op();
        let scene = Scene {
            now: tables::organisation(database.store()),
            number: u64::from_le_bytes(numbers.octets()),
            op: &op,
        };
        let Some(change) = scene.change() else {
            continue;
        };
        for event in &change.events {
            kinds.insert(serde_json::to_value(event).unwrap()["kind"].to_string());
        }
        write(&instance, database.store(), &op, change);
        past.push((op.now, tables::organisation(database.store())));
    }
    assert_eq!(
        kinds.len(),
        27,
        "every kind of change took place: {kinds:?}"
    );
    for (at, then) in past.iter().step_by(past.len() / 25) {
        assert_eq!(&replay(&instance, *at), then, "at {}", at.to_rfc3339());
        let before = replay(&instance, at.minus(Span::millis(1)));
        assert_ne!(&before, then, "the change was at this time, not earlier");
    }
    let (_, last) = past.last().unwrap();
    assert_eq!(&replay(&instance, instance.op().now), last);
    assert_eq!(
        replay(&instance, super::START.minus(Span::millis(1))),
        OrganisationAt::default()
    );
}

fn what_a_deletion_takes_with_it_is_gone_in_the_replay(database: &TestDatabase) {
    let instance = Instance::new(database);
    let op = instance.op();
    let alice = super::user(UserId::from_random([1; 16]), "alice", op.now);
    let staff = organisation::group(1, "staff", op.now);
    let create = Change::of(
        AuditEvent::UserCreated {
            after: (&alice).into(),
        },
        tables::put_user(&alice),
    )
    .and(
        AuditEvent::GroupCreated {
            after: staff.clone(),
        },
        tables::put_group(&staff),
    )
    .and(
        AuditEvent::MembershipAdded {
            group_id: staff.id.clone(),
            user_id: alice.id.clone(),
        },
        tables::add_member(&staff.id, &alice.id),
    );
    write(&instance, database.store(), &op, create);
    let with_member = instance.op();
    assert_eq!(replay(&instance, with_member.now).memberships.len(), 1);
    let delete = Change::of(
        AuditEvent::GroupDeleted {
            before: staff.clone(),
        },
        tables::delete_by_id("groups", staff.id.as_str()),
    );
    write(&instance, database.store(), &instance.op(), delete);
    // A group of the same id, which never is: the membership must not come back with it.
    let again = Change::of(
        AuditEvent::GroupCreated {
            after: staff.clone(),
        },
        tables::put_group(&staff),
    );
    write(&instance, database.store(), &instance.op(), again);
    let now = replay(&instance, instance.op().now);
    assert_eq!(now, tables::organisation(database.store()));
    assert!(now.memberships.is_empty());
}

/// Two connections, one moment: the order of their streams is not that of the changes, the revisions are.
#[test]
fn changes_of_one_moment_over_two_connections_come_out_right() {
    for kind in [EngineKind::SqliteOnDisk, EngineKind::Postgres] {
        for round in 0..4 {
            let database = TestDatabase::new(kind);
            let instance = Instance::seeded(&database, round);
            let other = database.open_again(StoreOptions::default());
            let op = instance.op();
            let mut user = super::user(UserId::from_random([1; 16]), "alice", op.now);
            let create = AuditEvent::UserCreated {
                after: (&user).into(),
            };
            let first = Change::of(create, tables::put_user(&user));
            write(&instance, database.store(), &op, first);
            for turn in 0..6 {
                let before = UserSnapshot::from(&user);
                user.revision += 1;
                user.display_name = format!("alice {turn}");
                let after = UserSnapshot::from(&user);
                let change = Change::of(
                    AuditEvent::UserUpdated { before, after },
                    tables::put_user(&user),
                );
                let store = if turn % 2 == 0 {
                    &other
                } else {
                    database.store()
                };
                write(&instance, store, &op, change);
            }
            let replayed = replay(&instance, op.now);
            assert_eq!(replayed.users[&user.id].to_user(), Some(user), "{kind:?}");
        }
    }
}

/// An operation reads the clock at its beginning and may wait: within a stream the order is that of the commits.
#[test]
fn a_change_that_waited_counts_where_it_took_place() {
    let database = super::in_memory();
    let instance = Instance::new(&database);
    let op = instance.op();
    let alice = super::user(UserId::from_random([1; 16]), "alice", op.now);
    let staff = organisation::group(1, "staff", op.now);
    let make = Change::of(
        AuditEvent::UserCreated {
            after: (&alice).into(),
        },
        tables::put_user(&alice),
    )
    .and(
        AuditEvent::GroupCreated {
            after: staff.clone(),
        },
        tables::put_group(&staff),
    );
    write(&instance, database.store(), &op, make);
    let (group_id, user_id) = (staff.id.clone(), alice.id.clone());
    let waited = instance.op();
    let quick = instance.op();
    let added = Change::of(
        AuditEvent::MembershipAdded {
            group_id: group_id.clone(),
            user_id: user_id.clone(),
        },
        tables::add_member(&group_id, &user_id),
    );
    let removed = Change::of(
        AuditEvent::MembershipRemoved {
            group_id: group_id.clone(),
            user_id: user_id.clone(),
        },
        tables::remove_member(&group_id, &user_id),
    );
    write(&instance, database.store(), &quick, added);
    write(&instance, database.store(), &waited, removed);
    let now = replay(&instance, instance.op().now);
    assert_eq!(now, tables::organisation(database.store()));
    assert!(now.memberships.is_empty());
}
