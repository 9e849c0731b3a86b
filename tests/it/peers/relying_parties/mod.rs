//! Other people's OpenID Connect clients, over HTTP: openid-client, Authlib and the openidconnect crate. Each finds the
//! server by discovery, takes a code with PKCE and a nonce, verifies the ID token by the published keys, reads the
//! userinfo, refreshes, and signs the person out; what it tries twice is refused. openid-client does so a second time
//! with private_key_jwt.

mod conversation;
mod in_rust;

use serde_json::{Value, json};
use signet::clock::Clock;
use signet::model::Span;

use self::conversation::Conversation;
use super::installed::{node, python};
use crate::app::clients::SIGNED_OUT;
use crate::app::{Browser, Person, TestApp};
use crate::store::engines::{EngineKind, TestDatabase};

/// A server, and a person at a browser. The clock stands a minute back: the relying parties read the machine's, and a
/// token from the future would be refused.
struct Scene<'a> {
    app: TestApp<'a>,
    alice: Person,
    browser: Browser,
}

impl<'a> Scene<'a> {
    fn new(db: &'a TestDatabase) -> Self {
        let then = Clock::System.now().minus(Span::minutes(1));
        let app = TestApp::on_loopback(db, Clock::fixed(then));
        Self {
            alice: app.person("alice"),
            browser: app.browser(),
            app,
        }
    }

    /// Registers the client as it wants to be, for alice.
    fn register(&mut self, wanted: &Value) -> Value {
        let client = self.app.client("rp", |registration| {
            for (key, value) in wanted.as_object().unwrap() {
                registration[key] = value.clone();
            }
        });
        self.app.assign_client(&client, &self.alice);
        json!({ "client_id": client.client_id, "client_secret": client.secret })
    }

    /// Opens a link to us, signs in if that is asked, and says where the browser is sent.
    fn visit(&mut self, url: &str) -> String {
        let path = url.strip_prefix(self.app.public_url()).unwrap();
        let mut answer = self.browser.open_until_left(path);
        if answer.status == 200 && answer.has("name=\"password\"") {
            let password = self.alice.password.clone();
            let second = self.browser.submit_password(&answer, "alice", &password);
            let code = self.alice.next_code(&self.app);
            let signed_in = self.browser.submit(&second, &[("code", &code)]);
            answer = self.browser.open_until_left(signed_in.location());
        }
        answer.location().to_owned()
    }

    fn pass(&self, seconds: i64) {
        self.app.clock.advance(Span::seconds(seconds));
    }
}

/// What every relying party has to have seen.
fn assert_seen(report: &Value, scene: &Scene) {
    let seen = |key: &str| report[key].as_str().unwrap_or_default();
    let sub = scene.alice.id.as_str();
    assert_eq!(report["id_token"]["iss"], scene.app.public_url());
    assert_eq!(report["id_token"]["sub"], sub);
    assert_eq!(report["userinfo"]["sub"], sub);
    assert_eq!(report["userinfo"]["email"], "alice@example.com");
    assert_eq!(report["refreshed_id_token"]["sub"], sub);
    assert_eq!(seen("old_refresh_token"), "invalid_grant", "{report}");
    assert_eq!(seen("its_successor"), "invalid_grant", "{report}");
    assert_eq!(seen("code_again"), "invalid_grant", "{report}");
    assert_eq!(report["userinfo_after_code_again"], 401, "{report}");
    let signed_out_at = seen("signed_out_at");
    assert!(
        signed_out_at.starts_with(&format!("{SIGNED_OUT}?state=")),
        "{report}"
    );
    assert_eq!(seen("prompt_none_after"), "login_required", "{report}");
}

fn a_relying_party_sees_all(run: impl FnOnce(&mut Scene) -> Value) -> Value {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let mut scene = Scene::new(&db);
    let report = run(&mut scene);
    assert_seen(&report, &scene);
    report
}

#[test]
fn openid_client_signs_in_refreshes_and_signs_out() {
    a_relying_party_sees_all(|scene| {
        let mut command = node("openid_client_peer.mjs");
        command.args([scene.app.public_url(), "client_secret_basic"]);
        Conversation::with(&mut command).report(scene)
    });
}

#[test]
fn openid_client_proves_itself_by_its_key_and_each_assertion_is_good_once() {
    let report = a_relying_party_sees_all(|scene| {
        let mut command = node("openid_client_peer.mjs");
        command.args([scene.app.public_url(), "private_key_jwt"]);
        Conversation::with(&mut command).report(scene)
    });
    assert_eq!(report["assertion_again"], "invalid_client", "{report}");
}

#[test]
fn authlib_signs_in_refreshes_and_signs_out() {
    a_relying_party_sees_all(|scene| {
        let mut command = python("authlib_peer.py");
        command.arg(scene.app.public_url());
        Conversation::with(&mut command).report(scene)
    });
}

#[test]
fn the_openidconnect_crate_signs_in_refreshes_and_signs_out() {
    a_relying_party_sees_all(in_rust::report);
}
