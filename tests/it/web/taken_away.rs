//! What was taken away gives nothing any more, also where it was granted to outlive a session.

use serde_json::{Value, json};

use crate::app::clients::{Authorize, ClientApp, claims};
use crate::app::{Browser, Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine};

on_every_engine!(
    signing_out_everywhere_else_ends_what_was_granted_there,
    a_session_that_is_ended_takes_what_was_granted_in_it_with_it,
    a_device_that_is_removed_takes_what_was_granted_elsewhere_with_it,
    a_scope_that_was_taken_from_a_client_is_in_no_token,
    what_was_granted_for_a_resource_that_is_gone_is_for_nobody,
);

/// Tokens that outlive the session in which a client was given them.
struct Tokens {
    rp: ClientApp,
    latest: Value,
}

impl Tokens {
    fn granted(app: &TestApp<'_>, id: &str, browser: &mut Browser, person: &Person) -> Self {
        let rp = app.client(id, |_| {});
        app.assign_client(&rp, person);
        let request = Authorize::of(&rp).with("scope", "openid email offline_access");
        let code = browser.code(&request);
        let latest = app.browser().redeem(&rp, &code).json();
        Self { rp, latest }
    }

    fn text(&self, name: &str) -> &str {
        self.latest[name].as_str().unwrap()
    }

    /// Whether more can be had.
    fn refresh(&mut self, app: &TestApp<'_>) -> bool {
        let answer = app.browser().refresh(&self.rp, self.text("refresh_token"));
        if answer.status == 200 {
            self.latest = answer.json();
        }
        answer.status == 200
    }
}

fn signed_in(app: &TestApp<'_>, person: &Person) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(app, person);
    browser
}

fn signing_out_everywhere_else_ends_what_was_granted_there(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let (mut here, mut elsewhere) = (signed_in(&app, &alice), signed_in(&app, &alice));
    let mut own = Tokens::granted(&app, "own", &mut here, &alice);
    let mut stolen = Tokens::granted(&app, "stolen", &mut elsewhere, &alice);
    assert!(own.refresh(&app) && stolen.refresh(&app));
    let csrf = here.get("/account").field("csrf").unwrap();
    let done = here.post("/account/sessions/revoke-others", &[("csrf", &csrf)]);
    assert_eq!(done.location(), "/account");
    assert!(here.is_signed_in() && !elsewhere.is_signed_in());
    assert!(!stolen.refresh(&app));
    let userinfo = app
        .browser()
        .get_with("/oauth2/userinfo", stolen.text("access_token"));
    assert_eq!(userinfo.status, 401);
    assert!(own.refresh(&app));
}

fn a_session_that_is_ended_takes_what_was_granted_in_it_with_it(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let mut here = signed_in(&app, &alice);
    let mut own = Tokens::granted(&app, "own", &mut here, &alice);
    let known = wait(app.services.sessions.list(&app.op(), &alice.id)).unwrap();
    let mut elsewhere = signed_in(&app, &alice);
    let mut stolen = Tokens::granted(&app, "stolen", &mut elsewhere, &alice);
    let all = wait(app.services.sessions.list(&app.op(), &alice.id)).unwrap();
    let other = all.iter().find(|s| s.id != known[0].id).unwrap();
    let csrf = here.get("/account").field("csrf").unwrap();
    let fields = [("csrf", csrf.as_str()), ("session", other.id.as_str())];
    let done = here.post("/account/sessions/revoke", &fields);
    assert_eq!(done.location(), "/account");
    assert!(!stolen.refresh(&app) && own.refresh(&app));
}

fn a_device_that_is_removed_takes_what_was_granted_elsewhere_with_it(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let credentials = &app.services.credentials;
    let user = wait(app.services.directory.user(&alice.id))
        .unwrap()
        .unwrap();
    let old = wait(credentials.devices(&alice.id)).unwrap().remove(0).id;
    let mut here = signed_in(&app, &alice);
    let session = wait(app.services.sessions.list(&app.op(), &alice.id))
        .unwrap()
        .remove(0)
        .id;
    let mut elsewhere = signed_in(&app, &alice);
    let mut own = Tokens::granted(&app, "own", &mut here, &alice);
    let mut stolen = Tokens::granted(&app, "stolen", &mut elsewhere, &alice);
    let op = app.op();
    let new = wait(credentials.begin_totp(&op, &user, "here")).unwrap();
    let holder = Person {
        totp_secret: new.secret_base32,
        ..alice.clone()
    };
    let (device, code) = ((&new.device_id, ""), holder.code_at(op.now));
    wait(credentials.confirm_totp(&op, &alice.id, device, &code)).unwrap();
    wait(credentials.remove_device(&app.op(), (&alice.id, &session), &old)).unwrap();
    assert!(!stolen.refresh(&app));
    assert!(own.refresh(&app));
}

/// Neither in new tokens, nor in those that are out.
fn a_scope_that_was_taken_from_a_client_is_in_no_token(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let mut browser = signed_in(&app, &alice);
    let mut tokens = Tokens::granted(&app, "rp", &mut browser, &alice);
    let email = |token: &str| {
        let answer = app.browser().get_with("/oauth2/userinfo", token);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json().get("email").cloned()
    };
    assert_eq!(
        email(tokens.text("access_token")),
        Some(json!("alice@example.com"))
    );
    app.change_client(&tokens.rp, |client| {
        client.scopes.retain(|scope| scope != "email")
    });
    assert_eq!(email(tokens.text("access_token")), None);
    assert!(tokens.refresh(&app));
    assert_eq!(tokens.text("scope"), "openid offline_access");
    assert_eq!(email(tokens.text("access_token")), None);
}

/// Not for us either: a token without a resource is one for our own endpoints.
fn what_was_granted_for_a_resource_that_is_gone_is_for_nobody(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let mut browser = signed_in(&app, &alice);
    let (orders, stock) = ("https://orders.example/", "https://stock.example/");
    let rp = app.client("rp", |rp| rp["resources"] = json!([orders, stock]));
    app.assign_client(&rp, &alice);
    let request = Authorize::of(&rp)
        .with("scope", "openid offline_access")
        .with("resource", orders)
        .again("resource", stock);
    let code = browser.code(&request);
    let latest = app.browser().redeem(&rp, &code).json();
    let mut tokens = Tokens { rp, latest };
    let audience = |tokens: &Tokens| claims(&tokens.latest["access_token"])["aud"].clone();
    assert_eq!(audience(&tokens), json!([orders, stock]));
    app.change_client(&tokens.rp, |client| client.resources.retain(|r| r != stock));
    assert!(tokens.refresh(&app));
    assert_eq!(audience(&tokens), json!(orders));
    app.change_client(&tokens.rp, |client| client.resources.clear());
    let refused = app
        .browser()
        .refresh(&tokens.rp, tokens.text("refresh_token"));
    assert_eq!(refused.error(), "invalid_target", "{}", refused.body);
}
