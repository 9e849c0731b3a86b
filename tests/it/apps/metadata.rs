//! What a service provider's metadata is registered as.

use signet::apps::{AppsError, NewApplication};
use signet::model::{NameIdFormat, ResponseSigning, ServiceProvider, Timestamp};

use crate::saml::sample::at;
use crate::saml::sp_metadata::{FORMAT, SAML, document, one_acs, role};

fn register(xml: &str, now: Timestamp) -> Result<ServiceProvider, AppsError> {
    NewApplication::service_provider(xml.as_bytes(), now)
}

#[test]
fn what_it_does_not_say_is_the_stricter() {
    let now = at("2026-11-23T10:15:30Z");
    let plain = register(&role("", &one_acs()), now).unwrap();
    assert!(!plain.allow_idp_initiated && !plain.require_signed_requests);
    assert_eq!(plain.response_signing, ResponseSigning::Both);
    assert_eq!(plain.default_name_id_format, NameIdFormat::Persistent);
    assert_eq!(plain.name_id_formats, NameIdFormat::ALL);
    let inside = format!(
        "<NameIDFormat>{FORMAT}:transient</NameIDFormat>{}",
        one_acs()
    );
    let signing = role(r#"AuthnRequestsSigned="true""#, &inside);
    let signing = register(&signing, now).unwrap();
    assert!(signing.require_signed_requests && !signing.allow_idp_initiated);
    assert_eq!(signing.default_name_id_format, NameIdFormat::Transient);
    assert_eq!(signing.name_id_formats, [NameIdFormat::Transient]);
}

/// SAML metadata, 2.3.2 and 2.4.1: the earlier one of the entity's and the role's.
#[test]
fn a_document_whose_time_is_over_registers_nothing() {
    let until = "2026-11-23T10:15:30Z";
    let both = |entity: &str, own: &str| {
        let entity = format!(r#"entityID="https://sp.example/metadata" validUntil="{entity}""#);
        let own = format!(r#"protocolSupportEnumeration="{SAML}" validUntil="{own}""#);
        document(&entity, &own, &one_acs())
    };
    for xml in [
        both(until, "2027-01-01T00:00:00Z"),
        both("2027-01-01T00:00:00Z", until),
    ] {
        register(&xml, at("2026-11-23T10:15:29Z")).unwrap();
        let expired = register(&xml, at(until));
        assert!(
            matches!(expired, Err(AppsError::MetadataExpired(_))),
            "{expired:?}"
        );
        let words = expired.unwrap_err().to_string();
        assert!(
            words.contains(until.trim_end_matches('Z')) && words.contains("present document"),
            "{words}"
        );
    }
}
