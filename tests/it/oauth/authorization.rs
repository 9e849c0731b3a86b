//! The authorization request: what is read, what is refused, and by which name.

use std::collections::BTreeSet;

use serde_json::json;
use signet::model::Span;
use signet::protocol::oauth::{
    AuthorizationError, AuthorizationRequest, ClaimsRequest, ClientAndRedirect,
    ClientAndRedirectError, Display, ErrorCode, FormError, ParameterError, PkceRequirement, Prompt,
    RequestRules, ResponseMode, Scopes, parse_form,
};

use super::{pairs, with, without};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

type Pairs = Vec<(String, String)>;

fn good() -> Pairs {
    pairs(&[
        ("client_id", "client"),
        ("redirect_uri", "https://app.example/cb"),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "s-1"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ])
}

fn read_with(
    pairs: &Pairs,
    pkce: PkceRequirement,
    response_modes: &[ResponseMode],
) -> Result<AuthorizationRequest, AuthorizationError> {
    let scopes = Scopes::parse("openid profile email groups custom").unwrap();
    AuthorizationRequest::read(
        pairs,
        &RequestRules {
            pkce,
            scopes: &scopes,
            response_modes,
        },
    )
}

fn read(pairs: &Pairs) -> Result<AuthorizationRequest, AuthorizationError> {
    read_with(pairs, PkceRequirement::Required, &ResponseMode::ALL)
}

/// Refused by this name, with the state, and with a text that a header and a query can carry.
fn refused(pairs: &Pairs, code: ErrorCode) {
    let error = read(pairs).expect_err(&format!("{pairs:?}"));
    assert_eq!(error.error, code, "{pairs:?}: {error:?}");
    let fits = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    assert!(!error.description.is_empty() && error.description.chars().all(fits));
}

#[test]
fn a_request_with_everything() {
    let mut all = good();
    for (name, value) in [
        ("response_mode", "form_post"),
        ("prompt", "login consent"),
        ("max_age", "3600"),
        ("login_hint", "alice@example.org"),
        ("id_token_hint", "a.b.c"),
        ("ui_locales", "de-CH de not_a_tag en"),
        ("acr_values", "urn:a urn:b"),
        ("display", "popup"),
        (
            "claims",
            r#"{"userinfo":{"name":{"essential":true}},"id_token":{"acr":{"values":["a","b"]}}}"#,
        ),
        ("resource", "https://api.example/v1"),
        ("resource", "urn:example:api"),
        ("resource", "https://api.example/v1"),
        ("claims_locales", "de"),
        ("extra", "ignored"),
        ("extra", "twice"),
    ] {
        all.push((name.to_owned(), value.to_owned()));
    }
    let request = read(&all).unwrap();
    assert_eq!(request.response_mode, ResponseMode::FormPost);
    assert_eq!(request.scopes.to_string(), "openid email");
    assert!(request.is_openid());
    assert_eq!(request.state.as_deref(), Some("s-1"));
    assert_eq!(request.nonce.as_deref(), Some("n-1"));
    assert_eq!(request.code_challenge.as_ref().unwrap().as_str(), CHALLENGE);
    assert!(request.prompts.contains(Prompt::Login) && request.prompts.contains(Prompt::Consent));
    assert!(!request.prompts.contains(Prompt::None) && !request.prompts.is_empty());
    assert_eq!(request.max_age, Some(Span::hours(1)));
    assert_eq!(request.login_hint.as_deref(), Some("alice@example.org"));
    assert_eq!(request.id_token_hint.as_deref(), Some("a.b.c"));
    assert_eq!(request.ui_locales, ["de-CH", "de", "en"]);
    assert_eq!(request.acr_values, ["urn:a", "urn:b"]);
    assert_eq!(request.display, Some(Display::Popup));
    assert_eq!(request.claims.userinfo_names(), BTreeSet::from(["name"]));
    assert_eq!(request.claims.id_token_names(), BTreeSet::from(["acr"]));
    assert_eq!(
        request.resources,
        ["https://api.example/v1", "urn:example:api"]
    );

    // the order of parameters means nothing, and a stored request comes back whole
    let json = serde_json::to_string(&request).unwrap();
    assert_eq!(
        serde_json::from_str::<AuthorizationRequest>(&json).unwrap(),
        request
    );
    let mut reversed: Pairs = good();
    reversed.reverse();
    assert_eq!(read(&reversed).unwrap(), read(&good()).unwrap());
}

#[test]
fn a_request_with_little() {
    let little = pairs(&[("client_id", "c"), ("response_type", "code")]);
    let request = read_with(&little, PkceRequirement::Optional, &[ResponseMode::Query]).unwrap();
    assert_eq!(request.response_mode, ResponseMode::Query);
    assert!(request.scopes.is_empty() && !request.is_openid() && request.prompts.is_empty());
    assert_eq!(request.claims, ClaimsRequest::default());
    assert_eq!((request.state, request.code_challenge), (None, None));
}

/// The suite wants these names exactly, and never silence.
#[test]
fn request_objects() {
    for (name, code) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        for value in [
            "eyJhbGciOiJub25lIn0.e30.",
            "https://evil.example/r",
            "urn:x",
            "{}",
        ] {
            let error = read(&with(&good(), name, value)).unwrap_err();
            assert_eq!(error.error.as_str(), code);
            assert_eq!(error.state.as_deref(), Some("s-1"));
        }
        // before any other complaint, and however badly they are sent
        let bare = pairs(&[(name, "x")]);
        assert_eq!(read(&bare).unwrap_err().error.as_str(), code);
        let mut twice = good();
        twice.extend(pairs(&[(name, "x"), (name, "y")]));
        assert_eq!(read(&twice).unwrap_err().error.as_str(), code);
        let long = with(&good(), name, &"x".repeat(40_000));
        assert_eq!(read(&long).unwrap_err().error.as_str(), code);
    }
}

#[test]
fn pkce_cannot_be_left_out_or_weakened() {
    let bare = without(&without(&good(), "code_challenge"), "code_challenge_method");
    refused(&bare, ErrorCode::InvalidRequest);
    refused(
        &without(&good(), "code_challenge"),
        ErrorCode::InvalidRequest,
    );
    refused(
        &without(&good(), "code_challenge_method"),
        ErrorCode::InvalidRequest,
    );
    for method in ["plain", "s256", "S512", "S256 plain", "none"] {
        refused(
            &with(&good(), "code_challenge_method", method),
            ErrorCode::InvalidRequest,
        );
    }
    for challenge in ["short", "", &"a".repeat(128), &format!("{CHALLENGE}=")] {
        refused(
            &with(&good(), "code_challenge", challenge),
            ErrorCode::InvalidRequest,
        );
    }
    // where the registration does not require it, what is sent still counts
    let optional = |pairs: &Pairs| read_with(pairs, PkceRequirement::Optional, &ResponseMode::ALL);
    assert_eq!(optional(&bare).unwrap().code_challenge, None);
    assert!(optional(&good()).unwrap().code_challenge.is_some());
    assert!(optional(&with(&good(), "code_challenge_method", "plain")).is_err());
    assert!(optional(&without(&good(), "code_challenge")).is_err());
    assert!(optional(&with(&good(), "code_challenge", "short")).is_err());
}

#[test]
fn parameters_twice() {
    for name in [
        "response_type",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "response_mode",
        "prompt",
        "max_age",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "acr_values",
        "claims",
        "display",
    ] {
        let once = match good().iter().any(|(n, _)| n == name) {
            true => good(),
            false => with(&good(), name, ""),
        };
        let mut twice = once;
        twice.push((name.to_owned(), "S256".to_owned()));
        refused(&twice, ErrorCode::InvalidRequest);
    }
    // of two states neither goes back
    let mut twice = good();
    twice.push(("state".to_owned(), "s-2".to_owned()));
    assert_eq!(read(&twice).unwrap_err().state, None);
}

#[test]
fn values_that_are_none() {
    for (name, values) in [
        (
            "prompt",
            &["none login", "create", "LOGIN", "login,consent"][..],
        ),
        (
            "max_age",
            &["-1", "1.5", "x", "+1", " 1", "99999999999999999"],
        ),
        ("display", &["fullscreen"]),
        (
            "claims",
            &[
                "x",
                "[]",
                "null",
                "{\"userinfo\":[]}",
                "{\"userinfo\":{\"a\":1}}",
                "{\"id_token\":{\"a\":{\"essential\":\"yes\"}}}",
                "{\"id_token\":{\"a\":{\"values\":\"x\"}}}",
                "{\"id_token\":{\"sub\":null,\"sub\":{\"value\":\"u\"}}}",
            ],
        ),
        (
            "response_mode",
            &[
                "fragment",
                "form_post.jwt",
                "query.jwt",
                "web_message",
                "Query",
            ],
        ),
        ("state", &["a\nb", "a\0b", "a\u{7f}"]),
        ("nonce", &["a\r\nb"]),
    ] {
        for value in values {
            refused(&with(&good(), name, value), ErrorCode::InvalidRequest);
        }
    }
    let many: serde_json::Map<_, _> = (0..65).map(|i| (format!("c{i}"), json!(null))).collect();
    let claims = json!({"userinfo": many}).to_string();
    refused(&with(&good(), "claims", &claims), ErrorCode::InvalidRequest);
}

#[test]
fn sizes_are_bounded() {
    for (name, length) in [
        ("state", 4_097),
        ("nonce", 513),
        ("login_hint", 321),
        ("id_token_hint", 16_385),
        ("claims", 8_193),
        ("ui_locales", 1_025),
        ("acr_values", 1_025),
        ("prompt", 129),
        ("code_challenge", 129),
    ] {
        refused(
            &with(&good(), name, &"a".repeat(length)),
            ErrorCode::InvalidRequest,
        );
    }
    assert!(read(&with(&good(), "state", &"a".repeat(4_096))).is_ok());
    assert!(read(&with(&good(), "nonce", &"a".repeat(64))).is_ok());
    let mut many = good();
    for i in 0..9 {
        many.push(("resource".to_owned(), format!("https://api{i}.example")));
    }
    refused(&many, ErrorCode::InvalidRequest);
}

#[test]
fn response_types() {
    refused(
        &without(&good(), "response_type"),
        ErrorCode::InvalidRequest,
    );
    for response_type in [
        "token",
        "id_token",
        "id_token token",
        "code id_token",
        "code token",
        "none",
        "CODE",
        "code code",
    ] {
        let changed = with(&good(), "response_type", response_type);
        refused(&changed, ErrorCode::UnsupportedResponseType);
    }
}

#[test]
fn scopes() {
    // known and not allowed: refused; unknown: left out
    refused(
        &with(&good(), "scope", "openid phone"),
        ErrorCode::InvalidScope,
    );
    refused(
        &with(&good(), "scope", "openid offline_access"),
        ErrorCode::InvalidScope,
    );
    refused(
        &with(&good(), "scope", "openid \"x\""),
        ErrorCode::InvalidScope,
    );
    refused(&with(&good(), "scope", "openid é"), ErrorCode::InvalidScope);
    let request = read(&with(
        &good(),
        "scope",
        "custom  openid unknown openid Email",
    ))
    .unwrap();
    assert_eq!(request.scopes.to_string(), "custom openid");
}

#[test]
fn resources() {
    for resource in [
        "api",
        "/api",
        "https://api.example/#x",
        "https://api.example/#",
        "https://a b/",
        "//api.example",
    ] {
        refused(
            &with(&good(), "resource", resource),
            ErrorCode::InvalidTarget,
        );
    }
}

/// An error goes back by the mode that was asked for, if that is one that the client may use.
#[test]
fn errors_go_back_as_asked() {
    let bad = with(&good(), "response_type", "token");
    let mode = |value: &str, allowed: &[ResponseMode]| {
        let pairs = with(&bad, "response_mode", value);
        let error = read_with(&pairs, PkceRequirement::Required, allowed).unwrap_err();
        assert_eq!(error.state.as_deref(), Some("s-1"));
        error.response_mode
    };
    assert_eq!(
        mode("form_post", &ResponseMode::ALL),
        ResponseMode::FormPost
    );
    assert_eq!(
        mode("form_post", &[ResponseMode::Query]),
        ResponseMode::Query
    );
    assert_eq!(mode("fragment", &ResponseMode::ALL), ResponseMode::Query);
    assert_eq!(mode("", &ResponseMode::ALL), ResponseMode::Query);
}

#[test]
fn client_and_redirect_uri_are_read_first_and_raw() {
    let read = ClientAndRedirect::read(&good()).unwrap();
    assert_eq!(read.client_id, "client");
    assert_eq!(read.redirect_uri.as_deref(), Some("https://app.example/cb"));
    let odd = with(&good(), "redirect_uri", "HTTPS://App.example/../é");
    let read = ClientAndRedirect::read(&odd).unwrap();
    assert_eq!(
        read.redirect_uri.as_deref(),
        Some("HTTPS://App.example/../é")
    );
    assert_eq!(
        ClientAndRedirect::read(&without(&good(), "redirect_uri"))
            .unwrap()
            .redirect_uri,
        None
    );

    use ParameterError::{Missing, Repeated, TooLong};
    for (pairs, error) in [
        (without(&good(), "client_id"), Missing("client_id")),
        (with(&good(), "client_id", ""), Missing("client_id")),
        (
            [good(), pairs(&[("client_id", "client")])].concat(),
            Repeated("client_id"),
        ),
        (
            [good(), pairs(&[("redirect_uri", "https://evil.example")])].concat(),
            Repeated("redirect_uri"),
        ),
        (
            with(&good(), "client_id", &"c".repeat(256)),
            TooLong {
                name: "client_id",
                max: 255,
            },
        ),
        (
            with(&good(), "redirect_uri", &"c".repeat(2_049)),
            TooLong {
                name: "redirect_uri",
                max: 2_048,
            },
        ),
        (
            with(&good(), "redirect_uri", "https://a\nb"),
            ParameterError::ControlCharacter("redirect_uri"),
        ),
    ] {
        assert_eq!(ClientAndRedirect::read(&pairs), Err(error.into()));
    }
    let odd = with(&good(), "client_id", "clıent");
    assert_eq!(
        ClientAndRedirect::read(&odd),
        Err(ClientAndRedirectError::ClientId)
    );
}

#[test]
fn forms_are_read_strictly() {
    let read = parse_form("a=1+2&b=%C3%A9&&c&d=x=y&a=").unwrap();
    let expected = [("a", "1 2"), ("b", "é"), ("c", ""), ("d", "x=y"), ("a", "")];
    assert_eq!(read, pairs(&expected));
    assert_eq!(parse_form("").unwrap(), []);
    for raw in ["a=%", "a=%2", "a=%zz", "a=%ff", "%c3=x", "a=%c3%28"] {
        assert_eq!(parse_form(raw), Err(FormError::Encoding), "{raw}");
    }
    assert_eq!(parse_form(&"a=1&".repeat(65)), Err(FormError::TooMany));
    assert_eq!(
        parse_form(&"a".repeat(48 * 1024 + 1)),
        Err(FormError::TooLarge)
    );
    // a name that is escaped is the name: it cannot be hidden from the rule against repetition
    let hidden = parse_form("client_id=a&client%5fid=b").unwrap();
    assert!(ClientAndRedirect::read(&hidden).is_err());
}

#[test]
fn claims_name_wanted_values() {
    let request = ClaimsRequest::parse(
        r#"{"id_token":{"sub":{"value":"u1"},"acr":{"essential":true,"values":["a","b"]},"email":null,"x":{"y":1}},"other":1}"#,
    )
    .unwrap();
    let claim = |name: &str| request.id_token.get(name).unwrap();
    assert!(claim("sub").accepts(&json!("u1")) && !claim("sub").accepts(&json!("u2")));
    assert!(claim("acr").accepts(&json!("b")) && !claim("acr").accepts(&json!("c")));
    assert!(claim("acr").essential && !claim("sub").essential);
    assert!(claim("email").accepts(&json!("any")) && claim("x").accepts(&json!(1)));
    assert!(request.userinfo.is_empty());
}
