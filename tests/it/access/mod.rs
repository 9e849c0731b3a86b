//! The facts of a decision: which policies apply to whom and what, and who is assigned.

mod reach;

use signet::access::Proof;
use signet::apps::PolicyScope;
use signet::model::{
    AccountAssignment, AppAssignment, Assurance, Factor, Principal, SatisfiedFactor,
};
use signet::policy::{AccessRequest, Decision, DenyReason, Policy, Requirement, Target};

use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine};

on_every_engine!(
    every_policy_that_is_about_it_applies_and_no_other,
    somebody_is_assigned_directly_or_by_a_group,
    what_is_for_everybody_is_for_who_is_not_assigned,
    what_somebody_has_is_asked_for_and_nothing_else,
);

/// What becomes of somebody who has proved a password just now.
fn decide(app: &TestApp, person: &Person, target: &Target) -> Decision {
    let op = app.op();
    let password = SatisfiedFactor {
        factor: Factor::Password,
        at: op.now,
    };
    let proof = Proof {
        session: None,
        progress: Some((person.id.clone(), vec![password])),
        authorization: None,
    };
    let request = AccessRequest::plain(target.clone());
    wait(app.services.access.decide(&op, proof, request))
        .unwrap()
        .decision
}

fn is_allowed(app: &TestApp, person: &Person, target: &Target) -> bool {
    matches!(decide(app, person, target), Decision::Allow(_))
}

fn set(app: &TestApp, scope: &PolicyScope, assurance: Assurance) {
    let policy = Policy {
        required_assurance: Some(assurance),
        ..Policy::default()
    };
    wait(app.services.apps.set_policy(&app.op(), scope, &policy)).unwrap();
}

fn every_policy_that_is_about_it_applies_and_no_other(db: &TestDatabase) {
    let app = TestApp::start(db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let group = app.group("Administrators", &[&alice]);
    let (one, other) = (
        app.service_provider("one.example", |_| {}),
        app.service_provider("other.example", |_| {}),
    );
    for sp in [&one, &other] {
        app.assign_to(sp, &alice);
        app.assign_to(sp, &bob);
    }
    let role = app.aws_role(&bob);
    let target = |sp: &crate::app::ServiceProviderApp| Target::Application {
        app_id: sp.application.id.clone(),
    };
    let (to_one, to_other) = (target(&one), target(&other));
    let to_role = Target::Aws {
        account_id: role.account_id.clone(),
        permission_set_id: role.permission_set_id.clone(),
    };

    // Nothing set: two factors for everything.
    assert!(!is_allowed(&app, &bob, &to_one) && !is_allowed(&app, &bob, &to_role));
    set(&app, &PolicyScope::Global, Assurance::One);
    for target in [&to_one, &to_other, &to_role, &Target::Portal] {
        assert!(is_allowed(&app, &bob, target), "{target:?}");
    }
    assert!(is_allowed(&app, &alice, &to_one));

    set(&app, &PolicyScope::Group(group.id.clone()), Assurance::Two);
    assert!(!is_allowed(&app, &alice, &to_one) && !is_allowed(&app, &alice, &Target::Portal));
    assert!(is_allowed(&app, &bob, &to_one));

    let of_one = PolicyScope::Application(one.application.id.clone());
    set(&app, &of_one, Assurance::Two);
    assert!(!is_allowed(&app, &bob, &to_one));
    assert!(is_allowed(&app, &bob, &to_other) && is_allowed(&app, &bob, &to_role));

    let of_role = PolicyScope::PermissionSet(role.permission_set_id);
    set(&app, &of_role, Assurance::Two);
    assert!(!is_allowed(&app, &bob, &to_role));
    assert!(is_allowed(&app, &bob, &to_other));
}

fn somebody_is_assigned_directly_or_by_a_group(db: &TestDatabase) {
    let app = TestApp::start(db);
    set(&app, &PolicyScope::Global, Assurance::One);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let sp = app.service_provider("sp.example", |_| {});
    let role = app.aws_role(&alice);
    let to_app = Target::Application {
        app_id: sp.application.id.clone(),
    };
    let to_role = Target::Aws {
        account_id: role.account_id.clone(),
        permission_set_id: role.permission_set_id.clone(),
    };
    let not_assigned = Decision::Deny(DenyReason::NotAssigned);
    assert_eq!(decide(&app, &bob, &to_app), not_assigned);
    assert_eq!(decide(&app, &bob, &to_role), not_assigned);
    let group = Principal::Group(app.group("Readers", &[&bob]).id);
    app.assign(&sp, group.clone());
    let by_group = AccountAssignment {
        principal: group,
        ..role.clone()
    };
    wait(app.services.apps.assign_account(&app.op(), by_group)).unwrap();
    assert!(is_allowed(&app, &bob, &to_app) && is_allowed(&app, &bob, &to_role));
    assert!(is_allowed(&app, &alice, &to_role));
    assert_eq!(decide(&app, &alice, &to_app), not_assigned);

    let unknown = Decision::Deny(DenyReason::TargetUnknown);
    let no_app = Target::Application {
        app_id: signet::model::AppId::from_random([9; 16]),
    };
    assert_eq!(decide(&app, &bob, &no_app), unknown);
    let no_set = Target::Aws {
        account_id: role.account_id,
        permission_set_id: signet::model::PermissionSetId::from_random([9; 16]),
    };
    assert_eq!(decide(&app, &bob, &no_set), unknown);
    app.set_app_state(&sp, signet::model::AppState::Disabled);
    assert_eq!(
        decide(&app, &bob, &to_app),
        Decision::Deny(DenyReason::TargetDisabled)
    );
    let _: AppAssignment = app.assign_to(&sp, &alice);
}

fn what_is_for_everybody_is_for_who_is_not_assigned(db: &TestDatabase) {
    let app = TestApp::start(db);
    set(&app, &PolicyScope::Global, Assurance::One);
    let bob = app.person("bob");
    let to = |id: &str, available_to: &str| {
        let client = app.client(id, |registration| {
            registration["available_to"] = available_to.into();
        });
        Target::Application {
            app_id: client.application.id,
        }
    };
    let (all, some) = (to("all", "everybody"), to("some", "assigned"));
    assert!(is_allowed(&app, &bob, &all));
    let not_assigned = Decision::Deny(DenyReason::NotAssigned);
    assert_eq!(decide(&app, &bob, &some), not_assigned);
}

fn what_somebody_has_is_asked_for_and_nothing_else(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let asked = || match decide(&app, &alice, &Target::Portal) {
        Decision::StepUp(Requirement::SecondFactor { allowed }) => allowed,
        other => panic!("{other:?}"),
    };
    assert_eq!(asked(), [Factor::Totp]);
    app.recovery_codes(&alice);
    assert_eq!(asked(), [Factor::Totp, Factor::RecoveryCode]);
    app.pass(&alice);
    let with_pass = [Factor::Totp, Factor::RecoveryCode, Factor::Pass];
    assert_eq!(asked(), with_pass);
    app.clock.advance(signet::model::Span::minutes(15));
    assert_eq!(asked(), [Factor::Totp, Factor::RecoveryCode]);
    for (kind, factor) in [
        ("security_key", Factor::SecurityKey),
        ("passkey", Factor::Passkey),
    ] {
        assert!(!asked().contains(&factor), "{kind}");
        let whose = alice.id.clone();
        let key = db.store().write_blocking(move |txn| {
            txn.execute(
                "INSERT INTO webauthn_credentials (id, user_id, credential_id, kind, name, body, created_at)
                 VALUES ($1, $2, $1, $1, '', '{}', 0)",
                &[kind.into(), whose.as_str().into()],
            )
        });
        assert_eq!(key, Ok(1));
        assert!(asked().contains(&factor), "{kind}");
    }
    // No rows of keys, for what follows: nothing of ours can read these.
    let gone = db
        .store()
        .write_blocking(|txn| txn.execute("DELETE FROM webauthn_credentials", &[]));
    assert_eq!(gone, Ok(2));
    let op = app.op();
    wait(
        app.services
            .credentials
            .reset_second_factors(&op, &alice.id),
    )
    .unwrap();
    assert_eq!(asked(), [Factor::Pass]);
}
