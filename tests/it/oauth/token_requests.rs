//! The token request, by grant.

use serde_json::json;
use signet::model::Span;
use signet::protocol::oauth::{
    ErrorCode, ErrorResponse, ParameterError, PkceError, Scopes, TokenRequest, TokenRequestError,
    TokenResponse,
};

use super::{pairs, with, without};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

type Pairs = Vec<(String, String)>;

fn code() -> Pairs {
    pairs(&[
        ("grant_type", "authorization_code"),
        ("code", "c-1"),
        ("redirect_uri", "https://app.example/cb"),
        ("code_verifier", VERIFIER),
        ("client_id", "client"),
    ])
}

fn refresh() -> Pairs {
    pairs(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", "r-1"),
        ("scope", "openid"),
    ])
}

fn client_credentials() -> Pairs {
    pairs(&[
        ("grant_type", "client_credentials"),
        ("scope", "api"),
        ("resource", "https://api.example/"),
    ])
}

fn refused(pairs: &Pairs) -> TokenRequestError {
    TokenRequest::parse(pairs).expect_err(&format!("{pairs:?}"))
}

#[test]
fn each_grant() {
    let TokenRequest::AuthorizationCode(request) = TokenRequest::parse(&code()).unwrap() else {
        panic!("another grant");
    };
    assert_eq!(request.code.expose(), b"c-1");
    assert_eq!(
        request.redirect_uri.as_deref(),
        Some("https://app.example/cb")
    );
    assert!(request.code_verifier.is_some() && request.resources.is_empty());

    let TokenRequest::RefreshToken(request) = TokenRequest::parse(&refresh()).unwrap() else {
        panic!("another grant");
    };
    assert_eq!(request.refresh_token.expose(), b"r-1");
    assert_eq!(request.scopes.unwrap().to_string(), "openid");

    let parsed = TokenRequest::parse(&client_credentials()).unwrap();
    assert_eq!(parsed.grant_type(), "client_credentials");
    let TokenRequest::ClientCredentials(request) = parsed else {
        panic!("another grant");
    };
    assert_eq!(request.resources, ["https://api.example/"]);
    assert_eq!(request.scopes.unwrap().to_string(), "api");
}

#[test]
fn grants_that_are_not_offered() {
    for grant in [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "Authorization_Code",
    ] {
        let error = refused(&with(&code(), "grant_type", grant));
        assert_eq!(error.code(), ErrorCode::UnsupportedGrantType, "{grant}");
    }
    let error = refused(&without(&code(), "grant_type"));
    assert_eq!(error, ParameterError::Missing("grant_type").into());
    assert_eq!(error.code(), ErrorCode::InvalidRequest);
}

#[test]
fn parameters_missing_or_twice() {
    assert_eq!(
        refused(&without(&code(), "code")),
        ParameterError::Missing("code").into()
    );
    let missing = ParameterError::Missing("refresh_token").into();
    assert_eq!(refused(&without(&refresh(), "refresh_token")), missing);
    for (good, names) in [
        (
            code(),
            &["grant_type", "code", "redirect_uri", "code_verifier"][..],
        ),
        (refresh(), &["grant_type", "refresh_token", "scope"]),
    ] {
        for name in names {
            let twice = [good.clone(), pairs(&[(name, VERIFIER)])].concat();
            assert_eq!(refused(&twice), ParameterError::Repeated(name).into());
        }
    }
    let long = with(&code(), "code", &"c".repeat(1_025));
    assert_eq!(
        refused(&long),
        ParameterError::TooLong {
            name: "code",
            max: 1_024
        }
        .into()
    );
}

/// A refresh with a code beside it: one check would see the one, another check the other.
#[test]
fn two_grants_in_one() {
    for (good, name) in [
        (refresh(), "code"),
        (refresh(), "code_verifier"),
        (refresh(), "redirect_uri"),
        (code(), "refresh_token"),
        (client_credentials(), "code"),
        (client_credentials(), "refresh_token"),
    ] {
        let error = refused(&with(&good, name, "x"));
        assert_eq!(error, TokenRequestError::OtherGrant(name));
        assert_eq!(error.code(), ErrorCode::InvalidRequest);
    }
}

#[test]
fn values_that_are_none() {
    for verifier in ["short", &"a".repeat(42), &"a".repeat(129), &"a+".repeat(30)] {
        let error = refused(&with(&code(), "code_verifier", verifier));
        assert_eq!(
            error,
            TokenRequestError::Verifier(PkceError::VerifierSyntax)
        );
        assert_eq!(error.code(), ErrorCode::InvalidRequest);
    }
    let error = refused(&with(&refresh(), "scope", "a\\b"));
    assert_eq!(error.code(), ErrorCode::InvalidScope);
    let error = refused(&with(&client_credentials(), "resource", "api"));
    assert_eq!(error.code(), ErrorCode::InvalidTarget);
}

#[test]
fn secrets_are_not_printed() {
    let pairs = with(&code(), "code", "very-secret");
    let printed = format!("{:?}", TokenRequest::parse(&pairs).unwrap());
    assert!(
        !printed.contains("very-secret") && !printed.contains(VERIFIER),
        "{printed}"
    );
}

#[test]
fn scopes_never_widen() {
    let scopes = |text| Scopes::parse(text).unwrap();
    assert!(scopes("openid").is_within(&scopes("email openid")));
    assert!(scopes("").is_within(&scopes("")));
    assert!(!scopes("openid admin").is_within(&scopes("openid email")));
    assert!(!scopes("open").is_within(&scopes("openid")));
}

#[test]
fn bodies() {
    let scopes = Scopes::parse("openid email").unwrap();
    let response = TokenResponse::new("at".to_owned(), Span::minutes(10), &scopes);
    let bare = serde_json::to_value(&response).unwrap();
    assert_eq!(
        bare,
        json!({"access_token": "at", "token_type": "Bearer", "expires_in": 600, "scope": "openid email"})
    );
    let full = response
        .with_refresh_token("rt".to_owned())
        .with_id_token("it".to_owned());
    let full = serde_json::to_value(&full).unwrap();
    assert_eq!(
        (&full["refresh_token"], &full["id_token"]),
        (&json!("rt"), &json!("it"))
    );

    let error = ErrorResponse::new(ErrorCode::InvalidGrant, PkceError::Mismatch);
    let error = serde_json::to_value(&error).unwrap();
    assert_eq!(error["error"], "invalid_grant");
    assert!(
        error["error_description"]
            .as_str()
            .unwrap()
            .contains("code_challenge")
    );
    let bare = ErrorResponse::new(ErrorCode::ServerError, "");
    assert_eq!(
        serde_json::to_value(&bare).unwrap(),
        json!({"error": "server_error"})
    );
}
