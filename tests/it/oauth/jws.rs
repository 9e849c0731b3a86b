//! What we sign verifies with other people's libraries, and comes back whole.

use std::collections::BTreeMap;
use std::str::FromStr;

use jsonwebtoken::jwk::JwkSet as PeerJwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet};
use openidconnect::{ClientId, IssuerUrl, Nonce};
use proptest::prelude::*;
use serde_json::{Value, json};
use signet::model::Timestamp;
use signet::protocol::jose::{
    Algorithm, Expected, ExpectedType, JwkSet, PublicKey, Sign, SignError, TokenType,
    WriteJwsError, verify_jws, write_jws,
};
use signet::protocol::oauth::{IdTokenClaims, ReleasedClaims, at_hash};

use super::keys::{TestKey, p256, published, rsa};

fn key_set() -> JwkSet {
    JwkSet::published([rsa(), p256()].map(|k| (k.id, k.spki.as_slice()))).unwrap()
}

fn keys() -> [&'static TestKey; 2] {
    [rsa(), p256()]
}

#[test]
fn another_library_verifies_our_tokens_with_our_published_keys() {
    let set: PeerJwkSet = serde_json::from_value(serde_json::to_value(key_set()).unwrap()).unwrap();
    for key in keys() {
        let claims = json!({"iss": "https://id.example", "exp": 4_102_444_800_i64, "aud": "c"});
        let token = write_jws(TokenType::AccessToken, &claims, key).unwrap();
        let header = decode_header(&token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        let jwk = set.find(header.kid.as_deref().unwrap()).unwrap();
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&["c"]);
        let decoded =
            decode::<Value>(&token, &DecodingKey::from_jwk(jwk).unwrap(), &validation).unwrap();
        assert_eq!(decoded.claims, claims);
    }
}

fn id_token(key: &TestKey) -> String {
    let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000).into();
    let claims = IdTokenClaims {
        iss: "https://id.example".to_owned(),
        sub: "u1".to_owned(),
        aud: "client".to_owned(),
        exp: at(4_102_444_800),
        iat: at(1_700_000_000),
        auth_time: at(1_700_000_000),
        nonce: Some("n-1".to_owned()),
        acr: "https://refeds.org/profile/mfa".to_owned(),
        amr: vec!["pwd", "otp", "mfa"],
        at_hash: Some(at_hash("token")),
        sid: Some("t1".to_owned()),
        session_expiry: Some(at(4_102_444_800)),
        claims: ReleasedClaims::default(),
    };
    write_jws(TokenType::IdToken, &claims, key).unwrap()
}

#[test]
fn a_relying_partys_library_takes_our_id_tokens() {
    let set: CoreJsonWebKeySet =
        serde_json::from_value(serde_json::to_value(key_set()).unwrap()).unwrap();
    for key in keys() {
        let token = CoreIdToken::from_str(&id_token(key)).unwrap();
        let issuer = IssuerUrl::new("https://id.example".to_owned()).unwrap();
        let verifier = |client: &str| {
            CoreIdTokenVerifier::new_public_client(
                ClientId::new(client.to_owned()),
                issuer.clone(),
                set.clone(),
            )
            .set_allowed_algs([
                openidconnect::core::CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                openidconnect::core::CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            ])
        };
        let nonce = Nonce::new("n-1".to_owned());
        let claims = token.claims(&verifier("client"), &nonce).unwrap();
        assert_eq!(claims.subject().as_str(), "u1");
        assert!(token.claims(&verifier("other"), &nonce).is_err());
    }
}

#[test]
fn the_header_says_what_the_token_is() {
    for (typ, name) in [
        (TokenType::IdToken, "JWT"),
        (TokenType::AccessToken, "at+jwt"),
        (TokenType::LogoutToken, "logout+jwt"),
    ] {
        let token = write_jws(typ, &json!({}), p256()).unwrap();
        let header = token.split('.').next().unwrap();
        let expected = format!(r#"{{"alg":"ES256","typ":"{name}","kid":"p256-1"}}"#);
        assert_eq!(header, super::keys::encode(expected));
    }
}

#[test]
fn claims_that_are_no_object_are_not_signed() {
    for claims in [json!([]), json!("text"), json!(null), json!(1)] {
        let written = write_jws(TokenType::IdToken, &claims, p256());
        assert_eq!(written, Err(WriteJwsError::Claims), "{claims}");
    }
}

struct Refusing;

impl Sign for Refusing {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }
    fn key_id(&self) -> &str {
        "k"
    }
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        Err(SignError {
            reason: "retired".to_owned(),
        })
    }
}

#[test]
fn a_key_that_refuses_makes_no_token() {
    let error = write_jws(TokenType::IdToken, &json!({}), &Refusing).unwrap_err();
    assert!(error.to_string().contains("retired"), "{error}");
}

#[test]
fn published_keys_carry_public_members_alone() {
    let set = serde_json::to_value(key_set()).unwrap();
    let names = |i: usize| -> Vec<&str> {
        let key = set["keys"][i].as_object().unwrap();
        let mut names: Vec<&str> = key.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(0), ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!(names(1), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!(set["keys"][0]["e"], "AQAB");
    assert_eq!(set["keys"][0]["use"], "sig");
    assert_eq!(set["keys"][0]["alg"], "RS256");
    assert_eq!(set["keys"][1]["alg"], "ES256");
}

#[test]
fn what_is_no_public_key_is_not_published() {
    let mut cut = rsa().spki.clone();
    cut.truncate(100);
    for der in [Vec::new(), cut, b"not DER".to_vec()] {
        assert!(PublicKey::from_spki_der(&der).is_err());
    }
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn expected(keys: &signet::protocol::jose::VerificationKeys) -> Expected<'_> {
    Expected {
        typ: ExpectedType::Own(TokenType::IdToken),
        algorithms: &Algorithm::ALL,
        keys,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_claims_come_back_whole(
        claims in prop::collection::btree_map("x-[a-z]{1,8}", json_values(), 0..6),
        es in any::<bool>(),
    ) {
        let key = if es { p256() } else { rsa() };
        let token = write_jws(TokenType::IdToken, &claims, key).unwrap();
        let keys = published();
        let verified = verify_jws(&token, &expected(&keys)).unwrap();
        let back: BTreeMap<String, Value> = claims
            .keys()
            .map(|name| (name.clone(), verified.get(name).unwrap().clone()))
            .collect();
        prop_assert_eq!(back, claims);
    }

    #[test]
    fn no_character_of_a_token_can_be_changed(at in any::<prop::sample::Index>(), c in "[A-Za-z0-9_.=-]", es in any::<bool>()) {
        let key = if es { p256() } else { rsa() };
        let token = write_jws(TokenType::IdToken, &json!({"sub": "u1", "exp": 1}), key).unwrap();
        let at = at.index(token.len());
        let changed = format!("{}{c}{}", &token[..at], &token[at + 1..]);
        prop_assume!(changed != token);
        let keys = published();
        prop_assert!(verify_jws(&changed, &expected(&keys)).is_err());
    }
}
