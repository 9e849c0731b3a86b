//! What every answer and every form has in common: headers, tokens, sizes, addresses.

use signet::audit::PersonalFields;
use signet::model::Span;

use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, rows};

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

#[test]
fn every_page_says_what_browsers_must_not_do() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    let sign_in = browser.open("/");
    let portal = browser.sign_in(&app, &alice);
    let account = browser.get("/account");
    let error = browser.get("/nowhere");
    let mut nonces = std::collections::BTreeSet::new();
    for page in [sign_in, portal, account, error] {
        let policy = page.header("content-security-policy").unwrap();
        for directive in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(directive), "{directive} in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        let (_, nonce) = page.body.split_once("nonce=\"").unwrap();
        let (nonce, _) = nonce.split_once('"').unwrap();
        assert!(
            nonce.len() == 32 && nonces.insert(nonce.to_owned()),
            "{nonce}"
        );
        for kind in ["script-src", "style-src"] {
            let directive = format!("{kind} 'nonce-{nonce}';");
            assert!(policy.contains(&directive), "{directive} in {policy}");
        }
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(page.header(name), Some(value), "{name}");
        }
        assert_eq!(page.header("server"), None);
    }
}

#[test]
fn a_form_without_its_token_or_from_elsewhere_changes_nothing() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    let page = browser.open("/");
    let csrf = page.field("csrf").unwrap();
    let other = app.browser().open("/").field("csrf").unwrap();
    let action = page.action();
    let fields = |csrf: &'static str| [("csrf", csrf), ("user_name", "alice"), ("password", "x")];
    for wrong in ["", "00", "zz"] {
        browser
            .post(&action, &fields(wrong))
            .assert(403, "Nothing was changed");
    }
    let mut stranger = browser.clone();
    let foreign = [
        ("csrf", other.as_str()),
        ("user_name", "alice"),
        ("password", "x"),
    ];
    stranger
        .post(&action, &foreign)
        .assert(403, "Nothing was changed");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "https://id.example.com.evil.example"),
    ] {
        let mut browser = browser.clone();
        browser.headers.push((name, value.into()));
        let right = [
            ("csrf", csrf.as_str()),
            ("user_name", "alice"),
            ("password", "x"),
        ];
        browser
            .post(&action, &right)
            .assert(403, "Nothing was changed");
    }
    let counted = rows(db.store(), "SELECT failures FROM failure_counters", vec![]);
    assert!(counted.is_empty(), "a forged form was counted as a guess");

    browser
        .headers
        .push(("origin", "https://id.example.com".into()));
    browser
        .headers
        .push(("sec-fetch-site", "same-origin".into()));
    browser
        .complete(&app, &page, &alice)
        .assert(200, "sign-out");
    // A signed-in person's forms have a token of the session.
    let token = browser.get("/signout").field("csrf").unwrap();
    assert_ne!(token, csrf);
    browser
        .post("/signout", &[("csrf", &csrf)])
        .assert(403, "Nothing was changed");
    assert!(browser.is_signed_in());
}

/// It comes without the session's cookie, and its answer must not take the cookie away.
#[test]
fn a_form_from_elsewhere_signs_nobody_out() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    for path in ["/signout", "/oauth2/end_session"] {
        browser.post_from_elsewhere(path, &[("csrf", "x")]);
        assert!(browser.is_signed_in(), "{path}");
    }
}

#[test]
fn a_get_changes_nothing() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    browser.get("/signout").assert(200, "csrf");
    for path in [
        "/account/sessions/revoke",
        "/account/sessions/revoke-others",
    ] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
    assert!(browser.is_signed_in());
}

#[test]
fn what_is_too_large_or_no_form_is_refused() {
    let db = memory();
    let app = TestApp::start(&db);
    let mut browser = app.browser();
    let page = browser.open("/");
    let csrf = page.field("csrf").unwrap();
    let long = "x".repeat(20_000);
    let answer = browser.post(
        &page.action(),
        &[("csrf", &csrf), ("user_name", &long), ("password", "x")],
    );
    assert!([400, 413].contains(&answer.status), "{}", answer.status);
    let answer = browser.post_text(&page.action(), "application/json", "{}");
    assert!((400..500).contains(&answer.status), "{}", answer.status);
    let answer = browser.post_text(
        &page.action(),
        "application/x-www-form-urlencoded",
        "csrf=%ff%fe",
    );
    assert!((400..500).contains(&answer.status), "{}", answer.status);
}

#[test]
fn a_forwarded_address_is_believed_only_from_a_trusted_proxy() {
    let address = |trusted: bool, forwarded: &str| {
        let db = memory();
        let app = TestApp::with(&db, |settings| {
            if trusted {
                settings.trusted_proxies =
                    vec![signet::model::Network::parse("127.0.0.0/8").unwrap()];
            }
        });
        app.person("alice");
        let mut browser = app.browser();
        browser.headers.push(("x-forwarded-for", forwarded.into()));
        let page = browser.open("/");
        browser.submit_password(&page, "alice", "a wrong password");
        // The address stands sealed under the person's key.
        let mut out = Vec::new();
        let op = app.op();
        wait(
            app.services
                .audit
                .export(&op, PersonalFields::Opened, &mut out),
        )
        .unwrap();
        let text = String::from_utf8(out).unwrap();
        let mut refused = text
            .lines()
            .filter(|line| line.contains("sign_in.password_refused"));
        refused.next().unwrap().to_owned()
    };
    assert!(!address(false, "203.0.113.7").contains("203.0.113.7"));
    assert!(address(true, "203.0.113.7").contains("203.0.113.7"));
    // The client's own word comes first, and is not taken.
    let body = address(true, "198.51.100.1, 203.0.113.7");
    assert!(
        body.contains("203.0.113.7") && !body.contains("198.51.100.1"),
        "{body}"
    );
}

#[test]
fn beyond_the_queue_people_are_asked_to_come_back() {
    come_back("alice");
}

/// For nobody as much is hashed as for somebody: else the time, and here the queue, would say who there is.
#[test]
fn beyond_the_queue_nobody_is_asked_to_come_back_too() {
    come_back("nobody");
}

fn come_back(name: &str) {
    let db = memory();
    let app = TestApp::with(&db, |settings| {
        settings.hash_threads = 1;
        settings.hash_queue = 1;
    });
    app.person("alice");
    let answers: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..12)
            .map(|_| {
                scope.spawn(|| {
                    let mut browser = app.browser();
                    let page = browser.open("/");
                    browser.submit(&page, &[("user_name", name), ("password", "a wrong one")])
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let busy: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 503)
        .collect();
    assert!(!busy.is_empty());
    assert!(
        busy.iter()
            .all(|answer| answer.header("retry-after").is_some())
    );
    busy[0].assert(503, "Nothing is lost");
    // Whoever was sent away was not charged for a guess.
    let others = answers.len() - busy.len();
    let failures = rows(
        db.store(),
        "SELECT MAX(failures) AS most FROM failure_counters",
        vec![],
    );
    assert!(failures[0].int("most").unwrap() <= others as i64);
}

#[test]
fn the_management_listener_answers_health_and_nothing_else() {
    let db = memory();
    let app = TestApp::start(&db);
    let mut management = app.browser();
    management.at(app.management_address());
    management.get("/health/live").assert(200, "live");
    management.get("/health/ready").assert(200, "ready");
    assert_eq!(management.get("/").status, 404);
    assert_eq!(app.browser().get("/health/live").status, 404);
}

/// With a database that can only be read nobody signs in: a balancer sends people elsewhere.
#[test]
fn a_database_that_takes_no_writes_is_not_ready() {
    let db = TestDatabase::new(EngineKind::SqliteOnDisk);
    let app = TestApp::start(&db);
    let mut management = app.browser();
    management.at(app.management_address());
    let file = db.url_text();
    let other = rusqlite::Connection::open(file.trim_start_matches("sqlite:")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    management
        .get("/health/ready")
        .assert(503, "takes no writes");
    other.execute_batch("ROLLBACK").unwrap();
    management.get("/health/ready").assert(200, "ready");
}

#[test]
fn an_error_page_has_a_request_id_and_no_cause() {
    let db = memory();
    let app = TestApp::start(&db);
    let mut browser = app.browser();
    let first = browser.get("/nowhere/%3Cscript%3E");
    first.assert(404, "Request");
    assert!(!first.has("<script>"));
    app.clock.advance(Span::seconds(1));
    assert_ne!(first.body, browser.get("/nowhere/%3Cscript%3E").body);
}

#[test]
fn pages_speak_the_readers_language() {
    let db = memory();
    let app = TestApp::start(&db);
    let mut browser = app.browser();
    browser
        .headers
        .push(("accept-language", "fr, de-CH;q=0.8, en;q=0.5".into()));
    browser.open("/").assert(200, "lang=\"de\"");
    let mut browser = app.browser();
    browser.headers.push(("accept-language", "xx".into()));
    browser.open("/").assert(200, "lang=\"en\"");
}
