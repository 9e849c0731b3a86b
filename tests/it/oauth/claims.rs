//! What tokens and the userinfo answer say.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use signet::model::Timestamp;
use signet::protocol::oauth::{
    AccessTokenClaims, AddressClaim, Audience, BACK_CHANNEL_LOGOUT_EVENT, IdTokenClaims,
    LogoutEvents, LogoutTokenClaims, MappedClaimError, NumericDate, ReleasedClaims,
    STANDARD_CLAIMS, Scopes, StandardClaims, StandardScope, UserInfo, at_hash,
};

const AT: Timestamp = Timestamp::from_millis(1_700_000_000_999);

fn date(later: i64) -> NumericDate {
    Timestamp::from_millis(AT.as_millis() + later * 1_000).into()
}

fn person() -> StandardClaims {
    StandardClaims {
        name: Some("Alice Example".to_owned()),
        given_name: Some("Alice".to_owned()),
        preferred_username: Some("alice".to_owned()),
        email: Some("alice@example.org".to_owned()),
        email_verified: Some(true),
        address: Some(AddressClaim {
            country: Some("CH".to_owned()),
            ..AddressClaim::default()
        }),
        phone_number: Some("+41 44 000 00 00".to_owned()),
        updated_at: Some(date(0)),
        groups: Some(vec!["staff".to_owned()]),
        ..StandardClaims::default()
    }
}

fn released(scopes: &str) -> ReleasedClaims {
    ReleasedClaims::select(&person(), &Scopes::parse(scopes).unwrap().claims())
}

fn value(claims: &impl serde::Serialize) -> Value {
    serde_json::to_value(claims).unwrap()
}

#[test]
fn scopes_release_their_claims_alone() {
    for (scopes, expected) in [
        ("openid", json!({})),
        ("openid offline_access custom", json!({})),
        (
            "openid email",
            json!({"email": "alice@example.org", "email_verified": true}),
        ),
        (
            "profile",
            json!({"name": "Alice Example", "given_name": "Alice", "preferred_username": "alice", "updated_at": 1_700_000_000}),
        ),
        ("address", json!({"address": {"country": "CH"}})),
        ("phone", json!({"phone_number": "+41 44 000 00 00"})),
        ("groups", json!({"groups": ["staff"]})),
        ("", json!({})),
    ] {
        assert_eq!(value(&released(scopes)), expected, "{scopes}");
    }
}

#[test]
fn every_standard_claim_belongs_to_one_scope_and_can_be_told() {
    let mut of_scopes: Vec<&str> = StandardScope::ALL
        .iter()
        .flat_map(|scope| scope.claims().iter().copied())
        .collect();
    let mut standard = STANDARD_CLAIMS.to_vec();
    of_scopes.sort_unstable();
    standard.sort_unstable();
    assert_eq!(of_scopes, standard);
    let text = || Some("x".to_owned());
    let all = StandardClaims {
        name: text(),
        given_name: text(),
        family_name: text(),
        middle_name: text(),
        nickname: text(),
        preferred_username: text(),
        profile: text(),
        picture: text(),
        website: text(),
        email: text(),
        email_verified: Some(false),
        gender: text(),
        birthdate: text(),
        zoneinfo: text(),
        locale: text(),
        phone_number: text(),
        phone_number_verified: Some(false),
        address: Some(AddressClaim::default()),
        updated_at: Some(date(0)),
        groups: Some(Vec::new()),
    };
    let written = value(&all);
    let mut names: Vec<&str> = written
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(names, standard);
}

#[test]
fn userinfo() {
    let info = UserInfo {
        sub: "u1".to_owned(),
        claims: released("openid email"),
    };
    assert_eq!(
        value(&info),
        json!({"sub": "u1", "email": "alice@example.org", "email_verified": true})
    );
}

#[test]
fn no_mapping_takes_the_place_of_a_claim_with_a_meaning() {
    let mut claims = released("email");
    for name in [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "azp",
        "at_hash",
        "c_hash",
        "sid",
        "events",
        "cnf",
        "client_id",
        "scope",
        "active",
        "username",
        "session_expiry",
        "act",
        "email",
        "email_verified",
        "name",
        "groups",
    ] {
        let refused = claims.add_mapped(name, json!("u0"));
        assert_eq!(refused, Err(MappedClaimError::Reserved), "{name}");
    }
    for name in ["", "a b", "a\n", "é", &"a".repeat(129)] {
        assert_eq!(
            claims.add_mapped(name, json!(1)),
            Err(MappedClaimError::Name)
        );
    }
    for name in ["https://aws.amazon.com/tags", "department", "cost_centre"] {
        assert_eq!(claims.add_mapped(name, json!({"a": 1})), Ok(()));
        assert_eq!(
            claims.add_mapped(name, json!(1)),
            Err(MappedClaimError::Repeated)
        );
        assert!(claims.contains(name));
    }
    // even asked for by name, what makes a token is not the person's
    let names = BTreeSet::from(["sub", "iss", "email"]);
    assert_eq!(
        value(&ReleasedClaims::select(&person(), &names)),
        json!({"email": "alice@example.org"})
    );
}

#[test]
fn id_token() {
    let claims = IdTokenClaims {
        iss: "https://id.example".to_owned(),
        sub: "u1".to_owned(),
        aud: "client".to_owned(),
        exp: date(300),
        iat: date(0),
        auth_time: date(-60),
        nonce: Some("n-1".to_owned()),
        acr: "https://refeds.org/profile/mfa".to_owned(),
        amr: vec!["pwd", "otp", "mfa"],
        at_hash: Some(at_hash("token")),
        sid: Some("t1".to_owned()),
        session_expiry: Some(date(3_600)),
        claims: released("groups"),
    };
    insta::assert_snapshot!(serde_json::to_string(&claims).unwrap(), @r#"{"iss":"https://id.example","sub":"u1","aud":"client","exp":1700000300,"iat":1700000000,"auth_time":1699999940,"nonce":"n-1","acr":"https://refeds.org/profile/mfa","amr":["pwd","otp","mfa"],"at_hash":"PEaenWxYddN6Q_NT1PiOYQ","sid":"t1","session_expiry":1700003600,"groups":["staff"]}"#);
}

/// The example of OpenID Connect core, appendix A.3.
#[test]
fn the_left_half_of_the_access_tokens_hash() {
    assert_eq!(
        at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
        "77QmUPtjPfzWtF2AnpK9RQ"
    );
}

#[test]
fn access_tokens() {
    let claims = AccessTokenClaims {
        iss: "https://id.example".to_owned(),
        sub: "u1".to_owned(),
        aud: Audience::of("https://api.example/", ["urn:other".to_owned()]),
        client_id: "client".to_owned(),
        exp: date(300),
        iat: date(0),
        jti: "j-1".to_owned(),
        scope: Scopes::parse("openid email").unwrap(),
        auth_time: Some(date(0)),
        acr: Some("urn:a".to_owned()),
        amr: vec!["pwd"],
        claims: ReleasedClaims::default(),
    };
    insta::assert_snapshot!(serde_json::to_string(&claims).unwrap(), @r#"{"iss":"https://id.example","sub":"u1","aud":["https://api.example/","urn:other"],"client_id":"client","exp":1700000300,"iat":1700000000,"jti":"j-1","scope":"openid email","auth_time":1700000000,"acr":"urn:a","amr":["pwd"]}"#);
    let own = AccessTokenClaims {
        sub: "client".to_owned(),
        aud: Audience::one("https://api.example/"),
        scope: Scopes::default(),
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        ..claims
    };
    insta::assert_snapshot!(serde_json::to_string(&own).unwrap(), @r#"{"iss":"https://id.example","sub":"client","aud":"https://api.example/","client_id":"client","exp":1700000300,"iat":1700000000,"jti":"j-1"}"#);
}

#[test]
fn logout_tokens() {
    let claims = LogoutTokenClaims {
        iss: "https://id.example".to_owned(),
        sub: "u1".to_owned(),
        aud: "client".to_owned(),
        iat: date(0),
        exp: date(120),
        jti: "j-1".to_owned(),
        events: LogoutEvents,
        sid: Some("t1".to_owned()),
    };
    let json = value(&claims);
    assert_eq!(json["events"], json!({BACK_CHANNEL_LOGOUT_EVENT: {}}));
    assert!(json.get("nonce").is_none());
    insta::assert_snapshot!(serde_json::to_string(&claims).unwrap(), @r#"{"iss":"https://id.example","sub":"u1","aud":"client","iat":1700000000,"exp":1700000120,"jti":"j-1","events":{"http://schemas.openid.net/event/backchannel-logout":{}},"sid":"t1"}"#);
}
