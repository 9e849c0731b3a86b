//! A response to write.

use signet::model::{NameIdFormat, Timestamp};
use signet::protocol::saml::{
    AssertionContent, Attribute, AttributeNameFormat, NameId, ResponseContent, Status,
};

use super::forge::{ACS, SP};

pub const IDP: &str = "https://idp.example/saml/metadata";

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub fn attribute(name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: name.into(),
        name_format: AttributeNameFormat::Basic,
        values: values.iter().map(|v| (*v).to_owned()).collect(),
    }
}

pub fn assertion() -> AssertionContent {
    AssertionContent {
        id: "_a1".into(),
        issue_instant: at("2026-11-23T10:15:31Z"),
        issuer: IDP.into(),
        name_id: NameId {
            format: NameIdFormat::Persistent,
            value: "p-1".into(),
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        recipient: ACS.into(),
        in_response_to: Some("_r1".into()),
        not_before: at("2026-11-23T10:14:31Z"),
        not_on_or_after: at("2026-11-23T10:20:31Z"),
        audience: SP.into(),
        authn_instant: at("2026-11-23T10:15:00Z"),
        session_index: "_s1".into(),
        session_not_on_or_after: Some(at("2026-11-23T22:15:00Z")),
        authn_context_class_ref: "https://refeds.org/profile/mfa".into(),
        attributes: vec![attribute("mail", &["alice@example.org"])],
    }
}

pub fn response() -> ResponseContent {
    ResponseContent {
        id: "_p1".into(),
        in_response_to: Some("_r1".into()),
        destination: ACS.into(),
        issue_instant: at("2026-11-23T10:15:31Z"),
        issuer: IDP.into(),
        status: Status::success(),
        assertion: Some(assertion()),
    }
}
