//! Answers: AWS's own, and hostile ones.

use signet::model::Timestamp;
use signet::protocol::aws::{StsAnswerError, parse_assume_role_answer, parse_sts_error};
use signet::protocol::xml::{ScanError, XmlError};

use super::{ANSWER, credentials, error_xml};

fn refusal(xml: &str) -> StsAnswerError {
    parse_assume_role_answer(xml.as_bytes()).unwrap_err()
}

fn changed(from: &str, to: &str) -> String {
    let xml = ANSWER.replace(from, to);
    assert_ne!(xml, ANSWER, "{from}");
    xml
}

#[test]
fn credentials_are_read() {
    let credentials = credentials();
    assert_eq!(credentials.access_key_id, "ASIAEXAMPLEEXAMPLE00");
    assert_eq!(
        credentials.secret_access_key.expose(),
        b"wJalr/XUtnFEMI+K7MDENGbPxRfiCYEXAMPLEKEY"
    );
    assert!(
        credentials
            .session_token
            .expose()
            .ends_with(b"SESSIONTOKEN==")
    );
    let expected = Timestamp::parse_rfc3339("2026-11-26T13:30:00Z").unwrap();
    assert_eq!(credentials.expiration, expected);
    assert_eq!(
        credentials.assumed_role_arn,
        "arn:aws:sts::123456789012:assumed-role/Signet_ReadOnly/alice"
    );
    assert_eq!(credentials.source_identity.as_deref(), Some("alice"));
    assert_eq!(credentials.account_id().unwrap().as_str(), "123456789012");
}

#[test]
fn what_may_be_left_out_or_added() {
    let without = changed("<SourceIdentity>alice</SourceIdentity>", "");
    let credentials = parse_assume_role_answer(without.as_bytes()).unwrap();
    assert_eq!(credentials.source_identity, None);
    for xml in [
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{ANSWER}"),
        changed("<PackedPolicySize>", "<New>1</New><PackedPolicySize>"),
        changed("2026-11-26T13:30:00Z", "2026-11-26T13:30:00.000Z"),
        // As moto writes it.
        ANSWER.replace("  ", "").replace('\n', ""),
    ] {
        assert!(parse_assume_role_answer(xml.as_bytes()).is_ok(), "{xml}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let printed = format!("{:?}", credentials());
    assert!(
        !printed.contains("wJalr") && !printed.contains("SESSIONTOKEN"),
        "{printed}"
    );
    assert!(printed.contains("ASIAEXAMPLEEXAMPLE00"), "{printed}");
}

#[test]
fn each_element_must_be_there_once_with_a_value() {
    for name in [
        "AssumeRoleWithSAMLResult",
        "Credentials",
        "AssumedRoleUser",
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
        "Arn",
    ] {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let (before, rest) = ANSWER.split_once(&open).unwrap();
        let (inner, after) = rest.split_once(&close).unwrap();
        let missing = format!("{before}{after}");
        let twice = format!("{before}{open}{inner}{close}{open}{inner}{close}{after}");
        for xml in [missing, twice] {
            assert_eq!(refusal(&xml), StsAnswerError::Element { name }, "{xml}");
        }
        let empty = format!("{before}{open}{close}{after}");
        assert!(
            matches!(refusal(&empty), StsAnswerError::Element { .. }),
            "{empty}"
        );
    }
    let twice = "<SourceIdentity>a</SourceIdentity><SourceIdentity>b</SourceIdentity>";
    let xml = changed("<SourceIdentity>alice</SourceIdentity>", twice);
    assert_eq!(
        refusal(&xml),
        StsAnswerError::Element {
            name: "SourceIdentity"
        }
    );
}

/// Whatever is read goes to shells and files later.
#[test]
fn values_with_other_characters_are_refused() {
    for (from, name) in [
        ("ASIAEXAMPLEEXAMPLE00", "AccessKeyId"),
        ("wJalr/XUtnFEMI", "SecretAccessKey"),
        ("IQoJb3JpZ2lu", "SessionToken"),
        ("assumed-role/Signet_ReadOnly/alice", "Arn"),
    ] {
        for to in ["a b", "a\nb", "a&#10;b", "a&#13;b", "\u{2019}", "<x>a</x>"] {
            let error = refusal(&ANSWER.replacen(from, to, 1));
            assert_eq!(error, StsAnswerError::Value { name }, "{to}");
        }
        let long = ANSWER.replacen(from, &"a".repeat(17_000), 1);
        assert_eq!(refusal(&long), StsAnswerError::Value { name });
    }
    assert_eq!(
        refusal(&changed("2026-11-26T13:30:00Z", "soon")),
        StsAnswerError::Expiration
    );
}

#[test]
fn another_document_is_no_answer() {
    for xml in [
        error_xml("AccessDenied", "no"),
        changed("https://sts.amazonaws.com/doc/2011-06-15/", "urn:other"),
        changed(" xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"", ""),
        "<html/>".into(),
    ] {
        assert_eq!(refusal(&xml), StsAnswerError::NotSts, "{xml}");
    }
    // Right at the root, and a stranger's below.
    let xml = changed("<Credentials>", "<Credentials xmlns=\"urn:other\">");
    assert_eq!(
        refusal(&xml),
        StsAnswerError::Element {
            name: "Credentials"
        }
    );
}

#[test]
fn hostile_xml_stops_at_the_gates() {
    let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    let cases = [
        (
            "<!DOCTYPE x [<!ENTITY a \"b\">]>".to_owned() + ANSWER,
            ScanError::Doctype,
        ),
        (changed("alice<", "&xxe;<"), ScanError::EntityReference),
        (
            "<?xml version=\"1.0\"?><?x y?>".to_owned() + ANSWER,
            ScanError::ProcessingInstruction,
        ),
        (changed("ASIA", "ASIA<!-- -->"), ScanError::Comment),
        (
            changed("ASIAEXAMPLEEXAMPLE00", "<![CDATA[ASIA]]>"),
            ScanError::CdataSection,
        ),
        (
            changed("<Audience>", &format!("{deep}<Audience>")),
            ScanError::TooDeep { max: 32 },
        ),
        (
            format!("{ANSWER}{}", " ".repeat(64 * 1024)),
            ScanError::TooLarge { max: 64 * 1024 },
        ),
        (String::new(), ScanError::NotXml),
        ("{\"Error\":{}}".to_owned(), ScanError::NotXml),
    ];
    for (xml, error) in cases {
        let expected = StsAnswerError::Xml(XmlError::Scan(error));
        assert_eq!(refusal(&xml), expected);
        assert_eq!(parse_sts_error(xml.as_bytes()).unwrap_err(), expected);
    }
    for cut in (0..ANSWER.trim_end().len()).step_by(7) {
        assert!(
            parse_assume_role_answer(&ANSWER.as_bytes()[..cut]).is_err(),
            "{cut}"
        );
    }
    assert!(parse_assume_role_answer(b"\xff\xfe<\0").is_err());
}

#[test]
fn errors_are_read_in_every_shape_that_aws_has() {
    for xml in [
        error_xml("AccessDenied", "Not authorized"),
        error_xml("AccessDenied", "Not authorized").replace("https://sts", "http://sts"),
        error_xml("AccessDenied", "Not authorized").replace(
            "https://sts.amazonaws.com/doc/2011-06-15/",
            "http://webservices.amazon.com/AWSFault/2005-15-09",
        ),
        "<Response><Errors><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></Errors><RequestID>f4a1b2c3-0000-1111-2222-333344445555</RequestID></Response>".into(),
    ] {
        let error = parse_sts_error(xml.as_bytes()).unwrap();
        assert_eq!(error.code, "AccessDenied");
        assert_eq!(error.message, "Not authorized");
        assert_eq!(
            error.request_id.as_deref(),
            Some("f4a1b2c3-0000-1111-2222-333344445555")
        );
        assert_eq!(
            error.to_string(),
            "AccessDenied: Not authorized (request f4a1b2c3-0000-1111-2222-333344445555)"
        );
    }
}

#[test]
fn an_error_without_a_code_is_none() {
    let whole = error_xml("X", "y");
    for xml in [
        whole.replace("<Code>X</Code>", ""),
        whole.replace("<Code>X</Code>", "<Code></Code>"),
        whole.replace("<Code>X</Code>", "<Code>a b</Code>"),
        whole.replace("<Code>X</Code>", "<Code><b>X</b></Code>"),
        whole.replace("Error>", "Fehler>"),
        "<html><Error><Code>X</Code></Error></html>".into(),
        ANSWER.into(),
    ] {
        assert_ne!(xml, whole);
        assert!(parse_sts_error(xml.as_bytes()).is_err(), "{xml}");
    }
    let bare = whole.replace("<Message>y</Message>", "");
    assert_eq!(parse_sts_error(bare.as_bytes()).unwrap().message, "");
}

#[test]
fn foreign_words_are_one_line_of_bounded_length() {
    let message = format!("one&#10;two&#9;three\n{}", "x".repeat(5_000));
    let error = parse_sts_error(error_xml("X", &message).as_bytes()).unwrap();
    assert!(
        error.message.starts_with("one two three xx"),
        "{}",
        error.message
    );
    assert_eq!(error.message.chars().count(), 1_000);
    let error = parse_sts_error(error_xml("X", "\u{9b}31mred\u{85}").as_bytes()).unwrap();
    assert_eq!(error.message, "31mred");
}
