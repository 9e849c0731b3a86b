//! The life of keys: what may follow what, what is published in which order, and that purposes never mix.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use proptest::prelude::*;
use signet::audit::PersonalFields;
use signet::keys::ring::{Change, Refusal, Retirement, Step, plan, shortest_retention};
use signet::keys::{KeyAlgorithm, KeyFacts, KeyState, Keys, KeysError, Purpose, SigningKey};
use signet::model::{KeyId, Span, Timestamp};

use super::{Instance, START, in_memory, wait};
use crate::store::engines::{EngineKind, TestDatabase, rows};

fn id(n: u8) -> KeyId {
    KeyId::from_random([n; 16])
}

fn key(n: u8, purpose: Purpose, state: KeyState) -> KeyFacts {
    KeyFacts {
        id: id(n),
        purpose,
        algorithm: KeyAlgorithm::P256,
        state,
        not_before: START,
        not_after: START.plus(Span::days(3_652)),
        created_at: START,
        state_changed_at: START,
    }
}

/// One key of each state: 1 next, 2 active, 3 retained, 4 retired; and 5, the active key of another purpose.
fn one_of_each() -> Vec<KeyFacts> {
    let mut keys: Vec<KeyFacts> = (1..).zip(KeyState::ALL).map(of_saml).collect();
    keys.push(key(5, Purpose::OpenIdConnect, KeyState::Active));
    keys
}

fn of_saml((n, state): (u8, &KeyState)) -> KeyFacts {
    key(n, Purpose::Saml, *state)
}

fn step(n: u8, before: KeyState, after: Option<KeyState>) -> Step {
    Step {
        id: Some(id(n)),
        before: Some(before),
        after,
    }
}

#[test]
fn every_change_of_every_state_is_allowed_or_refused_by_rule() {
    use KeyState::{Active, Next, Retained, Retired};
    let keys = one_of_each();
    let late = START.plus(Span::days(400));
    let taken_over = |n, before| {
        Some(vec![
            step(2, Active, Some(Retained)),
            step(n, before, Some(Active)),
        ])
    };
    let retired = |n, before| Some(vec![step(n, before, Some(Retired))]);
    let aged = |n| Change::Retire(id(n), Retirement::Aged);
    let compromised = |n| Change::Retire(id(n), Retirement::Compromised);
    let cases = [
        (Change::Activate(id(1)), taken_over(1, Next)),
        (Change::Activate(id(2)), None),
        (Change::Activate(id(3)), taken_over(3, Retained)),
        (Change::Activate(id(4)), None),
        (Change::Retain(id(1)), None),
        (Change::Retain(id(2)), taken_over(1, Next)),
        (Change::Retain(id(3)), None),
        (Change::Retain(id(4)), None),
        (aged(1), retired(1, Next)),
        (aged(2), None),
        (aged(3), retired(3, Retained)),
        (aged(4), None),
        (compromised(1), retired(1, Next)),
        (compromised(2), None),
        (compromised(3), retired(3, Retained)),
        (compromised(4), None),
        (Change::Remove(id(1)), None),
        (Change::Remove(id(2)), None),
        (Change::Remove(id(3)), None),
        (Change::Remove(id(4)), Some(vec![step(4, Retired, None)])),
    ];
    for (change, expected) in cases {
        let planned = plan(&keys, &change, late);
        match expected {
            Some(steps) => assert_eq!(planned, Ok(steps), "{change:?}"),
            None => assert!(
                matches!(planned, Err(Refusal::State { .. })),
                "{change:?}: {planned:?}"
            ),
        }
    }
    assert_eq!(
        plan(&keys, &Change::Activate(id(9)), late),
        Err(Refusal::Unknown(id(9)))
    );
}

#[test]
fn a_purpose_has_at_most_one_next_key_and_is_never_left_without_an_active_one() {
    let keys = one_of_each();
    assert_eq!(
        plan(&keys, &Change::Publish(Purpose::Saml), START),
        Err(Refusal::NextExists(Purpose::Saml))
    );
    let published = Step {
        id: None,
        before: None,
        after: Some(KeyState::Next),
    };
    assert_eq!(
        plan(&keys, &Change::Publish(Purpose::OpenIdConnect), START),
        Ok(vec![published])
    );
    assert_eq!(
        plan(&keys, &Change::Retain(id(5)), START),
        Err(Refusal::NoNext(Purpose::OpenIdConnect)),
        "the next key of SAML does not count"
    );
}

#[test]
fn a_retained_key_stays_until_what_it_signed_has_expired_unless_it_is_compromised() {
    for purpose in Purpose::ALL {
        let keys = [key(1, *purpose, KeyState::Retained)];
        let until = START.plus(shortest_retention(*purpose));
        let early = until.minus(Span::millis(1));
        let aged = Change::Retire(id(1), Retirement::Aged);
        let refused = plan(&keys, &aged, early);
        assert_eq!(refused, Err(Refusal::TooEarly { id: id(1), until }));
        plan(&keys, &aged, until).unwrap();
        plan(
            &keys,
            &Change::Retire(id(1), Retirement::Compromised),
            early,
        )
        .unwrap();
    }
}

#[test]
fn a_retired_audit_key_is_kept_for_good() {
    let keys = [key(1, Purpose::Audit, KeyState::Retired)];
    let refused = plan(
        &keys,
        &Change::Remove(id(1)),
        START.plus(Span::days(100_000)),
    );
    assert!(matches!(refused, Err(Refusal::State { .. })), "{refused:?}");
}

fn ids(keys: &[std::sync::Arc<SigningKey>]) -> Vec<KeyId> {
    keys.iter().map(|key| key.id().clone()).collect()
}

fn published(keys: &Keys, purpose: Purpose) -> Vec<KeyId> {
    ids(&keys.published(purpose))
}

fn state(keys: &Keys, id: &KeyId) -> Option<KeyState> {
    let list = keys.list();
    list.iter().find(|key| key.id == *id).map(|key| key.state)
}

/// A signature that whoever learnt the key from us accepts.
fn signs(key: &SigningKey) {
    let message = b"to be signed";
    let signature = key.sign(message).unwrap();
    match key.algorithm() {
        KeyAlgorithm::P256 => {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key_der())
                .verify(message, &signature)
        }
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 => {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key_der())
                .verify(message, &signature)
        }
        KeyAlgorithm::Hmac256 => Ok(()),
    }
    .unwrap();
}

/// A key's whole life, over RSA-2048, RSA-3072 and P-256; another process sees each step, and the audit has it.
#[test]
fn a_key_is_announced_signs_is_retained_and_retires() {
    for (purpose, algorithm, modulus) in [
        (Purpose::Saml, KeyAlgorithm::Rsa2048, Some(256)),
        (Purpose::Saml, KeyAlgorithm::Rsa3072, Some(384)),
        (Purpose::OpenIdConnectRsa, KeyAlgorithm::Rsa3072, Some(384)),
        (Purpose::OpenIdConnect, KeyAlgorithm::P256, None),
    ] {
        let database = in_memory();
        let instance = Instance::new(&database);
        let (keys, audit) = (&instance.keys, &instance.audit);
        let first = keys.active(purpose).unwrap().id().clone();
        let others = |keys: &Keys| -> Vec<Vec<KeyId>> {
            let all = Purpose::ALL.iter().filter(|p| **p != purpose);
            all.map(|p| published(keys, *p)).collect()
        };
        let others_before = others(keys);

        let second = wait(keys.publish(&instance.op(), audit, purpose, algorithm)).unwrap();
        assert_eq!(published(keys, purpose), [first.clone(), second.clone()]);
        assert_eq!(keys.active(purpose).unwrap().id(), &first, "signs nothing");

        wait(keys.activate(&instance.op(), audit, &second)).unwrap();
        let active = keys.active(purpose).unwrap();
        assert_eq!(active.id(), &second);
        assert_eq!((active.algorithm(), active.purpose()), (algorithm, purpose));
        signs(&active);
        let length = active.sign(b"x").unwrap().len();
        assert_eq!(length, modulus.unwrap_or(64));
        assert_eq!(
            active.certificate_der().is_empty(),
            purpose != Purpose::Saml
        );
        assert_eq!(published(keys, purpose), [second.clone(), first.clone()]);

        let third = wait(keys.publish(&instance.op(), audit, purpose, algorithm)).unwrap();
        let in_order = [second.clone(), third.clone(), first.clone()];
        assert_eq!(published(keys, purpose), in_order, "active, next, retained");
        let op = instance.op();
        let reopened = wait(Keys::open(instance.store, &op, instance.folder.path())).unwrap();
        assert_eq!(published(&reopened, purpose), in_order);
        assert_eq!(reopened.list(), keys.list());

        let early = wait(keys.retire(&instance.op(), audit, &first, Retirement::Aged));
        assert!(
            matches!(early, Err(KeysError::Refused(Refusal::TooEarly { .. }))),
            "{early:?}"
        );
        instance.clock.advance(shortest_retention(purpose));
        wait(keys.retire(&instance.op(), audit, &first, Retirement::Aged)).unwrap();
        assert_eq!(state(keys, &first), Some(KeyState::Retired));
        assert_eq!(published(keys, purpose), [second.clone(), third.clone()]);
        wait(keys.remove(&instance.op(), audit, &second)).unwrap_err();
        wait(keys.remove(&instance.op(), audit, &first)).unwrap();
        assert_eq!(state(keys, &first), None);

        wait(reopened.reload()).unwrap();
        assert_eq!(reopened.list(), keys.list());
        assert_eq!(others(keys), others_before, "no other purpose has moved");
        assert_eq!(
            recorded(&instance, &[&first, &second, &third]),
            [
                "first: - to active",
                "second: - to next",
                "first: active to retained",
                "second: next to active",
                "third: - to next",
                "first: retained to retired",
                "first: retired to -",
            ]
        );
    }
}

/// What the audit says of these keys, in order.
fn recorded(instance: &Instance<'_>, keys: &[&KeyId; 3]) -> Vec<String> {
    let lines = instance.export(PersonalFields::Opened);
    lines
        .iter()
        .filter(|line| line["kind"] == "key.changed")
        .filter_map(|line| {
            let event = &line["body"]["event"];
            let names = ["first", "second", "third"].into_iter().zip(keys);
            let mut named = names.filter(|(_, key)| event["key_id"] == key.as_str());
            let (name, _) = named.next()?;
            let state = |of: &str| event[of].as_str().unwrap_or("-").to_owned();
            Some(format!("{name}: {} to {}", state("before"), state("after")))
        })
        .collect()
}

#[test]
fn a_rotation_can_be_taken_back() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let (keys, audit) = (&instance.keys, &instance.audit);
    let purpose = Purpose::OpenIdConnect;
    let first = keys.active(purpose).unwrap().id().clone();
    let second = wait(keys.rotate(&instance.op(), audit, purpose, KeyAlgorithm::P256)).unwrap();
    assert_eq!(published(keys, purpose), [second.clone(), first.clone()]);
    wait(keys.activate(&instance.op(), audit, &first)).unwrap();
    assert_eq!(published(keys, purpose), [first, second]);
}

#[test]
fn what_the_active_key_gives_up_the_next_one_takes_over() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let (keys, audit) = (&instance.keys, &instance.audit);
    let purpose = Purpose::OpenIdConnect;
    let first = keys.active(purpose).unwrap().id().clone();
    let refused = wait(keys.retain(&instance.op(), audit, &first));
    assert!(
        matches!(refused, Err(KeysError::Refused(Refusal::NoNext(_)))),
        "{refused:?}"
    );
    let second = wait(keys.publish(&instance.op(), audit, purpose, KeyAlgorithm::P256)).unwrap();
    wait(keys.retain(&instance.op(), audit, &first)).unwrap();
    assert_eq!(published(keys, purpose), [second, first]);
}

/// The private half of an RSA-2048 key has more than 1,600 characters in base64.
#[test]
fn a_retired_keys_private_half_is_destroyed() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let (keys, audit) = (&instance.keys, &instance.audit);
    let first = keys.active(Purpose::Saml).unwrap().id().clone();
    let sealed = || {
        let sql = "SELECT sealed_private FROM signing_keys WHERE id = $1";
        let found = rows(instance.store, sql, vec![first.as_str().into()]);
        found[0].text("sealed_private").unwrap()
    };
    assert!(sealed().len() > 2_200);
    let algorithm = KeyAlgorithm::Rsa2048;
    wait(keys.rotate(&instance.op(), audit, Purpose::Saml, algorithm)).unwrap();
    wait(keys.retire(&instance.op(), audit, &first, Retirement::Compromised)).unwrap();
    assert!(sealed().len() < 1_200, "{}", sealed().len());
    let again = wait(keys.activate(&instance.op(), audit, &first));
    assert!(
        matches!(again, Err(KeysError::Refused(Refusal::State { .. }))),
        "{again:?}"
    );
}

/// Two commands at once: each judged a ring that the other has changed since. One stands.
#[test]
fn of_two_changes_at_once_one_stands() {
    for kind in [EngineKind::SqliteOnDisk, EngineKind::Postgres] {
        let database = TestDatabase::new(kind);
        let instance = Instance::new(&database);
        let publish = |keys: Keys| {
            let (audit, op) = (instance.audit.clone(), instance.op());
            move || wait(keys.publish(&op, &audit, Purpose::Audit, KeyAlgorithm::P256))
        };
        let threads = (0..4).map(|_| std::thread::spawn(publish(instance.keys.clone())));
        let threads: Vec<_> = threads.collect();
        let answers: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        let stand = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(stand, 1, "{answers:?}");
        let refused = |answer: &Result<KeyId, KeysError>| {
            matches!(
                answer,
                Ok(_)
                    | Err(KeysError::ChangedMeanwhile)
                    | Err(KeysError::Refused(Refusal::NextExists(_)))
            )
        };
        assert!(answers.iter().all(refused), "{answers:?}");
        wait(instance.keys.reload()).unwrap();
        let next = |key: &&KeyFacts| key.state == KeyState::Next;
        assert_eq!(instance.keys.list().iter().filter(next).count(), 1);
    }
}

fn any_change() -> impl Strategy<Value = (u8, u8, i64)> {
    (0u8..6, 0u8..12, 0i64..4)
}

proptest! {
    /// Whatever is asked in whatever order: each purpose that has had an active key has exactly one, at most one key is
    /// next, and nothing comes back from retirement.
    #[test]
    fn no_order_of_changes_breaks_the_ring(changes in prop::collection::vec(any_change(), 0..60)) {
        let mut keys: Vec<KeyFacts> = (200..).zip(Purpose::ALL).map(|(n, p)| key(n, *p, KeyState::Active)).collect();
        let (mut now, mut made) = (START, 0u8);
        for (what, which, days) in changes {
            now = now.plus(Span::days(days * 8));
            let of = |n: u8| keys[usize::from(n) % keys.len()].id.clone();
            let change = match what {
                0 => Change::Publish(Purpose::ALL[usize::from(which) % Purpose::ALL.len()]),
                1 => Change::Activate(of(which)),
                2 => Change::Retain(of(which)),
                3 => Change::Retire(of(which), Retirement::Aged),
                4 => Change::Retire(of(which), Retirement::Compromised),
                _ => Change::Remove(of(which)),
            };
            let Ok(steps) = plan(&keys, &change, now) else { continue };
            for step in steps {
                made += 1;
                apply(&mut keys, &step, &change, made, now);
            }
            for purpose in Purpose::ALL {
                let count = |state| keys.iter().filter(|k| k.purpose == *purpose && k.state == state).count();
                prop_assert_eq!(count(KeyState::Active), 1);
                prop_assert!(count(KeyState::Next) <= 1);
            }
        }
    }
}

fn apply(keys: &mut Vec<KeyFacts>, step: &Step, change: &Change, made: u8, now: Timestamp) {
    let place = keys.iter().position(|k| Some(&k.id) == step.id.as_ref());
    match (place, step.after, change) {
        (None, Some(state), Change::Publish(purpose)) => keys.push(KeyFacts {
            state_changed_at: now,
            ..key(made, *purpose, state)
        }),
        (Some(at), Some(state), _) => {
            assert_eq!(Some(keys[at].state), step.before);
            assert_ne!(keys[at].state, KeyState::Retired);
            keys[at].state = state;
            keys[at].state_changed_at = now;
        }
        (Some(at), None, _) => {
            assert_eq!(keys.remove(at).state, KeyState::Retired);
        }
        (None, ..) => panic!("{step:?} of no key"),
    }
}
