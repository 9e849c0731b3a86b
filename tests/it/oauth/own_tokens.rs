//! Our own tokens, shown to us again.

use serde_json::{Value, json};
use signet::model::{Span, Timestamp};
use signet::protocol::jose::{
    Expiry, JoseError, OwnToken, TokenType, VerificationKeys, VerifiedClaims, verify_own_token,
    write_jws,
};

use super::keys::{TestKey, encode, forge, p256, published, rsa, stranger};

const ISSUER: &str = "https://id.example";
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_500);

fn claims() -> Value {
    json!({"iss": ISSUER, "sub": "u1", "aud": "client", "exp": 1_700_000_060, "iat": 1_700_000_000})
}

fn verify(
    token: &str,
    typ: TokenType,
    keys: &VerificationKeys,
    expiry: Expiry,
) -> Result<VerifiedClaims, JoseError> {
    let own = OwnToken {
        typ,
        keys,
        issuer: ISSUER,
        expiry,
    };
    verify_own_token(token, &own)
}

fn hint(token: &str) -> Result<VerifiedClaims, JoseError> {
    verify(token, TokenType::IdToken, &published(), Expiry::Ignored)
}

fn written(typ: TokenType, claims: &Value, key: &TestKey) -> String {
    write_jws(typ, claims, key).unwrap()
}

#[test]
fn tokens_are_taken_until_they_expire() {
    for key in [rsa(), p256()] {
        let token = written(TokenType::AccessToken, &claims(), key);
        let at = |now| {
            verify(
                &token,
                TokenType::AccessToken,
                &published(),
                Expiry::Checked(now),
            )
        };
        assert!(at(NOW).is_ok());
        assert!(at(Timestamp::from_millis(1_700_000_059_999)).is_ok());
        let end = Timestamp::from_millis(1_700_000_060_000);
        assert_eq!(at(end), Err(JoseError::Expired));
        assert_eq!(at(end.plus(Span::days(1))), Err(JoseError::Expired));
    }
}

#[test]
fn a_hint_may_be_over_and_must_be_ours() {
    let token = written(TokenType::IdToken, &claims(), p256());
    assert_eq!(hint(&token).unwrap().text("aud"), Some("client"));

    let mut foreign = claims();
    foreign["iss"] = json!("https://other.example");
    let token = written(TokenType::IdToken, &foreign, p256());
    assert_eq!(hint(&token), Err(JoseError::Issuer));

    let token = written(TokenType::IdToken, &claims(), stranger());
    assert_eq!(hint(&token), Err(JoseError::Signature));
}

#[test]
fn one_kind_is_not_taken_for_another() {
    for sent in TokenType::ALL {
        let token = written(sent, &claims(), rsa());
        for wanted in TokenType::ALL {
            let taken = verify(&token, wanted, &published(), Expiry::Ignored);
            assert_eq!(taken.is_ok(), sent == wanted, "{sent:?} as {wanted:?}");
        }
    }
}

/// The suite's "modified id_token_hint": our claims, unsigned.
#[test]
fn an_unsigned_hint() {
    let header = encode(r#"{"alg":"none","typ":"JWT"}"#);
    let token = format!("{header}.{}.", encode(claims().to_string()));
    assert_eq!(hint(&token), Err(JoseError::Form));
    let token = format!("{header}.{}.AA", encode(claims().to_string()));
    assert_eq!(hint(&token), Err(JoseError::Algorithm));
}

#[test]
fn a_token_without_end_is_none_of_ours() {
    let mut endless = claims();
    endless.as_object_mut().unwrap().remove("exp");
    let token = written(TokenType::IdToken, &endless, p256());
    assert_eq!(hint(&token), Err(JoseError::Time("exp")));
}

/// A retired key's tokens end with it.
#[test]
fn keys_that_are_no_longer_published() {
    let keys = VerificationKeys::published([(rsa().id, rsa().spki.as_slice())]).unwrap();
    let token = written(TokenType::IdToken, &claims(), p256());
    let refused = verify(&token, TokenType::IdToken, &keys, Expiry::Ignored);
    assert_eq!(refused, Err(JoseError::UnknownKey));
    let none = VerificationKeys::default();
    let refused = verify(&token, TokenType::IdToken, &none, Expiry::Ignored);
    assert_eq!(refused, Err(JoseError::UnknownKey));
    // with several keys published, ours always say which
    let header = r#"{"alg":"ES256","typ":"JWT"}"#;
    let token = forge(header, &claims().to_string(), p256());
    assert_eq!(hint(&token), Err(JoseError::UnknownKey));
}
