//! The code flow up to the code: what is sent, and which answers are taken.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use signet::model::Span;

use super::provider::{ACCESS_TOKEN, base64url};
use super::{BASE, Client, parameters};

#[test]
fn a_sign_in_shows_claims_scopes_and_lifetimes_and_no_token() {
    let mut client = Client::new();
    let home = client.get("/");
    assert!(home.body.contains("This is a demo"), "{}", home.body);
    assert!(home.body.contains("Sign in with Signet"));
    assert!(!home.body.contains("<script"));
    let page = client.sign_in();
    let body = page.body.replace("&lt;", "<");
    for text in [
        "u-1",
        "<th scope=\"row\">email</th><td><alice&gt;@example.com</td>",
        "<th scope=\"row\">groups</th><td>[&quot;A&quot;,&quot;B&quot;]</td>",
        "<th scope=\"row\">acr</th><td>mfa</td>",
    ] {
        assert!(body.contains(text), "no {text} in {body}");
    }
    assert_eq!(page.at("scopes"), "openid email");
    let at = |seconds| super::NOW.plus(Span::seconds(seconds)).to_xs_date_time();
    assert_eq!(page.at("access-token-until"), at(600));
    assert_eq!(page.at("id-token-until"), at(300));
    assert_eq!(page.at("refresh-token"), "given, and hidden");
    for secret in ["access-token-1", "refresh-token-1", "eyJ"] {
        assert!(!page.body.contains(secret), "{secret} in {}", page.body);
    }
}

#[test]
fn the_request_and_the_redemption_are_the_standards() {
    let mut client = Client::new();
    let sent = client.begin();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "demo client"),
        ("redirect_uri", &*format!("{BASE}/callback")),
        ("scope", "openid profile email groups offline_access"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(sent[name], value);
    }
    let other = client.begin();
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(sent[name].len(), 43);
        assert_ne!(sent[name], other[name]);
    }
    let callback = client.answer(&[("state", &other["state"]), ("code", "c&1")]);
    assert_eq!(client.get(&callback).status, 303);
    let behaviour = client.provider.behaviour();
    let asked = |path: &str| {
        let found = behaviour.asked.iter().find(|one| one[1] == path);
        found.unwrap_or_else(|| panic!("{path} was not asked"))
    };
    let [method, _, authorization, body] = asked("/token");
    assert_eq!(method, "POST");
    let pair = STANDARD.encode("demo+client:s%C3%A9cret%3A1");
    assert_eq!(*authorization, format!("Basic {pair}"));
    let (_, form) = parameters(&format!("?{body}"));
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "c&1");
    assert_eq!(form["redirect_uri"], format!("{BASE}/callback"));
    let challenge = base64url(digest(&SHA256, form["code_verifier"].as_bytes()));
    assert_eq!(challenge, other["code_challenge"]);
    let [method, _, authorization, _] = asked("/userinfo");
    assert_eq!(method, "GET");
    assert_eq!(*authorization, format!("Bearer {ACCESS_TOKEN}"));
}

#[test]
fn the_state_must_be_this_browsers_and_counts_once() {
    let mut client = Client::new();
    let begun = client.begin();
    let (state, nonce) = (&begun["state"], &begun["nonce"]);
    for answer in [
        client.answer(&[("state", "wrong"), ("code", "c-1")]),
        client.answer(&[("code", "c-1")]),
    ] {
        client.get(&answer).assert_named("wrong_state");
    }
    let good = client.answer(&[("state", state), ("code", "c-1")]);
    let own = std::mem::take(&mut client.cookies);
    client.get(&good).assert_named("wrong_state");
    client.begin();
    client.get(&good).assert_named("wrong_state");
    assert!(
        client
            .provider
            .behaviour()
            .asked
            .iter()
            .all(|one| one[1] != "/token")
    );
    // Nobody else's attempt has used it up, and its own use does.
    client.cookies = own;
    client.provider.behaviour().nonce = nonce.clone();
    let cookies = client.cookies.clone();
    assert_eq!(client.get(&good).status, 303);
    client.cookies = cookies;
    client.get(&good).assert_named("wrong_state");
    let late = client.good_answer();
    client.clock.advance(Span::hours(1));
    client.get(&late).assert_named("wrong_state");
}

#[test]
fn the_answer_must_name_the_provider() {
    for iss in [None, Some("http://127.0.0.1:1"), Some("")] {
        let mut client = Client::new();
        let state = client.begin()["state"].clone();
        let iss = iss.map(|iss| format!("&iss={iss}")).unwrap_or_default();
        let answer = client.get(&format!("/callback?state={state}&code=c-1{iss}"));
        answer.assert_named("wrong_iss");
        let state = client.begin()["state"].clone();
        let answer = client.get(&format!("/callback?state={state}&error=access_denied{iss}"));
        answer.assert_named("wrong_iss");
    }
}

#[test]
fn what_is_there_twice_or_missing_is_refused() {
    let mut client = Client::new();
    for name in ["state", "code", "iss", "error"] {
        let good = client.good_answer();
        let twice = format!("{good}&{name}=x&{name}=x");
        client.get(&twice).assert_named("repeated_parameter");
    }
    let state = client.begin()["state"].clone();
    let answer = client.answer(&[("state", &state)]);
    client.get(&answer).assert_named("no_code");
}

#[test]
fn the_providers_errors_are_shown_with_what_they_mean() {
    let mut client = Client::new();
    let state = client.begin()["state"].clone();
    let answer = client.answer(&[
        ("state", &state),
        ("error", "access_denied"),
        ("error_description", "<not> assigned"),
    ]);
    let page = client.get(&answer);
    page.assert_named("access_denied");
    assert_eq!(page.at("error-description"), "<not> assigned");
    assert_eq!(
        page.at("error-meaning"),
        "You, or a rule at the provider, said no."
    );
    client.provider.behaviour().refusal = Some((
        400,
        r#"{"error":"invalid_grant","error_description":"the code has expired"}"#,
    ));
    let good = client.good_answer();
    let page = client.get(&good);
    page.assert_named("invalid_grant");
    assert_eq!(page.at("error-description"), "the code has expired");
    client.provider.behaviour().refusal = Some((502, "<html>"));
    let good = client.good_answer();
    client.get(&good).assert_named("unusable_answer");
    client.provider.behaviour().refusal = Some((302, ""));
    let good = client.good_answer();
    client.get(&good).assert_named("unusable_answer");
}

#[test]
fn metadata_of_another_or_with_endpoints_elsewhere_is_not_used() {
    for change in [
        (|m| drop(m.insert("issuer".into(), json!("https://other.example"))))
            as fn(&mut serde_json::Map<String, serde_json::Value>),
        |m| drop(m.insert("token_endpoint".into(), json!("http://127.0.0.1:1/token"))),
        |m| drop(m.insert("jwks_uri".into(), json!("nowhere"))),
        |m| drop(m.remove("userinfo_endpoint")),
        |m| drop(m.insert("code_challenge_methods_supported".into(), json!(["plain"]))),
    ] {
        let mut client = Client::new();
        client.provider.behaviour().metadata = change;
        client.get("/start").assert_named("unusable_metadata");
    }
}

#[test]
fn a_provider_that_does_not_answer_is_named() {
    let mut client = Client::new();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    client.service = signet::demo::OauthClient::new(signet::demo::OauthClientSettings {
        base_url: BASE.into(),
        issuer: url::Url::parse(&format!("http://{address}")).unwrap(),
        client_id: "x".into(),
        client_secret: signet::model::Secret::from_text("x".into()),
        clock: client.clock.clone(),
        entropy: signet::entropy::Entropy::seeded(8),
        http: signet::demo::fetch_over_http(),
    });
    let page = client.get("/start");
    page.assert_named("provider_unreachable");
    assert_eq!(page.status, 502);
}
