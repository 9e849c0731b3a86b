//! Who may change whom: every role, every change, every kind of subject.

use signet::model::{AdminRole, UserId, UserState};
use signet::policy::{Change, ChangeRefusal, Changer, Subject, decide_change};

const CHANGES: [Change; 8] = [
    Change::NewPerson,
    Change::Profile,
    Change::State,
    Change::Role,
    Change::Removal,
    Change::Credentials,
    Change::Group,
    Change::Membership,
];

fn id(n: u8) -> UserId {
    UserId::from_random([n; 16])
}

fn changer(role: AdminRole) -> Changer {
    Changer {
        id: id(1),
        role,
        state: UserState::Active,
    }
}

#[test]
fn who_does_not_administer_changes_nothing() {
    for change in CHANGES {
        let refused = Err(ChangeRefusal::NotYourDuty);
        assert_eq!(decide_change(None, change, None), refused);
        for role in [AdminRole::None, AdminRole::Auditor] {
            assert_eq!(decide_change(Some(&changer(role)), change, None), refused);
        }
        for state in [
            UserState::Invited,
            UserState::Suspended,
            UserState::Deactivated,
        ] {
            let gone = Changer {
                state,
                ..changer(AdminRole::Administrator)
            };
            assert_eq!(
                decide_change(Some(&gone), change, None),
                refused,
                "{state:?}"
            );
        }
    }
}

#[test]
fn roles_are_an_administrators_alone() {
    let other = Subject {
        id: id(2),
        role: AdminRole::None,
    };
    let ask = |role| decide_change(Some(&changer(role)), Change::Role, Some(&other));
    assert_eq!(ask(AdminRole::Administrator), Ok(()));
    assert_eq!(
        ask(AdminRole::UserAdministrator),
        Err(ChangeRefusal::NotYourDuty)
    );
}

#[test]
fn nobody_touches_who_is_above_them() {
    for change in CHANGES.into_iter().filter(|change| *change != Change::Role) {
        for role in AdminRole::ALL {
            let other = Subject { id: id(2), role };
            let ask = |own| decide_change(Some(&changer(own)), change, Some(&other));
            assert_eq!(ask(AdminRole::Administrator), Ok(()), "{change:?} {role:?}");
            let expected = match role {
                AdminRole::None => Ok(()),
                _ => Err(ChangeRefusal::AboveYou),
            };
            assert_eq!(
                ask(AdminRole::UserAdministrator),
                expected,
                "{change:?} {role:?}"
            );
        }
    }
}

#[test]
fn nobody_lifts_themselves_or_locks_themselves_out() {
    for own in [AdminRole::UserAdministrator, AdminRole::Administrator] {
        let myself = Subject {
            id: id(1),
            role: own,
        };
        let ask = |change| decide_change(Some(&changer(own)), change, Some(&myself));
        for change in [Change::State, Change::Removal, Change::Credentials] {
            assert_eq!(
                ask(change),
                Err(ChangeRefusal::Yourself),
                "{own:?} {change:?}"
            );
        }
        assert_eq!(ask(Change::Profile), Ok(()));
        assert!(ask(Change::Role).is_err());
        let joins = ask(Change::Membership).is_ok();
        assert_eq!(joins, own == AdminRole::Administrator);
    }
}
