//! A client's signed assertion: from the token to the checked claims.

use serde_json::{Value, json};
use signet::model::{Span, Timestamp};
use signet::protocol::jose::{
    Algorithm, Expected, ExpectedType, JoseError, TokenType, verify_jws, write_jws,
};
use signet::protocol::oauth::{
    ClientAssertion, ClientAssertionError as Refused, check_client_assertion,
};

use super::keys::{forge, p256, registered};

const ISSUER: &str = "https://id.example";
const SECONDS: i64 = 1_700_000_000;
const NOW: Timestamp = Timestamp::from_millis(SECONDS * 1_000);

fn good() -> Value {
    json!({
        "iss": "client", "sub": "client", "aud": ISSUER, "jti": "j-1",
        "iat": SECONDS, "nbf": SECONDS, "exp": SECONDS + 60,
    })
}

fn check(claims: &Value) -> Result<ClientAssertion, Refused> {
    let token = forge(
        r#"{"alg":"ES256","kid":"p256-1"}"#,
        &claims.to_string(),
        p256(),
    );
    let keys = registered();
    let claims = verify_jws(
        &token,
        &Expected {
            typ: ExpectedType::ClientAssertion,
            algorithms: &Algorithm::ALL,
            keys: &keys,
        },
    )?;
    check_client_assertion(&claims, "client", ISSUER, NOW)
}

fn with(name: &str, value: Value) -> Result<ClientAssertion, Refused> {
    let mut claims = good();
    claims[name] = value;
    check(&claims)
}

fn without(name: &str) -> Result<ClientAssertion, Refused> {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(name);
    check(&claims)
}

#[test]
fn a_good_one() {
    assert_eq!(
        check(&good()),
        Ok(ClientAssertion {
            client_id: "client".to_owned(),
            token_id: "j-1".to_owned(),
            expires_at: NOW.plus(Span::minutes(1)),
        })
    );
    assert!(without("iat").is_ok() && without("nbf").is_ok());
}

#[test]
fn by_and_about_the_client_itself() {
    for name in ["iss", "sub"] {
        for value in [
            json!("other"),
            json!("Client"),
            json!("client "),
            json!(["client"]),
            json!(1),
            json!(null),
        ] {
            assert_eq!(with(name, value), Err(Refused::Client));
        }
        assert_eq!(without(name), Err(Refused::Client));
    }
}

#[test]
fn for_the_issuer_alone() {
    for audience in [
        json!([ISSUER]),
        json!([ISSUER, "https://evil.example"]),
        json!(["https://evil.example", ISSUER]),
        json!([]),
        json!("https://id.example/oauth2/token"),
        json!("https://id.example/"),
        json!("https://ID.example"),
        json!("https://id.example.evil.example"),
        json!("https://evil.example"),
        json!(""),
        json!(null),
        json!({"aud": ISSUER}),
    ] {
        assert_eq!(
            with("aud", audience.clone()),
            Err(Refused::Audience),
            "{audience}"
        );
    }
    assert_eq!(without("aud"), Err(Refused::Audience));
}

#[test]
fn times() {
    assert_eq!(without("exp"), Err(Refused::NoExpiry));
    for (exp, refused) in [
        (SECONDS - 3_600, Some(Refused::Expired)),
        (SECONDS, Some(Refused::Expired)),
        (SECONDS + 1, None),
        (SECONDS + 300, None),
        (SECONDS + 360, None),
        (SECONDS + 361, Some(Refused::ExpiryTooFar)),
        (SECONDS + 31_536_000, Some(Refused::ExpiryTooFar)),
        (253_402_300_799, Some(Refused::ExpiryTooFar)),
    ] {
        assert_eq!(with("exp", json!(exp)).err(), refused, "{exp}");
    }
    for name in ["iat", "nbf"] {
        assert!(with(name, json!(SECONDS + 10)).is_ok());
        assert!(with(name, json!(SECONDS + 60)).is_ok());
        let future = with(name, json!(SECONDS + 61));
        assert_eq!(future, Err(Refused::Future(name)));
    }
    // a text is no time, and no absence of one
    for name in ["exp", "iat", "nbf"] {
        let text = with(name, json!((SECONDS + 60).to_string()));
        let refused = Err(Refused::Jose(JoseError::Time(name)));
        assert_eq!(text, refused);
    }
}

#[test]
fn an_id_for_single_use() {
    assert_eq!(without("jti"), Err(Refused::TokenId));
    for id in [json!(""), json!(1), json!(null), json!("j".repeat(257))] {
        assert_eq!(with("jti", id), Err(Refused::TokenId));
    }
    assert!(with("jti", json!("j".repeat(256))).is_ok());
}

/// Whatever Signet signs is no client's assertion, even where a client registered Signet's key as its own.
#[test]
fn our_tokens_are_no_assertions() {
    let claims = json!({
        "iss": ISSUER, "sub": "client", "aud": "client", "exp": SECONDS + 60, "jti": "j-1",
    });
    let keys = registered();
    let expected = Expected {
        typ: ExpectedType::ClientAssertion,
        algorithms: &Algorithm::ALL,
        keys: &keys,
    };
    for typ in [TokenType::AccessToken, TokenType::LogoutToken] {
        let token = write_jws(typ, &claims, p256()).unwrap();
        assert_eq!(verify_jws(&token, &expected), Err(JoseError::Type));
    }
    let id_token = write_jws(TokenType::IdToken, &claims, p256()).unwrap();
    let claims = verify_jws(&id_token, &expected).unwrap();
    let refused = check_client_assertion(&claims, "client", ISSUER, NOW);
    assert_eq!(refused, Err(Refused::Client));
}
