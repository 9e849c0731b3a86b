//! Where a response goes: to one of the application's registered endpoints, and to the application that asked.

use signet::model::AssertionConsumerService;

use crate::app::{AuthnRequest, PostedResponse, TestApp};
use crate::saml::keys::rsa;
use crate::store::engines::{EngineKind, TestDatabase};

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn endpoint(path: &str, index: u16, is_default: bool) -> AssertionConsumerService {
    AssertionConsumerService {
        acs_url: format!("https://sp.example/{path}"),
        index,
        is_default,
    }
}

/// SAML core, 3.4.1: by its URL, by its index, or the default.
#[test]
fn a_request_chooses_among_the_registered_endpoints() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |sp| {
        sp.assertion_consumer_services = vec![
            endpoint("one", 0, false),
            endpoint("two", 7, true),
            endpoint("three", 65_535, false),
        ];
    });
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    for (chosen, acs) in [
        ("", "two"),
        (r#"AssertionConsumerServiceIndex="0" "#, "one"),
        (r#"AssertionConsumerServiceIndex="7" "#, "two"),
        (r#"AssertionConsumerServiceIndex="65535" "#, "three"),
        (
            r#"AssertionConsumerServiceURL="https://sp.example/three" "#,
            "three",
        ),
    ] {
        let request = AuthnRequest {
            acs: chosen.into(),
            ..AuthnRequest::of(&app, &sp)
        };
        let response = PostedResponse::of(&browser.get(&request.redirect()));
        let expected = format!("https://sp.example/{acs}");
        assert_eq!(response.acs_url, expected, "{chosen}");
        let told = |element, name| response.attribute(element, name);
        assert_eq!(told("Response", "Destination").as_ref(), Some(&expected));
        let recipient = told("SubjectConfirmationData", "Recipient");
        assert_eq!(recipient, Some(expected));
    }
    let start = format!("/saml/start/{}", sp.application.id);
    let unasked = PostedResponse::of(&browser.get(&start));
    assert_eq!(unasked.acs_url, "https://sp.example/two");
}

/// What looks like a registered URL is none: the comparison is of every character (security.md 2.5, class D).
#[test]
fn an_endpoint_that_is_nearly_one_gets_a_page() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    for near in [
        "https://user@sp.example/acs",
        "https://sp.example@evil.example/acs",
        "https://sp.example:443/acs",
        "https://sp.example:8443/acs",
        "https://sp.example./acs",
        "https://xn--sp-example/acs",
        "https://ѕp.example/acs",
        "https://sp.example/acs#",
        "https://sp.example/acs#evil",
        "https://sp.example/acs?",
        "https://sp.example/acs/../acs",
        "https://sp.example/a%63s",
        "https://sp.example//acs",
        "https://evil-sp.example/acs",
        "https://sp.example.evil.example/acs",
        "http://sp.example/acs",
        "//sp.example/acs",
        "/acs",
        " https://sp.example/acs",
    ] {
        let request = AuthnRequest {
            acs: format!("AssertionConsumerServiceURL=\"{near}\" "),
            ..AuthnRequest::of(&app, &sp)
        };
        for path in [request.redirect(), request.signed_redirect(rsa())] {
            let page = browser.get(&path);
            page.assert(400, "AssertionConsumerServiceURL is not one");
            assert!(!page.has("SAMLResponse") && page.header("location").is_none());
        }
    }
}

/// An id is an application's own: another's is no replay, and each is answered where it came from.
#[test]
fn the_same_request_id_from_two_applications_is_two_requests() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sps = ["one.example", "two.example"].map(|host| app.service_provider(host, |_| {}));
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let requests = sps.each_ref().map(|sp| {
        app.assign_to(sp, &alice);
        AuthnRequest {
            id: "_same".into(),
            ..AuthnRequest::of(&app, sp)
        }
    });
    for (sp, request) in sps.iter().zip(&requests) {
        let response = PostedResponse::of(&browser.get(&request.redirect()));
        assert_eq!(response.acs_url, sp.acs_url);
        assert_eq!(response.text("Audience"), sp.entity_id);
    }
    for request in &requests {
        let again = browser.get(&request.redirect());
        assert!(again.status >= 400 && !again.has("SAMLResponse"));
    }
}

/// Two tabs: each sign-in leads to the application for which it was begun, whichever is finished first.
#[test]
fn two_sign_ins_of_one_browser_are_not_mixed_up() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sps = ["one.example", "two.example"].map(|host| app.service_provider(host, |_| {}));
    let mut browser = app.browser();
    let begun = sps.each_ref().map(|sp| {
        app.assign_to(sp, &alice);
        let request = AuthnRequest {
            relay_state: Some(sp.entity_id.clone()),
            ..AuthnRequest::of(&app, sp)
        };
        let page = browser.open(&request.redirect());
        page.assert(200, "name=\"password\"");
        (request, page)
    });
    let second = browser.complete(&app, &begun[1].1, &alice);
    // The other tab asks nothing that was proved meanwhile: it is taken on by a reload.
    let first = browser.open(&begun[0].1.action().replace("/password", ""));
    for ((sp, (request, _)), page) in sps.iter().zip(&begun).zip([first, second]) {
        let response = PostedResponse::of(&page);
        assert_eq!(response.acs_url, sp.acs_url);
        assert_eq!(response.text("Audience"), sp.entity_id);
        assert_eq!(response.relay_state.as_ref(), Some(&sp.entity_id));
        let answers = response.attribute("Response", "InResponseTo");
        assert_eq!(answers.as_ref(), Some(&request.id));
    }
}

/// The bindings are GET with a query and POST with a form; nothing else is a request.
#[test]
fn other_methods_and_media_types_are_no_requests() {
    let db = memory();
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    app.assign_to(&sp, &alice);
    let mut browser = app.browser();
    browser.sign_in(&app, &alice);
    let request = AuthnRequest::of(&app, &sp);
    for method in ["HEAD", "PUT", "DELETE", "OPTIONS"] {
        let answer = browser.send(method, &request.redirect());
        assert!(answer.status >= 400, "{method}: {}", answer.status);
        assert!(!answer.has("SAMLResponse"), "{method}");
    }
    let boundary = "multipart/form-data; boundary=x";
    let (_, value) = &request.form()[0];
    let part = format!(
        "--x\r\nContent-Disposition: form-data; name=\"SAMLRequest\"\r\n\r\n{value}\r\n--x--\r\n"
    );
    let answer = browser.post_text("/saml/sso", boundary, &part);
    answer.assert(400, "x-www-form-urlencoded");
    // Nothing of it was taken: the request itself still is answered.
    assert!(PostedResponse::of(&browser.get(&request.redirect())).is_success());
}
