//! The API for programs: a token is decided about at every request, with whoever it acts for.

use serde_json::{Value, json};
use signet::model::{AdminRole, ApiScope, ApiToken, Span, UserState};

use crate::app::{Answer, Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine, rows};

on_every_engine!(
    people_are_listed_page_by_page,
    people_are_invited_in_the_owners_name,
    a_token_ends_with_its_time_its_revocation_and_its_owner,
);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn token(app: &TestApp<'_>, owner: &Person, scopes: &[ApiScope]) -> (ApiToken, String) {
    let credentials = &app.services.credentials;
    let (op, days) = (app.op(), Span::days(30));
    wait(credentials.create_api_token(&op, &owner.id, ("test", scopes), days)).unwrap()
}

fn get(app: &TestApp<'_>, path: &str, secret: &str) -> Answer {
    app.browser().get_with(path, secret)
}

fn invite(app: &TestApp<'_>, secret: &str, body: &Value) -> Answer {
    let mut browser = app.browser();
    browser.headers = vec![("authorization", format!("Bearer {secret}"))];
    browser.post_text("/api/v1/invitations", "application/json", &body.to_string())
}

fn code(answer: &Answer) -> (u16, String) {
    let problem = answer.json();
    (
        answer.status,
        problem["code"].as_str().unwrap_or_default().to_owned(),
    )
}

fn people_are_listed_page_by_page(db: &TestDatabase) {
    let app = TestApp::start(db);
    let carol = app.person_with("carol", AdminRole::Auditor);
    for name in ["Bob", "alice", "dora"] {
        app.user(name, AdminRole::None);
    }
    let (_, secret) = token(&app, &carol, &[ApiScope::UsersRead]);
    let mut seen = Vec::new();
    let mut path = "/api/v1/users?limit=2".to_owned();
    for _ in 0..3 {
        let page = get(&app, &path, &secret);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let page = page.json();
        for user in page["users"].as_array().unwrap() {
            seen.push(user["user_name"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/users?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["alice", "Bob", "carol", "dora"]);
    let first = get(&app, "/api/v1/users?limit=1", &secret).json();
    assert_eq!(first["users"][0]["state"], "active");
    // Nothing that proves anybody.
    assert!(!first.to_string().contains("argon2"), "{first}");
    assert_eq!(get(&app, "/api/v1/users?limti=1", &secret).status, 400);
}

fn people_are_invited_in_the_owners_name(db: &TestDatabase) {
    let app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    app.group("Developers", &[]);
    let (_, secret) = token(&app, &ada, &[ApiScope::UsersInvite]);
    let body = json!({"addresses": ["Dora <dora@example.com>", "nobody", "ada@example.com"], "groups": ["developers"]});
    let answer = invite(&app, &secret, &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let results = answer.json()["invitations"].clone();
    let outcomes: Vec<&str> = (0..3)
        .map(|n| results[n]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["link", "refused", "is_there"]);
    let link = results[0]["link"].as_str().unwrap();
    let path = &link[link.find("/invite/").unwrap()..];
    app.browser().get(path).assert(200, "Dora");
    let created = rows(
        db.store(),
        "SELECT body FROM audit_records WHERE kind = 'user.created' ORDER BY at DESC, body",
        Vec::new(),
    );
    let by_ada = created.iter().any(|row| {
        row.text("body")
            .unwrap()
            .contains(&format!("\"user\":\"{}\"", ada.id))
            || row.text("body").unwrap().contains(ada.id.as_str())
    });
    assert!(by_ada, "the record says who invited");

    for wrong in [
        json!({"addresses": []}),
        json!({"addresses": ["x@example.com"], "groups": ["nobody"]}),
    ] {
        assert_eq!(
            code(&invite(&app, &secret, &wrong)),
            (422, "invalid".into()),
            "{wrong}"
        );
    }
    for wrong in [
        json!({"addresses": ["x@example.com"], "days": 31}),
        json!({"addresses": ["x@example.com"], "role": "administrator"}),
        json!(["x@example.com"]),
    ] {
        assert_eq!(invite(&app, &secret, &wrong).status, 400, "{wrong}");
    }
    let there = wait(app.services.directory.user_by_name("x@example.com"));
    assert!(there.unwrap().is_none());
}

fn a_token_ends_with_its_time_its_revocation_and_its_owner(db: &TestDatabase) {
    let mut app = TestApp::start(db);
    let (ada, carol) = (
        app.person_with("ada", AdminRole::Administrator),
        app.person_with("carol", AdminRole::Auditor),
    );
    let read = |app: &TestApp<'_>, secret: &str| get(app, "/api/v1/users", secret).status;
    let (revoked, secret) = token(&app, &ada, &[ApiScope::UsersRead]);
    assert_eq!(read(&app, &secret), 200);
    let op = app.op();
    let credentials = app.services.credentials.clone();
    assert!(wait(credentials.revoke_api_token(&op, &revoked)).unwrap());
    assert!(!wait(credentials.revoke_api_token(&op, &revoked)).unwrap());
    assert_eq!(read(&app, &secret), 401);

    let (_, secret) = token(&app, &carol, &[ApiScope::UsersRead]);
    assert_eq!(read(&app, &secret), 200);
    // Whoever may do less now, may do less by every token.
    let directory = app.services.directory.clone();
    wait(directory.set_admin_role(&op, &carol.id, AdminRole::None)).unwrap();
    assert_eq!(
        code(&get(&app, "/api/v1/users", &secret)),
        (403, "denied".into())
    );
    wait(directory.set_admin_role(&op, &carol.id, AdminRole::Auditor)).unwrap();
    assert_eq!(read(&app, &secret), 200);
    // Who left comes back without their tokens.
    for state in [UserState::Suspended, UserState::Deactivated] {
        let (_, secret) = token(&app, &carol, &[ApiScope::UsersRead]);
        wait(directory.set_user_state(&op, &carol.id, state)).unwrap();
        assert_eq!(read(&app, &secret), 401);
        wait(directory.set_user_state(&op, &carol.id, UserState::Active)).unwrap();
        assert_eq!(read(&app, &secret), 401, "{state:?}");
    }
    let (_, secret) = token(&app, &ada, &[ApiScope::UsersRead]);
    app.advance(Span::days(30));
    assert_eq!(read(&app, &secret), 401);
}

#[test]
fn a_token_is_good_for_its_scopes_and_nothing_else() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let body = json!({"addresses": ["x@example.com"], "by_hand": true});
    for (scope, expected) in [
        (ApiScope::UsersRead, [200, 403, 403]),
        (ApiScope::UsersInvite, [403, 200, 403]),
        (ApiScope::TracesRead, [403, 403, 200]),
    ] {
        let (_, secret) = token(&app, &ada, &[scope]);
        let statuses = [
            get(&app, "/api/v1/users", &secret).status,
            invite(&app, &secret, &body).status,
            get(&app, "/api/v1/traces", &secret).status,
        ];
        assert_eq!(statuses, expected, "{scope:?}");
        let refused = get(&app, "/api/v1/aws/roles", &secret);
        assert_eq!(code(&refused), (401, "invalid_token".into()));
    }
    let (_, secret) = token(&app, &ada, &[ApiScope::TracesRead]);
    let refused = get(&app, "/api/v1/users", &secret);
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(challenge.contains("insufficient_scope"), "{challenge}");
    refused.assert(403, "users:read");
}

#[test]
fn an_auditor_reads_and_invites_nobody_and_a_session_is_no_token() {
    let db = memory();
    let app = TestApp::start(&db);
    let carol = app.person_with("carol", AdminRole::Auditor);
    let (_, secret) = token(&app, &carol, &ApiScope::ALL);
    assert_eq!(get(&app, "/api/v1/traces", &secret).status, 200);
    let body = json!({"addresses": ["x@example.com"]});
    assert_eq!(code(&invite(&app, &secret, &body)), (403, "denied".into()));
    let mut browser = app.browser();
    browser.sign_in(&app, &carol);
    assert_eq!(browser.get("/api/v1/users").status, 401);
}

#[test]
fn the_database_holds_no_token_and_remembers_its_use() {
    let db = memory();
    let mut app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let (_, secret) = token(&app, &ada, &ApiScope::ALL);
    assert!(secret.starts_with("signet_"), "{secret}");
    let stored = || {
        rows(
            db.store(),
            "SELECT token_hash, last_used_at FROM api_tokens",
            Vec::new(),
        )
        .remove(0)
    };
    assert_ne!(stored().text("token_hash").unwrap(), secret);
    assert_eq!(stored().opt_int("last_used_at").unwrap(), None);
    get(&app, "/api/v1/users", &secret);
    assert_eq!(
        stored().opt_time("last_used_at").unwrap(),
        Some(app.clock.now())
    );
    // To the hour: not every request is a write.
    let first = app.clock.now();
    app.advance(signet::model::Span::minutes(59));
    get(&app, "/api/v1/users", &secret);
    assert_eq!(stored().opt_time("last_used_at").unwrap(), Some(first));
    app.advance(signet::model::Span::minutes(1));
    get(&app, "/api/v1/users", &secret);
    let later = stored().opt_time("last_used_at").unwrap();
    assert_eq!(later, Some(app.clock.now()));
    for wrong in [
        "signet_",
        &secret[..secret.len() - 1],
        &format!("{secret}A"),
    ] {
        assert_eq!(get(&app, "/api/v1/users", wrong).status, 401, "{wrong}");
    }
}
