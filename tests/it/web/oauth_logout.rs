//! Back-channel logout: every client of an ended session is told, and told again until it has heard.

use std::time::Duration;

use serde_json::json;
use signet::model::Span;

use crate::app::clients::{Authorize, claims};
use crate::app::{TestApp, logout_endpoint};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine};

on_every_engine!(a_client_is_told_until_it_has_heard,);

fn a_client_is_told_until_it_has_heard(db: &TestDatabase) {
    let app = TestApp::reaching_loopback(db);
    let alice = app.person("alice");
    let (url, heard) = logout_endpoint(1);
    let rp = app.client("rp", |rp| rp["backchannel_logout_uri"] = json!(url));
    let quiet = app.client("quiet", |_| {});
    app.assign_client(&rp, &alice);
    app.assign_client(&quiet, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    browser.code(&Authorize::of(&quiet));
    let tokens = app
        .browser()
        .redeem(&rp, &browser.code(&Authorize::of(&rp)))
        .json();
    let id = claims(&tokens["id_token"]);
    let page = browser.get("/signout");
    browser.submit(&page, &[]);

    let handles = app.run_logout_job();
    let soon = Duration::from_secs(10);
    heard.recv_timeout(soon).expect("the first call");
    let later = heard.recv_timeout(Duration::from_millis(300));
    assert!(later.is_err(), "called again at once");
    app.clock.advance(Span::seconds(16));
    let form = heard.recv_timeout(soon).expect("the second call");
    let token = form.strip_prefix("logout_token=").unwrap();
    let told = claims(&json!(token));
    assert_eq!((&told["aud"], &told["iss"]), (&json!("rp"), &id["iss"]));
    assert_eq!((&told["sub"], &told["sid"]), (&id["sub"], &id["sid"]));
    assert!(told["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    assert!(told.get("nonce").is_none() && told["jti"].is_string());
    let header = token.split('.').next().unwrap();
    assert_eq!(claims(&json!(format!("x.{header}.x")))["typ"], "logout+jwt");
    // Heard: nothing is left, also nothing for the client without an address.
    app.clock.advance(Span::hours(1));
    assert!(heard.recv_timeout(Duration::from_millis(300)).is_err());
    wait(handles.stop());
    let left = app
        .services
        .store
        .read_blocking(|txn| txn.query("SELECT id FROM logout_outbox", &[]));
    assert!(left.unwrap().is_empty());
}
