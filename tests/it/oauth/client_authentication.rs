//! How clients say who they are: one way at a time, read strictly.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signet::protocol::oauth::{
    ClientAuthenticationError as Refused, ClientCredentials, ErrorCode, JWT_BEARER_ASSERTION,
    ParameterError,
};

use signet::model::ClientAuthMethod;

use super::keys::{forge, p256};
use super::pairs;

fn basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

fn read(authorization: Option<&str>, body: &[(&str, &str)]) -> Result<ClientCredentials, Refused> {
    ClientCredentials::read(authorization, &pairs(body))
}

fn assertion(claims: &str) -> String {
    forge(r#"{"alg":"ES256"}"#, claims, p256())
}

#[test]
fn each_method() {
    let by_header = read(Some(&basic("client:secret")), &[]).unwrap();
    assert_eq!(by_header.method(), ClientAuthMethod::ClientSecretBasic);
    let by_body = read(
        None,
        &[("client_id", "client"), ("client_secret", "secret")],
    )
    .unwrap();
    assert_eq!(by_body.method(), ClientAuthMethod::ClientSecretPost);
    for credentials in [by_header, by_body] {
        assert_eq!(credentials.client_id(), "client");
        let (ClientCredentials::SecretBasic { secret, .. }
        | ClientCredentials::SecretPost { secret, .. }) = &credentials
        else {
            panic!("no secret");
        };
        assert_eq!(secret.expose(), b"secret");
        assert!(!format!("{credentials:?}").contains("secret)"));
    }
    let jwt = assertion(r#"{"sub":"client"}"#);
    let by_key = read(
        None,
        &[
            ("client_assertion", &jwt),
            ("client_assertion_type", JWT_BEARER_ASSERTION),
        ],
    )
    .unwrap();
    assert_eq!(by_key.method(), ClientAuthMethod::PrivateKeyJwt);
    assert_eq!(by_key.client_id(), "client");
    let public = read(None, &[("client_id", "client")]).unwrap();
    assert_eq!(public.method(), ClientAuthMethod::None);
    let names: Vec<&str> = ClientAuthMethod::ALL.iter().map(|m| m.as_str()).collect();
    assert_eq!(
        names,
        [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "none"
        ]
    );
}

/// RFC 6749, section 2.3.1: both are form-encoded before they are joined.
#[test]
fn basic_credentials_are_form_decoded() {
    let read = read(Some(&basic("my%3Aclient:s%2Bec+ret%25%C3%A9:x")), &[]).unwrap();
    assert_eq!(read.client_id(), "my:client");
    let ClientCredentials::SecretBasic { secret, .. } = read else {
        panic!("another method");
    };
    assert_eq!(secret.expose_text().unwrap(), "s+ec ret%é:x");
    // the same client named in the body too is no second method
    assert!(ClientCredentials::read(Some(&basic("c:s")), &pairs(&[("client_id", "c")])).is_ok());
    assert!(ClientCredentials::read(Some(&basic("c:s").replace("Basic", "bAsIc")), &[]).is_ok());
}

#[test]
fn headers_that_are_none() {
    for header in [
        "Basic".to_owned(),
        "Basic ".to_owned(),
        "Basic !!!".to_owned(),
        basic("client"),
        basic("client:"),
        basic("client:%zz"),
        basic("cl%ient:secret"),
        basic("client:%ff"),
        basic("client:secret").trim_end_matches('=').to_owned() + "====",
        format!("{} x", basic("client:secret")),
        format!("Basic {}", STANDARD.encode([b'c', b':', 0xff])),
        basic(&format!("client:{}", "s".repeat(1_025))),
        basic(&"c".repeat(10_000)),
    ] {
        let refused = read(Some(&header), &[]).unwrap_err();
        assert_eq!(refused, Refused::Basic, "{header}");
        assert_eq!(refused.code(), ErrorCode::InvalidClient);
    }
    for header in ["Bearer abc", "", "Negotiate x", "BasicY2xpZW50OnNlY3JldA=="] {
        assert_eq!(
            read(Some(header), &[]).unwrap_err(),
            Refused::Scheme,
            "{header}"
        );
    }
    for text in [":secret", "a%0Ab:secret", "%C3%A9:secret"] {
        assert_eq!(
            read(Some(&basic(text)), &[]).unwrap_err(),
            Refused::ClientId,
            "{text}"
        );
    }
}

#[test]
fn several_methods_at_once() {
    let header = basic("client:secret");
    let jwt = assertion(r#"{"sub":"client"}"#);
    let by_key = [
        ("client_assertion", jwt.as_str()),
        ("client_assertion_type", JWT_BEARER_ASSERTION),
    ];
    for (authorization, body) in [
        (Some(header.as_str()), vec![("client_secret", "secret")]),
        (
            Some(header.as_str()),
            vec![("client_id", "client"), ("client_secret", "secret")],
        ),
        (Some(header.as_str()), by_key.to_vec()),
        (
            Some(header.as_str()),
            vec![("client_assertion", jwt.as_str())],
        ),
        (
            Some(header.as_str()),
            vec![("client_assertion_type", JWT_BEARER_ASSERTION)],
        ),
        (None, [&[("client_secret", "secret")][..], &by_key].concat()),
    ] {
        let refused = read(authorization, &body).unwrap_err();
        assert_eq!(refused, Refused::SeveralMethods, "{body:?}");
        assert_eq!(refused.code(), ErrorCode::InvalidRequest);
    }
}

#[test]
fn two_clients_at_once() {
    let refused = read(Some(&basic("client:secret")), &[("client_id", "other")]).unwrap_err();
    assert_eq!(refused, Refused::OtherClient);
    let jwt = assertion(r#"{"sub":"client"}"#);
    let body = [
        ("client_id", "other"),
        ("client_assertion", jwt.as_str()),
        ("client_assertion_type", JWT_BEARER_ASSERTION),
    ];
    assert_eq!(read(None, &body).unwrap_err(), Refused::OtherClient);
}

#[test]
fn parameters_missing_or_twice() {
    use ParameterError::{Missing, Repeated};
    let jwt = assertion(r#"{"sub":"client"}"#);
    for (body, error) in [
        (vec![], Missing("client_id")),
        (vec![("client_id", "")], Missing("client_id")),
        (vec![("client_secret", "s")], Missing("client_id")),
        (
            vec![("client_assertion_type", JWT_BEARER_ASSERTION)],
            Missing("client_assertion"),
        ),
        (
            vec![("client_assertion", jwt.as_str())],
            Missing("client_assertion_type"),
        ),
        (
            vec![("client_id", "a"), ("client_id", "a")],
            Repeated("client_id"),
        ),
        (
            vec![
                ("client_id", "a"),
                ("client_secret", "s"),
                ("client_secret", "t"),
            ],
            Repeated("client_secret"),
        ),
    ] {
        assert_eq!(read(None, &body).unwrap_err(), error.into(), "{body:?}");
    }
}

#[test]
fn assertions_that_are_none() {
    let jwt = assertion(r#"{"sub":"client"}"#);
    for assertion_type in [
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "jwt",
    ] {
        let body = [
            ("client_assertion", jwt.as_str()),
            ("client_assertion_type", assertion_type),
        ];
        assert_eq!(read(None, &body).unwrap_err(), Refused::AssertionType);
    }
    let nameless = assertion(r#"{"iss":"client"}"#);
    for text in ["x", "a.b.c", nameless.as_str()] {
        let body = [
            ("client_assertion", text),
            ("client_assertion_type", JWT_BEARER_ASSERTION),
        ];
        let refused = read(None, &body).unwrap_err();
        assert!(matches!(refused, Refused::Assertion(_)), "{refused:?}");
        assert_eq!(refused.code(), ErrorCode::InvalidClient);
    }
    let odd = assertion(r#"{"sub":"a\nb"}"#);
    let body = [
        ("client_assertion", odd.as_str()),
        ("client_assertion_type", JWT_BEARER_ASSERTION),
    ];
    assert_eq!(read(None, &body).unwrap_err(), Refused::ClientId);
}
