//! The ID token: every claim and the signature, each wrong once.

use serde_json::json;

use super::provider::{Signer, Token};
use super::{Client, NOW};

/// A change of the good ID token, and the name of what is wrong.
type Case = (fn(Token) -> Token, &'static str);

fn assert_refused(cases: &[Case]) {
    let mut client = Client::new();
    for (change, name) in cases {
        client.provider.behaviour().id_token = *change;
        let answer = client.good_answer();
        let page = client.get(&answer);
        page.assert_named(name);
        assert!(client.get("/").body.contains("id=\"sign-in\""));
    }
    assert!(
        client
            .provider
            .behaviour()
            .asked
            .iter()
            .all(|one| one[1] != "/userinfo")
    );
    // None of them spoilt anything.
    client.provider.behaviour().id_token = |token| token;
    assert_eq!(client.sign_in().at("subject"), "u-1");
}

fn assert_accepted(changes: &[fn(Token) -> Token]) {
    for change in changes {
        let mut client = Client::new();
        client.provider.behaviour().id_token = *change;
        assert_eq!(client.sign_in().at("subject"), "u-1");
    }
}

#[test]
fn the_signature_must_be_by_a_key_of_the_providers() {
    assert_refused(&[
        (
            |t| t.signed_by(Signer::Stranger, "RS256", "r"),
            "bad_signature",
        ),
        (|t| t.signed_by(Signer::Rsa, "ES256", "e"), "bad_signature"),
        (
            |t| t.signed_by(Signer::Nobody, "RS256", "r"),
            "bad_signature",
        ),
        (
            |mut t| {
                t.after = |token| {
                    let evil = super::provider::base64url(b"{\"sub\":\"u-2\"}");
                    let mut parts: Vec<&str> = token.split('.').collect();
                    parts[1] = &evil;
                    parts.join(".")
                };
                t
            },
            "bad_signature",
        ),
        (
            |t| t.signed_by(Signer::Nobody, "none", "r"),
            "unsupported_algorithm",
        ),
        (
            |t| t.signed_by(Signer::Nobody, "None", "r"),
            "unsupported_algorithm",
        ),
        (
            |t| t.signed_by(Signer::Rsa, "HS256", "r"),
            "unsupported_algorithm",
        ),
        (
            |t| t.signed_by(Signer::Rsa, "PS256", "r"),
            "unsupported_algorithm",
        ),
        (
            |t| t.signed_by(Signer::Rsa, "RS256", "unknown"),
            "unknown_key",
        ),
        (|t| t.signed_by(Signer::Ec, "ES256", "r"), "unknown_key"),
        (|t| t.header("crit", json!(["exp"])), "critical_extension"),
        (|t| t.header("typ", json!("at+jwt")), "wrong_token_type"),
        (|t| t.header("typ", json!("logout+jwt")), "wrong_token_type"),
    ]);
    assert_accepted(&[
        |t| t.signed_by(Signer::Ec, "ES256", "e"),
        |mut t| {
            t.header.remove("kid");
            t.header.remove("typ");
            t
        },
    ]);
}

#[test]
fn a_token_is_three_parts_of_base64url() {
    assert_refused(&[
        (
            |mut t| {
                t.after = |token| format!("{token}.x");
                t
            },
            "malformed_token",
        ),
        (
            |mut t| {
                t.after = |token| token.rsplit_once('.').unwrap().0.to_owned();
                t
            },
            "malformed_token",
        ),
        (
            |mut t| {
                t.after = |token| format!("{token}=");
                t
            },
            "malformed_token",
        ),
        (
            |t| t.claim("x", json!("y".repeat(16_384))),
            "malformed_token",
        ),
        (|t| t.without("exp"), "malformed_token"),
        (|t| t.claim("exp", json!("soon")), "malformed_token"),
        (|t| t.claim("iat", json!(1.5)), "malformed_token"),
        (|t| t.without("aud"), "malformed_token"),
    ]);
}

#[test]
fn it_must_be_from_the_provider_for_this_client_and_about_somebody() {
    assert_refused(&[
        (
            |t| t.claim("iss", json!("https://evil.example")),
            "wrong_token_issuer",
        ),
        (
            |t| {
                let slash = format!("{}/", t.claims["iss"].as_str().unwrap());
                t.claim("iss", json!(slash))
            },
            "wrong_token_issuer",
        ),
        (|t| t.claim("aud", json!("other")), "wrong_audience"),
        (|t| t.claim("aud", json!([])), "wrong_audience"),
        (
            |t| t.claim("aud", json!(["demo client", "other"])),
            "wrong_audience",
        ),
        (|t| t.claim("azp", json!("other")), "wrong_audience"),
        (|t| t.claim("sub", json!("")), "wrong_subject"),
        (|t| t.claim("sub", json!("x".repeat(256))), "wrong_subject"),
    ]);
    assert_accepted(&[
        |t| t.claim("aud", json!(["demo client"])),
        |t| t.claim("azp", json!("demo client")),
    ]);
}

#[test]
fn its_times_must_hold() {
    assert_refused(&[
        (|t| t.claim("exp", json!(NOW.as_seconds())), "expired_token"),
        (|t| t.claim("exp", json!(i64::MIN)), "expired_token"),
        (
            |t| t.claim("iat", json!(NOW.as_seconds() + 1)),
            "wrong_issue_time",
        ),
        (
            |t| t.claim("iat", json!(NOW.as_seconds() - 301)),
            "wrong_issue_time",
        ),
        (
            |t| t.claim("auth_time", json!(NOW.as_seconds() + 1)),
            "wrong_auth_time",
        ),
    ]);
    assert_accepted(&[
        |t| t.claim("exp", json!(NOW.as_seconds() + 1)),
        |t| t.claim("iat", json!(NOW.as_seconds() - 300)),
        |t| t.without("auth_time"),
    ]);
}

#[test]
fn it_must_belong_to_this_sign_in_and_to_its_access_token() {
    assert_refused(&[
        (|t| t.claim("nonce", json!("other")), "wrong_nonce"),
        (|t| t.without("nonce"), "wrong_nonce"),
        (|t| t.claim("at_hash", json!("AAAA")), "wrong_at_hash"),
        (|t| t.claim("at_hash", json!("")), "wrong_at_hash"),
    ]);
    assert_accepted(&[|t| t.without("at_hash")]);
    let mut client = Client::new();
    client.provider.behaviour().tokens =
        |tokens| drop(tokens.insert("access_token".into(), json!("exchanged")));
    let answer = client.good_answer();
    client.get(&answer).assert_named("wrong_at_hash");
}

#[test]
fn what_the_token_endpoint_gives_must_be_whole() {
    let mut client = Client::new();
    for change in [
        (|t| drop(t.remove("id_token"))) as fn(&mut serde_json::Map<String, serde_json::Value>),
        |t| drop(t.remove("access_token")),
        |t| drop(t.insert("token_type".into(), json!("DPoP"))),
    ] {
        client.provider.behaviour().tokens = change;
        let answer = client.good_answer();
        client.get(&answer).assert_named("unusable_answer");
    }
}

#[test]
fn userinfo_must_speak_of_the_same_person() {
    let mut client = Client::new();
    for user in [json!({"sub": "u-2"}), json!({"email": "x"})] {
        client.provider.behaviour().user = user;
        let answer = client.good_answer();
        client.get(&answer).assert_named("other_subject");
    }
    client.provider.behaviour().user = json!(["sub"]);
    let answer = client.good_answer();
    client.get(&answer).assert_named("unusable_answer");
    assert!(client.get("/").body.contains("id=\"sign-in\""));
}
