//! One response for AWS before three service providers that are not ours, told to be AWS: each checks signatures, audience
//! and time, two the recipient as well. Then the same octets go to moto, which is no judge of any of these and gives
//! credentials that say whose they are.

use serde_json::Value;
use signet::clock::Clock;
use signet::keys::Purpose;
use signet::model::{ResponseSigning, Span};
use signet::protocol::saml::{AssertionContent, write_response};

use super::altered::content_of;
use super::judges::{JUDGES, ROLE, Verdict};
use super::{Case, Read, installed, signed_in};
use crate::app::{PostedResponse, TestApp};
use crate::store::engines::{EngineKind, TestDatabase, TestFolder};

const ROLE_ARN: &str = "arn:aws:iam::123456789012:role/signet/Signet_ReadOnly";
const PROVIDER_ARN: &str = "arn:aws:iam::123456789012:saml-provider/Signet";

/// What the console would get of a server whose clock stands that far back.
fn issued(minutes_ago: i64, judge: impl FnOnce(&TestApp, Case)) {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    // Each sign-in moves the clock by half a minute.
    let then = Clock::System.now().minus(Span::minutes(minutes_ago));
    let clock = Clock::fixed(then.minus(Span::seconds(30)));
    let app = TestApp::with(&db, |settings| settings.clock = clock);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let mut browser = signed_in(&app, &alice);
    let page = browser.get("/aws/console?account_id=123456789012&role_name=ReadOnly");
    let response = PostedResponse::of(&page);
    let role = response.values(ROLE);
    assert_eq!(role, [format!("{ROLE_ARN},{PROVIDER_ARN}")]);
    let case = Case {
        name: format!("{minutes_ago} minutes old"),
        entity_id: "urn:amazon:webservices".into(),
        acs_url: "https://signin.aws.amazon.com/saml".into(),
        request_id: None,
        response_signed: true,
        assertion_signed: true,
        expected: Read {
            name_id: response.text("NameID"),
            format: response.attribute("NameID", "Format").unwrap(),
            role,
            ..Read::default()
        },
        xml: response.xml,
    };
    judge(&app, case);
}

/// What each judge makes of each case.
fn judged(app: &TestApp, cases: &[Case], mut each: impl FnMut(&str, &Case, Verdict)) {
    let metadata = app.browser().get("/saml/metadata").body;
    for (judge, judges) in JUDGES {
        for (case, verdict) in cases.iter().zip(judges(&metadata, cases)) {
            each(judge, case, verdict);
        }
    }
}

/// moto's word on the response.
fn moto(xml: &str) -> Value {
    let folder = TestFolder::new();
    std::fs::write(folder.path().join("response.xml"), xml).unwrap();
    let mut command = installed::python("moto_peer.py");
    let output = command
        .arg(folder.path())
        .args([ROLE_ARN, PROVIDER_ARN])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_response_that_the_judges_accept_gets_credentials_from_moto() {
    issued(4, |app, case| {
        judged(app, std::slice::from_ref(&case), |judge, _, verdict| {
            assert_eq!(verdict, Ok(case.expected.clone()), "{judge}");
        });
        let assumed = "arn:aws:sts::123456789012:assumed-role/Signet_ReadOnly/alice";
        let said = moto(&case.xml);
        assert_eq!(said["account"], "123456789012");
        assert_eq!(said["caller"], assumed, "{said}");
    });
}

#[test]
fn a_response_for_aws_that_was_altered_or_is_not_for_it_is_refused() {
    issued(0, |app, case| {
        // Signed by our own key, so that no signature can be what refuses it.
        let key = app.services.keys.active(Purpose::Saml).unwrap();
        let signed = |change: &dyn Fn(&mut AssertionContent)| {
            let content = content_of(app, &case, change);
            write_response(&content, ResponseSigning::Both, key.as_ref()).unwrap()
        };
        let elsewhere = || "https://another.example/".to_owned();
        let copies = [
            ("role", case.xml.replace("Signet_ReadOnly", "Signet_Admin")),
            ("nothing", signed(&|_| {})),
            ("audience", signed(&|a| a.audience = elsewhere())),
            ("recipient", signed(&|a| a.recipient = elsewhere())),
        ];
        let copies = copies.map(|(name, xml)| Case {
            name: name.to_owned(),
            xml,
            ..case.clone()
        });
        judged(app, &copies, |judge, copy, verdict| {
            let accepts = match copy.name.as_str() {
                "nothing" => true,
                "audience" => judge == "xmlsec1",
                "recipient" => ["xmlsec1", "pysaml2"].contains(&judge),
                _ => false,
            };
            assert_eq!(
                verdict.is_ok(),
                accepts,
                "{judge}, {}: {verdict:?}",
                copy.name
            );
        });
    });
}

#[test]
fn a_response_for_aws_is_refused_after_five_minutes() {
    issued(6, |app, case| {
        judged(app, &[case], |judge, _, verdict| {
            // It knows no times.
            assert_eq!(verdict.is_ok(), judge == "xmlsec1", "{judge}: {verdict:?}");
        });
    });
}
