//! HTTP-Redirect: the raw query, as the edge hands it over.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::protocol::saml::{SignatureRequirement, Signed, decode_redirect};

/// The certificate whose key signed the corpus.
static CERTIFICATE: &[u8] = include_bytes!("../certificate.der");

fuzz_target!(|query: &str| {
    let Ok(received) = decode_redirect(query) else {
        return;
    };
    let issuer = received.issuer().as_str().to_owned();
    let Ok(request) = received.verify(&[CERTIFICATE.to_vec()], SignatureRequirement::Optional) else {
        return;
    };
    assert_eq!(request.issuer.as_str(), issuer);
    assert!(!request.id.is_empty());
    // Whoever has no key signs nothing new: only the corpus's own requests verify.
    if request.signed == Signed::Yes {
        assert_eq!(request.id, "_r1");
        assert_eq!(issuer, "https://sp.example/metadata");
    }
});
