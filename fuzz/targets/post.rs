//! HTTP-POST: the message's octets, encoded as the form has them, so that the fuzzer works on XML and not on base64.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use signet::protocol::saml::{SignatureRequirement, Signed, decode_post};

static CERTIFICATE: &[u8] = include_bytes!("../certificate.der");

fuzz_target!(|message: &[u8]| {
    let Ok(received) = decode_post(&STANDARD.encode(message), None) else {
        return;
    };
    let issuer = received.issuer().as_str().to_owned();
    let Ok(request) = received.verify(&[CERTIFICATE.to_vec()], SignatureRequirement::Optional) else {
        return;
    };
    assert_eq!(request.issuer.as_str(), issuer);
    assert!(!request.id.is_empty());
    // What is reported as signed is what the corpus's key has signed, whatever stands around it.
    if request.signed == Signed::Yes {
        assert_eq!(request.id, "_r1");
        assert_eq!(issuer, "https://sp.example/metadata");
        assert_eq!(request.acs_url.as_deref(), Some("https://sp.example/acs"));
    }
});
