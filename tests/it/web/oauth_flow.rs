//! OpenID Connect as it should go, on every engine: code, tokens, userinfo, refresh, introspection, revocation, sign-out.

use serde_json::json;
use signet::model::Span;

use crate::app::clients::{Authorize, SIGNED_OUT, basic, claims, returned, returned_by_form};
use crate::app::{PUBLIC_URL, TestApp};
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(
    a_code_flow_gives_tokens_that_say_who_and_how,
    a_refresh_token_is_replaced_and_its_reuse_ends_the_family,
    a_code_is_redeemed_once_and_its_reuse_ends_what_it_gave,
);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn a_code_flow_gives_tokens_that_say_who_and_how(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    app.group("Developers", &[&alice]);
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    let mut browser = app.browser();
    let page = browser.open(&Authorize::of(&rp).path());
    page.assert(200, "Client rp");
    let back = returned(&browser.sign_in_for(&app, &page, &alice));
    assert_eq!(back["state"], "state & 1");
    assert_eq!(back["iss"], PUBLIC_URL);

    let mut client = app.browser();
    let tokens = client.redeem(&rp, &back["code"]);
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    let tokens = tokens.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["scope"], "openid profile email");
    assert!(
        tokens.get("refresh_token").is_none(),
        "only with offline_access"
    );
    let id = claims(&tokens["id_token"]);
    assert_eq!(id["iss"], PUBLIC_URL);
    assert_eq!(id["aud"], "rp");
    assert_eq!(id["sub"], alice.id.as_str());
    assert_eq!(id["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(id["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(id["acr"], "https://refeds.org/profile/mfa");
    assert!(id["sid"].is_string() && id["at_hash"].is_string());
    let now = app.clock.now().as_millis() / 1000;
    assert_eq!(id["iat"], now);
    assert_eq!(id["exp"], now + 600);
    assert!(id["session_expiry"].as_i64().unwrap() > now);
    let access = claims(&tokens["access_token"]);
    assert_eq!(
        (&access["aud"], &access["client_id"]),
        (&json!(PUBLIC_URL), &json!("rp"))
    );

    let token = tokens["access_token"].as_str().unwrap();
    let info = client.get_with("/oauth2/userinfo", token);
    assert_eq!(info.status, 200, "{}", info.body);
    let info = info.json();
    assert_eq!(info["sub"], id["sub"]);
    assert_eq!(info["email"], "alice@example.com");
    assert_eq!(info["preferred_username"], "alice");
    assert!(info.get("groups").is_none(), "not asked for");
    let by_form = client.post("/oauth2/userinfo", &[("access_token", token)]);
    assert_eq!(by_form.json(), info);
    // Ten minutes later it is nothing.
    app.clock.advance(Span::minutes(10));
    let late = client.get_with("/oauth2/userinfo", token);
    assert_eq!(late.status, 401);
    assert!(
        late.header("www-authenticate")
            .unwrap()
            .contains("invalid_token")
    );
}

fn a_refresh_token_is_replaced_and_its_reuse_ends_the_family(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = Authorize::of(&rp).with("scope", "openid offline_access");
    let mut client = app.browser();
    let code = browser.code(&request);
    let first = client.redeem(&rp, &code).json();
    let first = first["refresh_token"].as_str().unwrap().to_owned();
    app.clock.advance(Span::hours(13));
    let second = client.refresh(&rp, &first);
    assert_eq!(second.status, 200, "{}", second.body);
    let second = second.json();
    // The session is over, and what outlives it is not cut by its end.
    assert!(second["expires_in"].as_i64().unwrap() > 60, "{second}");
    let id = claims(&second["id_token"]);
    assert!(id.get("nonce").is_none());
    let second = second["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(first, second);

    // An answer that was lost is given again within ten seconds, and then the successor is another one.
    app.clock.advance(Span::seconds(5));
    let third = client.refresh(&rp, &first);
    assert_eq!(third.status, 200, "{}", third.body);
    let third = third.json()["refresh_token"].as_str().unwrap().to_owned();
    // Whoever holds the superseded one is the second holder: everything ends.
    assert_eq!(client.refresh(&rp, &second).error(), "invalid_grant");
    assert_eq!(client.refresh(&rp, &third).error(), "invalid_grant");
}

fn a_code_is_redeemed_once_and_its_reuse_ends_what_it_gave(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let mut client = app.browser();
    let code = browser.code(&Authorize::of(&rp));
    let answers: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| app.browser().redeem(&rp, &code)))
            .collect();
        running.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let won: Vec<_> = answers.iter().filter(|a| a.status == 200).collect();
    assert!(won.len() <= 1, "{} redeemed one code", won.len());
    let code = browser.code(&Authorize::of(&rp));
    let tokens = client.redeem(&rp, &code).json();
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(client.get_with("/oauth2/userinfo", token).status, 200);
    assert_eq!(client.redeem(&rp, &code).error(), "invalid_grant");
    assert_eq!(client.get_with("/oauth2/userinfo", token).status, 401);
}

#[test]
fn form_post_sends_the_same_by_a_form() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let page = browser.open(&Authorize::of(&rp).with("response_mode", "form_post").path());
    let back = returned_by_form(&page);
    assert_eq!(back["state"], "state & 1");
    assert_eq!(back["iss"], PUBLIC_URL);
    assert_eq!(app.browser().redeem(&rp, &back["code"]).status, 200);
}

#[test]
fn a_request_by_post_from_elsewhere_finds_the_session() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = Authorize::of(&rp);
    let answer = browser.post_from_elsewhere("/oauth2/authorize", &request.fields());
    let answer = browser.open_until_left(answer.location());
    assert!(returned(&answer).contains_key("code"));
}

#[test]
fn prompts_max_age_and_hints_do_what_they_say() {
    let db = memory();
    let app = TestApp::start(&db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    app.assign_client(&rp, &bob);
    let mut browser = app.browser();
    let silent = Authorize::of(&rp).with("prompt", "none");
    let answer = browser.get(&silent.path());
    assert_eq!(returned(&answer)["error"], "login_required");
    assert_eq!(returned(&answer)["iss"], PUBLIC_URL);
    browser.sign_in(&app, &alice);
    let tokens = app.browser().redeem(&rp, &browser.code(&silent)).json();
    let first = claims(&tokens["id_token"]);

    app.clock.advance(Span::seconds(120));
    let tokens = app
        .browser()
        .redeem(
            &rp,
            &browser.code(&Authorize::of(&rp).with("max_age", "10000")),
        )
        .json();
    assert_eq!(claims(&tokens["id_token"])["auth_time"], first["auth_time"]);
    for request in [
        Authorize::of(&rp).with("prompt", "login"),
        Authorize::of(&rp).with("prompt", "select_account"),
        Authorize::of(&rp).with("max_age", "1"),
    ] {
        app.clock.advance(Span::seconds(2));
        let page = browser.open(&request.path());
        let answer = browser.sign_in_for(&app, &page, &alice);
        let tokens = app.browser().redeem(&rp, &returned(&answer)["code"]).json();
        let again = claims(&tokens["id_token"]);
        assert!(again["auth_time"].as_i64() > first["auth_time"].as_i64());
        assert_eq!(again["sub"], first["sub"]);
    }
    let hint = tokens["id_token"].as_str().unwrap();
    let hinted = silent.clone().with("id_token_hint", hint);
    assert!(returned(&browser.get(&hinted.path())).contains_key("code"));
    let mut other = app.browser();
    other.sign_in(&app, &bob);
    assert_eq!(
        returned(&other.get(&hinted.path()))["error"],
        "login_required"
    );
    let page = app.browser().open(
        &Authorize::of(&rp)
            .with("login_hint", "alice@example.com")
            .path(),
    );
    assert_eq!(
        page.field("user_name").as_deref(),
        Some("alice@example.com")
    );
}

#[test]
fn a_program_without_a_secret_is_given_nothing_in_silence() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let native = app.client("native", |rp| {
        rp["token_endpoint_auth_method"] = json!("none");
        rp["application_type"] = json!("native");
    });
    app.assign_client(&native, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = Authorize::of(&native);
    // Each time: another program could be listening there.
    for state in ["one", "two"] {
        let page = browser.open(&request.clone().with("state", state).path());
        page.assert(200, "id=\"consent\"");
        app.clock.advance(Span::seconds(1));
        let agreed = browser.submit(&page, &[]);
        let answer = browser.open_until_left(agreed.location());
        assert!(returned(&answer).contains_key("code"));
        app.clock.advance(Span::seconds(1));
    }
    let silent = request.with("prompt", "none");
    let answer = browser.open_until_left(&silent.path());
    assert_eq!(returned(&answer)["error"], "consent_required");
}

#[test]
fn consent_is_asked_once_and_declining_is_told() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let rp = app.client("rp", |rp| rp["consent"] = json!("required"));
    app.assign_client(&rp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let silent = Authorize::of(&rp).with("prompt", "none");
    assert_eq!(
        returned(&browser.get(&silent.path()))["error"],
        "consent_required"
    );
    let page = browser.open(&Authorize::of(&rp).path());
    page.assert(200, "Read your e-mail address");
    let csrf = page.field("csrf").unwrap();
    let decline = page.action().replace("/consent", "/decline");
    let declined = browser.post(&decline, &[("csrf", &csrf)]);
    assert_eq!(returned(&declined)["error"], "access_denied");

    let page = browser.open(&Authorize::of(&rp).with("state", "2").path());
    let answer = browser.submit(&page, &[]);
    let answer = browser.open_until_left(answer.location());
    assert!(returned(&answer).contains_key("code"));
    browser.code(&silent);
    // More than before, and when the client insists, the person is asked again.
    for request in [
        Authorize::of(&rp).with("scope", "openid profile email phone"),
        Authorize::of(&rp).with("prompt", "consent"),
    ] {
        app.clock.advance(Span::seconds(1));
        browser.open(&request.path()).assert(200, "id=\"consent\"");
    }
}

#[test]
fn a_client_gets_a_token_in_its_own_name_for_its_resource() {
    let db = memory();
    let app = TestApp::start(&db);
    let rp = app.client("machine", |rp| {
        rp["grant_types"] = json!(["client_credentials"]);
        rp["token_endpoint_auth_method"] = json!("client_secret_basic");
        rp["redirect_uris"] = json!([]);
        rp["scopes"] = json!(["orders.read", "orders.write"]);
        rp["resources"] = json!(["https://orders.example/"]);
    });
    let mut client = app.browser();
    client.headers.push(basic("machine", &rp.secret));
    let ask = |client: &mut crate::app::Browser, more: &[(&str, &str)]| {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend_from_slice(more);
        client.post("/oauth2/token", &fields)
    };
    let tokens = ask(&mut client, &[("scope", "orders.read")]).json();
    let access = claims(&tokens["access_token"]);
    assert_eq!(
        (&access["sub"], &access["aud"]),
        (&json!("machine"), &json!("https://orders.example/"))
    );
    assert_eq!(access["scope"], "orders.read");
    assert_eq!(
        ask(&mut client, &[("scope", "openid")]).error(),
        "invalid_scope"
    );
    assert_eq!(
        ask(&mut client, &[("scope", "admin")]).error(),
        "invalid_scope"
    );
    assert_eq!(
        ask(&mut client, &[("resource", "https://other.example/")]).error(),
        "invalid_target"
    );
    // Good by introspection, until it is revoked; nothing to another client.
    let token = tokens["access_token"].as_str().unwrap();
    let seen = client
        .post("/oauth2/introspect", &[("token", token)])
        .json();
    assert_eq!(
        (&seen["active"], &seen["client_id"]),
        (&json!(true), &json!("machine"))
    );
    let other = app.client("other", |_| {});
    let fields = [
        ("token", token),
        ("client_id", "other"),
        ("client_secret", &other.secret),
    ];
    assert_eq!(
        app.browser().post("/oauth2/introspect", &fields).json(),
        json!({"active": false})
    );
    app.browser()
        .post("/oauth2/revoke", &fields)
        .assert(200, "");
    assert_eq!(
        client
            .post("/oauth2/introspect", &[("token", token)])
            .json()["active"],
        json!(true)
    );
    client
        .post("/oauth2/revoke", &[("token", token)])
        .assert(200, "");
    assert_eq!(
        client
            .post("/oauth2/introspect", &[("token", token)])
            .json(),
        json!({"active": false})
    );
}

#[test]
fn a_client_signs_the_person_out_by_an_id_token_of_the_session() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let tokens = app
        .browser()
        .redeem(&rp, &browser.code(&Authorize::of(&rp)))
        .json();
    let hint = tokens["id_token"].as_str().unwrap();
    let end = |pairs: &str| format!("/oauth2/end_session?{pairs}");
    // A stranger's link asks; a wrong way back is refused; nobody is signed out by either.
    browser.get(&end("")).assert(200, "id=\"sign-out\"");
    let bad =
        format!("id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F");
    browser
        .get(&end(&bad))
        .assert(400, "post_logout_redirect_uri");
    browser
        .get(&end("id_token_hint=ey.ey.ey"))
        .assert(400, "id_token_hint");
    assert!(browser.is_signed_in());
    let good = format!(
        "id_token_hint={hint}&state=s%20t&post_logout_redirect_uri=https%3A%2F%2Frp.example%2Fsigned-out"
    );
    let answer = browser.get(&end(&good));
    assert_eq!(answer.status, 303);
    assert!(
        answer.location().starts_with(SIGNED_OUT),
        "{}",
        answer.location()
    );
    assert!(answer.location().contains("state=s+t") || answer.location().contains("state=s%20t"));
    assert!(!browser.is_signed_in());
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(
        app.browser().get_with("/oauth2/userinfo", token).status,
        401,
        "the session has ended"
    );
}

#[test]
fn es256_pairwise_mapped_claims_and_the_claims_parameter() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    app.group("Developers", &[&alice]);
    let rp = app.client("rp", |rp| {
        rp["id_token_signed_response_alg"] = json!("ES256");
        rp["subject_type"] = json!("pairwise");
        rp["claims"] = json!([{"name": "department", "source": "attributes.department"}]);
    });
    let other = app.client("other", |rp| rp["subject_type"] = json!("pairwise"));
    app.assign_client(&rp, &alice);
    app.assign_client(&other, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = Authorize::of(&rp).with("scope", "openid groups").with(
        "claims",
        r#"{"id_token":{"name":{"essential":true}},"userinfo":{"email":null}}"#,
    );
    let tokens = app.browser().redeem(&rp, &browser.code(&request)).json();
    let id = claims(&tokens["id_token"]);
    assert_ne!(id["sub"], alice.id.as_str());
    assert_eq!(id["department"], "Shop");
    assert_eq!(id["groups"], json!(["Developers"]));
    assert!(id["name"].is_string());
    let info = app
        .browser()
        .get_with("/oauth2/userinfo", tokens["access_token"].as_str().unwrap())
        .json();
    assert_eq!(
        (&info["sub"], &info["email"]),
        (&id["sub"], &json!("alice@example.com"))
    );
    let header = tokens["id_token"]
        .as_str()
        .unwrap()
        .split('.')
        .next()
        .unwrap()
        .to_owned();
    let header = claims(&json!(format!("x.{header}.x")));
    assert_eq!(header["alg"], "ES256");
    let keys = app.browser().get("/oauth2/jwks").json();
    assert!(
        keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .any(|k| k["kid"] == header["kid"] && k["kty"] == "EC")
    );
    let elsewhere = app
        .browser()
        .redeem(&other, &browser.code(&Authorize::of(&other)))
        .json();
    assert_ne!(claims(&elsewhere["id_token"])["sub"], id["sub"]);
}

/// The times at which a request asks for something new are no part of what it is: a reload begins no second sign-in.
#[test]
fn the_same_request_a_moment_later_is_the_same_sign_in() {
    let db = memory();
    let mut app = TestApp::start(&db);
    let alice = app.person("alice");
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    for prompt in ["login", "consent"] {
        let mut browser = app.browser();
        let request = Authorize::of(&rp).with("prompt", prompt);
        let first = browser.get(&request.path()).location().to_owned();
        app.advance(Span::seconds(5));
        let again = browser.get(&request.path()).location().to_owned();
        assert_eq!(first, again, "{prompt}");
        let other = request.with("state", "another");
        assert_ne!(browser.get(&other.path()).location(), first, "{prompt}");
    }
}
