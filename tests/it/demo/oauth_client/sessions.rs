//! What comes after the sign-in: refreshing, UserInfo, and the two ways in which a session ends.

use actix_web::http::Method;
use serde_json::json;
use signet::model::Span;

use super::provider::{EVENT, Signer, Token};
use super::{BASE, Client, NOW, parameters};

#[test]
fn refreshing_sends_each_refresh_token_once() {
    let mut client = Client::new();
    client.sign_in();
    client.provider.behaviour().user = json!({"sub": "u-1", "email": "new@example.com"});
    for round in 1..=2 {
        assert_eq!(client.press("/refresh").status, 303);
        let page = client.get("/");
        assert_eq!(page.at("refreshes"), round.to_string());
        assert!(page.body.contains("new@example.com"), "{}", page.body);
    }
    let behaviour = client.provider.behaviour();
    let sent: Vec<String> = behaviour
        .asked
        .iter()
        .filter(|one| one[1] == "/token")
        .filter_map(|one| {
            let (_, form) = parameters(&format!("?{}", one[3]));
            form.get("refresh_token").cloned()
        })
        .collect();
    assert_eq!(sent, ["refresh-token-1", "refresh-token-2"]);
}

#[test]
fn a_refreshed_id_token_is_judged_as_the_first() {
    for (change, name) in [
        (
            (|t| t.claim("sub", json!("u-2"))) as fn(Token) -> Token,
            "other_subject",
        ),
        (|t| t.claim("nonce", json!("other")), "wrong_nonce"),
        (|t| t.claim("aud", json!("other")), "wrong_audience"),
        (
            |t| t.signed_by(Signer::Stranger, "RS256", "r"),
            "bad_signature",
        ),
    ] {
        let mut client = Client::new();
        client.sign_in();
        client.provider.behaviour().id_token = change;
        client.press("/refresh").assert_named(name);
        let page = client.get("/");
        assert_eq!(page.at("refreshes"), "0");
        // The refresh token has been used, and what came for it is not trusted.
        assert_eq!(page.at("refresh-token"), "not given");
        client.press("/refresh").assert_named("no_refresh_token");
    }
    let mut client = Client::new();
    client.sign_in();
    client.provider.behaviour().id_token = |t| t.without("nonce");
    assert_eq!(client.press("/refresh").status, 303);
    client.provider.behaviour().tokens = |tokens| {
        for name in ["id_token", "refresh_token", "scope"] {
            tokens.remove(name);
        }
    };
    assert_eq!(client.press("/refresh").status, 303);
    let page = client.get("/");
    assert_eq!(page.at("refreshes"), "2");
    assert_eq!(page.at("scopes"), "openid email");
    assert_eq!(page.at("refresh-token"), "given, and hidden");
}

#[test]
fn a_refused_refresh_is_named() {
    let mut client = Client::new();
    client.sign_in();
    client.provider.behaviour().refusal = Some((400, r#"{"error":"invalid_grant"}"#));
    client.press("/refresh").assert_named("invalid_grant");
    client.press("/refresh").assert_named("no_refresh_token");
}

#[test]
fn a_refresh_that_did_not_arrive_is_tried_again() {
    let mut client = Client::new();
    client.sign_in();
    client.provider.behaviour().refusal = Some((0, ""));
    client
        .press("/refresh")
        .assert_named("provider_unreachable");
    client.provider.behaviour().refusal = None;
    assert_eq!(client.press("/refresh").status, 303);
    assert_eq!(client.get("/").at("refreshes"), "1");
    // What came for the token is kept even if UserInfo then says no.
    client.provider.behaviour().challenge = Some("Bearer error=\"invalid_token\"");
    client.press("/refresh").assert_named("invalid_token");
    assert_eq!(client.get("/").at("refreshes"), "2");
}

#[test]
fn userinfo_is_asked_again_and_its_refusal_named() {
    let mut client = Client::new();
    client.sign_in();
    client.clock.advance(Span::seconds(5));
    assert_eq!(client.press("/userinfo").status, 303);
    let at = NOW.plus(Span::seconds(5)).to_rfc3339();
    assert_eq!(client.get("/").at("user-info-at"), at);
    client.provider.behaviour().challenge =
        Some("Bearer realm=\"x\", error=\"invalid_token\", error_description=\"it has ended\"");
    let page = client.press("/userinfo");
    page.assert_named("invalid_token");
    assert_eq!(page.at("error-description"), "it has ended");
}

#[test]
fn buttons_are_this_sites_alone_and_need_a_session() {
    let mut client = Client::new();
    for path in ["/refresh", "/userinfo", "/sign-out"] {
        client.press(path).assert_named("no_session");
    }
    client.sign_in();
    for path in ["/refresh", "/userinfo", "/sign-out"] {
        let answer = client.send(Method::POST, path, "http://127.0.0.1:8081", "");
        answer.assert_named("other_site");
    }
    assert_eq!(client.get("/").at("refreshes"), "0");
    client.clock.advance(Span::hours(12));
    assert!(client.get("/").body.contains("id=\"sign-in\""));
}

#[test]
fn signing_out_ends_both_sessions() {
    let mut client = Client::new();
    client.sign_in();
    let before = client.cookies.clone();
    let answer = client.press("/sign-out");
    assert_eq!(answer.status, 303, "{}", answer.body);
    let (endpoint, sent) = parameters(&answer.location);
    assert_eq!(endpoint, format!("{}/end_session", client.provider.issuer));
    assert_eq!(
        sent["post_logout_redirect_uri"],
        format!("{BASE}/signed-out")
    );
    assert_eq!(sent["client_id"], "demo client");
    assert!(sent["id_token_hint"].starts_with("eyJ"));
    assert!(!answer.location.contains("access-token"));
    client
        .get("/signed-out?state=other")
        .assert_named("wrong_state");
    client.get("/signed-out").assert_named("wrong_state");
    let page = client.get(&format!("/signed-out?state={}", sent["state"]));
    assert_eq!(page.status, 200);
    assert!(page.at("signed-out").contains("at the provider"));
    // Once: the cookie is gone.
    let again = client.get(&format!("/signed-out?state={}", sent["state"]));
    again.assert_named("wrong_state");
    client.cookies = before;
    assert!(client.get("/").body.contains("id=\"sign-in\""));
}

#[test]
fn a_provider_without_a_sign_out_is_left_signed_in() {
    let mut client = Client::new();
    client.sign_in();
    client.provider.behaviour().metadata = |m| drop(m.remove("end_session_endpoint"));
    let page = client.press("/sign-out");
    assert!(page.at("signed-out").contains("goes on"), "{}", page.body);
}

fn log_out(client: &mut Client, token: &str) -> (u16, String) {
    let cookies = std::mem::take(&mut client.cookies);
    let body = format!("logout_token={token}");
    let answer = client.send(Method::POST, "/backchannel-logout", "", &body);
    client.cookies = cookies;
    (answer.status, answer.body)
}

#[test]
fn the_provider_ends_a_session() {
    for (change, ends) in [
        ((|t| t) as fn(Token) -> Token, true),
        (|t| t.without("sid"), true),
        (|t| t.without("sub"), true),
        (|t| t.signed_by(Signer::Ec, "ES256", "e"), true),
        (|t| t.claim("sid", json!("s-2")), false),
        (|t| t.claim("sub", json!("u-2")), false),
    ] {
        let mut client = Client::new();
        client.sign_in();
        let token = change(client.provider.logout_token()).text();
        assert_eq!(log_out(&mut client, &token), (200, String::new()));
        let page = client.get("/");
        assert_eq!(page.body.contains("id=\"ended\""), ends, "{}", page.body);
        if ends {
            assert!(client.get("/").body.contains("id=\"sign-in\""));
            client.press("/refresh").assert_named("no_session");
        }
    }
}

type Case = (fn(Token) -> Token, &'static str);

#[test]
fn a_logout_token_that_proves_nothing_ends_nothing() {
    let mut client = Client::new();
    client.sign_in();
    let cases: [Case; 17] = [
        (
            |t| t.signed_by(Signer::Stranger, "RS256", "r"),
            "bad_signature",
        ),
        (
            |t| t.signed_by(Signer::Nobody, "none", "r"),
            "unsupported_algorithm",
        ),
        (|t| t.header("typ", json!("JWT")), "wrong_token_type"),
        (
            |mut t| {
                t.header.remove("typ");
                t
            },
            "wrong_token_type",
        ),
        (
            |t| t.claim("iss", json!("https://evil.example")),
            "wrong_token_issuer",
        ),
        (|t| t.claim("aud", json!("other")), "wrong_audience"),
        (|t| t.claim("exp", json!(NOW.as_seconds())), "expired_token"),
        (
            |t| t.claim("iat", json!(NOW.as_seconds() + 1)),
            "wrong_issue_time",
        ),
        (
            |t| t.claim("iat", json!(NOW.as_seconds() - 301)),
            "wrong_issue_time",
        ),
        (|t| t.claim("nonce", json!("x")), "not_a_logout"),
        (|t| t.claim("events", json!({})), "not_a_logout"),
        (|t| t.claim("events", json!({EVENT: true})), "not_a_logout"),
        (|t| t.without("events"), "malformed_token"),
        (|t| t.without("jti"), "malformed_token"),
        (|t| t.claim("jti", json!("")), "no_logout_target"),
        (|t| t.without("sub").without("sid"), "no_logout_target"),
        (
            |t| t.claim("sub", json!("")).without("sid"),
            "no_logout_target",
        ),
    ];
    for (change, name) in cases {
        let token = change(client.provider.logout_token()).text();
        let (status, body) = log_out(&mut client, &token);
        assert_eq!(status, 400);
        let start = format!("{{\"error\":\"invalid_request\",\"error_description\":\"{name}: ");
        assert!(body.starts_with(&start), "not {name} but {body}");
        assert_eq!(client.get("/").at("subject"), "u-1");
    }
    assert_eq!(log_out(&mut client, "").0, 400);
    let token = client.provider.logout_token().text();
    assert_eq!(
        log_out(&mut client, &format!("{token}&logout_token=x")).0,
        400
    );
    assert_eq!(log_out(&mut client, &token).0, 200);
    client.sign_in();
    let (status, body) = log_out(&mut client, &token);
    assert_eq!(status, 400);
    assert!(body.contains("replayed_logout"), "{body}");
    assert_eq!(client.get("/").at("subject"), "u-1");
}
