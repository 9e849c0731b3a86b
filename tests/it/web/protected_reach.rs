//! The ways around a protected object: through groups, imports, a second self, and the end of a policy.

use signet::apps::PolicyScope;
use signet::credentials::CredentialError;
use signet::directory::{DirectoryError, ImportTable, Invitations, NewGroups, Travel};
use signet::model::{
    AccountAssignment, AdminRole, AppAssignment, Assurance, Group, GroupRule, Principal,
    ProtectedObject, Quantifier, Span,
};
use signet::op::Op;
use signet::policy::{ChangeRefusal, Policy};

use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase};

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

/// Ada at work; the host is asked by nobody.
fn by(app: &TestApp<'_>, person: &Person) -> Op {
    app.op().as_user(&person.id)
}

fn protect(app: &TestApp<'_>, object: ProtectedObject) {
    let op = app.op();
    assert!(wait(app.services.directory.set_protected(&op, &object, true)).unwrap());
}

fn waits<T: std::fmt::Debug>(result: Result<T, DirectoryError>) {
    assert!(
        matches!(
            result,
            Err(DirectoryError::NotAllowed(ChangeRefusal::NeedsSecond))
        ),
        "{result:?}"
    );
}

fn invitation(app: &TestApp<'_>, groups: &[&Group]) -> Invitations {
    Invitations {
        addresses: "dora@example.com".to_owned(),
        groups: groups.iter().map(|group| group.id.clone()).collect(),
        lifetime: Span::days(1),
        links_at: app.services.site.url("/invite/"),
        travel: Travel::ByHand,
    }
}

fn rule() -> GroupRule {
    GroupRule::parse(Quantifier::All, "email ends-with @example.com").unwrap()
}

/// Whoever comes into a group that has something in a protected account comes into the account.
#[test]
fn an_account_is_reached_through_no_group_without_a_second_administrator() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let bob = app.person("bob");
    let role = app.aws_role(&bob);
    let (operators, shift, others) = (
        app.group("Operators", &[]),
        app.group("Shift", &[]),
        app.group("Others", &[]),
    );
    let (op, directory) = (app.op(), &app.services.directory);
    wait(directory.nest_group(&op, &operators.id, &shift.id)).unwrap();
    let assignment = AccountAssignment {
        principal: Principal::Group(operators.id.clone()),
        ..role.clone()
    };
    wait(app.services.apps.assign_account(&op, assignment)).unwrap();
    protect(&app, ProtectedObject::Account(role.account_id.clone()));
    let own = by(&app, &ada);
    for group in [&operators, &shift] {
        waits(wait(directory.add_member(&own, &group.id, &ada.id)));
        waits(wait(directory.nest_group(&own, &group.id, &others.id)));
    }
    waits(wait(directory.set_group_rule(
        &own,
        &shift.id,
        Some(rule()),
    )));
    let services = (&app.services.credentials, &app.services.outbox);
    let invited = wait(directory.invite(&own, services, &invitation(&app, &[&shift]))).unwrap();
    assert!(
        format!("{invited:?}").contains("NeedsSecond"),
        "{invited:?}"
    );
    assert!(
        wait(directory.user_by_name("dora@example.com"))
            .unwrap()
            .is_none()
    );
    wait(directory.add_member(&own, &others.id, &ada.id)).unwrap();
}

#[test]
fn an_import_and_an_invitation_bring_nobody_into_a_protected_group() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let (named, ruled) = (app.group("Named", &[]), app.group("Ruled", &[]));
    let (op, directory) = (app.op(), &app.services.directory);
    wait(directory.set_group_rule(&op, &ruled.id, Some(rule()))).unwrap();
    let own = by(&app, &ada);
    let import = |csv: &str| {
        let table = ImportTable::from_csv(csv.as_bytes()).unwrap();
        let plan = wait(directory.plan_import(&own, table.rows, NewGroups::Make)).unwrap();
        let imported = wait(directory.import(&own, &app.services.credentials, plan));
        imported.map_err(|error| error.to_string())
    };
    protect(&app, ProtectedObject::Group(named.id.clone()));
    let refused = import("user_name,email,groups\nfritz,fritz@elsewhere.org,Named").unwrap_err();
    assert!(refused.contains("second administrator"), "{refused}");
    import("user_name,email,groups\nfritz,fritz@elsewhere.org,New").unwrap();
    protect(&app, ProtectedObject::Group(ruled.id.clone()));
    let refused = import("user_name,email\ngerd,gerd@example.com").unwrap_err();
    assert!(refused.contains("second administrator"), "{refused}");
    let services = (&app.services.credentials, &app.services.outbox);
    let invited = wait(directory.invite(&own, services, &invitation(&app, &[]))).unwrap();
    assert!(
        format!("{invited:?}").contains("NeedsSecond"),
        "{invited:?}"
    );
}

/// Whoever can become an administrator can agree with themselves.
#[test]
fn nobody_makes_their_own_second_administrator() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let eve = app.person_with("eve", AdminRole::Administrator);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let (own, directory) = (by(&app, &ada), &app.services.directory);
    protect(&app, ProtectedObject::User(alice.id.clone()));
    let role = |role| wait(directory.set_admin_role(&own, &bob.id, role)).map(drop);
    waits(role(AdminRole::Administrator));
    role(AdminRole::Auditor).unwrap();
    let pass = wait(app.services.credentials.issue_pass(&own, &eve.id));
    assert!(
        matches!(
            &pass,
            Err(CredentialError::NotAllowed(ChangeRefusal::NeedsSecond))
        ),
        "{pass:?}"
    );
    wait(app.services.credentials.issue_pass(&own, &bob.id)).unwrap();
}

/// What a group's policy asks of a protected person does not end by taking them out of the group, nor with the group; and
/// what is given to a group is given to the protected ones in it.
#[test]
fn what_protects_by_a_policy_ends_with_a_second_administrator() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let role = app.aws_role(&bob);
    let (strict, inner, plain) = (
        app.group("Strict", &[&bob]),
        app.group("Inner", &[&alice]),
        app.group("Plain", &[&alice]),
    );
    let (op, directory, apps) = (app.op(), &app.services.directory, &app.services.apps);
    wait(directory.nest_group(&op, &strict.id, &inner.id)).unwrap();
    let scope = PolicyScope::Group(strict.id.clone());
    let policy = Policy {
        required_assurance: Some(Assurance::PhishingResistant),
        ..Policy::default()
    };
    wait(apps.set_policy(&op, &scope, &policy)).unwrap();
    protect(&app, ProtectedObject::User(alice.id.clone()));
    let own = by(&app, &ada);
    waits(wait(directory.remove_member(&own, &inner.id, &alice.id)));
    waits(wait(directory.unnest_group(&own, &strict.id, &inner.id)));
    waits(wait(directory.delete_group(&own, &strict.id)));
    let looser = wait(apps.set_policy(&own, &scope, &Policy::default()));
    assert!(format!("{looser:?}").contains("NeedsSecond"), "{looser:?}");
    let assignment = AccountAssignment {
        principal: Principal::Group(strict.id.clone()),
        ..role
    };
    let given = wait(apps.assign_account(&own, assignment));
    assert!(format!("{given:?}").contains("NeedsSecond"), "{given:?}");
    let app_id = app
        .service_provider("wiki.example.com", |_| {})
        .application
        .id;
    let assignment = AppAssignment {
        app_id,
        principal: Principal::Group(strict.id.clone()),
    };
    let given = wait(apps.assign(&own, assignment));
    assert!(format!("{given:?}").contains("NeedsSecond"), "{given:?}");
    // Nothing is asked of whoever is in there.
    wait(directory.remove_member(&own, &plain.id, &alice.id)).unwrap();
    wait(directory.remove_member(&own, &strict.id, &bob.id)).unwrap();
}

/// A protected account is protected when it comes again; and a rule is no way out of what a policy asks.
#[test]
fn neither_a_new_account_nor_a_new_rule_leads_around_protection() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let bob = app.person("bob");
    let role = app.aws_role(&bob);
    let (own, apps) = (by(&app, &ada), &app.services.apps);
    let account = wait(apps.account(&role.account_id)).unwrap().unwrap();
    protect(&app, ProtectedObject::Account(account.id.clone()));
    wait(apps.delete_account(&own, &account.id)).unwrap();
    let again = wait(apps.add_account(&own, account));
    assert!(format!("{again:?}").contains("NeedsSecond"), "{again:?}");

    let (op, directory) = (app.op(), &app.services.directory);
    let strict = app.group("Strict", &[]);
    wait(directory.set_group_rule(&op, &strict.id, Some(rule()))).unwrap();
    let scope = PolicyScope::Group(strict.id.clone());
    let policy = Policy {
        required_assurance: Some(Assurance::PhishingResistant),
        ..Policy::default()
    };
    wait(apps.set_policy(&op, &scope, &policy)).unwrap();
    protect(&app, ProtectedObject::User(bob.id.clone()));
    let nobody = GroupRule::parse(Quantifier::All, "email ends-with @nowhere.example").unwrap();
    waits(wait(directory.set_group_rule(
        &own,
        &strict.id,
        Some(nobody),
    )));
    waits(wait(directory.set_group_rule(&own, &strict.id, None)));
}

#[test]
fn the_glass_is_not_broken_where_nobody_would_hear_it() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let alice = app.person("alice");
    protect(&app, ProtectedObject::User(alice.id.clone()));
    let (own, directory) = (by(&app, &ada), &app.services.directory);
    drop(wait(app.services.credentials.issue_pass(&own, &alice.id)));
    let open = wait(directory.approvals(&own)).unwrap();
    let outbox = &app.services.outbox;
    let broken = wait(directory.break_glass(&own, outbox, (&open[0].id, "nobody is awake")));
    assert!(matches!(broken, Err(DirectoryError::MailOff)), "{broken:?}");
    drop(wait(app.services.credentials.issue_pass(&own, &alice.id)).unwrap_err());
}
