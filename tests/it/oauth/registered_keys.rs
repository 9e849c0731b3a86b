//! Which JWK Sets a client may register.

use serde_json::{Value, json};
use signet::protocol::jose::{
    JsonError, KeyError, RegisteredKeysError as Refused, parse_registered_keys,
};

use super::keys::{encode, p256, rsa};

fn parse(set: &Value) -> Result<usize, Refused> {
    parse_registered_keys(set.to_string().as_bytes()).map(|keys| keys.iter().count())
}

fn changed(jwk: Value, member: &str, value: Value) -> Value {
    let mut jwk = jwk;
    jwk[member] = value;
    json!({ "keys": [jwk] })
}

fn missing(jwk: Value, member: &str) -> Value {
    let mut jwk = jwk;
    jwk.as_object_mut().unwrap().remove(member);
    json!({ "keys": [jwk] })
}

#[test]
fn what_may_be_registered() {
    for set in [
        json!({"keys": [rsa().jwk(), p256().jwk()]}),
        json!({"keys": [p256().jwk()], "more": 1}),
        missing(p256().jwk(), "kid"),
        missing(p256().jwk(), "alg"),
        missing(rsa().jwk(), "use"),
        changed(rsa().jwk(), "key_ops", json!(["verify"])),
        changed(rsa().jwk(), "x5c", json!(["ignored"])),
        changed(rsa().jwk(), "e", json!("Aw")),
    ] {
        assert!(parse(&set).is_ok(), "{set}");
    }
}

#[test]
fn what_is_no_set() {
    for set in [
        json!({}),
        json!({"keys": []}),
        json!({"keys": {}}),
        json!({"keys": null}),
        p256().jwk(),
        json!({"keys": vec![p256().jwk(); 17]}),
    ] {
        assert_eq!(parse(&set), Err(Refused::Keys), "{set}");
    }
    for text in ["", "[]", "null", "{\"keys\":"] {
        let refused = parse_registered_keys(text.as_bytes()).unwrap_err();
        assert_eq!(refused, Refused::Json(JsonError::NotAnObject));
    }
    let twice = format!(r#"{{"keys":[],"keys":[{}]}}"#, p256().jwk());
    let refused = parse_registered_keys(twice.as_bytes()).unwrap_err();
    assert_eq!(refused, Refused::Json(JsonError::RepeatedMember));
    let large = changed(p256().jwk(), "x5c", json!("A".repeat(33_000)));
    assert_eq!(parse(&large), Err(Refused::TooLarge));
}

#[test]
fn kinds_that_are_not_taken() {
    for (member, value) in [
        ("kty", json!("oct")),
        ("kty", json!("OKP")),
        ("kty", json!("ec")),
        ("kty", json!(null)),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("crv", json!(null)),
    ] {
        let set = changed(p256().jwk(), member, value);
        assert_eq!(parse(&set), Err(Refused::Kind { number: 1 }), "{set}");
    }
    let set = json!({"keys": [p256().jwk(), "text"]});
    assert_eq!(parse(&set), Err(Refused::Kind { number: 2 }));
}

#[test]
fn private_and_secret_keys() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let refused = parse(&changed(rsa().jwk(), member, json!("AQAB")));
        assert_eq!(refused, Err(Refused::PrivateKey { number: 1, member }));
    }
}

#[test]
fn keys_for_something_else() {
    for set in [
        changed(rsa().jwk(), "use", json!("enc")),
        changed(rsa().jwk(), "use", json!(null)),
        changed(rsa().jwk(), "alg", json!("PS256")),
        changed(rsa().jwk(), "alg", json!("ES256")),
        changed(rsa().jwk(), "alg", json!("none")),
        changed(p256().jwk(), "alg", json!("RS256")),
        changed(rsa().jwk(), "key_ops", json!(["encrypt"])),
        changed(rsa().jwk(), "key_ops", json!("verify")),
    ] {
        assert_eq!(parse(&set), Err(Refused::Usage { number: 1 }), "{set}");
    }
}

#[test]
fn weak_and_broken_rsa_keys() {
    let modulus = |octets: usize, first: u8, last: u8| {
        let mut n = vec![0xa5; octets];
        n[0] = first;
        n[octets - 1] = last;
        json!(encode(n))
    };
    for (n, error) in [
        (modulus(128, 0xff, 1), KeyError::RsaSize),
        (modulus(255, 0xff, 1), KeyError::RsaSize),
        (modulus(256, 0x7f, 1), KeyError::RsaSize),
        (modulus(1025, 0xff, 1), KeyError::RsaSize),
        (modulus(257, 0x00, 1), KeyError::RsaSize),
        (modulus(256, 0xff, 2), KeyError::RsaParameters),
    ] {
        let refused = parse(&changed(rsa().jwk(), "n", n));
        assert_eq!(refused, Err(Refused::Key { number: 1, error }));
    }
    for e in [&[1][..], &[2], &[4], &[0, 1, 0, 1], &[1, 0, 0, 0, 1]] {
        let refused = parse(&changed(rsa().jwk(), "e", json!(encode(e))));
        let error = KeyError::RsaParameters;
        assert_eq!(refused, Err(Refused::Key { number: 1, error }), "{e:?}");
    }
}

#[test]
fn points_off_the_curve() {
    for (member, value) in [
        ("x", vec![0; 32]),
        ("y", vec![0; 32]),
        ("x", vec![0xff; 32]),
        ("x", vec![1; 31]),
        ("y", vec![1; 33]),
    ] {
        let refused = parse(&changed(p256().jwk(), member, json!(encode(value))));
        let error = KeyError::Point;
        assert_eq!(refused, Err(Refused::Key { number: 1, error }));
    }
}

#[test]
fn members_that_are_no_base64url() {
    let x = p256().jwk()["x"].as_str().unwrap().to_owned();
    for value in [
        json!(format!("{x}=")),
        json!(format!("{x} ")),
        json!(""),
        json!(1),
        json!(format!("+{}", &x[1..])),
    ] {
        let refused = parse(&changed(p256().jwk(), "x", value));
        assert_eq!(
            refused,
            Err(Refused::Member {
                number: 1,
                member: "x"
            })
        );
    }
    let refused = parse(&missing(rsa().jwk(), "n"));
    assert_eq!(
        refused,
        Err(Refused::Member {
            number: 1,
            member: "n"
        })
    );
}

#[test]
fn key_ids_name_one_key() {
    let mut twin = rsa().jwk();
    twin["kid"] = json!("p256-1");
    let set = json!({"keys": [p256().jwk(), twin]});
    assert_eq!(parse(&set), Err(Refused::RepeatedKeyId { number: 2 }));
    for kid in [json!(""), json!("k".repeat(257)), json!(1), json!(null)] {
        let set = changed(p256().jwk(), "kid", kid);
        assert_eq!(parse(&set), Err(Refused::KeyId { number: 1 }));
    }
    let mut nameless = p256().jwk();
    nameless.as_object_mut().unwrap().remove("kid");
    let set = json!({"keys": [rsa().jwk(), nameless]});
    assert_eq!(parse(&set), Err(Refused::KeyId { number: 2 }));
}
