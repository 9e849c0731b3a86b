//! What a service provider's metadata becomes, and each rule that it can break.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signet::model::NameIdFormat;
use signet::protocol::saml::{
    CertificateError, MetadataError, SpMetadata, check_certificate, parse_sp_metadata,
};

use super::keys::{other_rsa, rsa};
use super::sample::at;

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const ARTIFACT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact";
pub(crate) const SAML: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format";

fn acs(binding: &str, location: &str, rest: &str) -> String {
    format!(r#"<AssertionConsumerService Binding="{binding}" Location="{location}" {rest}/>"#)
}

pub(crate) fn one_acs() -> String {
    acs(POST, "https://sp.example/acs", r#"index="0""#)
}

fn key(used: &str, certificate: &[u8]) -> String {
    format!(
        r#"<KeyDescriptor{used}><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>
        {}
        </X509Certificate></X509Data></KeyInfo></KeyDescriptor>"#,
        STANDARD.encode(certificate)
    )
}

/// Attributes of the entity and of the role, and what is in the role.
pub(crate) fn document(entity: &str, role: &str, inside: &str) -> String {
    format!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" {entity}><SPSSODescriptor
        {role}>{inside}</SPSSODescriptor></EntityDescriptor>"#
    )
}

pub(crate) fn role(attributes: &str, inside: &str) -> String {
    let role = format!(r#"protocolSupportEnumeration="{SAML}" {attributes}"#);
    document(r#"entityID="https://sp.example/metadata""#, &role, inside)
}

fn parse(xml: &str) -> SpMetadata {
    parse_sp_metadata(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

fn broken(xml: &str) -> MetadataError {
    parse_sp_metadata(xml.as_bytes()).expect_err(xml)
}

#[test]
fn everything_that_it_says_is_read() {
    let inside = [
        key(r#" use="signing""#, &rsa().certificate),
        key("", &other_rsa().certificate),
        key("", &other_rsa().certificate),
        // Not one to verify with: it may be what it likes.
        key(r#" use="encryption""#, b"junk"),
        format!("<NameIDFormat>\n{FORMAT}:transient </NameIDFormat>"),
        "<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat>"
            .into(),
        format!("<NameIDFormat>{FORMAT}:kerberos</NameIDFormat>"),
        acs(ARTIFACT, "javascript:alert(1)", r#"index="x""#),
        acs(
            POST,
            "https://sp.example/one",
            r#"index="0" isDefault="false""#,
        ),
        acs(
            POST,
            "https://sp.example/two",
            r#"index="65535" isDefault="1""#,
        ),
        acs(
            POST,
            "http://127.0.0.1:8080/three",
            r#"index="7" isDefault="true""#,
        ),
    ]
    .concat();
    let attributes =
        r#"AuthnRequestsSigned="true" WantAssertionsSigned="1" validUntil="2026-12-31T00:00:00Z""#;
    let seen = parse(&role(attributes, &inside));
    assert_eq!(seen.entity_id.as_str(), "https://sp.example/metadata");
    let certificates = [rsa(), other_rsa()].map(|key| STANDARD.encode(&key.certificate));
    assert_eq!(seen.signing_certificates, certificates);
    assert!(seen.authn_requests_signed && seen.want_assertions_signed);
    let formats = [NameIdFormat::Transient, NameIdFormat::EmailAddress];
    assert_eq!(seen.name_id_formats, formats);
    assert_eq!(seen.valid_until, Some(at("2026-12-31T00:00:00Z")));
    let endpoints: Vec<_> = seen
        .assertion_consumer_services
        .iter()
        .map(|acs| (acs.acs_url.as_str(), acs.index, acs.is_default))
        .collect();
    let expected = [
        ("https://sp.example/one", 0, false),
        ("https://sp.example/two", 65_535, true),
        ("http://127.0.0.1:8080/three", 7, false),
    ];
    assert_eq!(endpoints, expected);
}

/// SAML metadata, 2.2.3: the first that says so, else the first that does not deny it, else the first.
#[test]
fn exactly_one_endpoint_is_the_default() {
    for (said, default) in [
        (["", "", ""], 0),
        ([r#"isDefault="false""#, "", ""], 1),
        ([r#"isDefault="0""#, r#"isDefault="false""#, ""], 2),
        ([r#"isDefault="false""#; 3], 0),
        (["", "", r#"isDefault="true""#], 2),
        (["", r#"isDefault="true""#, r#"isDefault="true""#], 1),
    ] {
        let inside: String = said
            .iter()
            .enumerate()
            .map(|(index, said)| {
                let location = format!("https://sp.example/{index}");
                acs(POST, &location, &format!(r#"index="{index}" {said}"#))
            })
            .collect();
        let defaults: Vec<u16> = parse(&role("", &inside))
            .assertion_consumer_services
            .iter()
            .filter(|acs| acs.is_default)
            .map(|acs| acs.index)
            .collect();
        assert_eq!(defaults, [default], "{said:?}");
    }
}

#[test]
fn each_rule_that_it_breaks_is_named() {
    use MetadataError as E;
    let entity = r#"entityID="https://sp.example/metadata""#;
    let other = r#"protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol""#;
    let two = role("", &one_acs()).replace(
        "</EntityDescriptor>",
        &format!(r#"<SPSSODescriptor protocolSupportEnumeration="{SAML}"/></EntityDescriptor>"#),
    );
    let bad_base64 = key("", b"x").replace("eA==", "=!");
    let inside = |more: &str| role("", &format!("{}{more}", one_acs()));
    let boolean = |name| E::Boolean { name };
    let text = |name| E::NotPlainText { name };
    for (xml, error) in [
        (
            r#"<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>"#.to_owned(),
            E::Aggregate,
        ),
        ("<EntityDescriptor/>".to_owned(), E::NotMetadata),
        (document("", "", &one_acs()), E::EntityId),
        (document(r#"entityID="a b""#, "", ""), E::EntityId),
        (document(entity, "", &one_acs()), E::Descriptor),
        (document(entity, other, &one_acs()), E::Descriptor),
        (two, E::Descriptor),
        (role("", ""), E::NoPostEndpoint),
        (
            role("", &acs(ARTIFACT, "https://sp.example/a", r#"index="0""#)),
            E::NoPostEndpoint,
        ),
        (
            role("", &acs(POST, "https://sp.example/a", "")),
            E::AcsIndex,
        ),
        (
            role("", &acs(POST, "https://sp.example/a", r#"index="65536""#)),
            E::AcsIndex,
        ),
        (
            role("", &acs(POST, "https://sp.example/a", r#"index="+1""#)),
            E::AcsIndex,
        ),
        (inside(&one_acs()), E::AcsIndex),
        (
            role(r#"AuthnRequestsSigned="yes""#, &one_acs()),
            boolean("AuthnRequestsSigned"),
        ),
        (
            role(r#"WantAssertionsSigned="""#, &one_acs()),
            boolean("WantAssertionsSigned"),
        ),
        (role(r#"validUntil="tomorrow""#, &one_acs()), E::ValidUntil),
        (
            inside("<NameIDFormat><x/></NameIDFormat>"),
            text("NameIDFormat"),
        ),
        (inside(&bad_base64), E::CertificateBase64),
        (
            inside(&key("", b"junk")),
            E::Certificate(CertificateError::Malformed),
        ),
        (
            inside(&key("", include_bytes!("weak/rsa1024.der"))),
            E::Certificate(CertificateError::Key),
        ),
    ] {
        assert_eq!(broken(&xml), error, "{xml}");
    }
}

/// Where a response must not go: CVE-2023-45683, and what a browser reads otherwise than an administrator.
#[test]
fn a_location_is_https_and_bare() {
    for location in [
        "",
        "/acs",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://sp.example/acs",
        "http://localhost.evil.example/acs",
        "http://127.0.0.1.evil.example/acs",
        "ftp://sp.example/acs",
        "https://user@sp.example/acs",
        "https://:secret@sp.example/acs",
        "https://sp.example/acs#top",
        "https://sp.example\\@evil.example/acs",
        "https://sp.example/a cs",
        "https://sp.example/acs&#9;",
        "//sp.example/acs",
    ] {
        let inside = acs(POST, location, r#"index="0""#);
        assert_eq!(
            broken(&role("", &inside)),
            MetadataError::AcsLocation,
            "{location}"
        );
    }
    for location in [
        "https://sp.example:8443/acs?tenant=1&amp;x=2",
        "http://localhost:8000/acs",
        "http://[::1]/acs",
    ] {
        parse(&role("", &acs(POST, location, r#"index="0""#)));
    }
}

/// No verification with it would be worth anything.
#[test]
fn a_key_that_is_weak_or_of_another_kind_is_not_registered() {
    for weak in [
        &include_bytes!("weak/rsa1024.der")[..],
        include_bytes!("weak/rsa2040.der"),
        include_bytes!("weak/ed25519.der"),
        include_bytes!("weak/p521.der"),
    ] {
        assert_eq!(check_certificate(weak), Err(CertificateError::Key));
    }
}
