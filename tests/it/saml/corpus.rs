//! The fuzzers' corpus, through the same functions: `make test` covers what `make fuzz` has found without the fuzzer.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signet::protocol::saml::{
    SignatureRequirement, Signed, decode_post, decode_redirect, parse_sp_metadata,
};

fn folder(target: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("fuzz/corpus").join(target)
}

fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(folder(target)).unwrap();
    files
        .map(|file| {
            let path = file.unwrap().path();
            (path.display().to_string(), std::fs::read(path).unwrap())
        })
        .collect()
}

fn certificate() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/certificate.der")).unwrap()
}

#[test]
fn posted_messages() {
    let mut signed = 0;
    let inputs = inputs("post");
    for (file, octets) in &inputs {
        let Ok(received) = decode_post(&STANDARD.encode(octets), None) else {
            continue;
        };
        let verified = received.verify(&[certificate()], SignatureRequirement::Optional);
        if let Ok(request) = verified
            && request.signed == Signed::Yes
        {
            signed += 1;
            assert_eq!(request.id, "_r1", "{file}");
            assert_eq!(
                request.acs_url.as_deref(),
                Some("https://sp.example/acs"),
                "{file}"
            );
        }
    }
    assert!(inputs.len() >= 8, "{}", inputs.len());
    assert!(signed >= 1, "the corpus has no message that verifies");
}

#[test]
fn redirect_queries() {
    let mut signed = 0;
    let inputs = inputs("redirect");
    for (file, octets) in &inputs {
        let Ok(query) = std::str::from_utf8(octets) else {
            continue;
        };
        let Ok(received) = decode_redirect(query) else {
            continue;
        };
        let verified = received.verify(&[certificate()], SignatureRequirement::Optional);
        if let Ok(request) = verified
            && request.signed == Signed::Yes
        {
            signed += 1;
            assert_eq!(request.id, "_r1", "{file}");
        }
    }
    assert!(inputs.len() >= 5, "{}", inputs.len());
    assert!(signed >= 1, "the corpus has no query that verifies");
}

#[test]
fn metadata() {
    let read = inputs("sp_metadata")
        .iter()
        .filter(|(_, octets)| parse_sp_metadata(octets).is_ok())
        .count();
    assert!(read >= 1);
}

/// Makes the first corpus anew, with a key that is thrown away: `cargo test --test it -- --ignored corpus::seed`.
#[test]
#[ignore = "writes fuzz/corpus"]
fn seed() {
    use super::forge::*;
    use super::keys::*;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::write(root.join("fuzz/certificate.der"), &rsa().certificate).unwrap();
    let write = |target: &str, name: &str, octets: &[u8]| {
        std::fs::create_dir_all(folder(target)).unwrap();
        std::fs::write(folder(target).join(name), octets).unwrap();
    };
    let whole = signed();
    let signature = Recipe::default().sign(&unsigned(), rsa());
    let object = signature.replace(
        "</ds:Signature>",
        &format!("<ds:Object>{}</ds:Object></ds:Signature>", unsigned()),
    );
    let posts = [
        ("signed", whole.clone()),
        ("unsigned", unsigned()),
        (
            "other-key",
            Recipe::default().signed(&request_with("_r1", ACS, ""), other_rsa()),
        ),
        (
            "p256",
            Recipe {
                signature_algorithm: ECDSA_SHA256.into(),
                ..Recipe::default()
            }
            .signed(&request_with("_r1", ACS, ""), p256()),
        ),
        (
            "wrapped-object",
            request_with("_evil", "https://evil.example/acs", "").replace(MARK, &object),
        ),
        (
            "wrapped-sibling",
            request_with("_evil", ACS, &whole).replace(MARK, ""),
        ),
        (
            "doctype",
            format!("<!DOCTYPE x [<!ENTITY e \"e\">]>{}", unsigned()),
        ),
        (
            "comment",
            whole.replace("metadata</saml:Issuer>", "meta<!-- -->data</saml:Issuer>"),
        ),
        (
            "policy",
            request_with(
                "_r1",
                ACS,
                "<samlp:NameIDPolicy AllowCreate=\"true\"></samlp:NameIDPolicy>",
            )
            .replace(MARK, ""),
        ),
    ];
    for (name, xml) in &posts {
        write("post", name, xml.as_bytes());
    }
    let value = redirect_value(unsigned());
    let plain = format!("SAMLRequest={value}");
    let with_state = format!("{plain}&RelayState=state");
    let queries = [
        ("unsigned", plain.clone()),
        ("state", with_state.clone()),
        ("signed", sign_query(&with_state, RSA_SHA256, rsa())),
        (
            "other-key",
            sign_query(&with_state, RSA_SHA256, other_rsa()),
        ),
        ("twice", format!("{plain}&{plain}")),
        (
            "encoding",
            format!(
                "{plain}&SAMLEncoding=urn%3Aoasis%3Anames%3Atc%3ASAML%3A2.0%3Abindings%3AURL-Encoding%3ADEFLATE"
            ),
        ),
    ];
    for (name, query) in &queries {
        write("redirect", name, query.as_bytes());
    }
    let certificate = STANDARD.encode(&rsa().certificate);
    let sp = format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://sp.example/metadata\"><SPSSODescriptor AuthnRequestsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat><AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.example/acs\" index=\"0\" isDefault=\"true\"/></SPSSODescriptor></EntityDescriptor>"
    );
    write("sp_metadata", "whole", sp.as_bytes());
    write("sp_metadata", "no-role", b"<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"x\"></EntityDescriptor>");
}
