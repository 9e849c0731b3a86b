//! Sealing at rest, and signing.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use proptest::prelude::*;
use signet::entropy::Entropy;
use signet::keys::{KeyAlgorithm, Keys, KeysError, Place, Purpose};
use signet::protocol::saml::Sign;
use signet::store::Value;

use super::{Instance, in_memory, op_at, wait};

const SEED: Place<'static> = Place {
    table: "totp_devices",
    column: "sealed_secret",
    row: "d00000000000000000000000000000001",
};

#[test]
fn what_is_sealed_opens_where_it_stands_and_nowhere_else() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let keys = &instance.keys;
    let text = keys
        .seal(&Entropy::system(), SEED, b"a seed of twenty octs")
        .unwrap();
    assert!(text.starts_with("v1.k"), "{text}");
    assert_eq!(
        keys.open_sealed(SEED, &text).unwrap().expose(),
        b"a seed of twenty octs"
    );
    let moved = [
        Place {
            row: "d00000000000000000000000000000002",
            ..SEED
        },
        Place {
            column: "other",
            ..SEED
        },
        Place {
            table: "other",
            ..SEED
        },
        // The same octets, divided otherwise.
        Place {
            table: "totp_devices|sealed_secret",
            column: "d00000000000000000000000000000001",
            row: "",
        },
    ];
    for place in moved {
        let refused = keys.open_sealed(place, &text);
        assert!(
            matches!(refused, Err(KeysError::Unsealable { .. })),
            "{place:?}"
        );
    }
}

#[test]
fn two_seals_of_one_text_differ() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let seal = || {
        instance
            .keys
            .seal(&instance.entropy, SEED, b"same")
            .unwrap()
    };
    assert_ne!(seal(), seal());
}

#[test]
fn every_changed_character_is_noticed() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let text = instance
        .keys
        .seal(&instance.entropy, SEED, b"secret")
        .unwrap();
    for at in 0..text.len() {
        let mut octets = text.clone().into_bytes();
        octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(octets).unwrap();
        let opened = instance.keys.open_sealed(SEED, &changed);
        assert!(opened.is_err(), "character {at} of {text}");
    }
    for changed in [
        "",
        "v1",
        "v1...",
        "secret",
        &text[..text.len() - 1],
        &format!("{text}."),
        &format!("{text}.x"),
    ] {
        assert!(instance.keys.open_sealed(SEED, changed).is_err());
    }
}

#[test]
fn another_instance_does_not_open_it() {
    let (one, two) = (in_memory(), in_memory());
    let (one, two) = (Instance::new(&one), {
        let folder = crate::store::engines::TestFolder::new();
        let op = op_at(super::START, &Entropy::seeded(8));
        wait(Keys::create_instance(
            two.store(),
            &op,
            folder.path(),
            super::identity(),
        ))
        .unwrap()
    });
    let text = one.keys.seal(&one.entropy, SEED, b"secret").unwrap();
    assert!(two.open_sealed(SEED, &text).is_err());
}

#[test]
fn a_row_of_the_ring_that_was_changed_is_refused() {
    let changes = [
        // A token key under the name of the assertion key, and the other way round.
        "UPDATE signing_keys SET purpose = 'audit' WHERE purpose = 'openid_connect'",
        "UPDATE signing_keys SET algorithm = 'rsa-3072' WHERE purpose = 'saml'",
        // A certificate of somebody else, that metadata would then announce.
        "UPDATE signing_keys SET certificate = 'AAAA' WHERE purpose = 'saml'",
        "UPDATE signing_keys SET state = 'retired' WHERE purpose = 'cookies'",
        // A key moved to another row.
        "UPDATE signing_keys SET sealed_private = (SELECT s.sealed_private FROM signing_keys s WHERE s.purpose = 'audit') WHERE purpose = 'openid_connect'",
        "UPDATE signing_keys SET id = 'k00000000000000000000000000000001' WHERE purpose = 'saml'",
        "UPDATE data_keys SET id = 'k00000000000000000000000000000001'",
    ];
    for change in changes {
        let database = in_memory();
        let instance = Instance::new(&database);
        instance
            .store
            .write_blocking(move |txn| txn.execute(change, &[]).map(|n| assert_eq!(n, 1)))
            .unwrap();
        let op = instance.op();
        let opened = wait(Keys::open(instance.store, &op, instance.folder.path()));
        assert!(
            matches!(
                opened,
                Err(KeysError::ChangedRow(_) | KeysError::Unsealable { .. })
            ),
            "{change}: {opened:?}"
        );
        if !change.contains("data_keys") {
            wait(instance.keys.reload()).unwrap_err();
            instance.keys.active(Purpose::Saml).unwrap();
        }
    }
}

#[test]
fn no_private_key_stands_in_the_database() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let rows = crate::store::engines::rows(
        instance.store,
        "SELECT sealed_private FROM signing_keys",
        Vec::<Value>::new(),
    );
    for row in rows {
        assert!(row.text("sealed_private").unwrap().starts_with("v1.k"));
    }
}

#[test]
fn signatures_verify() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let (op, keys, audit) = (instance.op(), &instance.keys, &instance.audit);
    wait(keys.rotate(&op, audit, Purpose::OpenIdConnectRsa, KeyAlgorithm::Rsa3072)).unwrap();
    let message = b"to be signed";
    let saml = keys.active(Purpose::Saml).unwrap();
    let rsa = keys.active(Purpose::OpenIdConnectRsa).unwrap();
    let ecdsa = keys.active(Purpose::Audit).unwrap();
    for (key, length) in [(&saml, 256), (&rsa, 384)] {
        let signature = key.sign(message).unwrap();
        assert_eq!(signature.len(), length);
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key_der())
            .verify(message, &signature)
            .unwrap();
    }
    let signature = ecdsa.sign(message).unwrap();
    assert_eq!(signature.len(), 64, "r and s, as JOSE and XML want them");
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, ecdsa.public_key_der())
        .verify(message, &signature)
        .unwrap();

    // Only the key for SAML signs SAML.
    Sign::sign(&*saml, message).unwrap();
    for purpose in [Purpose::OpenIdConnect, Purpose::Audit, Purpose::Cookies] {
        Sign::sign(&*keys.active(purpose).unwrap(), message).unwrap_err();
    }
}

#[test]
fn purposes_take_only_their_algorithms() {
    let database = in_memory();
    let instance = Instance::new(&database);
    for (purpose, algorithm) in [
        (Purpose::Saml, KeyAlgorithm::Hmac256),
        (Purpose::OpenIdConnect, KeyAlgorithm::Hmac256),
        (Purpose::Cookies, KeyAlgorithm::Rsa2048),
        (Purpose::Audit, KeyAlgorithm::Rsa2048),
    ] {
        let op = instance.op();
        let refused = wait(
            instance
                .keys
                .publish(&op, &instance.audit, purpose, algorithm),
        );
        assert!(matches!(refused, Err(KeysError::Algorithm(..))));
    }
}

/// OpenSSL reads the certificate as others will.
#[test]
fn the_saml_certificate_says_host_key_and_ten_years() {
    let database = in_memory();
    let instance = Instance::new(&database);
    let key = instance.keys.active(Purpose::Saml).unwrap();
    let path = instance.folder.path().join("cert.der");
    std::fs::write(&path, key.certificate_der()).unwrap();
    let output = std::process::Command::new("openssl")
        .args(["x509", "-inform", "DER", "-noout", "-text", "-in"])
        .arg(&path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("CN = id.example.com") || text.contains("CN=id.example.com"),
        "{text}"
    );
    assert!(text.contains("Not Before: Sep 21"), "{text}");
    assert!(
        text.contains("2026 GMT") && text.contains("2036 GMT"),
        "{text}"
    );
    assert!(text.contains("2048 bit"), "{text}");
    let certificate = key.certificate_der();
    let public = key.public_key_der();
    assert!(
        certificate
            .windows(public.len())
            .any(|window| window == public)
    );
    let other = in_memory();
    let folder = crate::store::engines::TestFolder::new();
    let op = op_at(super::START, &Entropy::system());
    let other = wait(Keys::create_instance(
        other.store(),
        &op,
        folder.path(),
        super::identity(),
    ))
    .unwrap();
    let serial = |der: &[u8]| der[4 + 4 + 5..][..18].to_vec();
    assert_ne!(
        serial(certificate),
        serial(other.active(Purpose::Saml).unwrap().certificate_der()),
    );
}

#[test]
fn codes_hold_over_a_rotation_and_end_with_the_key() {
    use signet::keys::ring::Retirement;
    let database = in_memory();
    let instance = Instance::new(&database);
    let (keys, audit) = (&instance.keys, &instance.audit);
    let old_key = keys.active(Purpose::Cookies).unwrap().id().clone();
    let old = keys.mac("csrf", b"session");
    assert!(keys.verifies_mac("csrf", b"session", &old));
    wait(keys.rotate(
        &instance.op(),
        audit,
        Purpose::Cookies,
        KeyAlgorithm::Hmac256,
    ))
    .unwrap();
    assert_ne!(keys.mac("csrf", b"session"), old);
    assert!(keys.verifies_mac("csrf", b"session", &old));
    wait(keys.retire(&instance.op(), audit, &old_key, Retirement::Compromised)).unwrap();
    assert!(!keys.verifies_mac("csrf", b"session", &old));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_survive(plain in proptest::collection::vec(any::<u8>(), 0..2000), row in ".{0,40}") {
        let database = in_memory();
        let instance = Instance::new(&database);
        let place = Place { row: &row, ..SEED };
        let text = instance.keys.seal(&instance.entropy, place, &plain).unwrap();
        let opened = instance.keys.open_sealed(place, &text).unwrap();
        prop_assert_eq!(opened.expose(), &plain[..]);
    }

    #[test]
    fn labels_keep_codes_apart(one in "[a-c]{0,4}", two in "[a-c]{0,4}", data in "[a-c]{0,4}", other in "[a-c]{0,4}") {
        let database = in_memory();
        let instance = Instance::new(&database);
        let same = instance.keys.mac(&one, data.as_bytes()) == instance.keys.mac(&two, other.as_bytes());
        prop_assert_eq!(same, one == two && data == other);
    }
}
