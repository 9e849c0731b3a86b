//! Erasing a person: nothing of the person can be read any more, and the chain still verifies.

use signet::audit::{Audit, AuditEvent, OrganisationAt, Personal, PersonalFields, verify};
use signet::model::{User, UserState};

use super::organisation::Samples;
use super::{Instance, wait};
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

const ADDRESS: &str = "203.0.113.9";

fn readable(instance: &Instance<'_>) -> String {
    let lines = instance.export(PersonalFields::Opened);
    serde_json::to_string(&lines).unwrap().to_lowercase()
}

/// Every kind of event about the person.
fn record_all(instance: &Instance<'_>, user: &User) {
    let samples = Samples {
        audit: &instance.audit,
        user,
        at: instance.op().now,
    };
    for event in samples.all() {
        instance.record(&instance.op_from(ADDRESS), &event);
    }
}

fn replayed(instance: &Instance<'_>) -> OrganisationAt {
    let op = instance.op();
    wait(instance.audit.replay(&op, op.now)).unwrap()
}

on_every_engine!(an_erased_person_cannot_be_read_and_the_chain_verifies);

fn an_erased_person_cannot_be_read_and_the_chain_verifies(database: &TestDatabase) {
    let instance = Instance::new(database);
    let (alice, bob) = (instance.person("alice"), instance.person("bob"));
    record_all(&instance, &alice);
    // Among the samples is a deletion; after it alice is made known to the replay again.
    let created = AuditEvent::UserCreated {
        after: (&alice).into(),
    };
    instance.record(&instance.op(), &created);
    let before = readable(&instance);
    assert!(before.contains("alice@example.com") && before.contains(ADDRESS));
    wait(
        instance
            .audit
            .checkpoint(&instance.op(), &instance.keys, None),
    )
    .unwrap();

    let erased = wait(instance.audit.erase_person(&instance.op(), &alice.id)).unwrap();
    assert!(erased);

    let reader = Audit::new(
        instance.store.clone(),
        std::sync::Arc::new(instance.keys.clone()),
    );
    for audit in [&instance.audit, &reader] {
        let mut out = Vec::new();
        let op = instance.op();
        wait(audit.export(&op, PersonalFields::Opened, &mut out)).unwrap();
        let text = String::from_utf8(out).unwrap().to_lowercase();
        assert!(!text.contains("alice") && !text.contains(ADDRESS), "{text}");
        assert!(text.contains("bob@example.com"), "only alice was erased");
    }
    let organisation = replayed(&instance);
    let profile = &organisation.users[&alice.id];
    assert_eq!(profile.state, UserState::Active);
    assert!(profile.to_user().is_none());
    assert_eq!(organisation.users[&bob.id].to_user(), Some(bob));

    let seen = wait(verify(instance.store, &instance.pins(), None)).unwrap();
    assert_eq!(seen.findings, []);
    assert!(seen.checkpoints > 0);
}

#[test]
fn an_erasure_is_recorded_once() {
    let database = super::in_memory();
    let instance = Instance::new(&database);
    let alice = instance.person("alice");
    let erase = || wait(instance.audit.erase_person(&instance.op(), &alice.id)).unwrap();
    assert!(erase());
    assert!(!erase());
    let lines = instance.export(PersonalFields::Opened);
    let erasures = lines.iter().filter(|line| line["kind"] == "person.erased");
    assert_eq!(erasures.count(), 1);
}

/// What happens afterwards is still recorded, by the id alone.
#[test]
fn what_is_recorded_after_the_erasure_keeps_nothing() {
    let database = super::in_memory();
    let instance = Instance::new(&database);
    let alice = instance.person("alice");
    wait(instance.audit.erase_person(&instance.op(), &alice.id)).unwrap();
    record_all(&instance, &alice);
    assert!(!readable(&instance).contains("alice"));
    let lines = instance.export(PersonalFields::Opened);
    let of = |kind: &str| lines.iter().rfind(|line| line["kind"] == kind).unwrap();
    let event = of("sign_in.completed")["body"]["event"].clone();
    match serde_json::from_value(event).unwrap() {
        AuditEvent::SignInCompleted { user_agent, .. } => {
            assert_eq!(user_agent, Personal::Erased { of: alice.id });
        }
        other => panic!("{other:?}"),
    }
}

/// Another process has the opened key in memory: within ten minutes it forgets it.
#[test]
fn another_process_forgets_the_opened_key() {
    let database = super::in_memory();
    let instance = Instance::new(&database);
    let alice = instance.person("alice");
    let other = Audit::new(
        instance.store.clone(),
        std::sync::Arc::new(instance.keys.clone()),
    );
    let reads = || {
        let mut out = Vec::new();
        wait(other.export(&instance.op(), PersonalFields::Opened, &mut out)).unwrap();
        String::from_utf8(out).unwrap().contains("alice")
    };
    assert!(reads());
    wait(instance.audit.erase_person(&instance.op(), &alice.id)).unwrap();
    instance.clock.advance(signet::model::Span::minutes(10));
    assert!(!reads());
}

/// SQLite leaves what was deleted in the page until something else needs the room, unless it is told not to.
#[test]
fn the_sealed_key_is_in_no_file_any_more() {
    let mut database = TestDatabase::new(EngineKind::SqliteOnDisk);
    let sealed = {
        let instance = Instance::new(&database);
        for name in ["bob", "carol", "dave"] {
            instance.person(name);
        }
        let alice = instance.person("alice");
        let sql = "SELECT sealed_key FROM person_keys WHERE person_id = $1";
        let found = rows(instance.store, sql, vec![alice.id.as_str().into()]);
        let sealed = found[0].text("sealed_key").unwrap();
        wait(instance.audit.erase_person(&instance.op(), &alice.id)).unwrap();
        sealed
    };
    // The last connection writes the log back and removes it.
    database.close();
    let ciphertext = sealed.rsplit('.').next().unwrap().as_bytes();
    let folder = std::fs::read_dir(database.folder.path()).unwrap();
    for entry in folder {
        let path = entry.unwrap().path();
        let octets = std::fs::read(&path).unwrap();
        let found = ciphertext
            .chunks_exact(8)
            .filter(|part| octets.windows(8).any(|window| window == *part));
        assert_eq!(found.count(), 0, "{}", path.display());
    }
}
