//! What clients are refused, and that nothing comes of it.

use serde_json::json;
use signet::model::{AppState, Application, Span};

use crate::app::clients::{Authorize, CALLBACK, ClientApp, VERIFIER, claims, returned};
use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(of_two_redeems_at_once_one_wins,);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

/// Many threads redeem one code, and then one refresh token: at most one has tokens that work afterwards.
fn of_two_redeems_at_once_one_wins(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = Authorize::of(&rp).with("scope", "openid offline_access");
    let code = browser.code(&request);
    let tokens = app.browser().redeem(&rp, &code).json();
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| app.browser().refresh(&rp, &refresh)))
            .collect();
        running.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let got: Vec<String> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .map(|answer| answer.json()["refresh_token"].as_str().unwrap().to_owned())
        .collect();
    assert!(!got.is_empty());
    // Of all that were given within the grace one is the family's: using it works once, and any other ends everything.
    app.clock.advance(Span::seconds(60));
    let works = got
        .iter()
        .filter(|token| app.browser().refresh(&rp, token).status == 200)
        .count();
    assert!(works <= 1, "{works} of {} refresh tokens work", got.len());
}

#[test]
fn nothing_is_redirected_before_client_and_redirect_uri_are_known() {
    let db = memory();
    let app = TestApp::start(&db);
    let rp = app.client("rp", |_| {});
    let good = Authorize::of(&rp);
    for request in [
        good.clone().with("client_id", "unknown"),
        good.clone().without("client_id"),
        good.clone().again("client_id", "rp"),
        good.clone().without("redirect_uri"),
        good.clone()
            .with("redirect_uri", "https://rp.example/callback/"),
        good.clone()
            .with("redirect_uri", "https://rp.example/callback?x=1"),
        good.clone()
            .with("redirect_uri", "https://rp.example/callback#x"),
        good.clone()
            .with("redirect_uri", "https://rp.example/callback/..;/x"),
        good.clone()
            .with("redirect_uri", "https://RP.example/callback"),
        good.clone()
            .with("redirect_uri", "https://rp.example@evil.example/callback"),
        good.clone()
            .with("redirect_uri", "http://127.0.0.1:1234/callback"),
        good.clone().with("redirect_uri", "javascript:alert(1)"),
        good.clone().again("redirect_uri", CALLBACK),
    ] {
        let answer = app.browser().get(&request.path());
        assert_eq!(answer.status, 400, "{}: {}", request.path(), answer.body);
        assert!(answer.header("location").is_none());
    }
}

#[test]
fn what_breaks_a_rule_is_told_to_the_client_by_its_name() {
    let db = memory();
    let app = TestApp::start(&db);
    let rp = app.client("rp", |rp| rp["resources"] = json!(["https://api.example/"]));
    let good = Authorize::of(&rp);
    for (request, error) in [
        (good.clone().without("response_type"), "invalid_request"),
        (
            good.clone().with("response_type", "token"),
            "unsupported_response_type",
        ),
        (good.clone().without_pkce(), "invalid_request"),
        (
            good.clone().with("code_challenge_method", "plain"),
            "invalid_request",
        ),
        (
            good.clone().without("code_challenge_method"),
            "invalid_request",
        ),
        (
            good.clone().with("request", "e30.e30."),
            "request_not_supported",
        ),
        (
            good.clone().with("request_uri", "https://rp.example/r"),
            "request_uri_not_supported",
        ),
        (good.clone().with("prompt", "none login"), "invalid_request"),
        (good.clone().with("max_age", "-1"), "invalid_request"),
        (good.clone().again("scope", "openid"), "invalid_request"),
        (
            good.clone().with("resource", "https://other.example/"),
            "invalid_target",
        ),
    ] {
        let back = returned(&app.browser().get(&request.path()));
        assert_eq!(back["error"], error, "{}", request.path());
        assert!(back.contains_key("iss") && !back.contains_key("code"));
    }
}

#[test]
fn a_code_is_for_its_client_its_redirect_uri_and_its_verifier() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let rp = app.client("rp", |_| {});
    let other = app.client("other", |_| {});
    let loose = app.client("loose", |rp| rp["require_pkce"] = json!(false));
    for client in [&rp, &other, &loose] {
        app.assign_client(client, &alice);
    }
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let redeem = |client: &ClientApp, code: &str, change: &[(&str, &str)]| {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in change {
            fields.retain(|(n, _)| n != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        app.browser().token(client, &fields)
    };
    let wrong = "a".repeat(43);
    for change in [
        [("code_verifier", wrong.as_str())],
        [("code_verifier", "")],
        [("redirect_uri", "https://rp.example/other")],
        [("redirect_uri", "")],
    ] {
        let code = browser.code(&Authorize::of(&rp));
        assert_eq!(
            redeem(&rp, &code, &change).error(),
            "invalid_grant",
            "{change:?}"
        );
        assert_eq!(
            redeem(&rp, &code, &[]).error(),
            "invalid_grant",
            "a refused code is used up"
        );
    }
    let code = browser.code(&Authorize::of(&rp));
    assert_eq!(redeem(&other, &code, &[]).error(), "invalid_grant");
    // A verifier where no challenge was sent is a downgrade (RFC 9700, section 4.8.2).
    let request = Authorize::of(&loose).without_pkce();
    let code = browser.code(&request);
    assert_eq!(redeem(&loose, &code, &[]).error(), "invalid_grant");
    let code = browser.code(&request);
    assert_eq!(redeem(&loose, &code, &[("code_verifier", "")]).status, 200);
    let code = browser.code(&Authorize::of(&rp));
    app.clock.advance(Span::seconds(61));
    assert_eq!(redeem(&rp, &code, &[]).error(), "invalid_grant");
}

#[test]
fn a_client_must_prove_itself_as_it_is_registered() {
    let db = memory();
    let app = TestApp::start(&db);
    let rp = app.client("rp", |_| {});
    let public = app.client("app", |rp| {
        rp["token_endpoint_auth_method"] = json!("none");
        rp["application_type"] = json!("native");
        rp["redirect_uris"] = json!(["http://127.0.0.1/callback"]);
    });
    let ask = |fields: &[(&str, &str)], basic: Option<(&str, &str)>| {
        let mut client = app.browser();
        if let Some((id, secret)) = basic {
            client.headers.push(crate::app::clients::basic(id, secret));
        }
        let mut all = vec![("grant_type", "authorization_code"), ("code", "x")];
        all.extend_from_slice(fields);
        client.post("/oauth2/token", &all)
    };
    let secret = rp.secret.as_str();
    for (fields, basic) in [
        (vec![("client_id", "rp")], None),
        (vec![("client_id", "rp"), ("client_secret", "wrong")], None),
        (
            vec![("client_id", "unknown"), ("client_secret", secret)],
            None,
        ),
        (vec![], Some(("rp", secret))),
        (
            vec![
                ("client_id", public.client_id.as_str()),
                ("client_secret", secret),
            ],
            None,
        ),
    ] {
        let answer = ask(&fields, basic);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (401, "invalid_client"),
            "{fields:?}"
        );
        assert!(answer.header("www-authenticate").is_some());
        assert!(!answer.body.contains(secret));
    }
    let good = ask(&[("client_id", "rp"), ("client_secret", secret)], None);
    assert_eq!((good.status, good.error().as_str()), (400, "invalid_grant"));
    let both = ask(
        &[("client_id", "rp"), ("client_secret", secret)],
        Some(("rp", secret)),
    );
    assert_eq!(both.status, 400);
}

type Change = fn(&TestApp, &Person, &ClientApp);

const CHANGES: [(&str, Change); 4] = [
    ("disabled person", |app, person, _| app.disable(person)),
    ("disabled client", |app, _, rp| {
        let id = &rp.application.id;
        let before = wait(app.services.apps.application(id)).unwrap().unwrap();
        let changed = Application {
            state: AppState::Disabled,
            ..before
        };
        wait(app.services.apps.update(&app.op(), changed)).unwrap();
    }),
    ("ended assignment", |app, person, rp| {
        let assignment = signet::model::AppAssignment {
            app_id: rp.application.id.clone(),
            principal: signet::model::Principal::User(person.id.clone()),
        };
        assert!(wait(app.services.apps.unassign(&app.op(), assignment)).unwrap());
    }),
    ("grant types taken away", |app, _, rp| {
        app.change_client(rp, |client| {
            client.grant_types = vec![signet::model::GrantType::ClientCredentials];
            client.scopes = vec!["orders".into()];
        });
    }),
];

#[test]
fn a_right_that_is_withdrawn_between_any_two_steps_stops_the_next() {
    for (name, change) in CHANGES {
        let db = memory();
        let app = TestApp::start(&db);
        let alice = app.person("alice");
        let rp = app.client("rp", |_| {});
        app.assign_client(&rp, &alice);
        let mut browser = app.browser();
        browser.sign_in(&app, &alice);
        let request = Authorize::of(&rp).with("scope", "openid offline_access");
        let code = browser.code(&request);
        let tokens = app.browser().redeem(&rp, &browser.code(&request)).json();
        assert!(claims(&tokens["id_token"])["sub"].is_string());
        change(&app, &alice, &rp);
        let refused = app.browser().redeem(&rp, &code);
        assert!(refused.status >= 400, "{name}: a code was redeemed");
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let refused = app.browser().refresh(&rp, refresh);
        assert!(refused.status >= 400, "{name}: refreshed");
        let access = tokens["access_token"].as_str().unwrap();
        if name != "grant types taken away" {
            let info = app.browser().get_with("/oauth2/userinfo", access);
            assert_eq!(info.status, 401, "{name}: userinfo");
        }
        let answer = browser.open_until_left(&request.path());
        assert!(
            !answer
                .header("location")
                .is_some_and(|l| l.contains("code=")),
            "{name}"
        );
    }
}

#[test]
fn a_new_password_ends_what_was_granted_for_longer_than_a_session() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let rp = app.client("rp", |_| {});
    app.assign_client(&rp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = Authorize::of(&rp).with("scope", "openid offline_access");
    let tokens = app.browser().redeem(&rp, &browser.code(&request)).json();
    app.set_password(&alice.id, "another long passphrase");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(app.browser().refresh(&rp, refresh).error(), "invalid_grant");
    let access = tokens["access_token"].as_str().unwrap();
    let info = app.browser().get_with("/oauth2/userinfo", access);
    assert_eq!(info.status, 401);
}

#[test]
fn an_id_token_is_no_access_token_and_a_changed_token_is_nothing() {
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
    let access = tokens["access_token"].as_str().unwrap();
    let id = tokens["id_token"].as_str().unwrap();
    let cut = &access[..access.len() - 1];
    for token in [id, cut, "x"] {
        let answer = app.browser().get_with("/oauth2/userinfo", token);
        assert_eq!(answer.status, 401, "{token}");
    }
    let answer = app.browser().get_with("/api/v1/aws/roles", access);
    assert_eq!(
        (answer.status, answer.json()["code"].as_str().unwrap()),
        (403, "insufficient_scope")
    );
}
