//! Class A: transport and decoding.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use signet::protocol::saml::{
    MAX_MESSAGE_BYTES, MAX_QUERY_BYTES, MAX_RELAY_STATE_BYTES, ReceiveError, decode_post,
    decode_post_form, decode_redirect,
};
use signet::protocol::xml::{ScanError, XmlError};

use super::forge::*;
use super::keys::*;

fn refused(query: &str) -> ReceiveError {
    redirect(query).unwrap_err()
}

fn value() -> String {
    redirect_value(unsigned())
}

#[test]
fn a_query_over_the_limit_is_refused() {
    let query = format!("SAMLRequest={}", "A".repeat(MAX_QUERY_BYTES));
    assert_eq!(
        refused(&query),
        ReceiveError::QueryTooLarge {
            max: MAX_QUERY_BYTES
        }
    );
}

/// CVE-2026-2575: the bomb stops at the cap, and what it costs is one buffer.
#[test]
fn a_deflate_bomb_is_stopped_at_the_cap() {
    let bomb = deflate(&vec![b' '; 20_000_000]);
    assert!(bomb.len() < 20_000);
    let query = format!("SAMLRequest={}", STANDARD.encode(bomb).replace('+', "%2B"));
    assert_eq!(
        refused(&query),
        ReceiveError::MessageTooLarge {
            max: MAX_MESSAGE_BYTES
        }
    );
}

#[test]
fn the_cap_is_exact() {
    let padded = |size: usize| {
        let xml = unsigned();
        let spaces = " ".repeat(size - xml.len());
        format!("SAMLRequest={}", redirect_value(format!("{xml}{spaces}")))
    };
    redirect(&padded(MAX_MESSAGE_BYTES)).unwrap();
    assert_eq!(
        refused(&padded(MAX_MESSAGE_BYTES + 1)),
        ReceiveError::MessageTooLarge {
            max: MAX_MESSAGE_BYTES
        }
    );
}

#[test]
fn a_post_message_over_the_cap_is_refused() {
    let too_large = ReceiveError::MessageTooLarge {
        max: MAX_MESSAGE_BYTES,
    };
    let xml = format!("{}{}", unsigned(), " ".repeat(MAX_MESSAGE_BYTES));
    assert_eq!(
        decode_post(&STANDARD.encode(&xml), None).unwrap_err(),
        too_large
    );
    let xml = format!(
        "{}{}",
        unsigned(),
        " ".repeat(MAX_MESSAGE_BYTES - unsigned().len() + 1)
    );
    assert_eq!(
        post(xml).unwrap_err(),
        ReceiveError::Xml(XmlError::Scan(ScanError::TooLarge {
            max: MAX_MESSAGE_BYTES
        }))
    );
}

#[test]
fn octets_behind_the_deflate_stream_are_refused() {
    let mut deflated = deflate(unsigned().as_bytes());
    deflated.push(0);
    let query = format!("SAMLRequest={}", escape(&STANDARD.encode(deflated)));
    assert_eq!(refused(&query), ReceiveError::DeflateTrailingData);
}

#[test]
fn a_truncated_or_foreign_stream_is_refused() {
    let deflated = deflate(unsigned().as_bytes());
    let truncated = &deflated[..deflated.len() - 3];
    let zlib = [&[0x78, 0x9c], deflated.as_slice()].concat();
    for stream in [truncated, &zlib, b"", b"\xff\xff\xff\xff"] {
        let query = format!("SAMLRequest={}", escape(&STANDARD.encode(stream)));
        assert_eq!(refused(&query), ReceiveError::Deflate);
    }
}

#[test]
fn a_message_deflated_twice_is_refused() {
    let query = format!(
        "SAMLRequest={}",
        redirect_value(deflate(unsigned().as_bytes()))
    );
    assert_eq!(refused(&query), ReceiveError::DoublyDeflated);
}

#[test]
fn a_post_message_must_not_be_deflated() {
    let refused = post(deflate(unsigned().as_bytes())).unwrap_err();
    assert!(
        matches!(refused, ReceiveError::Xml(XmlError::Scan(_))),
        "{refused:?}"
    );
}

#[test]
fn base64_is_strict() {
    let good = STANDARD.encode(signed());
    let wrapped = format!("{}\r\n{}", &good[..76], &good[76..]);
    let unpadded = good.trim_end_matches('=').to_owned() + "A";
    let url_safe = URL_SAFE.encode(signed().replace("https", "\u{3fff}\u{fbff}"));
    assert!(url_safe.contains(['-', '_']));
    for text in [
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good}="),
        format!("{good}!"),
        wrapped,
        unpadded,
        url_safe,
    ] {
        let refused = decode_post(&text, None).unwrap_err();
        assert_eq!(
            refused,
            ReceiveError::Base64 {
                name: "SAMLRequest"
            }
        );
    }
    let with_plus = "SAMLRequest=ab+c";
    assert_eq!(
        refused(with_plus),
        ReceiveError::Base64 {
            name: "SAMLRequest"
        }
    );
}

#[test]
fn escapes_must_be_escapes_of_utf8() {
    for raw in ["%", "%4", "%zz", "%FF"] {
        assert_eq!(
            refused(&format!("SAMLRequest={}&RelayState={raw}", value())),
            ReceiveError::PercentEncoding { name: "RelayState" },
            "{raw}"
        );
    }
}

#[test]
fn the_request_must_be_there() {
    assert_eq!(refused(""), ReceiveError::MissingRequest);
    assert_eq!(
        refused("samlrequest=x&RelayState=y"),
        ReceiveError::MissingRequest
    );
    assert_eq!(
        decode_post_form("RelayState=y").unwrap_err(),
        ReceiveError::MissingRequest
    );
}

/// CVE-2025-27773, CVE-2025-31335: what is signed must be what is read.
#[test]
fn every_parameter_is_there_at_most_once() {
    let signed = sign_query(
        &format!("SAMLRequest={}&RelayState=r", value()),
        RSA_SHA256,
        rsa(),
    );
    for name in ["SAMLRequest", "RelayState", "SigAlg", "Signature"] {
        for query in [
            format!("{signed}&{name}=x"),
            format!("{name}=x&{signed}"),
            format!("{signed}&{name}"),
        ] {
            assert_eq!(refused(&query), ReceiveError::RepeatedParameter { name });
        }
    }
    let form = format!(
        "SAMLRequest={0}&SAMLRequest={0}",
        escape(&STANDARD.encode(unsigned()))
    );
    assert_eq!(
        decode_post_form(&form).unwrap_err(),
        ReceiveError::RepeatedParameter {
            name: "SAMLRequest"
        }
    );
}

#[test]
fn a_response_or_artifact_beside_the_request_is_refused() {
    for name in ["SAMLResponse", "SAMLart"] {
        let query = format!("SAMLRequest={}&{name}=x", value());
        assert_eq!(refused(&query), ReceiveError::ForeignParameter { name });
        assert_eq!(
            decode_post_form(&query).unwrap_err(),
            ReceiveError::ForeignParameter { name }
        );
    }
}

/// A signature that nobody looks at is worse than none.
#[test]
fn a_signature_beside_a_posted_message_is_refused() {
    let message = escape(&STANDARD.encode(unsigned()));
    for name in ["SigAlg", "Signature"] {
        let form = format!("SAMLRequest={message}&{name}=x");
        let error = ReceiveError::SimpleSign { name };
        assert_eq!(decode_post_form(&form).unwrap_err(), error);
    }
}

#[test]
fn a_parameter_name_with_escapes_is_refused() {
    let query = format!("SAMLRequest={}&Relay%53tate=x", value());
    assert_eq!(
        refused(&query),
        ReceiveError::EncodedParameterName { name: "RelayState" }
    );
    let query = format!("SAMLRequest={}&SAMLResp%6Fnse=x", value());
    assert_eq!(
        refused(&query),
        ReceiveError::EncodedParameterName {
            name: "SAMLResponse"
        }
    );
}

#[test]
fn only_the_deflate_encoding_is_known() {
    let deflate = escape("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE");
    redirect(&format!("SAMLRequest={}&SAMLEncoding={deflate}", value())).unwrap();
    let refused = refused(&format!("SAMLRequest={}&SAMLEncoding=%3Cgzip%3E", value()));
    assert_eq!(
        refused.to_string(),
        r#"SAMLEncoding is "\u{3c}gzip\u{3e}"; the only encoding is DEFLATE"#
    );
}

/// Half a signature is not an unsigned request; samael panics here.
#[test]
fn a_partial_redirect_signature_is_refused() {
    let full = sign_query(&format!("SAMLRequest={}", value()), RSA_SHA256, rsa());
    let without = |name: &str| {
        let pairs: Vec<_> = full.split('&').filter(|p| !p.starts_with(name)).collect();
        pairs.join("&")
    };
    let missing = |missing| ReceiveError::PartialSignature { missing };
    assert_eq!(refused(&without("SigAlg=")), missing("SigAlg"));
    assert_eq!(refused(&without("Signature=")), missing("Signature"));
    assert_eq!(
        refused(&format!("{}&Signature=", without("Signature="))),
        missing("Signature")
    );
    assert_eq!(
        refused(&format!("{}&SigAlg=", without("SigAlg="))),
        missing("SigAlg")
    );
}

/// authentik maps an unknown SigAlg to RSA-SHA1.
#[test]
fn redirect_algorithms_are_those_of_the_list() {
    for algorithm in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "HTTP://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "rsa-sha256",
    ] {
        let query = sign_query(&format!("SAMLRequest={}", value()), algorithm, rsa());
        let refused = refused(&query);
        assert!(
            matches!(&refused, ReceiveError::SignatureAlgorithm(shown) if shown.to_string() == algorithm),
            "{refused:?}"
        );
    }
}

#[test]
fn a_redirect_signature_covers_request_relay_state_and_algorithm() {
    let query = sign_query(
        &format!("SAMLRequest={}&RelayState=r", value()),
        RSA_SHA256,
        rsa(),
    );
    redirect(&query).unwrap();
    let other_request = redirect_value(unsigned().replace("_r1", "_r2"));
    for tampered in [
        query.replace(&value(), &other_request),
        query.replace("RelayState=r", "RelayState=s"),
        query.replace("&RelayState=r", ""),
        query.replace("sha256", "sha384"),
        query.replace("%3D", "%3d"),
    ] {
        assert_ne!(tampered, query);
        assert_eq!(refused(&tampered), ReceiveError::SignatureInvalid);
    }
}

#[test]
fn a_redirect_signature_by_another_key_is_refused() {
    let query = sign_query(&format!("SAMLRequest={}", value()), RSA_SHA256, other_rsa());
    assert_eq!(refused(&query), ReceiveError::SignatureInvalid);
    let ecdsa_for_rsa = sign_query(&format!("SAMLRequest={}", value()), ECDSA_SHA256, p256());
    assert_eq!(refused(&ecdsa_for_rsa), ReceiveError::SignatureInvalid);
}

/// SDP-IDP05: nobody can judge it, so it is not accepted as unsigned.
#[test]
fn a_signed_request_without_a_registered_certificate_is_refused() {
    let query = sign_query(&format!("SAMLRequest={}", value()), RSA_SHA256, rsa());
    assert_eq!(redirect_with(&query, &[]), Err(ReceiveError::NoCertificate));
    assert_eq!(post_with(signed(), &[]), Err(ReceiveError::NoCertificate));
    let unusable = [b"0".to_vec()];
    assert_eq!(
        redirect_with(&query, &unusable),
        Err(ReceiveError::NoUsableCertificate)
    );
    assert_eq!(
        post_with(signed(), &unusable),
        Err(ReceiveError::NoUsableCertificate)
    );
}

/// SAML bindings, 3.4.4.1. A valid one, too: what it covers is not what the query covers.
#[test]
fn an_xml_signature_in_a_redirect_request_is_refused() {
    let query = format!("SAMLRequest={}", redirect_value(signed()));
    assert_eq!(refused(&query), ReceiveError::SignatureInRedirect);
    let query = sign_query(&query, RSA_SHA256, rsa());
    assert_eq!(refused(&query), ReceiveError::SignatureInRedirect);
}

/// S-03.
#[test]
fn relay_state_is_short_and_without_control_characters() {
    let relay = |state: &str| {
        let query = format!("SAMLRequest={}&RelayState={}", value(), escape(state));
        decode_redirect(&query).map(|r| r.relay_state().map(str::to_owned))
    };
    let posted = |state: &str| {
        decode_post(&STANDARD.encode(unsigned()), Some(state))
            .map(|r| r.relay_state().map(str::to_owned))
    };
    let longest = "é".repeat(MAX_RELAY_STATE_BYTES / 2);
    let too_long = ReceiveError::RelayStateTooLong {
        max: MAX_RELAY_STATE_BYTES,
    };
    for receive in [&relay as &dyn Fn(&str) -> _, &posted] {
        assert_eq!(receive(&longest), Ok(Some(longest.clone())));
        assert_eq!(receive(""), Ok(Some(String::new())));
        assert_eq!(receive(&format!("{longest}x")), Err(too_long.clone()));
        for state in ["a\r\nSet-Cookie: x", "\0", "\u{7f}", "\u{85}"] {
            assert_eq!(
                receive(state),
                Err(ReceiveError::RelayStateControlCharacter)
            );
        }
    }
}
