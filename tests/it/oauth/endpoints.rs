//! Userinfo, introspection, revocation and sign-out: what their requests are, and what they answer.

use serde_json::json;
use signet::model::Timestamp;
use signet::protocol::oauth::{
    ActiveToken, Audience, BearerError, EndSessionRequest, ErrorCode, IntrospectionResponse,
    ParameterError, Scopes, TokenLookup, TokenTypeHint, bearer_challenge,
    post_logout_redirect_uri_matches, read_bearer_token,
};

use super::pairs;

#[test]
fn a_bearer_token_comes_one_way() {
    for (header, body) in [
        (Some("Bearer abc.DEF-1~+/="), vec![]),
        (Some("bearer abc.DEF-1~+/="), vec![]),
        (None, vec![("access_token", "abc.DEF-1~+/=")]),
    ] {
        let token = read_bearer_token(header, &pairs(&body)).unwrap();
        assert_eq!(token.expose_text(), Ok("abc.DEF-1~+/="));
    }
    let refused =
        |header, body: &[(&str, &str)]| read_bearer_token(header, &pairs(body)).err().unwrap();
    assert_eq!(refused(None, &[]), BearerError::Missing);
    assert_eq!(BearerError::Missing.code(), None);
    assert_eq!(
        refused(Some("Bearer a"), &[("access_token", "a")]),
        BearerError::SeveralMethods
    );
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer  a",
        "Bearer a b",
        "Basic YTpi",
        "Bearer a,b",
        "Bearer é",
        "Bearer a\"b",
    ] {
        assert_eq!(refused(Some(header), &[]), BearerError::Header, "{header}");
    }
    let long = format!("Bearer {}", "a".repeat(16_385));
    assert_eq!(refused(Some(&long), &[]), BearerError::Header);
    let twice = refused(None, &[("access_token", "a"), ("access_token", "b")]);
    assert_eq!(twice, ParameterError::Repeated("access_token").into());
    assert_eq!(twice.code(), Some(ErrorCode::InvalidRequest));
}

#[test]
fn challenges() {
    assert_eq!(bearer_challenge(None, None), r#"Bearer realm="signet""#);
    let scopes = Scopes::parse("openid email").unwrap();
    assert_eq!(
        bearer_challenge(
            Some((ErrorCode::InsufficientScope, "ask for \"openid\"\r\nX: y")),
            Some(&scopes)
        ),
        r#"Bearer realm="signet", error="insufficient_scope", error_description="ask for 'openid'??X: y", scope="openid email""#
    );
}

#[test]
fn a_question_about_a_token() {
    let ask = |body: &[(&str, &str)]| TokenLookup::parse(&pairs(body));
    let plain = ask(&[("token", "t-1")]).unwrap();
    assert_eq!((plain.token.expose(), plain.hint), (&b"t-1"[..], None));
    for (hint, read) in [
        ("access_token", Some(TokenTypeHint::AccessToken)),
        ("refresh_token", Some(TokenTypeHint::RefreshToken)),
        ("id_token", None),
        ("", None),
    ] {
        assert_eq!(
            ask(&[("token", "t"), ("token_type_hint", hint)])
                .unwrap()
                .hint,
            read
        );
    }
    assert_eq!(ask(&[]).unwrap_err(), ParameterError::Missing("token"));
    let twice = ask(&[("token", "a"), ("token", "b")]);
    assert_eq!(twice.unwrap_err(), ParameterError::Repeated("token"));
    assert!(!format!("{plain:?}").contains("t-1"));
}

#[test]
fn answers_about_a_token() {
    let no = serde_json::to_string(&IntrospectionResponse::inactive()).unwrap();
    assert_eq!(no, r#"{"active":false}"#);
    let at = |millis| Timestamp::from_millis(millis).into();
    let yes = IntrospectionResponse::active(ActiveToken {
        scope: Scopes::parse("openid email").unwrap(),
        client_id: "client".to_owned(),
        token_type: Some("Bearer"),
        exp: at(1_700_000_300_000),
        iat: at(1_700_000_000_000),
        sub: "u1".to_owned(),
        aud: Audience::one("https://api.example/"),
        iss: "https://id.example".to_owned(),
        jti: None,
        username: None,
    });
    assert_eq!(
        serde_json::to_value(&yes).unwrap(),
        json!({
            "active": true, "scope": "openid email", "client_id": "client", "token_type": "Bearer",
            "exp": 1_700_000_300, "iat": 1_700_000_000, "sub": "u1", "aud": "https://api.example/",
            "iss": "https://id.example",
        })
    );
}

#[test]
fn a_request_to_sign_out() {
    let empty = EndSessionRequest::parse(&[]).unwrap();
    assert_eq!(empty, EndSessionRequest::default());
    let read = EndSessionRequest::parse(&pairs(&[
        ("id_token_hint", "a.b.c"),
        ("logout_hint", "alice"),
        ("client_id", "client"),
        ("post_logout_redirect_uri", "https://app.example/bye"),
        ("state", "s-1"),
        ("ui_locales", "de en"),
        ("extra", "ignored"),
    ]))
    .unwrap();
    assert_eq!(read.id_token_hint.as_deref(), Some("a.b.c"));
    assert_eq!(read.client_id.as_deref(), Some("client"));
    assert_eq!(
        read.post_logout_redirect_uri.as_deref(),
        Some("https://app.example/bye")
    );
    assert_eq!(read.state.as_deref(), Some("s-1"));
    for name in [
        "id_token_hint",
        "logout_hint",
        "client_id",
        "post_logout_redirect_uri",
        "state",
        "ui_locales",
    ] {
        let twice = EndSessionRequest::parse(&pairs(&[(name, "a"), (name, "b")]));
        assert_eq!(twice, Err(ParameterError::Repeated(name)));
        let broken = EndSessionRequest::parse(&pairs(&[(name, "a\nb")]));
        assert_eq!(broken, Err(ParameterError::ControlCharacter(name)));
        let long = EndSessionRequest::parse(&pairs(&[(name, &"a".repeat(20_000))]));
        assert!(matches!(long, Err(ParameterError::TooLong { .. })));
    }
}

#[test]
fn only_the_registered_octets_are_gone_to_after_signing_out() {
    let registered = ["https://app.example/bye", "http://127.0.0.1/bye"];
    assert!(post_logout_redirect_uri_matches(
        &registered,
        "https://app.example/bye"
    ));
    for requested in [
        "",
        "https://app.example/bye?x=1",
        "https://app.example/bye/",
        "https://app.example/bye#",
        "https://app.example@evil.example/bye",
        "https://APP.example/bye",
        "http://127.0.0.1:8080/bye",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ] {
        assert!(
            !post_logout_redirect_uri_matches(&registered, requested),
            "{requested}"
        );
    }
    let none: [&str; 0] = [];
    assert!(!post_logout_redirect_uri_matches(
        &none,
        "https://app.example/bye"
    ));
}
