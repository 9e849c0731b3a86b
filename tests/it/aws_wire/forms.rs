//! Credentials as command lines take them.

use signet::model::Secret;
use signet::protocol::aws::{Shell, StsCredentials};

use super::credentials;

fn text(secret: &Secret) -> String {
    secret.expose_text().unwrap().to_owned()
}

#[test]
fn credential_process_prints_version_one() {
    insta::assert_snapshot!(text(&credentials().credential_process().unwrap()), @r#"{"Version":1,"AccessKeyId":"ASIAEXAMPLEEXAMPLE00","SecretAccessKey":"wJalr/XUtnFEMI+K7MDENGbPxRfiCYEXAMPLEKEY","SessionToken":"IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+SESSIONTOKEN==","Expiration":"2026-11-26T13:30:00Z","AccountId":"123456789012"}"#);
    let odd = StsCredentials {
        assumed_role_arn: "odd".into(),
        secret_access_key: Secret::from_text("a\"b\\c\n".into()),
        ..credentials()
    };
    let json: serde_json::Value =
        serde_json::from_str(&text(&odd.credential_process().unwrap())).unwrap();
    assert_eq!(json["SecretAccessKey"], "a\"b\\c\n");
    assert!(json.get("AccountId").is_none());
}

#[test]
fn environments_name_what_tools_read() {
    insta::assert_snapshot!(text(&credentials().environment(Shell::Posix, Some("eu-central-1")).unwrap()), @"
    export AWS_ACCESS_KEY_ID='ASIAEXAMPLEEXAMPLE00'
    export AWS_SECRET_ACCESS_KEY='wJalr/XUtnFEMI+K7MDENGbPxRfiCYEXAMPLEKEY'
    export AWS_SESSION_TOKEN='IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+SESSIONTOKEN=='
    export AWS_CREDENTIAL_EXPIRATION='2026-11-26T13:30:00Z'
    export AWS_REGION='eu-central-1'
    export AWS_DEFAULT_REGION='eu-central-1'
    ");
    let fish = text(&credentials().environment(Shell::Fish, None).unwrap());
    assert!(
        fish.starts_with("set -gx AWS_ACCESS_KEY_ID 'ASIA"),
        "{fish}"
    );
    assert_eq!(fish.lines().count(), 4);
    let powershell = text(&credentials().environment(Shell::PowerShell, None).unwrap());
    assert!(
        powershell.starts_with("$Env:AWS_ACCESS_KEY_ID = 'ASIA"),
        "{powershell}"
    );
    assert!(!powershell.contains("REGION"), "{powershell}");
}

#[test]
fn the_credentials_file_gets_a_section() {
    insta::assert_snapshot!(text(&credentials().credentials_file_section("signet-prod").unwrap()), @"
    [signet-prod]
    aws_access_key_id = ASIAEXAMPLEEXAMPLE00
    aws_secret_access_key = wJalr/XUtnFEMI+K7MDENGbPxRfiCYEXAMPLEKEY
    aws_session_token = IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+SESSIONTOKEN==
    x_security_token_expires = 2026-11-26T13:30:00Z
    ");
}

/// A line of its own in that file may name a program that is run.
#[test]
fn nothing_breaks_out_of_its_section() {
    for profile in [
        "",
        "a]\n[b",
        "a\nb",
        "a b",
        "a]",
        "[a",
        "a#b",
        "é",
        &"x".repeat(129),
    ] {
        assert!(
            credentials().credentials_file_section(profile).is_err(),
            "{profile}"
        );
    }
    for value in [
        "a\ncredential_process = sh -c true",
        "a\rb",
        "a b",
        "",
        "é",
        "a\0",
    ] {
        for credentials in [
            StsCredentials {
                access_key_id: value.into(),
                ..credentials()
            },
            StsCredentials {
                secret_access_key: Secret::from_text(value.into()),
                ..credentials()
            },
            StsCredentials {
                session_token: Secret::from_text(value.into()),
                ..credentials()
            },
        ] {
            let told = credentials
                .credentials_file_section("a")
                .unwrap_err()
                .to_string();
            assert!(told.contains("cannot carry"), "{told}");
            assert!(!told.contains("credential_process"), "{told}");
        }
    }
}

#[test]
fn a_secret_that_is_not_text_is_told() {
    let odd = StsCredentials {
        session_token: Secret::new(vec![0xff]),
        ..credentials()
    };
    assert!(odd.credential_process().is_err());
    assert!(odd.environment(Shell::Posix, None).is_err());
    assert!(odd.credentials_file_section("a").is_err());
}
