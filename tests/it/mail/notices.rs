//! Who changes how a person signs in: the person hears of it.

use super::{MailServer, Sending};
use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase};

#[test]
fn every_change_of_a_credential_is_told_and_nothing_else() {
    let (server, db) = (
        MailServer::start(),
        TestDatabase::new(EngineKind::SqliteInMemory),
    );
    let app = TestApp::with(&db, |it| it.mail = Some(server.settings()));
    let _sending = Sending::of(&app);
    let credentials = &app.services.credentials;
    let next = |change: &str| {
        let mail = server.next();
        assert_eq!(mail["to"][0], "alice@example.com");
        let (subject, text) = (
            mail["subject"].as_str().unwrap(),
            mail["text"].as_str().unwrap(),
        );
        assert!(subject.contains(change), "{subject}");
        assert!(text.contains("/account"), "{text}");
        assert!(mail["html"].as_str().unwrap().contains("<p>"));
    };
    let mut alice = app.person("alice");
    // Both at one moment of the test's clock, in any order.
    let subjects = [
        server.next()["subject"].to_string(),
        server.next()["subject"].to_string(),
    ];
    for change in ["password", "authenticator"] {
        assert!(
            subjects.iter().any(|subject| subject.contains(change)),
            "{subjects:?}"
        );
    }
    let codes = app.recovery_codes(&alice);
    // The first codes are no news.
    assert!(server.took_nothing());
    app.recovery_codes(&alice);
    next("recovery codes");
    let used = wait(credentials.verify_recovery_code(&app.op(), &alice.id, &codes[0]));
    assert_eq!(used.unwrap(), signet::credentials::CodeOutcome::Refused);
    let codes = app.recovery_codes(&alice);
    next("recovery codes");
    wait(credentials.verify_recovery_code(&app.op(), &alice.id, &codes[0])).unwrap();
    next("recovery code was used");
    app.set_password(&alice.id, "another long passphrase");
    alice.password = "another long passphrase".into();
    next("password");
    wait(credentials.reset_second_factors(&app.op(), &alice.id)).unwrap();
    next("second factor");
    assert!(server.took_nothing());
}

#[test]
fn a_notice_speaks_the_language_of_its_receiver() {
    let (server, db) = (
        MailServer::start(),
        TestDatabase::new(EngineKind::SqliteInMemory),
    );
    let app = TestApp::with(&db, |it| it.mail = Some(server.settings()));
    let alice = app.person("alice");
    app.set_attributes(&alice, &[("preferredLanguage", "de-CH")]);
    let _sending = Sending::of(&app);
    let subjects = [
        server.next()["subject"].clone(),
        server.next()["subject"].clone(),
    ];
    let german = |subject: &serde_json::Value| {
        let subject = subject.as_str().unwrap();
        subject.contains("Passwort") || subject.contains("Authenticator-App")
    };
    assert!(subjects.iter().all(german), "{subjects:?}");
}
