//! Faults of clients.

use serde_json::{Value, json};
use signet::model::{AppState, Application, Span};

use super::{Fault, World};
use crate::app::clients::{Authorize, CALLBACK, ClientApp, SIGNED_OUT, VERIFIER, basic};
use crate::keys_audit::wait;
use crate::oauth::keys::{forge, p256, stranger};

/// A client with alice assigned.
fn client(world: &World<'_>, id: &str, change: impl FnOnce(&mut Value)) -> ClientApp {
    let client = world.app.client(id, change);
    world.app.assign_client(&client, &world.alice);
    client
}

/// Seeds a fault by one authorization request that is right in everything else.
fn ask(world: &World<'_>, id: &str, change: impl FnOnce(Authorize) -> Authorize) {
    let client = client(world, id, |_| {});
    world
        .browser()
        .open_until_left(&change(Authorize::of(&client)).path());
}

fn code(world: &World<'_>, client: &ClientApp) -> String {
    world
        .browser()
        .code(&Authorize::of(client).with("scope", "openid offline_access"))
}

/// The token request of a code, with some fields other than they should be.
fn redeem(world: &World<'_>, client: &ClientApp, code: &str, other: (&'static str, &str)) {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    for field in &mut fields {
        if field.0 == other.0 {
            field.1 = other.1;
        }
    }
    assert_ne!(world.app.browser().token(client, &fields).status, 200);
}

/// A client that signs, and its assertion with some claims other than they should be.
fn assertion(world: &World<'_>, id: &str, change: impl FnOnce(&mut Value), by_a_stranger: bool) {
    let client = client(world, id, |rp| {
        rp["token_endpoint_auth_method"] = json!("private_key_jwt");
        rp["grant_types"] = json!(["client_credentials"]);
        rp["scopes"] = json!(["jobs"]);
        rp["jwks"] = json!(json!({"keys": [p256().jwk()]}).to_string());
    });
    let now = world.app.clock.now().as_seconds();
    let mut claims = json!({
        "iss": id, "sub": id, "aud": "https://id.example.com", "jti": id, "iat": now, "exp": now + 60,
    });
    change(&mut claims);
    let key = if by_a_stranger { stranger() } else { p256() };
    let header = json!({"alg": "ES256", "kid": p256().id}).to_string();
    let answer = world.app.browser().token(
        &client,
        &[
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            (
                "client_assertion",
                &forge(&header, &claims.to_string(), key),
            ),
        ],
    );
    assert_eq!(answer.status, 401, "{}", answer.body);
}

pub(super) const FAULTS: [Fault; 28] = [
    Fault {
        name: "client id with a letter wrong",
        rule: "unknown_client",
        says: "the nearest registered one is wiki-client",
        seed: |world| ask(world, "wiki-client", |r| r.with("client_id", "wiki-clent")),
    },
    Fault {
        name: "client switched off",
        rule: "client_disabled",
        says: "is disabled",
        seed: |world| {
            let client = client(world, "off", |_| {});
            let off = Application {
                state: AppState::Disabled,
                ..client.application.clone()
            };
            wait(world.app.services.apps.update(&world.app.op(), off)).unwrap();
            world
                .browser()
                .open_until_left(&Authorize::of(&client).path());
        },
    },
    Fault {
        name: "redirect URI with a slash too many",
        rule: "redirect_uri",
        says: "differs in the slash at its end",
        seed: |world| {
            ask(world, "slash", |r| {
                r.with("redirect_uri", &format!("{CALLBACK}/"))
            })
        },
    },
    Fault {
        name: "redirect URI of another host",
        rule: "redirect_uri",
        says: "which is not registered",
        seed: |world| {
            ask(world, "host", |r| {
                r.with("redirect_uri", "https://staging.example/callback")
            })
        },
    },
    Fault {
        name: "no redirect URI",
        rule: "redirect_uri",
        says: "has no redirect_uri",
        seed: |world| ask(world, "none", |r| r.without("redirect_uri")),
    },
    Fault {
        name: "scope that is not registered",
        rule: "invalid_scope",
        says: "phone",
        seed: |world| {
            let client = client(world, "scope", |rp| rp["scopes"] = json!(["openid"]));
            let request = Authorize::of(&client).with("scope", "openid phone");
            world.browser().open_until_left(&request.path());
        },
    },
    Fault {
        name: "implicit flow",
        rule: "unsupported_response_type",
        says: "response_type must be code",
        seed: |world| {
            ask(world, "implicit", |r| {
                r.with("response_type", "id_token token")
            })
        },
    },
    Fault {
        name: "no PKCE",
        rule: "pkce",
        says: "code_challenge is missing",
        seed: |world| {
            ask(world, "nopkce", |r| {
                r.without("code_challenge").without("code_challenge_method")
            });
        },
    },
    Fault {
        name: "request object",
        rule: "request_not_supported",
        says: "request objects are not supported",
        seed: |world| ask(world, "jar", |r| r.with("request", "e30.e30.")),
    },
    Fault {
        name: "resource that is not registered",
        rule: "invalid_target",
        says: "https://other.example/ is not among",
        seed: |world| {
            ask(world, "resource", |r| {
                r.with("resource", "https://other.example/")
            })
        },
    },
    Fault {
        name: "not assigned",
        rule: "not_assigned",
        says: "alice is not assigned to Client unassigned",
        seed: |world| {
            let client = world.app.client("unassigned", |_| {});
            world
                .browser()
                .open_until_left(&Authorize::of(&client).path());
        },
    },
    Fault {
        name: "nobody there to be silent about",
        rule: "no_passive",
        says: "forbids asking the person",
        seed: |world| {
            let client = client(world, "silent", |_| {});
            let request = Authorize::of(&client).with("prompt", "none");
            world.app.browser().open_until_left(&request.path());
        },
    },
    Fault {
        name: "wrong secret",
        rule: "client_secret",
        says: "a secret that is none of its secrets",
        seed: |world| {
            let mut client = client(world, "secret", |_| {});
            client.secret.push('x');
            redeem(world, &client, "code", ("", ""));
        },
    },
    Fault {
        name: "another authentication method",
        rule: "client_auth_method",
        says: "by client_secret_basic, and Client method is registered with client_secret_post",
        seed: |world| {
            let client = client(world, "method", |_| {});
            let mut machine = world.app.browser();
            machine.headers.push(basic("method", &client.secret));
            machine.post("/oauth2/token", &[("grant_type", "client_credentials")]);
        },
    },
    Fault {
        name: "assertion for the token endpoint",
        rule: "client_assertion_claims",
        says: "aud must be the issuer",
        seed: |world| {
            assertion(
                world,
                "aud",
                |c| c["aud"] = json!("https://id.example.com/oauth2/token"),
                false,
            );
        },
    },
    Fault {
        name: "assertion of a clock that is behind",
        rule: "client_assertion_claims",
        says: "has expired",
        seed: |world| {
            assertion(
                world,
                "late",
                |c| c["exp"] = json!(c["exp"].as_i64().unwrap() - 600),
                false,
            );
        },
    },
    Fault {
        name: "assertion by another key",
        rule: "client_assertion_signature",
        says: "no registered key of Client key verifies",
        seed: |world| assertion(world, "key", |_| {}, true),
    },
    Fault {
        name: "code redeemed twice",
        rule: "code_used",
        says: "redeemed one code twice",
        seed: |world| {
            let client = client(world, "twice", |_| {});
            let code = code(world, &client);
            assert_eq!(world.app.browser().redeem(&client, &code).status, 200);
            redeem(world, &client, &code, ("", ""));
        },
    },
    Fault {
        name: "code redeemed late",
        rule: "code_unknown",
        says: "the code has expired",
        seed: |world| {
            let client = client(world, "late-code", |_| {});
            let code = code(world, &client);
            world.app.clock.advance(Span::seconds(90));
            redeem(world, &client, &code, ("", ""));
        },
    },
    Fault {
        name: "cut code",
        rule: "code_unknown",
        says: "none of ours",
        seed: |world| {
            let client = client(world, "cut-code", |_| {});
            let code = code(world, &client);
            redeem(world, &client, &code[..code.len() - 1], ("", ""));
        },
    },
    Fault {
        name: "another redirect URI at the token endpoint",
        rule: "code_redirect_uri",
        says: "(https://rp.example/other) is not the one",
        seed: |world| {
            let client = client(world, "uri", |_| {});
            let code = code(world, &client);
            redeem(
                world,
                &client,
                &code,
                ("redirect_uri", "https://rp.example/other"),
            );
        },
    },
    Fault {
        name: "verifier of another sign-in",
        rule: "pkce",
        says: "code_verifier does not belong",
        seed: |world| {
            let client = client(world, "verifier", |_| {});
            let code = code(world, &client);
            redeem(world, &client, &code, ("code_verifier", &"v".repeat(43)));
        },
    },
    Fault {
        name: "code of another client",
        rule: "code_client",
        says: "given to another client",
        seed: |world| {
            let client_of_code = client(world, "one", |_| {});
            let other = client(world, "two", |_| {});
            let code = code(world, &client_of_code);
            redeem(world, &other, &code, ("", ""));
        },
    },
    Fault {
        name: "refresh token used again",
        rule: "refresh_token_reused",
        says: "used a refresh token again",
        seed: |world| {
            let client = client(world, "refresh", |_| {});
            let code = code(world, &client);
            let tokens = world.app.browser().redeem(&client, &code).json();
            let token = tokens["refresh_token"].as_str().unwrap();
            let next = world.app.browser().refresh(&client, token).json();
            let next = next["refresh_token"].as_str().unwrap();
            assert_eq!(world.app.browser().refresh(&client, next).status, 200);
            world.app.clock.advance(Span::seconds(60));
            assert_eq!(world.app.browser().refresh(&client, token).status, 400);
        },
    },
    Fault {
        name: "refresh token of another client",
        rule: "refresh_token_client",
        says: "given to another client",
        seed: |world| {
            let client_of_token = client(world, "mine", |_| {});
            let other = client(world, "theirs", |_| {});
            let code = code(world, &client_of_token);
            let tokens = world.app.browser().redeem(&client_of_token, &code).json();
            let token = tokens["refresh_token"].as_str().unwrap();
            assert_eq!(world.app.browser().refresh(&other, token).status, 400);
        },
    },
    Fault {
        name: "grant type that is not registered",
        rule: "grant_type_of_client",
        says: "without the grant type refresh_token",
        seed: |world| {
            let client = client(world, "grant", |rp| {
                rp["grant_types"] = json!(["authorization_code"])
            });
            assert_eq!(world.app.browser().refresh(&client, "any").status, 400);
        },
    },
    Fault {
        name: "sign-out to an unregistered address",
        rule: "post_logout_redirect_uri",
        says: "differs in the slash at its end",
        seed: |world| {
            let client = client(world, "out", |_| {});
            let code = code(world, &client);
            let tokens = world.app.browser().redeem(&client, &code).json();
            let hint = tokens["id_token"].as_str().unwrap();
            let path = format!(
                "/oauth2/end_session?id_token_hint={hint}&post_logout_redirect_uri={SIGNED_OUT}/"
            );
            assert_eq!(world.browser().get(&path).status, 400);
        },
    },
    Fault {
        name: "dead access token",
        rule: "invalid_token",
        says: "the access token has expired",
        seed: |world| {
            let client = client(world, "dead", |_| {});
            let code = code(world, &client);
            let tokens = world.app.browser().redeem(&client, &code).json();
            let token = tokens["access_token"].as_str().unwrap();
            world.app.clock.advance(Span::hours(1));
            assert_eq!(
                world
                    .app
                    .browser()
                    .get_with("/oauth2/userinfo", token)
                    .status,
                401
            );
        },
    },
];
