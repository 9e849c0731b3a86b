//! Back-channel logout: every client of an ended session is told, and told again until it has heard.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::json;
use signet::config::Network;
use signet::jobs::{self, Jobs, Logout, Schedule};
use signet::model::Span;
use signet::outbound::AddressRule;

use crate::app::TestApp;
use crate::app::clients::{Authorize, claims};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine};

on_every_engine!(a_client_is_told_until_it_has_heard,);

/// A client's endpoint: it fails the first time, and hands on what it was sent.
fn endpoint() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/logout", listener.local_addr().unwrap());
    let (sender, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let status = if number == 0 {
                "500 Error"
            } else {
                "204 No Content"
            };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            if sender.send(String::from_utf8(body).unwrap()).is_err() {
                return;
            }
        }
    });
    (url, heard)
}

fn a_client_is_told_until_it_has_heard(db: &TestDatabase) {
    let loopback = Network::parse("127.0.0.0/8").unwrap();
    let app = TestApp::with(db, |settings| {
        settings.outbound.addresses = AddressRule::PublicAnd(vec![loopback]);
    });
    let alice = app.person("alice");
    let (url, heard) = endpoint();
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

    let services = &app.services;
    let handles = jobs::spawn(Jobs {
        store: services.store.clone(),
        keys: services.keys.clone(),
        audit: services.audit.clone(),
        clock: services.clock.clone(),
        entropy: services.entropy.clone(),
        traces: services.traces.clone(),
        checkpoint_file: None,
        logout: Some(Logout {
            issuer: services.issuer.clone(),
            http: services.http.clone(),
        }),
        schedule: Schedule {
            logout: Duration::from_millis(20),
            ..Schedule::default()
        },
    })
    .unwrap();
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
    let left = services
        .store
        .read_blocking(|txn| txn.query("SELECT id FROM logout_outbox", &[]));
    assert!(left.unwrap().is_empty());
}
