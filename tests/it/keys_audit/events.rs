//! Every kind of event: recorded, read back, and what is personal in it sealed.

use std::collections::BTreeSet;

use serde_json::Value;
use signet::audit::{Attempted, AuditError, AuditEvent, PersonalFields, Target, UserSnapshot};
use signet::model::{EventId, UserId};
use signet::op::Actor;

use super::organisation::Samples;
use super::{Instance, in_memory, wait};
use crate::store::engines::{on_every_engine, rows};

/// The kinds as other people's rules know them. A variant without a line here does not compile.
macro_rules! kinds {
    ($($variant:ident $fields:tt => $name:literal,)+) => {
        const KINDS: &[&str] = &[$($name),+];

        fn kind(event: &AuditEvent) -> &'static str {
            match event {
                $(AuditEvent::$variant $fields => $name),+
            }
        }
    };
}
kinds! {
    InstanceCreated { .. } => "instance.created",
    KeyChanged(_) => "key.changed",
    UserCreated { .. } => "user.created",
    UserUpdated { .. } => "user.updated",
    UserDisabled { .. } => "user.disabled",
    UserEnabled { .. } => "user.enabled",
    UserSuspended { .. } => "user.suspended",
    UserActivated { .. } => "user.activated",
    UserRoleChanged { .. } => "user.role_changed",
    UserDeleted { .. } => "user.deleted",
    PersonErased { .. } => "person.erased",
    GroupCreated { .. } => "group.created",
    GroupUpdated { .. } => "group.updated",
    GroupDeleted { .. } => "group.deleted",
    MembershipAdded { .. } => "membership.added",
    MembershipRemoved { .. } => "membership.removed",
    PasswordSet { .. } => "password.set",
    PasswordRehashed { .. } => "password.rehashed",
    ChangeRefused { .. } => "change.refused",
    ApiTokenUsed { .. } => "api_token.used",
    ApiTokenRefused { .. } => "api_token.refused",
    ApiTokenCreated { .. } => "api_token.created",
    ApiTokenRevoked { .. } => "api_token.revoked",
    MailSent { .. } => "mail.sent",
    MailFailed { .. } => "mail.failed",
    TotpEnrolled { .. } => "totp.enrolled",
    TotpRemoved { .. } => "totp.removed",
    PasskeyAdded { .. } => "passkey.added",
    PasskeyRemoved { .. } => "passkey.removed",
    PassIssued { .. } => "pass.issued",
    PassUsed { .. } => "pass.used",
    GrantTakenBack { .. } => "grant.taken_back",
    AddressChangeBegun { .. } => "address_change.begun",
    PersonExported { .. } => "person.exported",
    ProtectionChanged { .. } => "protection.changed",
    ApprovalRequested { .. } => "approval.requested",
    ApprovalGiven { .. } => "approval.given",
    GlassBroken { .. } => "approval.glass_broken",
    PasskeyVerified { .. } => "sign_in.passkey_verified",
    PasskeyRefused { .. } => "sign_in.passkey_refused",
    RecoveryCodesMade { .. } => "recovery_codes.made",
    RecoveryCodeUsed { .. } => "recovery_code.used",
    LinkIssued { .. } => "link.issued",
    LinkUsed { .. } => "link.used",
    SignInBegun { .. } => "sign_in.begun",
    PasswordVerified { .. } => "sign_in.password_verified",
    PasswordRefused { .. } => "sign_in.password_refused",
    SignInLocked { .. } => "sign_in.locked",
    SecondFactorVerified { .. } => "sign_in.second_factor_verified",
    SecondFactorRefused { .. } => "sign_in.second_factor_refused",
    SignInCompleted { .. } => "sign_in.completed",
    SignedOut { .. } => "session.signed_out",
    SessionRevoked { .. } => "session.revoked",
    ApplicationCreated { .. } => "application.created",
    ApplicationUpdated { .. } => "application.updated",
    ApplicationDeleted { .. } => "application.deleted",
    ApplicationAssigned(_) => "application.assigned",
    ApplicationUnassigned(_) => "application.unassigned",
    AwsAccountCreated { .. } => "aws_account.created",
    AwsAccountUpdated { .. } => "aws_account.updated",
    AwsAccountDeleted { .. } => "aws_account.deleted",
    PermissionSetCreated { .. } => "permission_set.created",
    PermissionSetUpdated { .. } => "permission_set.updated",
    PermissionSetDeleted { .. } => "permission_set.deleted",
    AccountAssignmentAdded(_) => "account_assignment.added",
    AccountAssignmentRemoved(_) => "account_assignment.removed",
    AccountRuleAdded(_) => "account_rule.added",
    AccountRuleRemoved(_) => "account_rule.removed",
    GroupNested { .. } => "group.nested",
    GroupUnnested { .. } => "group.unnested",
    PortalAddressSet { .. } => "portal_address.set",
    AwsRoleVerified { .. } => "aws_role.verified",
    PolicySet { .. } => "policy.set",
    AssertionIssued(_) => "assertion.issued",
    AwsAssertionIssued(_) => "aws_assertion.issued",
    ClientSecretMade { .. } => "client_secret.made",
    ClientSecretsRemoved { .. } => "client_secret.removed",
    ConsentGiven { .. } => "consent.given",
    CodeIssued(_) => "code.issued",
    TokensIssued(_) => "tokens.issued",
    ClientTokenIssued { .. } => "client_token.issued",
    TokensRevoked { .. } => "tokens.revoked",
    TokenRevoked { .. } => "token.revoked",
    OauthRequestRefused { .. } => "oauth_request.refused",
    AccessDenied { .. } => "access.denied",
    SamlRequestRefused { .. } => "saml_request.refused",
    BackupMade { .. } => "backup.made",
    BackupRestored { .. } => "backup.restored",
    MigrationApplied { .. } => "migration.applied",
    ConfigurationApplied { .. } => "configuration.applied",
}

const ADDRESS: &str = "203.0.113.9";

/// The record of each kind as the database has it, in the order of the samples.
fn recorded(instance: &Instance<'_>, events: &[AuditEvent]) -> Vec<(Value, Value)> {
    let before = instance.bodies().len();
    for event in events {
        instance.record(&instance.op_from(ADDRESS), event);
    }
    let sealed = instance.export(PersonalFields::LeftSealed);
    let opened = instance.export(PersonalFields::Opened);
    sealed.into_iter().zip(opened).skip(before).collect()
}

on_every_engine!(every_kind_is_recorded_and_read_back);

fn every_kind_is_recorded_and_read_back(database: &crate::store::engines::TestDatabase) {
    let instance = Instance::new(database);
    let user = instance.person("alice");
    let samples = Samples {
        audit: &instance.audit,
        user: &user,
        at: instance.op().now,
    };
    let events = samples.all();
    let sampled: BTreeSet<&str> = events.iter().map(kind).collect();
    assert_eq!(
        sampled,
        KINDS.iter().copied().collect(),
        "a kind without sample"
    );

    let records = recorded(&instance, &events);
    assert_eq!(records.len(), events.len());
    for (event, (sealed, opened)) in events.iter().zip(&records) {
        let name = kind(event);
        assert_eq!(sealed["kind"], name);
        assert_eq!(sealed["body"]["event"]["kind"], name);
        let back: AuditEvent = serde_json::from_value(opened["body"]["event"].clone()).unwrap();
        assert_eq!(back, *event, "{name} does not come back as it was");
    }
}

#[test]
fn nothing_personal_stands_readable_in_a_record() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let user = instance.person("alice");
    let samples = Samples {
        audit: &instance.audit,
        user: &user,
        at: instance.op().now,
    };
    let events = samples.all();
    let personal = |text: &str| {
        let text = text.to_lowercase();
        text.contains("alice") || text.contains(ADDRESS) || text.contains("$open")
    };
    let plain = serde_json::to_string(&events).unwrap();
    assert!(personal(&plain), "the samples have something to hide");
    recorded(&instance, &events);
    for body in instance.bodies() {
        assert!(!personal(&body), "{body}");
    }
}

/// Where a request came from belongs to the person who acts, or else to the one whom it is about; of somebody unknown
/// only a code is kept, by which the same address is known again.
#[test]
fn an_address_is_sealed_or_coded() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let (alice, bob) = (instance.person("alice"), instance.person("bob"));
    let about = |user_id: &UserId| AuditEvent::PasswordVerified {
        user_id: user_id.clone(),
    };
    let about_nobody = AuditEvent::SignInBegun {
        pending_id: signet::model::PendingId::from_random([1; 16]),
        target: Target::Portal,
    };
    let before = instance.bodies().len();
    instance.record(&instance.op_from(ADDRESS), &about(&alice.id));
    let mut by_bob = instance.op_from(ADDRESS);
    by_bob.actor = Actor::User(bob.id.clone());
    instance.record(&by_bob, &about(&alice.id));
    for address in [ADDRESS, ADDRESS, "2001:db8::9"] {
        instance.record(&instance.op_from(address), &about_nobody);
    }
    instance.record(&instance.op(), &about_nobody);

    let lines = instance.export(PersonalFields::Opened);
    let found: Vec<&Value> = lines[before..]
        .iter()
        .map(|line| &line["body"]["remote_addr"])
        .collect();
    assert_eq!(found[0]["of"]["$person"], alice.id.as_str());
    assert_eq!(found[0]["of"]["$open"], ADDRESS);
    assert_eq!(found[1]["of"]["$person"], bob.id.as_str());
    let code = |at: usize| found[at]["code"].as_str().unwrap();
    assert_eq!(code(2).len(), 64);
    assert_eq!(code(2), code(3));
    assert_ne!(code(2), code(4));
    assert!(found[5].is_null());
}

/// People type passwords into the field of the name.
#[test]
fn of_an_unknown_name_only_a_code_is_kept() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let code = |typed: &str| match instance.audit.attempted(None, typed) {
        Attempted::Unknown { name_code } => name_code,
        Attempted::Known { .. } => panic!("nobody is known here"),
    };
    assert_eq!(
        code("Nobody "),
        code("ｎｏｂｏｄｙ"),
        "every spelling is one name"
    );
    assert_ne!(code("nobody"), code("nobody2"));
    let other = in_memory();
    let other = Instance::seeded(&other, 8);
    assert_ne!(
        other.audit.attempted(None, "nobody"),
        instance.audit.attempted(None, "nobody"),
        "the code of another instance tells nothing"
    );
}

#[test]
fn an_event_about_somebody_without_a_key_is_refused() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let user = super::user(UserId::from_random([9; 16]), "mallory", super::START);
    let event = AuditEvent::UserCreated {
        after: UserSnapshot::from(&user),
    };
    let refused = wait(instance.audit.prepare(&instance.op(), &event));
    assert!(
        matches!(&refused, Err(AuditError::UnknownPerson(id)) if *id == user.id),
        "{refused:?}"
    );
}

/// Recorded, a field belongs to its event, its place in it and its person.
#[test]
fn a_sealed_field_opens_in_its_own_place_alone() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let user = instance.person("alice");
    let mut after = UserSnapshot::from(&user);
    after.revision = 2;
    let before = UserSnapshot::from(&user);
    instance.record(&instance.op(), &AuditEvent::UserUpdated { before, after });
    let profiles = |opened: &Value, of: &str| opened["body"]["event"][of]["profile"].clone();
    let lines = instance.export(PersonalFields::Opened);
    assert!(profiles(lines.last().unwrap(), "after")["$open"].is_object());

    // What was sealed as `before` is put in the place of `after`.
    let mut sealed = instance.export(PersonalFields::LeftSealed);
    let line = sealed.pop().unwrap();
    let mut body = line["body"].clone();
    body["event"]["after"]["profile"] = body["event"]["before"]["profile"].clone();
    let (id, text) = (line["id"].as_str().unwrap().to_owned(), body.to_string());
    instance
        .store
        .write_blocking(move |txn| {
            txn.execute(
                "UPDATE audit_records SET body = $1 WHERE id = $2",
                &[text.as_str().into(), id.as_str().into()],
            )
        })
        .unwrap();
    let lines = instance.export(PersonalFields::Opened);
    let changed = lines.last().unwrap();
    assert!(profiles(changed, "before")["$open"].is_object());
    assert!(profiles(changed, "after")["$sealed"].is_string());
}

#[test]
fn a_strangers_issuer_is_shortened() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let event = AuditEvent::SamlRequestRefused {
        rule: "unknown_issuer".into(),
        issuer: Some("é".repeat(5_000)),
        app_id: None,
    };
    instance.record(&instance.op(), &event);
    let lines = instance.export(PersonalFields::Opened);
    let kept = lines.last().unwrap()["body"]["event"]["issuer"].as_str();
    assert_eq!(kept, Some("é".repeat(1_024).as_str()));
}

#[test]
fn a_number_with_a_fraction_has_no_canonical_form() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let staff = super::organisation::group(1, "staff", super::START);
    let mut policy = super::organisation::policy("p", &staff);
    policy.body = serde_json::json!({"minutes": 1.5});
    let event = AuditEvent::PolicySet {
        before: None,
        after: Some(policy),
    };
    let refused = wait(instance.audit.prepare(&instance.op(), &event));
    assert!(
        matches!(refused, Err(AuditError::NotCanonical)),
        "{refused:?}"
    );
}

/// A commit for many changes one page of the index of the ids, not one for each record.
#[test]
fn the_ids_of_records_stand_in_the_order_of_their_times() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let user_id = instance.person("alice").id;
    for _ in 0..20 {
        let event = AuditEvent::PasswordVerified {
            user_id: user_id.clone(),
        };
        instance.record(&instance.op(), &event);
    }
    let kind = "SELECT id, at FROM audit_records WHERE kind = 'sign_in.password_verified' ORDER BY sequence";
    let found = rows(database.store(), kind, vec![]);
    let ids: Vec<EventId> = found.iter().map(|row| row.parse("id").unwrap()).collect();
    assert_eq!(ids.len(), 20);
    assert!(ids.is_sorted(), "{ids:?}");
    // Of the time there are 48 bits, the other 80 are random.
    for (id, row) in ids.iter().zip(&found) {
        let time = &id.as_str()[1..13];
        let at = i64::from_str_radix(time, 16).unwrap();
        assert_eq!(at, row.int("at").unwrap());
    }
    let rest: BTreeSet<&str> = ids.iter().map(|id| &id.as_str()[13..]).collect();
    assert_eq!(rest.len(), 20);
}

/// What the replay does not read it cannot rebuild: a new kind of change must be added to its list.
#[test]
fn the_replay_reads_every_kind_that_changes_the_organisation() {
    let source = include_str!("../../../src/audit/replay.rs");
    let (_, list) = source.split_once("const CHANGES").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    let events = include_str!("../../../src/audit/event.rs");
    let kinds = events.split("#[serde(rename = \"").skip(1);
    let kinds: Vec<&str> = kinds.map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(kinds.len() > 50);
    let of_the_organisation = [
        "user.",
        "group.",
        "membership.",
        "application.",
        "aws_account.",
        "permission_set.",
        "account_assignment.",
        "policy.",
    ];
    for kind in kinds {
        if of_the_organisation
            .iter()
            .any(|part| kind.starts_with(part))
        {
            assert!(list.contains(&format!("\"{kind}\"")), "{kind} is not read");
        }
    }
}
