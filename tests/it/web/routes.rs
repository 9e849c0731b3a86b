//! Every route, without a session: what is not listed here fails.

use signet::model::AdminRole;

use crate::app::TestApp;
use crate::store::engines::{EngineKind, TestDatabase, rows};

/// What somebody without a session gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gets {
    /// It is for everybody.
    Content,
    /// The way to sign in.
    SignIn,
    /// Itself, by GET.
    ByGet,
    /// A refusal of this status.
    Refused(u16),
}

const ROUTES: [(&str, &str, Gets); 110] = [
    ("GET", "/", Gets::SignIn),
    ("GET", "/start", Gets::SignIn),
    ("GET", "/account", Gets::SignIn),
    ("GET", "/account/password", Gets::SignIn),
    ("POST", "/account/password", Gets::Refused(400)),
    ("GET", "/account/recovery-codes", Gets::SignIn),
    ("POST", "/account/recovery-codes", Gets::Refused(400)),
    ("GET", "/account/new/{kind}", Gets::Refused(404)),
    ("POST", "/account/new/{kind}", Gets::Refused(400)),
    ("GET", "/account/new-app", Gets::SignIn),
    ("POST", "/account/new-app", Gets::Refused(400)),
    ("GET", "/account/devices/{id}", Gets::Refused(404)),
    ("POST", "/account/devices/{id}/{act}", Gets::Refused(400)),
    ("GET", "/start/", Gets::SignIn),
    ("GET", "/account/roles", Gets::Refused(404)),
    ("POST", "/account/roles/mark", Gets::Refused(400)),
    ("GET", "/account/email", Gets::SignIn),
    ("POST", "/account/email", Gets::Refused(400)),
    ("GET", "/account/email/{token}", Gets::Refused(410)),
    ("POST", "/account/email/{token}", Gets::Refused(400)),
    ("GET", "/account/pass", Gets::SignIn),
    ("POST", "/account/pass", Gets::Refused(400)),
    ("GET", "/account/activity", Gets::SignIn),
    ("GET", "/account/applications", Gets::SignIn),
    ("POST", "/account/applications", Gets::Refused(400)),
    ("GET", "/account/export", Gets::SignIn),
    ("GET", "/account/look", Gets::SignIn),
    ("POST", "/account/look", Gets::Refused(400)),
    ("GET", "/admin/people/import", Gets::SignIn),
    ("POST", "/admin/people/import", Gets::SignIn),
    ("GET", "/admin/protection", Gets::SignIn),
    ("POST", "/admin/protection", Gets::SignIn),
    ("POST", "/admin/people/{id}/leaving", Gets::SignIn),
    ("POST", "/account/sessions/revoke", Gets::Refused(400)),
    (
        "POST",
        "/account/sessions/revoke-others",
        Gets::Refused(400),
    ),
    ("GET", "/admin", Gets::SignIn),
    ("GET", "/admin/people", Gets::SignIn),
    ("GET", "/admin/people/invite", Gets::SignIn),
    ("POST", "/admin/people/invite", Gets::Refused(400)),
    ("GET", "/admin/people/{id}", Gets::SignIn),
    ("GET", "/admin/people/{id}/leaving", Gets::SignIn),
    ("GET", "/admin/people/{id}/details", Gets::SignIn),
    ("POST", "/admin/people/{id}/details", Gets::SignIn),
    ("POST", "/admin/people/{id}/{act}", Gets::Refused(400)),
    ("GET", "/admin/groups", Gets::SignIn),
    ("POST", "/admin/groups", Gets::Refused(400)),
    ("GET", "/admin/groups/{id}", Gets::SignIn),
    ("POST", "/admin/groups/{id}/{act}", Gets::SignIn),
    ("GET", "/admin/portal", Gets::SignIn),
    ("POST", "/admin/portal", Gets::SignIn),
    ("GET", "/admin/audit", Gets::SignIn),
    ("GET", "/admin/policies", Gets::SignIn),
    ("POST", "/admin/policies", Gets::SignIn),
    ("GET", "/admin/aws", Gets::SignIn),
    ("POST", "/admin/aws", Gets::SignIn),
    ("GET", "/admin/aws/sets/new", Gets::SignIn),
    ("POST", "/admin/aws/sets", Gets::SignIn),
    ("GET", "/admin/aws/sets/{id}", Gets::SignIn),
    ("POST", "/admin/aws/sets/{id}/{act}", Gets::SignIn),
    ("GET", "/admin/aws/assign", Gets::SignIn),
    ("POST", "/admin/aws/assign", Gets::SignIn),
    ("GET", "/admin/aws/roles", Gets::SignIn),
    ("GET", "/admin/aws/access", Gets::SignIn),
    ("GET", "/admin/aws/accounts/{id}", Gets::SignIn),
    ("GET", "/admin/aws/accounts/{id}/roles", Gets::SignIn),
    ("POST", "/admin/aws/accounts/{id}/{act}", Gets::SignIn),
    ("GET", "/admin/traces", Gets::SignIn),
    ("GET", "/admin/traces/{id}", Gets::SignIn),
    ("GET", "/signout", Gets::Content),
    ("POST", "/signout", Gets::Refused(400)),
    ("GET", "/invite/{token}", Gets::Refused(410)),
    ("POST", "/invite/{token}", Gets::Refused(400)),
    ("GET", "/signin/{id}", Gets::Refused(404)),
    ("POST", "/signin/{id}/password", Gets::Refused(400)),
    ("POST", "/signin/{id}/code", Gets::Refused(400)),
    ("GET", "/signin/{id}/recovery-code", Gets::Refused(404)),
    ("POST", "/signin/{id}/recovery-code", Gets::Refused(400)),
    ("GET", "/signin/{id}/pass", Gets::Refused(404)),
    ("POST", "/signin/{id}/pass", Gets::Refused(400)),
    ("POST", "/signin/{id}/passkey", Gets::Refused(400)),
    ("POST", "/signin/{id}/add-passkey", Gets::Refused(400)),
    ("POST", "/signin/{id}/set-password", Gets::Refused(400)),
    ("POST", "/signin/{id}/confirm", Gets::Refused(400)),
    ("POST", "/signin/{id}/decline", Gets::Refused(400)),
    ("GET", "/saml/metadata", Gets::Content),
    ("GET", "/saml/sso", Gets::Refused(400)),
    ("POST", "/saml/sso", Gets::Refused(400)),
    ("GET", "/saml/start/{app}", Gets::Refused(404)),
    ("GET", "/aws/console", Gets::Refused(400)),
    ("GET", "/aws/command-line", Gets::Refused(400)),
    ("POST", "/aws/command-line", Gets::Refused(400)),
    ("POST", "/signin/{id}/consent", Gets::Refused(400)),
    ("GET", "/.well-known/openid-configuration", Gets::Content),
    (
        "GET",
        "/.well-known/oauth-authorization-server",
        Gets::Content,
    ),
    ("GET", "/oauth2/jwks", Gets::Content),
    ("GET", "/oauth2/authorize", Gets::Refused(400)),
    ("POST", "/oauth2/authorize", Gets::Refused(400)),
    ("POST", "/oauth2/token", Gets::Refused(400)),
    ("GET", "/oauth2/userinfo", Gets::Refused(401)),
    ("POST", "/oauth2/userinfo", Gets::Refused(401)),
    ("POST", "/oauth2/introspect", Gets::Refused(400)),
    ("POST", "/oauth2/revoke", Gets::Refused(400)),
    ("GET", "/oauth2/end_session", Gets::Content),
    ("POST", "/oauth2/end_session", Gets::ByGet),
    ("GET", "/api/v1/aws/roles", Gets::Refused(401)),
    ("POST", "/api/v1/aws/assertions", Gets::Refused(401)),
    ("POST", "/api/v1/aws/credentials", Gets::Refused(401)),
    ("GET", "/api/v1/users", Gets::Refused(401)),
    ("POST", "/api/v1/invitations", Gets::Refused(401)),
    ("GET", "/api/v1/traces", Gets::Refused(401)),
];
/// Answered by the same handler as any unknown path where the name is none of ours.
const STATIC: (&str, &str) = ("GET", "/static/{name}");

/// The routes as the source lists them: constants resolved.
fn routes_in_the_source() -> Vec<(String, String)> {
    let source =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/routes.rs")).unwrap();
    let constant = |name: &str| {
        let mark = format!("pub const {name}: &str = \"");
        let (_, rest) = source.split_once(&mark).expect(name);
        rest.split('"').next().unwrap().to_owned()
    };
    source
        .split(".route(")
        .skip(1)
        .map(|call| {
            let (path, rest) = call.split_once(',').unwrap();
            let path = path.trim();
            let path = match path.strip_prefix('"') {
                Some(literal) => literal.trim_end_matches('"').to_owned(),
                None => constant(path),
            };
            let method = rest
                .split_once("web::")
                .unwrap()
                .1
                .split('(')
                .next()
                .unwrap();
            (method.to_uppercase(), path)
        })
        .collect()
}

#[test]
fn every_route_is_listed_here() {
    let found = routes_in_the_source();
    assert!(found.len() > 20, "{found:?}");
    for (method, path) in &found {
        let listed = ROUTES.iter().any(|(m, p, _)| m == method && p == path)
            || (method.as_str(), path.as_str()) == STATIC;
        assert!(listed, "{method} {path} is not in ROUTES");
    }
    assert_eq!(found.len(), ROUTES.len() + 1);
}

#[test]
fn without_a_session_nothing_is_had() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    for (method, path, gets) in ROUTES {
        let path = path
            .replace("{token}", "x")
            .replace("{id}", "x")
            .replace("{app}", "x")
            .replace("{act}", "state");
        let answer = app.browser().send(method, &path);
        let got = match answer.status {
            200 => Gets::Content,
            303 if answer.location().starts_with("/signin/") => Gets::SignIn,
            303 if answer.location() == format!("{path}?") => Gets::ByGet,
            status => Gets::Refused(status),
        };
        // A form that cannot be read is 400, 411, 413 or 415 by the framework.
        let same = got == gets
            || matches!((got, gets), (Gets::Refused(a), Gets::Refused(b)) if a / 100 == 4 && b == 400);
        assert!(same, "{method} {path}: {got:?}");
    }
}

#[test]
fn other_methods_are_refused() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        for path in ["/", "/saml/sso", "/account", "/saml/metadata"] {
            let status = app.browser().send(method, path).status;
            assert!((400..500).contains(&status), "{method} {path}: {status}");
        }
    }
}

/// Every page and form of the console, for each role and for whoever has none: pages open to every role and to nobody else,
/// and no form of an auditor changes anything.
#[test]
fn each_route_of_the_console_for_each_role() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let group = app.group("Developers", &[&alice]);
    let role = app.aws_role(&alice);
    for (name, admin_role) in AdminRole::ALL
        .iter()
        .enumerate()
        .map(|(n, role)| (format!("p{n}"), *role))
    {
        let person = app.person_with(&name, admin_role);
        let mut browser = app.browser();
        browser.sign_in(&app, &person);
        let csrf = browser.open("/account/look").field("csrf").unwrap();
        let count = || {
            let changes = "SELECT COUNT(*) AS n FROM audit_records WHERE kind LIKE '%.created' OR kind LIKE '%.updated' OR
                kind LIKE '%.deleted' OR kind LIKE '%.issued' OR kind LIKE '%.set' OR kind LIKE '%.added' OR kind LIKE '%.removed'
                OR kind = 'user.disabled' OR kind = 'user.suspended'";
            rows(db.store(), changes, Vec::new())[0].int("n").unwrap()
        };
        let before = count();
        for (method, path, _) in ROUTES
            .iter()
            .filter(|(_, path, _)| path.starts_with("/admin"))
        {
            let id = match *path {
                path if path.starts_with("/admin/people/") => alice.id.to_string(),
                path if path.starts_with("/admin/groups/") => group.id.to_string(),
                path if path.starts_with("/admin/aws/sets/") => role.permission_set_id.to_string(),
                path if path.starts_with("/admin/aws/accounts/") => role.account_id.to_string(),
                _ => "t0".to_owned(),
            };
            let act = if path.contains("/people/") {
                "factors"
            } else {
                "change"
            };
            let path = path.replace("{id}", &id).replace("{act}", act);
            let answer = match *method {
                "GET" => browser.open(&path),
                _ if admin_role == AdminRole::Administrator => continue,
                _ => {
                    let fields = [("csrf", csrf.as_str()), ("value", "x"), ("name", "x")];
                    browser.post(&path, &fields)
                }
            };
            let status = answer.status;
            match (*method, admin_role) {
                ("GET", AdminRole::None) => assert_eq!(status, 403, "{path}"),
                ("GET", _) => assert!([200, 404].contains(&status), "{path}: {status}"),
                (_, AdminRole::None | AdminRole::Auditor) => {
                    assert!(
                        [303, 400, 403, 404, 422].contains(&status),
                        "{path}: {status}"
                    );
                }
                _ => assert!(status < 500, "{path}: {status}"),
            }
        }
        if matches!(admin_role, AdminRole::None | AdminRole::Auditor) {
            assert_eq!(count(), before, "{admin_role:?} has changed something");
        }
    }
}
