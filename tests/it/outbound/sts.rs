//! AssumeRoleWithSAML over the wire.

use signet::model::Secret;
use signet::outbound::{OutboundError, StsFailure, assume_role_with_saml};
use signet::protocol::aws::{AssumeRoleWithSaml, StsCredentials, StsProblemKind};

use super::server::answer;
use super::{Server, client, url};
use crate::aws_wire::{ANSWER, PROVIDER, ROLE, error_xml};

const XML: &str = "content-type: text/xml\r\n";

fn ask(server: &Server) -> Result<StsCredentials, StsFailure> {
    let response = Secret::from_text("U0VDUkVU+/==".into());
    let call = AssumeRoleWithSaml::new(ROLE.into(), PROVIDER.into(), response, 3600).unwrap();
    assume_role_with_saml(&client(), &url(&server.url("/")), &call)
}

#[test]
fn the_form_is_sent_and_the_credentials_are_read() {
    let server = Server::answering(answer("200 OK", XML, ANSWER));
    let credentials = ask(&server).unwrap();
    assert_eq!(credentials.access_key_id, "ASIAEXAMPLEEXAMPLE00");
    let sent = server.request();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST / HTTP/1.1"), "{head}");
    assert!(!head.to_lowercase().contains("authorization"), "{head}");
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(
        fields,
        [
            ("Action", "AssumeRoleWithSAML"),
            ("Version", "2011-06-15"),
            ("RoleArn", ROLE),
            ("PrincipalArn", PROVIDER),
            ("SAMLAssertion", "U0VDUkVU+/=="),
            ("DurationSeconds", "3600"),
        ]
    );
}

#[test]
fn a_refusal_comes_with_cause_and_fix() {
    let xml = error_xml(
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithSAML",
    );
    let server = Server::answering(answer("403 Forbidden", XML, &xml));
    let failure = ask(&server).unwrap_err();
    let problem = failure.problem().unwrap();
    assert_eq!(problem.kind, StsProblemKind::AccessDenied);
    assert!(problem.cause.contains("sts:TagSession"), "{problem:?}");
    let text = failure.to_string();
    assert!(
        text.contains("HTTP 403") && text.contains("AccessDenied"),
        "{text}"
    );
    assert!(!text.contains("U0VDUkVU"), "{text}");
}

#[test]
fn what_is_not_sts_is_told_without_its_words() {
    let elsewhere = Server::answering(answer("200 OK", XML, ANSWER));
    let location = format!("location: {}\r\n", elsewhere.url("/"));
    for (status, headers, body) in [
        ("502 Bad Gateway", "", "<html><body>SECRET</body></html>"),
        ("200 OK", "", "<html><body>SECRET</body></html>"),
        ("200 OK", "", "{\"SECRET\":1}"),
        ("200 OK", "", ""),
        ("403 Forbidden", XML, ANSWER),
        ("307 Temporary Redirect", &location, ""),
    ] {
        let server = Server::answering(answer(status, headers, body));
        let failure = ask(&server).unwrap_err();
        assert!(
            matches!(failure, StsFailure::Unreadable { .. }),
            "{status}: {failure:?}"
        );
        assert!(failure.problem().is_none());
        let text = failure.to_string();
        assert!(
            text.contains(&status[..3]) && text.contains("sts_url"),
            "{text}"
        );
        assert!(!format!("{text} {failure:?}").contains("SECRET"), "{text}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn an_error_document_is_no_success_whatever_its_status() {
    let server = Server::answering(answer("200 OK", XML, &error_xml("AccessDenied", "no")));
    assert!(matches!(
        ask(&server).unwrap_err(),
        StsFailure::Unreadable { .. }
    ));
}

#[test]
fn an_endpoint_that_is_not_there_is_told() {
    let server = Server::answering("");
    let failure = ask(&server).unwrap_err();
    assert!(
        matches!(
            &failure,
            StsFailure::Outbound(OutboundError::Connection { .. })
        ),
        "{failure:?}"
    );
}
