//! Who may change whom: every role, every change, every kind of subject.

use signet::model::{AdminRole, UserId, UserState};
use signet::policy::{Change, ChangeRefusal, Changer, Groups, Subject, decide_change};

/// What administrators alone do.
const EVERYTHING: [Change; 13] = [
    Change::Role,
    Change::ShownLink,
    Change::GroupRemoval,
    Change::Nesting,
    Change::GroupRule,
    Change::Token,
    Change::Account,
    Change::PermissionSet,
    Change::AccountAssignment,
    Change::Policy,
    Change::PortalAddress,
    Change::Protection,
    Change::Approval,
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

fn other(role: AdminRole) -> Subject {
    Subject {
        id: id(2),
        role,
        has_rights: false,
        names_changer: false,
    }
}

fn of_people() -> impl Iterator<Item = Change> {
    Change::ALL
        .into_iter()
        .filter(|change| !EVERYTHING.contains(change) && *change != Change::Application)
}

#[test]
fn who_does_not_administer_changes_nothing() {
    for change in Change::ALL {
        let refused = Err(ChangeRefusal::NotYourDuty);
        let ask = |changer: Option<&Changer>| decide_change(changer, change, None, Groups::Plain);
        assert_eq!(ask(None), refused);
        for role in [AdminRole::None, AdminRole::Auditor] {
            assert_eq!(ask(Some(&changer(role))), refused);
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
            assert_eq!(ask(Some(&gone)), refused, "{state:?}");
        }
    }
}

#[test]
fn roles_shown_links_tokens_and_the_end_of_groups_are_an_administrators_alone() {
    for change in EVERYTHING {
        let ask = |role| {
            let subject = other(AdminRole::None);
            decide_change(Some(&changer(role)), change, Some(&subject), Groups::Plain)
        };
        assert_eq!(ask(AdminRole::Administrator), Ok(()));
        assert_eq!(
            ask(AdminRole::UserAdministrator),
            Err(ChangeRefusal::NotYourDuty),
            "{change:?}"
        );
    }
}

#[test]
fn who_administers_applications_changes_them_and_nothing_else() {
    for change in Change::ALL {
        let ask = |role| decide_change(Some(&changer(role)), change, None, Groups::Plain);
        let is_application = change == Change::Application;
        let own = ask(AdminRole::ApplicationAdministrator);
        assert_eq!(own.is_ok(), is_application, "{change:?}");
        let peoples = ask(AdminRole::UserAdministrator);
        assert_eq!(
            peoples.is_ok(),
            of_people().any(|of| of == change),
            "{change:?}"
        );
    }
}

#[test]
fn nobody_touches_who_is_above_them() {
    for change in of_people() {
        for role in AdminRole::ALL {
            let ask = |own| {
                let subject = other(role);
                decide_change(Some(&changer(own)), change, Some(&subject), Groups::Plain)
            };
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

/// Whoever could put somebody there, or become somebody there, would have what hangs there.
#[test]
fn where_roles_in_aws_or_a_policy_hang_an_administrator_is_needed() {
    let plain = other(AdminRole::None);
    let reaching = Subject {
        has_rights: true,
        ..plain.clone()
    };
    for change in of_people() {
        let ask = |role, subject: Option<&Subject>, groups| {
            decide_change(Some(&changer(role)), change, subject, groups)
        };
        let refused = Err(ChangeRefusal::CarriesRights);
        for subject in [None, Some(&plain)] {
            let carries = Groups::CarryRights;
            assert_eq!(ask(AdminRole::UserAdministrator, subject, carries), refused);
            assert_eq!(ask(AdminRole::Administrator, subject, carries), Ok(()));
        }
        let expected = match change {
            Change::Credentials | Change::Pass | Change::Profile => refused,
            _ => Ok(()),
        };
        let asked = ask(AdminRole::UserAdministrator, Some(&reaching), Groups::Plain);
        assert_eq!(asked, expected, "{change:?}");
        let asked = ask(AdminRole::Administrator, Some(&reaching), Groups::Plain);
        assert_eq!(asked, Ok(()));
    }
}

#[test]
fn nobody_lifts_themselves_or_locks_themselves_out() {
    for own in [AdminRole::UserAdministrator, AdminRole::Administrator] {
        let myself = Subject {
            id: id(1),
            ..other(own)
        };
        let ask =
            |change, groups| decide_change(Some(&changer(own)), change, Some(&myself), groups);
        for change in [
            Change::State,
            Change::Removal,
            Change::Credentials,
            Change::Pass,
        ] {
            assert_eq!(
                ask(change, Groups::Plain),
                Err(ChangeRefusal::Yourself),
                "{own:?} {change:?}"
            );
        }
        assert_eq!(ask(Change::Profile, Groups::Plain), Ok(()));
        for change in [Change::Role, Change::ShownLink] {
            assert!(ask(change, Groups::Plain).is_err());
        }
        let is_administrator = own == AdminRole::Administrator;
        for groups in [Groups::Plain, Groups::CarryRights] {
            assert_eq!(ask(Change::Membership, groups).is_ok(), is_administrator);
        }
        assert_eq!(
            ask(Change::Profile, Groups::CarryRights).is_ok(),
            is_administrator
        );
        // What AWS is told of somebody is not theirs to say.
        let reaching = Subject {
            has_rights: true,
            ..myself.clone()
        };
        let asked = (Change::Profile, Some(&reaching), Groups::Plain);
        let asked = decide_change(Some(&changer(own)), asked.0, asked.1, asked.2);
        assert_eq!(asked.is_ok(), is_administrator);
    }
}

/// For people without a role, whatever they reach; and not for themselves.
#[test]
fn whom_a_policy_names_makes_passes_and_nothing_else() {
    let named = |role| Subject {
        names_changer: true,
        has_rights: true,
        ..other(role)
    };
    for own in AdminRole::ALL {
        let colleague = changer(own);
        let ask = |change, subject: &Subject| {
            decide_change(Some(&colleague), change, Some(subject), Groups::Plain)
        };
        assert_eq!(
            ask(Change::Pass, &named(AdminRole::None)),
            Ok(()),
            "{own:?}"
        );
        for change in Change::ALL.into_iter().filter(|c| *c != Change::Pass) {
            let unnamed = Subject {
                names_changer: false,
                ..named(AdminRole::None)
            };
            let with = ask(change, &named(AdminRole::None));
            assert_eq!(with, ask(change, &unnamed), "{own:?} {change:?}");
        }
        for role in AdminRole::ALL.into_iter().filter(|r| *r != AdminRole::None) {
            let is_administrator = own == AdminRole::Administrator;
            assert_eq!(ask(Change::Pass, &named(role)).is_ok(), is_administrator);
        }
        let myself = Subject {
            id: id(1),
            ..named(AdminRole::None)
        };
        assert!(ask(Change::Pass, &myself).is_err(), "{own:?}");
        let gone = Changer {
            state: UserState::Suspended,
            ..colleague.clone()
        };
        let subject = named(AdminRole::None);
        let asked = decide_change(Some(&gone), Change::Pass, Some(&subject), Groups::Plain);
        assert_eq!(asked, Err(ChangeRefusal::NotYourDuty));
    }
}

#[test]
fn every_change_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> =
        Change::ALL.iter().map(|change| change.name()).collect();
    assert_eq!(names.len(), Change::ALL.len());
}
